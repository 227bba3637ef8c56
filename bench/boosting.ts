/**
 * `train --kind gradient-boosting` compared with LightGBM at equal settings, on the same rows, with one thread: the CPU time of
 * the training, without reading and binning, and the loss on held-out rows.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lightgbm } from '../models/kinds/lightgbm/lightgbm.ts';
import { boost } from '../training/boosting/boost.ts';
import type { BoostingOptions, ObjectiveName } from '../training/boosting/boosting-data.ts';
import { toLightgbmText, type NamedFeature } from '../training/boosting/lightgbm-text.ts';
import { allocateState } from '../training/boosting/shared-state.ts';
import { binCategories, binNumbers } from '../training/boosting/bin-boosting-feature.ts';
import { startPeer, type Peer } from './peer.ts';
import { prepareEnvironment } from './python.ts';
import { makeTable, type TableWishes } from './tables.ts';
import { median, printTable } from './report.ts';

const SETTINGS = { leaves: 31, minLeaf: 20, learningRate: 0.1, iterations: 100 } as const;
const SEEDS = 10;
const ROUNDS = 5;
const TEST_ROWS = 2000;
const PROBLEMS = { binary: 'binary', multiclass: 'multiclass', regression: 'squared-error' } as const satisfies Record<
  TableWishes['problem'],
  ObjectiveName
>;

/** A table with codes for its categories, row by row. */
interface Encoded {
  readonly matrix: Float64Array;
  readonly target: Float64Array;
  readonly features: readonly NamedFeature[];
  readonly classCount: number;
  readonly categorical: readonly number[];
}

export async function benchBoosting(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-boosting-'));
  const requirements = 'test/kinds-proof/requirements-lightgbm-4.7.txt';
  const python = prepareEnvironment('proof-lightgbm-4.7', requirements, 'LightGBM');
  const peer = python === undefined ? undefined : startPeer('boosting_lightgbm.py', python);
  if (!peer) return {};
  try {
    return { time: await benchTime(folder, peer), loss: await benchLoss(folder, peer) };
  } finally {
    peer.stop();
    await rm(folder, { recursive: true });
  }
}

async function benchTime(folder: string, peer: Peer): Promise<object[]> {
  const tables: TableWishes[] = [
    { rows: 22_000, numbers: 14, texts: 6, categories: 30, problem: 'binary', seed: 1 },
    { rows: 102_000, numbers: 14, texts: 6, categories: 30, problem: 'binary', seed: 1 },
    { rows: 22_000, numbers: 14, texts: 6, categories: 30, problem: 'multiclass', seed: 1 },
    { rows: 22_000, numbers: 14, texts: 6, categories: 30, problem: 'regression', seed: 1 },
    { rows: 22_000, numbers: 200, texts: 1, categories: 30, problem: 'binary', seed: 1 },
  ];
  const results: { name: string; ours: number; theirs: number; ratio: number }[] = [];
  for (const wishes of tables) {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { mine, other } = await compare(folder, peer, wishes);
      ours.push(mine.seconds);
      theirs.push(other.seconds);
    }
    const name = `${wishes.rows - TEST_ROWS} rows × ${wishes.numbers + wishes.texts} columns, ${wishes.problem}`;
    results.push({ name, ours: median(ours), theirs: median(theirs), ratio: median(ours) / median(theirs) });
  }
  printTable(
    `Boosting, ${SETTINGS.iterations} iterations of ${SETTINGS.leaves} leaves, one thread (CPU time, medians of ${ROUNDS} rounds)`,
    ['table', 'ours', 'LightGBM', 'ratio'],
    results.map(({ name, ours, theirs, ratio }) => [
      name,
      `${ours.toFixed(2)} s`,
      `${theirs.toFixed(2)} s`,
      ratio.toFixed(2),
    ]),
  );
  return results;
}

async function benchLoss(folder: string, peer: Peer): Promise<object[]> {
  const results: { name: string; ours: number; theirs: number; ratio: number }[] = [];
  for (const problem of ['binary', 'multiclass', 'regression'] as const) {
    for (const categories of [10, 200]) {
      let [ours, theirs] = [0, 0];
      for (let seed = 0; seed < SEEDS; seed++) {
        const wishes = { rows: 6000, numbers: 8, texts: 2, categories, problem, seed };
        const { mine, other } = await compare(folder, peer, wishes);
        ours += mine.loss / SEEDS;
        theirs += other.loss / SEEDS;
      }
      results.push({ name: `${problem}, ${categories} categories`, ours, theirs, ratio: ours / theirs });
    }
  }
  printTable(
    `Loss on ${TEST_ROWS} held-out rows: log loss or RMSE (means of ${SEEDS} tables)`,
    ['table', 'ours', 'LightGBM', 'ratio'],
    results.map(({ name, ours, theirs, ratio }) => [name, ours.toFixed(4), theirs.toFixed(4), ratio.toFixed(4)]),
  );
  return results;
}

