/**
 * Writes the sample deployments from data sets of development dependencies, into deployments/: trained, without the report, or
 * imported from a file that another library has fitted. The bytes are the same every time: seed and date are fixed.
 *
 * `npm run samples` writes; `npm run samples -- --fit` fits the files of other libraries first, in Python; `npm run samples --
 * --check` writes nothing and fails when a file would change.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importModel } from '../importing/import-model.ts';
import { train } from '../training/train.ts';
import { readSamples, toTable, type FittedFile, type Sample } from './sample-data.ts';

const DATE = new Date('2026-11-23T00:00:00.000Z');
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const [check, fit] = ['--check', '--fit'].map((option) => process.argv.includes(option));
const stale: string[] = [];
const scratch = await mkdtemp(join(tmpdir(), 'samples-'));
try {
  for (const sample of await readSamples()) {
    const rows = await writeRows(sample);
    const { fitted } = sample;
    if (fit && fitted) fitModel(sample, fitted, rows);
    const folder = fitted ? await buildImported(sample, fitted, rows) : await buildTrained(sample, rows);
    const names = fitted ? [fitted.name] : [sample.kind ? 'model.txt' : 'model.json', 'training-statistics.json'];
    for (const name of ['deployment.json', ...names]) {
      const bytes = await readFile(join(folder, name));
      const path = `deployments/${sample.id}/${name}`;
      const file = join(ROOT, path);
      if ((await readFile(file).catch(() => undefined))?.equals(bytes)) continue;
      stale.push(path);
      if (check) continue;
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, bytes);
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

/** Writes the rows of a sample to a CSV file in the scratch folder. */
async function writeRows({ id, label, features, rows }: Sample): Promise<string> {
  const file = join(scratch, `${id}.csv`);
  const { fields, values } = toTable([...features, label], rows);
  await writeFile(file, [fields, ...values].map((row) => row.map((cell) => cell ?? '').join(',')).join('\n'));
  return file;
}

/** Trains a sample on its rows, and returns the folder of the deployment. */
async function buildTrained(sample: Sample, file: string): Promise<string> {
  const { id, name, description, problem_type, label, learn, kind = 'random-forest' } = sample;
  const [hyperparameters, flags] =
    kind === 'random-forest' ? [{ trees: 50, maxDepth: 8, bins: 255 }, ' --trees 50 --max-depth 8'] : [{}, ''];
  const { folder } = await train({
    file,
    choices: { label, problemType: problem_type },
    kind,
    ...(learn && { learn }),
    hyperparameters,
    testFraction: 0.2,
    refit: true,
    seed: 1,
    deployment: { id, name, description, echo: true },
    out: scratch,
    force: false,
    command: learn ? 'npm run samples' : `custom-ml-engine train ${id}.csv --label ${label} --kind ${kind}${flags}`,
    date: DATE,
  });
  return folder;
}

/** Imports the fitted file of a sample, whose scores must be those of its library; returns the folder of the deployment. */
async function buildImported(sample: Sample, fitted: FittedFile, rows: string): Promise<string> {
  const { id, name, description, label } = sample;
  const { folder } = await importModel({
    path: join(ROOT, 'deployments', id, fitted.name),
    rows,
    label,
    scores: join(ROOT, fitted.scores),
    tolerance: 1e-12,
    settings: {},
    deployment: { id, name, description, echo: true },
    out: scratch,
    force: false,
    date: DATE,
  });
  return folder;
}

/** Fits the file of a sample in Python, and writes it and the scores of the rows. */
function fitModel({ id }: Sample, { name, script, requirements, python, scores }: FittedFile, rows: string): void {
  const run = (command: string, args: readonly string[]) =>
    execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  const environment = ['scripts/python-environment.sh', `sample-${id}`, requirements, ...python.map(String)];
  const interpreter = run('bash', environment);
  if (interpreter === '') throw new Error(`${id}: expected Python 3.${python[0]} to 3.${python[1] - 1} with venv`);
  mkdirSync(join(ROOT, 'deployments', id), { recursive: true });
  run(interpreter, [script, rows, `deployments/${id}/${name}`, scores]);
}
