import { expect } from 'chai';
import fc from 'fast-check';
import { LANES, layOutThresholds, rankRows, type FeatureThresholds } from '../../../models/forest/thresholds.ts';

const FEATURES = 3;

/** The ranks of rows by row and column, as rankRows writes them. */
function rank(features: readonly FeatureThresholds[], rows: readonly number[][], most = 1e6, shift = 0): number[][] {
  const thresholds = layOutThresholds(features, most);
  const columns = thresholds.feature.length;
  const groupSize = LANES * columns;
  const ranks = new Int32Array(Math.ceil(rows.length / LANES) * groupSize);
  rankRows(thresholds, Float64Array.from(rows.flat()), rows[0]?.length ?? 0, 0, rows.length, shift, ranks, groupSize);
  return rows.map((_, row) =>
    Array.from({ length: columns }, (_, column) => {
      const group = Math.floor(row / LANES) * groupSize;
      return ranks[group + column * LANES + (row % LANES)] as number;
    }),
  );
}

/** The ranks of some numbers in one feature. */
function rankAll(values: readonly number[], cells: readonly number[], nanBelow = false): number[] {
  const features = [{ feature: 0, values: Float64Array.from(values), nanBelow }];
  return rank(
    features,
    cells.map((cell) => [cell]),
  ).flat();
}

/** How many values are not above x; for NaN one more than there are. */
function count(values: readonly number[], x: number): number {
  return Number.isNaN(x) ? values.length + 1 : values.filter((value) => value <= x).length;
}

describe('the rank of a number', () => {
  it('is how many thresholds are not above it', () => {
    expect(rankAll([-1, 0, 2.5], [-2, -1, -0.5, 0, 2.4, 2.5, 3])).to.deep.equal([0, 1, 1, 2, 2, 3, 3]);
  });

  it('is greater for NaN than for any number, or as small as any', () => {
    expect(rankAll([1, 2], [NaN, Infinity])).to.deep.equal([3, 2]);
    expect(rankAll([1, 2], [NaN, Infinity, 0], true)).to.deep.equal([0, 2, 0]);
  });

  it('is the same for 0 and -0', () => {
    expect(rankAll([0], [-0, 0])).to.deep.equal([1, 1]);
    expect(rankAll([-0], [-0, 0])).to.deep.equal([1, 1]);
  });

  it('is exact where the range of the thresholds overflows, vanishes, or is far wider than their distances', () => {
    const { MAX_VALUE, MIN_VALUE, EPSILON } = Number;
    for (const values of [
      [-MAX_VALUE, -1, 0, 1, MAX_VALUE],
      [0, MIN_VALUE, 2 * MIN_VALUE, 3 * MIN_VALUE],
      [-MIN_VALUE, 0, MIN_VALUE, 1e300],
      [1, 1 + EPSILON, 1 + 2 * EPSILON, 1e9],
      [-1e308, 1e308],
    ]) {
      const cells = [...values, ...values.map((value) => value * (1 - EPSILON)), -Infinity, Infinity, 0.5, -1e308];
      expect(rankAll(values, cells)).to.deep.equal(cells.map((cell) => count(values, cell)));
    }
  });

  it('is shifted to the left', () => {
    expect(rank([{ feature: 0, values: Float64Array.of(1, 2), nanBelow: false }], [[3]], 10, 4)).to.deep.equal([[32]]);
  });

  it('is shared out among columns where a feature has more thresholds than one may have', () => {
    const values = Float64Array.of(1, 2, 3, 4, 5);
    const features = [
      { feature: 1, values, nanBelow: false },
      { feature: 0, values: Float64Array.of(0), nanBelow: false },
    ];
    const rows = [0, 1, 2, 3.5, 5, NaN].map((cell) => [1, cell]);
    expect(rank(features, rows, 2)).to.deep.equal([
      [0, 0, 0, 1],
      [1, 0, 0, 1],
      [2, 0, 0, 1],
      [2, 1, 0, 1],
      [2, 2, 1, 1],
      [3, 3, 2, 1],
    ]);
  });

  it('is so for any thresholds and any numbers, many of them equal', () => {
    const number = fc.oneof(fc.constantFrom(-1, 0, -0, 0.5, 1, 2), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const values = fc
      .uniqueArray(number, { minLength: 1, maxLength: 40, comparator: (a, b) => a === b })
      .map((list) => list.sort((a, b) => a - b));
    const cell = (from: readonly number[]) => fc.oneof(fc.constantFrom(...from), fc.double(), number);
    const cases = fc
      .array(values, { minLength: FEATURES, maxLength: FEATURES })
      .chain((lists) =>
        fc.tuple(
          fc.constant(lists),
          fc.array(fc.tuple(...lists.map(cell)), { minLength: 1, maxLength: 20 }),
          fc.integer({ min: 1, max: 50 }),
        ),
      );
    fc.assert(
      fc.property(cases, ([lists, rows, most]) => {
        const features = lists.map((list, feature) => ({ feature, values: Float64Array.from(list), nanBelow: false }));
        const ranks = rank(features, rows, most).map((row) => {
          // A feature's rank is the sum of those of its columns.
          let column = 0;
          return lists.map((list) => {
            const parts = row.slice(column, (column += Math.ceil(list.length / most)));
            const sum = parts.reduce((all, part) => all + part, 0);
            // Of NaN each of them has one more.
            return sum > list.length ? list.length + 1 : sum;
          });
        });
        expect(ranks).to.deep.equal(rows.map((row) => lists.map((list, index) => count(list, row[index] as number))));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
