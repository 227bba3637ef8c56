import { expect } from 'chai';
import { findSuspects } from '../../training/find-suspects.ts';
import { readText, toCsv } from '../support/training.ts';

/** What is said about a column `x` beside the label. */
async function suspect(
  rows: number,
  toCell: (row: number) => unknown,
  toLabel: (row: number) => unknown,
  keys: object = {},
) {
  const lines = Array.from({ length: rows }, (_, row) => [toCell(row), (row * row) % 11, toLabel(row)]);
  const { table, plan } = await readText(toCsv(['x', 'n', 'risk'], lines), { label: 'risk', ...keys });
  return findSuspects(table, plan);
}

const toClass = (row: number) => ['bad', 'good'][(row >> 1) % 2];
const toNumber = (row: number) => 3.25 + ((row * 7) % 30);

describe('suspicious columns', () => {
  it('are those with a different whole number in each row', async () => {
    const expected = ['x has a different whole number in each row, like an identifier; --drop x leaves it out.'];
    expect(await suspect(60, (row) => 100_000 + ((row * 7919) % 5000), toClass)).to.deep.equal(expected);
    expect(
      await suspect(60, (row) => (row === 5 ? '' : `${100_000 + ((row * 7919) % 5000)}.0`), toClass),
    ).to.deep.equal(expected);
  });

  it('are not those with one number twice, with fractions, or with too few rows', async () => {
    expect(await suspect(60, (row) => 100_000 + (row === 9 ? 8 * 7919 : row * 7919), toClass)).to.deep.equal([]);
    expect(await suspect(60, (row) => 0.5 + row * 7, toClass)).to.deep.equal([]);
    expect(await suspect(15, (row) => (row * 7) % 31, toClass)).to.deep.equal([]);
  });

  it('are found in columns of more values than are counted', async () => {
    expect(await suspect(12_000, (row) => (row * 7919) % 1_000_003, toClass)).to.have.length(1);
  });

  for (const [what, toCell, reason] of [
    ['the label itself', toClass, 'each of its values stands for one class'],
    ['the label as numbers', (row: number) => 10 + ((row >> 1) % 2), 'each of its values stands for one class'],
    ['the label as booleans', (row: number) => (row >> 1) % 2 === 1, 'each of its values stands for one class'],
    [
      'a value for one class and none for the other',
      (row: number) => ['', 7][(row >> 1) % 2],
      'each of its values stands for one class',
    ],
    ['values of one class each', (row: number) => 'pqrs'[row % 4], 'each of its 4 values has rows of one class only'],
  ] as const) {
    it(`are those with ${what}`, async () => {
      expect(await suspect(60, toCell, toClass)).to.deep.equal([
        `x gives the label risk away: ${reason}; --drop x leaves it out.`,
      ]);
    });
  }

  it('are not those with a value that has rows of two classes', async () => {
    expect(
      await suspect(
        60,
        (row) => (row === 7 ? 'p' : 'pqrs'[row % 4]),
        (row) => (row === 3 ? 'good' : toClass(row)),
      ),
    ).to.deep.equal([]);
  });

  it('are those from which the number to learn follows', async () => {
    expect(await suspect(60, toNumber, toNumber)).to.deep.equal(['x equals the label risk; --drop x leaves it out.']);
    expect(await suspect(60, (row) => ((toNumber(row) * 9) / 5 + 32).toFixed(3), toNumber)).to.deep.equal([
      'x gives the label risk away: the label follows from it by a factor and a difference; --drop x leaves it out.',
    ]);
    expect(await suspect(60, (row) => toNumber(row) + (row === 30 ? 5 : 0), toNumber)).to.deep.equal([]);
  });

  it('are those from which it nearly follows, because they are rounded', async () => {
    expect(await suspect(60, (row) => (toNumber(row) * 2.2046).toFixed(1), toNumber)).to.deep.equal([
      'x gives the label risk away: the label nearly follows from it by a factor and a difference; --drop x leaves it out.',
    ]);
  });

  it('are those that give the label away wherever they are not missing', async () => {
    const isGap = (row: number) => row % 7 === 3;
    const copy = (toCell: (row: number) => unknown) => (row: number) => (isGap(row) ? '' : toCell(row));
    expect(await suspect(60, copy(toClass), toClass)).to.deep.equal([
      'x gives the label risk away where it is not missing: each of its values stands for one class; --drop x leaves it out.',
    ]);
    expect(await suspect(60, copy(toNumber), toNumber)).to.deep.equal([
      'x equals the label risk where it is not missing; --drop x leaves it out.',
    ]);
    // Few cells say nothing, nor does a column that has one class only where it has cells.
    expect(await suspect(60, (row) => (row < 8 ? toClass(row) : ''), toClass)).to.deep.equal([]);
    expect(await suspect(60, (row) => (row % 4 === 1 ? 'p' : ''), toClass)).to.deep.equal([]);
    expect(await suspect(60, (row) => (row < 8 ? toNumber(row) : ''), toNumber)).to.deep.equal([]);
  });
});
