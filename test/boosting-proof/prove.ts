/**
 * LightGBM loads what `train --kind gradient-boosting` writes, and predicts what the engine does; and with the same rows and
 * settings, it learns the same model. Prints one line per case; exits 1 if one differs.
 * usage: prove.ts PYTHON [--record], which writes LightGBM's predictions to test/fixtures/boosting/
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { lightgbm } from '../../models/kinds/lightgbm/lightgbm.ts';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import { score } from '../../models/score-table.ts';
import { OBJECTIVES } from '../../training/boosting/boosting-data.ts';
import { learnBoosting } from '../../training/boosting/learn-boosting.ts';
import { toLightgbmText } from '../../training/boosting/lightgbm-text.ts';
import { train } from '../../training/train.ts';
import {
  makeBoostingTable,
  toBoostingOptions,
  type BoostingTable,
  type BoostingWishes,
} from '../support/boosting-tables.ts';
import { toCustomers, toOptions } from '../support/training.ts';

const [python = 'python3', flag] = process.argv.slice(2);
const FIXTURE = new URL('../fixtures/boosting/lightgbm.json', import.meta.url);
/** LightGBM's sums are in another order. */
const ROUNDING = 1e-12;
/** Its gradients have 32 bits, and so have ours. */
const LEARNING = 1e-6;

interface Answer {
  readonly predictions: readonly number[];
  readonly trees: number;
}

