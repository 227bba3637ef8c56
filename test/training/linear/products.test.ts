import { expect } from 'chai';
import { Random } from '../../../training/forest/random.ts';
import { BLOCK, buildPlainProducts, type Products } from '../../../training/linear/plain-products.ts';
import { buildProducts } from '../../../training/linear/products.ts';

/** Fills the arrays with random numbers, multiplies the first rows both ways, and returns what is there then. */
function run(products: Products, rows: number): number[][] {
  const random = new Random(1);
  const arrays = [products.numbers, products.weights, products.scores, products.sums];
  for (const numbers of arrays)
    for (let at = 0; at < numbers.length; at++) numbers[at] = (random.next() / 2 ** 32 - 0.5) * 10 ** random.below(9);
  products.multiply(rows);
  products.addTransposed(rows);
  return arrays.map((numbers) => [...numbers]);
}

describe('the products of rows and weights', () => {
  for (const [inputs, outputs] of [
    [16, 15],
    [1, 2],
    [7, 3],
    [5, 16],
    [4, 17],
    [3, 35],
    [0, 4],
  ] as const) {
    it(`of ${inputs} inputs and ${outputs} outputs are the same to the last bit with and without WebAssembly`, () => {
      for (const rows of [1, 9, BLOCK]) {
        const mine = run(buildProducts(inputs, outputs), rows);
        expect(mine).to.deep.equal(run(buildPlainProducts(inputs, outputs), rows));
      }
    });
  }

  it('add up what they are of', () => {
    const products = buildProducts(2, 3);
    products.numbers.set([1, 2, 3, 4]);
    products.weights.set([1, 10, 100, 5, 50, 500]);
    products.scores.set([1, 1, 1, 2, 2, 2]);
    products.multiply(2);
    expect([...products.scores.subarray(0, 6)]).to.deep.equal([12, 111, 1101, 25, 232, 2302]);
    products.addTransposed(2);
    expect([...products.sums]).to.deep.equal([12 + 75, 111 + 696, 1101 + 6906, 24 + 100, 222 + 928, 2202 + 9208]);
  });

  it('are calculated in JavaScript where there is no WebAssembly', () => {
    const scope = globalThis as { WebAssembly?: object | undefined };
    const engine = scope.WebAssembly;
    scope.WebAssembly = undefined;
    try {
      expect(run(buildProducts(3, 5), 4)).to.deep.equal(run(buildPlainProducts(3, 5), 4));
    } finally {
      scope.WebAssembly = engine;
    }
  });
});
