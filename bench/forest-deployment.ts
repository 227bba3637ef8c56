/** The forest that benchmarks score with: 100 trees of depth 12, trained on a generated table of 14 numeric and 6 text columns. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RequestTable } from '../models/table.ts';
import { train } from '../training/train.ts';
import { makeTable, writeCsv } from './tables.ts';

const MIXED = { numbers: 14, texts: 6, categories: 30, problem: 'binary' } as const;

/**
 * Trains the forest, which has about 100,000 nodes.
 * @param out the deployments folder to write it to
 * @returns the folder of the deployment
 */
export async function makeForestDeployment(out: string): Promise<string> {
  const file = join(out, 'forest.csv');
  await mkdir(out, { recursive: true });
  await writeForestCsv(file);
  await train({
    file,
    choices: { label: 'label', problemType: 'binary' },
    kind: 'random-forest',
    hyperparameters: { trees: 100, maxDepth: 12, minLeaf: 1, bins: 255 },
    refit: false,
    testFraction: 0.1,
    seed: 1,
    deployment: { id: 'forest', name: 'forest', description: '', echo: true },
    out,
    force: true,
    command: '',
  });
  await rm(file);
  return join(out, 'forest');
}

/** Writes its training table as CSV; the label is the last column. */
export async function writeForestCsv(file: string): Promise<void> {
  await writeCsv(file, makeTable({ ...MIXED, seed: 1, rows: 7200 }));
}

/** Generates rows to score that are not in the training table. */
export function makeForestTable(rows: number): RequestTable {
  const table = makeTable({ ...MIXED, seed: 2, rows });
  return { fields: table.header.slice(0, -1), values: table.rows.map((row) => row.slice(0, -1)) };
}
