/**
 * Trains the sample deployments on data sets from development dependencies, and writes deployments/. The bytes are the same
 * every time: seed and date are fixed. The report is left out.
 *
 * `npm run samples` writes; `npm run samples -- --check` writes nothing and fails when a file would change.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { train } from '../training/train.ts';
import { readSamples, toTable, type Sample } from './sample-data.ts';

const DATE = new Date('2026-11-23T00:00:00.000Z');
const FILES = ['deployment.json', 'model.json', 'training-statistics.json'];

const check = process.argv.includes('--check');
const stale: string[] = [];
const scratch = await mkdtemp(join(tmpdir(), 'samples-'));
try {
  for (const sample of await readSamples()) {
    const folder = await build(sample);
    for (const name of FILES) {
      const text = await readFile(join(folder, name), 'utf8');
      const file = new URL(`../deployments/${sample.id}/${name}`, import.meta.url);
      if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue;
      stale.push(`deployments/${sample.id}/${name}`);
      if (check) continue;
      await mkdir(new URL('.', file), { recursive: true });
      await writeFile(file, text);
    }
  }
} finally {
  await rm(scratch, { recursive: true });
}
if (check && stale.length > 0) {
  console.error(`Stale: ${stale.join(', ')}. Run \`npm run samples\` and commit what it writes.`);
  process.exitCode = 1;
} else {
  console.log(stale.length === 0 ? 'deployments/ is up to date.' : `Wrote ${stale.join(', ')}.`);
}

/** Trains a sample on a CSV file in the scratch folder, and returns the folder of the deployment. */
async function build({ id, name, description, problem_type, label, features, rows, learn }: Sample): Promise<string> {
  const file = join(scratch, `${id}.csv`);
  const { fields, values } = toTable([...features, label], rows);
  await writeFile(file, [fields, ...values].map((row) => row.map((cell) => cell ?? '').join(',')).join('\n'));
  const { folder } = await train({
    file,
    choices: { label, problemType: problem_type },
    kind: 'random-forest',
    ...(learn && { learn }),
    hyperparameters: { trees: 50, maxDepth: 8, bins: 255 },
    testFraction: 0.2,
    seed: 1,
    deployment: { id, name, description, echo: true },
    out: scratch,
    force: false,
    command: learn ? 'npm run samples' : `custom-ml-engine train ${id}.csv --label ${label} --trees 50 --max-depth 8`,
    date: DATE,
  });
  return folder;
}