const scratch = await mkdtemp(join(tmpdir(), 'boosting-proof-'));
const child = spawn(python, ['test/boosting-proof/lightgbm_peer.py'], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
let failures = 0;
try {
  for (const objective of OBJECTIVES) {
    for (const missing of [0, 0.1]) await proveLoading({ ...MIXED(), objective, missing });
  }
  await proveDeployment();
  const recorded: { wishes: BoostingWishes; predictions: readonly number[] }[] = [];
  for (const wishes of LEARNED()) recorded.push({ wishes, predictions: await proveLearning(wishes) });
  if (flag === '--record') await writeFile(FIXTURE, `${JSON.stringify(recorded)}\n`);
} finally {
  child.kill();
  await rm(scratch, { recursive: true });
}
process.exitCode = failures > 0 ? 1 : 0;

function MIXED(): BoostingWishes {
  return { objective: 'binary', rows: 3000, numbers: 5, categories: [3, 12, 60], missing: 0, seed: 3 };
}

/** Cases in which the number of rows of a bin is not estimated, or estimated without doubt. */
function LEARNED(): BoostingWishes[] {
  return [
    { objective: 'squared-error', rows: 600, numbers: 3, categories: [], missing: 0, seed: 1 },
    { objective: 'squared-error', rows: 600, numbers: 3, categories: [], missing: 0.1, seed: 2 },
    { objective: 'squared-error', rows: 600, numbers: 2, categories: [3, 5], missing: 0, seed: 3 },
    { objective: 'squared-error', rows: 1200, numbers: 1, categories: [40], missing: 0, seed: 5 },
    { objective: 'binary', rows: 600, numbers: 4, categories: [], missing: 0, seed: 4 },
    { objective: 'multiclass', rows: 600, numbers: 2, categories: [], missing: 0, seed: 8 },
    { objective: 'poisson', rows: 600, numbers: 4, categories: [], missing: 0, seed: 7 },
  ];
}

async function ask(task: object): Promise<Answer> {
  child.stdin.write(`${JSON.stringify(task)}\n`);
  const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
  if (done === true) throw new Error('LightGBM ended');
  return JSON.parse(value) as Answer;
}

function tell(name: string, ours: ArrayLike<number>, { predictions, trees }: Answer, tolerance: number): void {
  const difference = predictions.reduce(
    (most, theirs, at) => Math.max(most, Math.abs(theirs - (ours[at] as number))),
    0,
  );
  const isEqual = ours.length === predictions.length && difference <= tolerance;
  if (!isEqual) failures += 1;
  console.log(
    `${isEqual ? 'equal   ' : 'DIFFERS '} ${name}: ${trees} trees, greatest difference ${difference.toExponential(1)}`,
  );
}

/** A binary model predicts the probability of the second class. */
function toPredictions(text: string, { matrix, data }: BoostingTable): Float64Array {
  const classCount = data.classCount === 0 ? undefined : data.classCount;
  const model = lightgbm.readPart(Buffer.from(text), 'model.txt').compile();
  const { predictions, probabilities } = lightgbm.scorePart(model, matrix, classCount);
  const scores = Float64Array.from(probabilities ?? predictions);
  return classCount === 2 ? scores.filter((_, at) => at % 2 === 1) : scores;
}

async function learn(table: BoostingTable, wishes: BoostingWishes): Promise<{ text: string; path: string }> {
  const options = toBoostingOptions({ objective: wishes.objective });
  const rows = Int32Array.from(table.data.target.keys());
  const data = {
    ...table.data,
    features: table.data.features.map(({ bins, binCount, hasMissing, upperBounds }) => ({
      bins,
      binCount,
      hasMissing,
      upperBounds,
    })),
  };
  const model = await learnBoosting(data, options, { rows });
  const text = [...toLightgbmText(model, table.features, options)]
    .join('')
    .replace(/pandas_categorical:.*/, 'pandas_categorical:null');
  const path = join(scratch, 'model.txt');
  await writeFile(path, text);
  await writeFile(join(scratch, 'matrix'), Buffer.from(table.matrix.buffer));
  return { text, path };
}

async function proveLoading(wishes: BoostingWishes): Promise<void> {
  const table = makeBoostingTable(wishes);
  const { text, path } = await learn(table, wishes);
  const answer = await ask({ matrix: join(scratch, 'matrix'), width: table.features.length, model: path });
  tell(`LightGBM loads ${wishes.objective}, ${wishes.missing} missing`, toPredictions(text, table), answer, ROUNDING);
}

async function proveLearning(wishes: BoostingWishes): Promise<readonly number[]> {
  const table = makeBoostingTable(wishes);
  const { text } = await learn(table, wishes);
  await writeFile(join(scratch, 'target'), Buffer.from(table.data.target.buffer));
  const answer = await ask({
    matrix: join(scratch, 'matrix'),
    target: join(scratch, 'target'),
    width: table.features.length,
    categorical: table.features.flatMap(({ categories }, index) => (categories ? [index] : [])),
    parameters: {
      objective: wishes.objective === 'squared-error' ? 'regression' : wishes.objective,
      num_class: wishes.objective === 'multiclass' ? 3 : 1,
    },
    iterations: 20,
  });
  tell(`LightGBM learns ${JSON.stringify(wishes)}`, toPredictions(text, table), answer, LEARNING);
  return answer.predictions;
}

/** A whole deployment: LightGBM loads its file, and predicts what the deployment answers. */
async function proveDeployment(): Promise<void> {
  await writeFile(
    join(scratch, 'customers.csv'),
    toCustomers(2000, (risk) => (risk > 0.8 ? 'high' : 'low')),
  );
  const { folder } = await train(toOptions(scratch, { kind: 'gradient-boosting', hyperparameters: {} }));
  const deployment = await loadDeployment(folder, { allowModules: false });
  const plans = ['basic', 'plus', 'family', 'other'];
  const categories = deployment.file.columns[2]?.categories ?? [];
  const values = Array.from({ length: 500 }, (_, row) => [
    row % 11 === 0 ? null : 20 + (row % 50),
    (row % 100) + 0.5,
    plans[row % 4] as string,
    row % 3 === 0,
  ]);
  const { probabilities } = await score(deployment, { fields: ['age', 'income', 'plan', 'member'], values });
  const matrix = Float64Array.from(
    values.flatMap(([age, income, plan, member]) => {
      const code = categories.indexOf(plan as string);
      return [age === null ? NaN : Number(age), Number(income), code < 0 ? NaN : code, Number(member)];
    }),
  );
  await writeFile(join(scratch, 'matrix'), Buffer.from(matrix.buffer));
  const answer = await ask({ matrix: join(scratch, 'matrix'), width: 4, model: join(folder, 'model.txt') });
  const ours = Float64Array.from(probabilities ?? []).filter((_, at) => at % 2 === 1);
  tell('LightGBM loads the file of a deployment', ours, answer, ROUNDING);
  if (!(await readFile(join(folder, 'model.txt'), 'utf8')).includes('pandas_categorical:[["')) failures += 1;
}
