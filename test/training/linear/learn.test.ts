import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { LearnedKind } from '../../../training/hyperparameters.ts';
import { learnModel } from '../../../training/learn-model.ts';
import { buildUniform, readText, toCsv } from '../../support/training.ts';

interface Output {
  /** The class; for two classes the second one, for a regression null. */
  readonly output: string | null;
  readonly intercept: number;
  /** By column, or `column=category`. */
  readonly coefficients: Readonly<Record<string, number>>;
}

/** Learns from all rows of a table; the last column is the label. */
async function learn(kind: LearnedKind, csv: string): Promise<Output[]> {
  const label = (/^.*$/m.exec(csv)?.[0] ?? '').split(',').at(-1) as string;
  const { plan, table } = await readText(csv, { label });
  const classes = (plan.label.classes ?? [null]).map((name) => (name === null ? null : String(name)));
  const rows = Int32Array.from(table.target.keys());
  const classCount = plan.label.classes?.length ?? 0;
  const { files, columns } = await learnModel(kind, { table, rows, classCount, seed: 1 }, {});
  const { coefficients, intercepts } = JSON.parse([...(files[0]?.pieces ?? [])].join('')) as {
    coefficients: number[][];
    intercepts: number[];
  };
  const names = columns.flatMap(({ name, categories }) =>
    categories ? categories.map((category) => `${name}=${String(category)}`) : [name],
  );
  return coefficients.map((row, index) => ({
    output: classes[coefficients.length === 1 ? classes.length - 1 : index] as string | null,
    intercept: intercepts[index] as number,
    coefficients: Object.fromEntries(row.map((coefficient, at) => [names[at] as string, coefficient])),
  }));
}

/** The same of the other class. */
function toOpposite({ intercept, coefficients }: Output, output: string | null): Output {
  const opposite = Object.entries(coefficients).map(([name, value]) => [name, -value] as const);
  return { output, intercept: -intercept, coefficients: Object.fromEntries(opposite) };
}

const readFixture = (name: string) => readFile(new URL(`../../fixtures/coefficients/${name}`, import.meta.url), 'utf8');

