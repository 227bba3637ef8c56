import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '../../../errors/command-error.ts';
import { loadTrainingRows, type TrainingFile } from '../../../openscale/archive/load-training-rows.ts';
import { catchError, toClassifier, toFile } from '../../support/deployment.ts';

const COLUMNS = [
  { name: 'age', type: 'integer' },
  { name: 'job', type: 'string', categories: ['clerk', 'None'] },
  { name: 'owner', type: 'boolean' },
];
const KEYS = {
  ...toClassifier('yes', 'no'),
  columns: COLUMNS,
  example: { fields: ['age', 'job', 'owner'], values: [[1, 'clerk', true]] },
};
const HEADER = 'owner,target,job,age';
const LINES = Array.from({ length: 12 }, (_, row) => `${row % 3 === 0},${row % 2 ? 'yes' : 'no'},clerk,${20 + row}`);

describe('the rows of training data', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'rows-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  const load = async (lines: readonly string[], file: Partial<TrainingFile> = {}, keys: object = {}) => {
    const path = join(folder, 'rows.csv');
    await writeFile(path, lines.join('\n'));
    return loadTrainingRows({ path, ...file }, toFile({ ...KEYS, ...keys }));
  };
  const reject = async (...parameters: Parameters<typeof load>) =>
    (await catchError(CommandError, () => load(...parameters))).message;

  it('have the columns of the deployment, in its order and its types', async () => {
    const { table, incomplete, notices } = await load([HEADER, ...LINES]);
    expect(table.columns.map(({ plan }) => plan)).to.deep.equal([
      { name: 'age', type: 'integer', categorical: false },
      { name: 'job', type: 'string', categorical: true },
      { name: 'owner', type: 'boolean', categorical: false },
    ]);
    expect(table.columns.map(({ values }) => [...values.slice(0, 4)])).to.deep.equal([
      [20, 21, 22, 23],
      [0, 0, 0, 0],
      [1, 0, 0, 1],
    ]);
    expect([...table.target.slice(0, 3)]).to.deep.equal([1, 0, 1]);
    expect([table.rowCount, incomplete, notices]).to.deep.equal([12, 0, []]);
  });

  it('are those without a missing cell, and others are counted', async () => {
    const gaps = ['true,yes,clerk,', 'true,yes,,30', ',yes,clerk,30', 'true,,clerk,30', 'true,yes,?,'];
    const { table, incomplete, notices } = await load([HEADER, ...gaps, ...LINES]);
    expect([table.rowCount, incomplete]).to.deep.equal([12, 5]);
    expect(notices.join('\n')).to.match(/5 rows with missing cells left out, most of them for age/);
  });

  it('keep categories that usually stand for a missing value', async () => {
    const { table } = await load([HEADER, ...LINES, 'true,yes,None,40']);
    expect(table.columns[1]?.categories).to.deep.equal(['clerk', 'None']);
  });

  it('take names with the characters that train replaces', async () => {
    const columns = [{ name: 'a_b', type: 'integer' }];
    const keys = { columns, example: { fields: ['a_b'], values: [[1]] } };
    const { table } = await load(['a=b,target', ...Array<string>(10).fill('1,yes')], {}, keys);
    expect(table.columns[0]?.plan.name).to.equal('a_b');
  });

  it('take codes as texts where the model has texts, and as categories where it has those', async () => {
    const columns = [
      { name: 'zip', type: 'string' },
      { name: 'branch', type: 'integer', categories: [1, 2] },
    ];
    const keys = { columns, example: { fields: ['zip', 'branch'], values: [['1', 1]] } };
    const lines = Array.from({ length: 10 }, (_, row) => `${row},${(row % 2) + 1},no`);
    const { table } = await load(['zip,branch,target', ...lines], {}, keys);
    expect(table.columns.map(({ categories }) => categories.slice(0, 2))).to.deep.equal([
      ['0', '1'],
      [1, 2],
    ]);
  });

  it('take classes that are numbers, and those of booleans in any spelling', async () => {
    const lines = Array.from({ length: 10 }, (_, row) => `true,${row % 2 ? '1.0' : 0},clerk,${row}`);
    expect([...(await load([HEADER, ...lines], {}, toClassifier(1, 0))).table.target.slice(0, 2)]).to.deep.equal([
      1, 0,
    ]);
    const spelled = Array.from({ length: 10 }, (_, row) => `true,${row % 2 ? 'True' : 'false'},clerk,${row}`);
    const classes = toClassifier('TRUE', 'FALSE');
    expect([...(await load([HEADER, ...spelled], {}, classes)).table.target.slice(0, 2)]).to.deep.equal([1, 0]);
  });

  it('take the numbers of a regression', async () => {
    const regression = { problem_type: 'regression', label: { name: 'target', type: 'double' } };
    const lines = Array.from({ length: 10 }, (_, row) => `true,${row}.5,clerk,${row}`);
    expect((await load([HEADER, ...lines], {}, regression)).table.target[3]).to.equal(3.5);
    expect(await reject([HEADER, ...LINES], {}, regression)).to.include('The label target is not numeric');
  });

  it('have their label in the column that is chosen', async () => {
    const lines = [HEADER.replace('target', 'truth'), ...LINES];
    expect((await load(lines, { label: 'truth' })).table.rowCount).to.equal(12);
    expect(await reject(lines)).to.match(/no column "target", which the deployment predicts; --label names/);
    expect(await reject(lines, { label: 'Truth' })).to.include('did you mean "truth"?');
  });

  it('are rejected where they do not fit, with the way out', async () => {
    expect(await reject(['target,job', 'yes,clerk'])).to.match(/needs the columns "age", "owner"; the file has/);
    expect(await reject(['target,job,age', 'yes,clerk,1'])).to.match(/needs the column "owner";/);
    expect(await reject([HEADER, ...LINES.map((line) => line.replace(/\d+$/, 'old'))])).to.match(
      /Column "age": the model expects numbers; .* --numeric/,
    );
    expect(await reject([HEADER, ...LINES, 'perhaps,yes,clerk,3'])).to.match(
      /Line 14: the model expects true or false in column "owner"; .*--missing/,
    );
    expect(await reject([HEADER, ...LINES, 'true,maybe,clerk,3'])).to.match(
      /Line 14: the label target is a class .* it has "yes", "no"\. --missing/,
    );
    expect(await reject([HEADER, ...LINES.slice(0, 9)])).to.match(/^9 rows of 9 are complete; expected at least 10/);
    expect(await reject([HEADER, ...LINES.map((line) => line.replace(/\d+$/, ''))])).to.match(
      /^0 rows of 12 are complete.*most of them for age/,
    );
    expect(await reject([HEADER])).to.equal('The file has a header and no rows.');
  });

  it('are asked about where only the user can decide', async () => {
    const ambiguous = LINES.map((line) => line.replace(/\d+$/, '"1,234"'));
    expect(await reject([HEADER, ...ambiguous])).to.match(/--decimal/);
    const odd = LINES.map((line, row) => (row === 5 ? line.replace(/\d+$/, 'n.b.') : line));
    expect(await reject([HEADER, ...odd])).to.match(/Column "age".*--missing n\.b\./);
    const { incomplete, notices } = await load([HEADER, ...odd], { rules: { numeric: ['age'] } });
    expect(incomplete).to.equal(1);
    expect(notices.join('\n')).to.include('age: ');
  });

  it('stop being read when the caller stops', async () => {
    const path = join(folder, 'rows.csv');
    await writeFile(path, [HEADER, ...LINES].join('\n'));
    const stopped = loadTrainingRows({ path }, toFile(KEYS), AbortSignal.abort(new CommandError('stopped')));
    expect((await catchError(CommandError, () => stopped)).message).to.equal('stopped');
  });
});
