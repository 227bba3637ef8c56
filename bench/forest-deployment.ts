/** The forest that benchmarks score with: 100 trees of depth 12, learned from a made table of 14 numbers and 6 texts. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RequestTable } from '../models/table.ts';
import { train } from '../training/train.ts';
import { makeTable, writeCsv } from './tables.ts';

const MIXED = { numbers: 14, texts: 6, categories: 30, problem: 'binary' } as const;

/**
 * Trains the forest, of about 100,000 nodes.
 * @param out the folder of deployments to put it in
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

/** Writes the table that it learns from, as CSV whose last column is the label. */
export async function writeForestCsv(file: string): Promise<void> {
  await writeCsv(file, makeTable({ ...MIXED, seed: 1, rows: 7200 }));
}

/** Rows for it that it has not learned from. */
export function makeForestTable(rows: number): RequestTable {
  const table = makeTable({ ...MIXED, seed: 2, rows });
  return { fields: table.header.slice(0, -1), values: table.rows.map((row) => row.slice(0, -1)) };
}
