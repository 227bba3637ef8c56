import { expect } from 'chai';
import { OBJECTIVES } from '../../../training/boosting/boosting-data.ts';
import { boost } from '../../../training/boosting/boost.ts';
import { buildKernel } from '../../../training/boosting/kernel.ts';
import { buildPlainKernel } from '../../../training/boosting/plain-kernel.ts';
import { allocateState, GROUP, STRIDE, type SharedState } from '../../../training/boosting/shared-state.ts';
import { Random } from '../../../training/forest/random.ts';
import { makeBoostingTable, toBoostingOptions } from '../../support/boosting-tables.ts';

const ROWS = 500;

/** A state of seven features with bins of all 256 kinds, rows in a random order, and random pairs and histograms. */
function fill(): SharedState {
  const random = new Random(1);
  const share = () => random.next() / 2 ** 32 - 0.5;
  const byte = () => random.below(256);
  const features = Array.from({ length: 7 }, () => ({
    bins: Uint8Array.from({ length: ROWS }, byte),
    binCount: 256,
    hasMissing: false,
    upperBounds: undefined,
  }));
  const data = { features, target: new Float64Array(ROWS), weights: undefined, classCount: 0 };
  const state = allocateState(data, toBoostingOptions({ objective: 'squared-error', leaves: 2 }));
  for (let row = 0; row < ROWS; row++) state.rows[row] = (row * 123) % ROWS;
  for (const numbers of [state.derivatives, state.ordered, state.histograms])
    for (let at = 0; at < numbers.length; at++) numbers[at] = share() * 10 ** random.below(9);
  for (let at = 0; at < state.packed.length; at++) state.packed[at] = byte();
  for (let bin = 0; bin < 256; bin++) state.isLeft[bin] = random.below(2);
  return state;
}

/** What two kernels make of the same state. */
function compare(run: (kernel: ReturnType<typeof buildKernel>) => unknown): { mine: unknown; plain: unknown } {
  const [one, other] = [fill(), fill()];
  const toContent = (state: SharedState, result: unknown) => [
    result,
    ...[state.rows, state.ordered, state.histograms].map((numbers) => Buffer.from(numbers.slice().buffer)),
  ];
  return {
    mine: toContent(one, run(buildKernel(one))),
    plain: toContent(other, run(buildPlainKernel(other))),
  };
}

describe('the kernel of boosting', () => {
  for (const [start, end] of [
    [0, ROWS],
    [3, 4],
    [17, 230],
    [9, 9],
  ] as const) {
    it(`is the same to the last bit with and without WebAssembly, on rows ${start} to ${end}`, () => {
      for (const group of [0, 1]) {
        const { mine, plain } = compare((kernel) => {
          kernel.gather(start, end);
          kernel.count(group, start, end, group * GROUP * STRIDE);
        });
        expect(mine).to.deep.equal(plain);
      }
      for (const index of [0, 3, 6]) {
        const { mine, plain } = compare((kernel) => kernel.partition(start, end, index));
        expect(mine).to.deep.equal(plain);
      }
    });
  }

  it('subtracts the bins that there are', () => {
    for (const bins of [1, 200, 256]) {
      const { mine, plain } = compare((kernel) => kernel.subtract(STRIDE, 3 * STRIDE, bins));
      expect(mine).to.deep.equal(plain);
    }
  });

  it('keeps the order of the rows of both sides', () => {
    const state = fill();
    const before = [...state.rows.subarray(10, 90)];
    const middle = buildKernel(state).partition(10, 90, 5);
    const isLeft = (row: number) => state.isLeft[state.packed[GROUP * (ROWS + row) + 1] as number] === 1;
    expect([...state.rows.subarray(10, middle)]).to.deep.equal(before.filter(isLeft));
    expect([...state.rows.subarray(middle, 90)]).to.deep.equal(before.filter((row) => !isLeft(row)));
  });

  it('learns the same model without WebAssembly', () => {
    const scope = globalThis as { WebAssembly?: object | undefined };
    const engine = scope.WebAssembly;
    for (const objective of OBJECTIVES) {
      const { data } = makeBoostingTable({
        objective,
        rows: 400,
        numbers: 3,
        categories: [3, 20],
        missing: 0.1,
        seed: 1,
      });
      const options = toBoostingOptions({ objective, iterations: 3, minLeaf: 5, featureFraction: 0.8 });
      const learn = (state: SharedState) => boost(state, { rows: Int32Array.from(data.target.keys()) }, 0);
      const usual = learn(allocateState(data, options));
      scope.WebAssembly = undefined;
      try {
        const state = allocateState(data, options);
        expect(state.memory).to.equal(undefined);
        expect(learn(state)).to.deep.equal(usual);
      } finally {
        scope.WebAssembly = engine;
      }
    }
  });
});
