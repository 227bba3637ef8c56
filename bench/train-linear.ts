/**
 * The linear kinds compared with scikit-learn's, in processor time: ours with the encoding of the columns, theirs with and without.
 * One thread.
 */
import { join } from 'node:path';
import { surveyColumns } from '../csv/survey-columns.ts';
import { openCsv } from '../csv/read-csv.ts';
import { Random } from '../training/forest/random.ts';
import { learnModel } from '../training/learn-model.ts';
import { loadTable } from '../training/load-table.ts';
import { planTraining } from '../training/plan-training.ts';
import type { Peer } from './peer.ts';
import { median, printTable } from './report.ts';
import { writeCsv, type MadeTable } from './tables.ts';

const ROUNDS = 5;
const ROWS = 20_000;
/** Of the mean gradient: then the coefficients are exact to four digits, as ours. */
const TOLERANCE = 1e-7;

type Maker = (row: number, uniform: () => number, normal: () => number) => readonly (string | number)[];

/** The tables: what a row has, its label last. */
const TABLES: readonly {
  readonly name: string;
  readonly regression: boolean;
  readonly dense?: true;
  readonly make: Maker;
}[] = [
  { name: '15 classes, 16 numbers', regression: false, make: makeClasses },
  { name: '2 classes, 20 × 50 random categories', regression: false, make: makeCategories },
  { name: 'regression, 20 × 50 categories', regression: true, make: makeSum },
  { name: '… theirs with a dense matrix', regression: true, dense: true, make: makeSum },
];

/** Numbers that are correlated, around a centre per class. */
function makeClasses(_row: number, uniform: () => number, normal: () => number): (string | number)[] {
  const label = Math.floor(15 * uniform());
  const parts = Array.from({ length: 16 }, (_, index) => Math.sin(1 + label * (index + 3)) + normal());
  return [...parts.map((part, index) => part + 2 * (parts[(index + 5) % 16] as number)), `class ${label}`];
}

function makeCategories(_row: number, uniform: () => number, normal: () => number): (string | number)[] {
  const number = normal();
  const cells = Array.from({ length: 20 }, () => `c${Math.floor(50 * uniform())}`);
  return [number, ...cells, uniform() < 1 / (1 + Math.exp(-number)) ? 'yes' : 'no'];
}

function makeSum(_row: number, uniform: () => number, normal: () => number): (string | number)[] {
  const codes = Array.from({ length: 20 }, () => Math.floor(50 * uniform()));
  const number = normal();
  const effects = codes.map((code, column) => Math.sin(code * (column + 2)));
  return [number, ...codes.map((code) => `c${code}`), effects.reduce((sum, effect) => sum + effect, number + normal())];
}

/** Measures the tables. */
export async function benchLinear(folder: string, peer: Peer | undefined): Promise<object[]> {
  const results: { name: string; ours: number; encoding?: number; model?: number; exact?: number }[] = [];
  for (const { name, regression, dense = false, make } of TABLES) {
    const file = join(folder, 'linear.csv');
    await writeCsv(file, makeRows(make));
    const csv = await openCsv(file);
    const survey = await surveyColumns(csv);
    const plan = planTraining(survey, { label: 'label' });
    const table = await loadTable(csv, plan, survey.rows);
    const lesson = {
      table,
      rows: Int32Array.from(table.target.keys()),
      classCount: plan.label.classes?.length ?? 0,
      seed: 1,
    };
    const kind = regression ? 'linear-regression' : 'logistic-regression';
    const ours: number[] = [];
    const theirs: { encoding: number; model: number; exact: number | null }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const start = process.cpuUsage();
      await learnModel(kind, lesson, {});
      const { user, system } = process.cpuUsage(start);
      ours.push((user + system) / 1e6);
      if (peer) theirs.push(await peer.ask({ file, regression, dense, tolerance: TOLERANCE }));
    }
    const middle = (key: 'encoding' | 'model' | 'exact') => median(theirs.map((one) => one[key] ?? NaN));
    results.push({
      name,
      ours: median(ours),
      ...(peer && { encoding: middle('encoding'), model: middle('model'), exact: middle('exact') }),
    });
  }
  const format = (seconds = NaN) => (Number.isNaN(seconds) ? '' : `${seconds.toFixed(2)} s`);
  printTable(
    `Linear kinds on ${ROWS} rows (processor time, medians of ${ROUNDS} rounds; × scikit-learn's)`,
    ['table', 'ours', 'their encoding', 'their model', '× both', 'to four digits', '× both'],
    results.map(({ name, ours, encoding = NaN, model = NaN, exact = NaN }) => [
      name,
      format(ours),
      format(encoding),
      format(model),
      (ours / (encoding + model)).toFixed(2),
      format(exact),
      Number.isNaN(exact) ? '' : (ours / (encoding + exact)).toFixed(2),
    ]),
  );
  return results;
}

function makeRows(make: Maker): MadeTable {
  const random = new Random(1);
  const uniform = () => random.next() / 2 ** 32;
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const rows = Array.from({ length: ROWS }, (_, row) => make(row, uniform, normal));
  const [first = []] = rows;
  return { header: [...first.slice(1).map((_, index) => `column_${index}`), 'label'], rows };
}
