/** The deployment that benchmarks score: 100 trees of depth 12 on 14 numbers and 6 texts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { train } from '../training/train.ts';
import { makeTable, writeCsv } from './tables.ts';

/** Trains the deployment `forest` on 7200 rows of the made table, in a folder of deployments; gives its own folder. */
export async function makeForestDeployment(out: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-forest-'));
  try {
    const file = join(folder, 'forest.csv');
    await writeCsv(file, makeTable({ numbers: 14, texts: 6, categories: 30, problem: 'binary', seed: 1, rows: 7200 }));
    const result = await train({
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
    return result.folder;
  } finally {
    await rm(folder, { recursive: true });
  }
}
