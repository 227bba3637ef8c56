import { expect } from 'chai';
import fc from 'fast-check';
import { LANES, layOutThresholds, rankRows, type FeatureThresholds } from '../../../models/forest/thresholds.ts';

const FEATURES = 3;

/** The ranks of rows by row and column, as rankRows writes them. */
function rank(features: readonly FeatureThresholds[], rows: readonly number[][], most = 1e6, shift = 0): number[][] {
  const thresholds = layOutThresholds(features, most);
  const columns = thresholds.feature.length;
  const ranks = new Int32Array(Math.ceil(rows.length / LANES) * LANES * columns);
  rankRows(thresholds, Float64Array.from(rows.flat()), rows[0]?.length ?? 0, 0, rows.length, shift, ranks);
  return rows.map((_, row) =>
    Array.from({ length: columns }, (_, column) => {
      const group = Math.floor(row / LANES) * LANES * columns;
      return ranks[group + column * LANES + (row % LANES)] as number;
    }),
  );
}

/** The ranks of some numbers in one feature. */
function rankAll(values: readonly number[], cells: readonly number[]): number[] {
  const features = [{ feature: 0, values: Float64Array.from(values) }];
  return rank(
    features,
    cells.map((cell) => [cell]),
  ).flat();
}

/** How many values are not above x, by their definition. */
function count(values: readonly number[], x: number): number {
  return values.filter((value) => !(x < value)).length;
}

describe('the rank of a number', () => {
  it('is how many thresholds are not above it', () => {
    expect(rankAll([-1, 0, 2.5], [-2, -1, -0.5, 0, 2.4, 2.5, 3])).to.deep.equal([0, 1, 1, 2, 2, 3, 3]);
  });

  it('is the greatest for what is missing, as no comparison holds for NaN', () => {
    expect(rankAll([1, 2], [NaN])).to.deep.equal([2]);
    expect(rankAll([1], [NaN])).to.deep.equal([1]);
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
    expect(rank([{ feature: 0, values: Float64Array.of(1, 2) }], [[3]], 10, 4)).to.deep.equal([[32]]);
  });

  it('is shared out among columns where a feature has more thresholds than one may have', () => {
    const values = Float64Array.of(1, 2, 3, 4, 5);
    const features = [
      { feature: 1, values },
      { feature: 0, values: Float64Array.of(0) },
    ];
    const rows = [0, 1, 2, 3.5, 5, NaN].map((cell) => [1, cell]);
    expect(rank(features, rows, 2)).to.deep.equal([
      [0, 0, 0, 1],
      [1, 0, 0, 1],
      [2, 0, 0, 1],
      [2, 1, 0, 1],
      [2, 2, 1, 1],
      [2, 2, 1, 1],
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
        const features = lists.map((list, feature) => ({ feature, values: Float64Array.from(list) }));
        const ranks = rank(features, rows, most).map((row) => {
          // A feature's rank is the sum of those of its columns.
          let column = 0;
          return lists.map((list) => {
            const parts = row.slice(column, (column += Math.ceil(list.length / most)));
            return parts.reduce((sum, part) => sum + part, 0);
          });
        });
        expect(ranks).to.deep.equal(rows.map((row) => lists.map((list, index) => count(list, row[index] as number))));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