describe('the linear learners', () => {
  for (const [name, kind] of [
    ['binary', 'logistic-regression'],
    ['multiclass', 'logistic-regression'],
    ['regression', 'linear-regression'],
  ] as const) {
    it(`learn the coefficients of scikit-learn: ${name}`, async () => {
      const expected = JSON.parse(await readFixture(`${name}.json`)) as Output[];
      const learned = await learn(kind, await readFixture(`${name}.csv`));
      expect(learned.length).to.equal(expected.length);
      for (const output of expected) {
        const found =
          learned.find((one) => one.output === output.output) ?? toOpposite(learned[0] as Output, output.output);
        expect(Object.keys(found.coefficients).sort()).to.deep.equal(Object.keys(output.coefficients).sort());
        for (const [feature, coefficient] of Object.entries(output.coefficients))
          expect(found.coefficients[feature], `${output.output} ${feature}`).to.be.closeTo(coefficient, 1e-4);
        // The coefficient of a number is multiplied by its mean, so that of the intercept is less exact.
        expect(found.intercept, String(output.output)).to.be.closeTo(output.intercept, 1e-3);
      }
    });
  }

  it('recover the coefficients of a line', async () => {
    const next = buildUniform(1);
    const rows = Array.from({ length: 100 }, () => [next(), 100 * next()]).map(([a, b]) => [
      a,
      b,
      3 + 2 * Number(a) - 0.5 * Number(b),
    ]);
    const [{ intercept, coefficients }] = (await learn('linear-regression', toCsv(['a', 'b', 'y'], rows))) as [Output];
    expect(coefficients['a']).to.be.closeTo(2, 1e-9);
    expect(coefficients['b']).to.be.closeTo(-0.5, 1e-9);
    expect(intercept).to.be.closeTo(3, 1e-9);
  });

  it('share the weight of columns that say the same', async () => {
    const next = buildUniform(2);
    const rows = Array.from({ length: 200 }, () => {
      const pick = next() < 0.5;
      const cells = Array.from({ length: 6 }, () => (pick ? 'u' : 'v'));
      return { cells, pick, label: next() < (pick ? 0.8 : 0.3) ? 'p' : 'q' };
    });
    const header = ['a', 'b', 'c', 'd', 'e', 'f', 'y'];
    const csv = toCsv(
      header,
      rows.map(({ cells, label }) => [...cells, label]),
    );
    const [{ coefficients }] = (await learn('logistic-regression', csv)) as [Output];
    const weights = Object.values(coefficients);
    expect(weights.length).to.equal(12);
    for (const weight of weights) expect(Math.abs(weight)).to.be.closeTo(Math.abs(weights[0] as number), 1e-4);
    const numeric = toCsv(
      header,
      rows.map(({ cells, pick, label }) => [...cells.map(() => (pick ? 1 : 2.5)), label]),
    );
    for (const value of [
      coefficients,
      (
        (await learn(
          'linear-regression',
          toCsv(
            header,
            rows.map(({ cells, pick }) => [...cells, pick ? 7.25 : 1.5]),
          ),
        )) as [Output]
      )[0].coefficients,
    ])
      expect(Object.values(value).reduce((sum, weight) => sum + weight, 0)).to.be.closeTo(0, 1e-4);
    const [line] = (await learn('logistic-regression', numeric)) as [Output];
    for (const weight of Object.values(line.coefficients))
      expect(weight).to.be.closeTo(line.coefficients['a'] as number, 1e-6);
  });

  it('end on classes that a line separates, and on hundreds of classes', async () => {
    const apart = Array.from({ length: 60 }, (_, row) => [row / 7, row < 30 ? 'low' : 'high']);
    const [{ coefficients }] = (await learn('logistic-regression', toCsv(['x', 'y'], apart))) as [Output];
    expect(Math.abs(coefficients['x'] as number)).to.be.within(0.1, 10);
    const next = buildUniform(3);
    const many = Array.from({ length: 1500 }, (_, row) => [(row % 300) + next() / 2, next(), `c${row % 300}`]);
    const outputs = await learn('logistic-regression', toCsv(['x', 'z', 'y'], many));
    expect(outputs.length).to.equal(300);
    for (const feature of ['x', 'z']) {
      const sum = outputs.reduce((total, output) => total + (output.coefficients[feature] as number), 0);
      expect(sum).to.be.closeTo(0, 1e-4);
    }
  });

  it('put the median in place of missing numbers, and the more frequent value in place of missing booleans', async () => {
    const cells = [1, 2, 40, 50].flatMap((x, index) => Array.from({ length: 5 }, (_, row) => [x, index > 0, row + x]));
    const csv = toCsv(['x', 'b', 'y'], [...cells, ['', '', 7]]);
    const { table } = await readText(csv, { label: 'y' });
    const rows = Int32Array.from(table.target.keys());
    const { columns } = await learnModel('linear-regression', { table, rows, classCount: 0, seed: 1 }, {});
    expect(columns.map(({ impute }) => impute)).to.deep.equal([21, true]);
  });

  it('find the line also if categories of hundreds of columns go together', async () => {
    const next = buildUniform(6);
    const rows = Array.from({ length: 3000 }, () => {
      const town = Math.floor(100 * next());
      const region = town >> 1;
      return [
        `t${town}`,
        `r${region}`,
        `s${town}-${region}`,
        `u${(town * 7) % 100}`,
        Math.floor(town / 10) + next() / 100,
      ];
    });
    const [{ coefficients, intercept }] = (await learn(
      'linear-regression',
      toCsv(['town', 'region', 'street', 'unit', 'y'], rows),
    )) as [Output];
    expect(Object.keys(coefficients).length).to.be.above(300);
    const sum = (names: string[]) => names.reduce((total, name) => total + (coefficients[name] as number), intercept);
    expect(sum(['town=t42', 'region=r21', 'street=s42-21', 'unit=u94'])).to.be.closeTo(4.005, 2e-3);
    expect(sum(['town=t99', 'region=r49', 'street=s99-49', 'unit=u93'])).to.be.closeTo(9.005, 2e-3);
  });

  it('share 2000 inputs among columns of many categories', async () => {
    const next = buildUniform(4);
    const rows = Array.from({ length: 9000 }, () => [`a${Math.floor(1200 * next())}`, next()]);
    const [{ coefficients }] = (await learn('linear-regression', toCsv(['place', 'y'], rows))) as [Output];
    expect(Object.keys(coefficients).length).to.equal(1000);
  });
});