interface Result {
  readonly seconds: number;
  readonly loss: number;
}

async function compare(folder: string, peer: Peer, wishes: TableWishes): Promise<{ mine: Result; other: Result }> {
  const encoded = encode(wishes);
  const { matrix, target, features, classCount, categorical } = encoded;
  const objective = PROBLEMS[wishes.problem];
  const mine = learn(encoded, objective, wishes.seed);
  const [matrixFile, targetFile] = [join(folder, 'matrix'), join(folder, 'target')];
  await writeFile(matrixFile, Buffer.from(matrix.buffer));
  await writeFile(targetFile, Buffer.from(target.buffer));
  const other = await peer.ask<Result>({
    matrix: matrixFile,
    target: targetFile,
    width: features.length,
    training_rows: target.length - TEST_ROWS,
    categorical,
    iterations: SETTINGS.iterations,
    parameters: {
      objective: objective === 'squared-error' ? 'regression' : objective,
      ...(objective === 'multiclass' && { num_class: classCount }),
      num_leaves: SETTINGS.leaves,
      min_data_in_leaf: SETTINGS.minLeaf,
      learning_rate: SETTINGS.learningRate,
    },
  });
  return { mine, other };
}

function encode(wishes: TableWishes): Encoded {
  const { header, rows } = makeTable(wishes);
  const width = header.length - 1;
  const classes = wishes.problem === 'regression' ? [] : [...new Set(rows.map((row) => row[width] as string))].sort();
  const target = Float64Array.from(rows, (row) =>
    classes.length === 0 ? (row[width] as number) : classes.indexOf(row[width] as string),
  );
  const training = rows.length - TEST_ROWS;
  const learned = Int32Array.from({ length: training }, (_, row) => row);
  const matrix = new Float64Array(rows.length * width);
  const features = Array.from({ length: width }, (_, column): NamedFeature => {
    const name = header[column] as string;
    const cells = rows.map((row) => row[column] as string | number);
    const isNumber = typeof cells[0] === 'number';
    const values = Float64Array.from(cells, (cell) => (isNumber ? Number(cell) : Number(String(cell).slice(1))));
    if (isNumber) {
      values.forEach((value, row) => (matrix[row * width + column] = value));
      const feature = binNumbers(values.subarray(0, training), 255);
      return { ...feature, name, range: [-9, 9], categories: undefined };
    }
    const { feature, kept } = binCategories(values, learned);
    const codes = new Map(kept.map((category, code) => [category, code]));
    values.forEach((value, row) => (matrix[row * width + column] = codes.get(value) ?? NaN));
    return { ...feature, name, range: undefined, categories: kept };
  });
  const categorical = features.flatMap(({ categories }, index) => (categories ? [index] : []));
  return { matrix, target, features, classCount: classes.length, categorical };
}

function learn({ matrix, target, features, classCount }: Encoded, objective: ObjectiveName, seed: number): Result {
  const training = target.length - TEST_ROWS;
  const data = { features, target: target.subarray(0, training), weights: undefined, classCount };
  const options: BoostingOptions = {
    ...SETTINGS,
    objective,
    maxDepth: 64,
    l2: 0,
    featureFraction: 1,
    rowFraction: 1,
    seed,
  };
  const rows = Int32Array.from({ length: training }, (_, row) => row);
  const start = process.cpuUsage();
  const model = boost(allocateState(data, options), { rows }, 0);
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  const text = [...toLightgbmText(model, features, options)].join('');
  const part = lightgbm.readPart(Buffer.from(text), 'model.txt').compile();
  const { predictions, probabilities } = lightgbm.scorePart(
    part,
    matrix.subarray(training * features.length),
    classCount === 0 ? undefined : classCount,
  );
  const truth = target.subarray(training);
  const losses = truth.map((value, row) =>
    probabilities
      ? -Math.log(probabilities[row * classCount + value] as number)
      : ((predictions[row] as number) - value) ** 2,
  );
  const loss = losses.reduce((sum, value) => sum + value, 0) / TEST_ROWS;
  return { seconds, loss: classCount === 0 ? Math.sqrt(loss) : loss };
}
