/**
 * Training compared with scikit-learn: the time for 5000 rows, how it grows with the number of rows, and the quality of the
 * forests. Both train 100 trees of depth 12 on the same files. The times cover training alone: ours with the encoding of
 * categories and the binning, theirs without the one-hot encoding.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDeployment } from '../catalogue/load-deployment.ts';
import { score } from '../models/score-table.ts';
import { measureRegression } from '../training/metrics.ts';
import { surveyColumns } from '../csv/survey-columns.ts';
import type { Hyperparameters } from '../training/hyperparameters.ts';
import { learnModel } from '../training/learn-model.ts';
import { loadTable, type TrainingTable } from '../training/load-table.ts';
import { planTraining } from '../training/plan-training.ts';
import { openCsv } from '../csv/read-csv.ts';
import { train } from '../training/train.ts';
import { startPeer, type Peer } from './peer.ts';
import { benchLinear } from './train-linear.ts';
import { makeTable, writeCsv, type TableWishes } from './tables.ts';
import { mean, median, printTable } from './report.ts';

const FOREST: Hyperparameters = { trees: 100, maxDepth: 12, minLeaf: 1, bins: 255 };
const ROUNDS = 5;
const SEEDS = 10;
const MIXED = { numbers: 14, texts: 6, categories: 30, problem: 'binary', seed: 1 } as const;

export async function benchTrain(): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-train-'));
  const peer = startPeer('scikit_learn.py');
  const linear = startPeer('scikit_learn_linear.py');
  try {
    return {
      linear: await benchLinear(folder, linear),
      time: await benchTime(folder, peer),
      growth: await benchGrowth(folder),
      ...(peer && { quality: await benchQuality(folder, peer) }),
    };
  } finally {
    peer?.stop();
    linear?.stop();
    await rm(folder, { recursive: true });
  }
}

async function benchTime(folder: string, peer: Peer | undefined): Promise<object> {
  const file = join(folder, 'time.csv');
  await writeCsv(file, makeTable({ ...MIXED, rows: 5000 }));
  const table = await read(file);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await timeLearning(table, 1));
    const task = {
      train: file,
      test: file,
      trees: FOREST.trees,
      depth: FOREST.maxDepth,
      seed: round,
      regression: false,
    };
    if (peer) theirs.push((await peer.ask(task))['seconds'] as number);
  }
  const result = { ours: median(ours), theirs: median(theirs), ratio: median(ours) / median(theirs) };
  printTable(
    'Training on 5000 rows × 20 columns, one thread (medians of 5 rounds)',
    ['ours', 'scikit-learn', 'ratio'],
    [[`${result.ours.toFixed(2)} s`, `${result.theirs.toFixed(2)} s`, result.ratio.toFixed(2)]],
  );
  return result;
}

async function benchGrowth(folder: string): Promise<object[]> {
  const results: { rows: number; one: number; two: number; rss: number }[] = [];
  for (const rows of [5_000, 20_000, 50_000, 100_000, 200_000]) {
    const file = join(folder, 'growth.csv');
    await writeCsv(file, makeTable({ ...MIXED, rows }));
    const table = await read(file);
    const one = await timeLearning(table, 1);
    const two = await timeLearning(table, 2);
    results.push({ rows, one, two, rss: process.resourceUsage().maxRSS / 1024 });
  }
  printTable(
    'Growth with the number of rows',
    ['rows', 'one thread', 'µs per row', 'two threads', 'peak memory so far'],
    results.map(({ rows, one, two, rss }) => [
      String(rows),
      `${one.toFixed(2)} s`,
      ((one * 1e6) / rows).toFixed(0),
      `${two.toFixed(2)} s`,
      `${rss.toFixed(0)} MB`,
    ]),
  );
  return results;
}

async function benchQuality(folder: string, peer: Peer): Promise<object[]> {
  const results: { name: string; ours: number[]; theirs: number[] }[] = [];
  for (const problem of ['binary', 'multiclass', 'regression'] as const) {
    for (const categories of [10, 200]) {
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let seed = 0; seed < SEEDS; seed++) {
        const wishes: TableWishes = { rows: 4000, numbers: 8, texts: 2, categories, problem, seed };
        const [mine, other] = await compareQuality(folder, peer, wishes);
        ours.push(mine);
        theirs.push(other);
      }
      results.push({ name: `${problem}, ${categories} categories`, ours, theirs });
    }
  }
  printTable(
    `Quality on 800 held-out rows (accuracy, or R²; mean ± standard deviation over ${SEEDS} seeds)`,
    ['table', 'ours', 'scikit-learn', 'difference'],
    results.map(({ name, ours, theirs }) => [
      name,
      spread(ours),
      spread(theirs),
      (mean(ours) - mean(theirs)).toFixed(4),
    ]),
  );
  return results;
}

async function compareQuality(
  folder: string,
  peer: Peer,
  wishes: TableWishes,
): Promise<[ours: number, theirs: number]> {
  const made = makeTable(wishes);
  const [trainFile, testFile] = [join(folder, 'train.csv'), join(folder, 'test.csv')];
  await writeCsv(trainFile, made, 0, 3200);
  await writeCsv(testFile, made, 3200);
  const regression = wishes.problem === 'regression';
  await train({
    file: trainFile,
    choices: { label: 'label', problemType: wishes.problem },
    kind: 'random-forest',
    hyperparameters: FOREST,
    refit: false,
    testFraction: 0.01,
    seed: wishes.seed,
    deployment: { id: 'bench', name: 'bench', description: '', echo: false },
    out: folder,
    force: true,
    command: '',
  });
  const deployment = await loadDeployment(join(folder, 'bench'), { allowModules: false });
  const values = made.rows.slice(3200);
  const { predictions } = await score(deployment, {
    fields: made.header.slice(0, -1),
    values: values.map((row) => row.slice(0, -1)),
  });
  const truth = values.map((row) => row.at(-1));
  const { classes } = deployment.file.label;
  const ours = regression
    ? measureRegression(truth as number[], predictions).r2
    : truth.filter((label, row) => classes?.[predictions[row] as number] === label).length / truth.length;
  const task = {
    train: trainFile,
    test: testFile,
    trees: FOREST.trees,
    depth: FOREST.maxDepth,
    seed: wishes.seed,
    regression,
  };
  return [ours, (await peer.ask(task))['quality'] as number];
}

async function read(file: string): Promise<TrainingTable> {
  const csv = await openCsv(file);
  const survey = await surveyColumns(csv);
  return loadTable(csv, planTraining(survey, { label: 'label' }), survey.rows);
}

async function timeLearning(table: TrainingTable, threads: number): Promise<number> {
  const rows = Int32Array.from({ length: table.rowCount }, (_, row) => row);
  const start = performance.now();
  await learnModel('random-forest', { table, rows, classCount: 2, seed: 1 }, FOREST, { threads });
  return (performance.now() - start) / 1000;
}

function spread(values: readonly number[]): string {
  const middle = mean(values);
  const deviation = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  return `${middle.toFixed(4)} ± ${deviation.toFixed(4)}`;
}
