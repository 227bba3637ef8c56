/**
 * Trains the sample deployments, on data sets from development dependencies, and writes deployments/. The same bytes every
 * time: the seeds and dates are fixed.
 *
 * `npm run samples` writes; `npm run samples -- --check` writes nothing and fails when a file would change.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import prettier from 'prettier';
import { deploymentFileSchema, type Column } from '../models/deployment-file.ts';
import { planEncoding } from '../models/encoding.ts';
import { parseTable } from '../models/table.ts';
import { readSamples, toTable, type Row, type Sample } from './sample-data.ts';

const DATE = '2026-11-23T00:00:00.000Z';
const TREES = { seed: 42, replacement: false, useSampleBagging: true, noOOB: true };

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const sample of await readSamples()) {
  for (const [name, text] of await build(sample)) {
    const file = new URL(`../deployments/${sample.id}/${name}`, import.meta.url);
    if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue;
    stale.push(`deployments/${sample.id}/${name}`);
    if (check) continue;
    await mkdir(new URL('.', file), { recursive: true });
    await writeFile(file, text);
  }
}
if (check && stale.length > 0) {
  console.error(`Stale: ${stale.join(', ')}. Run \`npm run samples\` and commit what it writes.`);
  process.exitCode = 1;
} else {
  console.log(stale.length === 0 ? 'deployments/ is up to date.' : `Wrote ${stale.join(', ')}.`);
}

/** Trains a sample: the text of each of its files by name. */
async function build(sample: Sample): Promise<Map<string, string>> {
  const columns = sample.features.map((name) => toColumn(name, sample.rows));
  const labels = sample.rows.map((row) => row[sample.label] as string | number);
  const classes = sample.problem_type === 'regression' ? undefined : [...new Set(labels)].sort();
  const request = toTable(sample.features, sample.rows);
  const planned = planEncoding(columns, undefined, { categories: 'codes', nan: true });
  if ('problems' in planned) throw new Error(planned.problems.join('; '));
  const matrix = toRowsOf(planned.encoder.width, planned.encoder.encode(parse(request, columns)));

  const forest = classes
    ? new RandomForestClassifier({
        ...TREES,
        nEstimators: 25,
        maxFeatures: 0.8,
        treeOptions: { maxDepth: 8, minNumSamples: 2 },
      })
    : new RandomForestRegression({
        ...TREES,
        nEstimators: 25,
        maxFeatures: 0.8,
        treeOptions: { maxDepth: 7, minNumSamples: 4 },
      });
  forest.train(matrix, classes ? labels.map((label) => classes.indexOf(label)) : (labels as number[]));

  const rows = sample.example.map((index) => matrix[index] as number[]);
  const file = {
    id: sample.id,
    name: sample.name,
    description: sample.description,
    kind: 'random-forest',
    problem_type: sample.problem_type,
    columns,
    label: { name: sample.label, type: classes ? 'string' : 'double', ...(classes && { classes }) },
    example: {
      ...toTable(
        sample.features,
        sample.example.map((index) => sample.rows[index] as Row),
      ),
      answer: classes ? toClassAnswer(forest, rows, classes) : { predictions: forest.predict(rows) },
    },
    created_at: DATE,
    modified_at: DATE,
  };
  deploymentFileSchema.parse(file);
  return new Map([
    ['deployment.json', await prettier.format(JSON.stringify(file), { parser: 'json', printWidth: 120 })],
    ['model.json', `${JSON.stringify(forest)}\n`],
  ]);
}

/** The library's own predictions, and the share of its trees that vote for each class. */
function toClassAnswer(
  forest: RandomForestClassifier | RandomForestRegression,
  rows: number[][],
  classes: readonly (string | number)[],
) {
  const votes: number[][] = forest.predictionValues(rows).to2DArray();
  return {
    predictions: forest.predict(rows).map((index: number) => classes[index] as string | number),
    probabilities: votes.map((row) =>
      classes.map((_, index) => row.filter((vote) => vote === index).length / row.length),
    ),
  };
}

/** A column as the data has it: its type, its categories or range, and the median for what is missing. */
function toColumn(name: string, rows: readonly Row[]): Column {
  const cells = rows.map((row) => row[name] ?? null);
  const present = cells.filter((cell) => cell !== null);
  const nullable = present.length < cells.length;
  if (present.every((cell) => typeof cell === 'number')) {
    const sorted = [...present].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] as number;
    const type = present.every((cell) => Number.isInteger(cell)) ? 'integer' : 'double';
    return { name, type, nullable, range: [at(0), at(1)], ...(nullable && { impute: at(0.5) }) };
  }
  return { name, type: 'string', nullable, categories: [...new Set(present)].sort() };
}

function parse(request: ReturnType<typeof toTable>, columns: readonly Column[]) {
  return parseTable(request, columns, { unknownCategories: 'refuse', place: '' });
}

function toRowsOf(width: number, numbers: Float64Array): number[][] {
  return Array.from({ length: numbers.length / width }, (_, row) => [...numbers.slice(row * width, (row + 1) * width)]);
}
