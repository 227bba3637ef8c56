import { expect } from 'chai';
import { countWork } from '../../models/count-work.ts';
import { countRows } from '../../models/request-tables.ts';

describe('the estimate of the work of a model', () => {
  it('is the nodes that a row visits in a forest, wherever it is', () => {
    const forest = {
      roots: new Int32Array(8),
      nodes: new Int32Array(2 * 8 * 7),
      treeCount: 8,
      leaves: new Float64Array(99),
    };
    expect(countWork(forest)).to.equal(8 * (1 + 2 * 3));
    expect(countWork({ parts: { 0: forest, 1: forest }, rule: 'mean' })).to.equal(2 * 56 + 1);
    expect(countWork({ ...forest, treeCount: 0 })).to.equal(0);
  });

  it('is the tests of symmetric trees, and the numbers of anything else', () => {
    expect(countWork({ tests: new Int32Array(60), depths: new Int32Array(9), leaves: new Float64Array(99) })).to.equal(
      60,
    );
    const data = { a: new Float64Array(5), b: [new Int32Array(3), null], c: new Uint8Array(99), d: 'text' };
    expect(countWork(data)).to.equal(5 + 3 + 1 + 1);
    expect(countWork(undefined)).to.equal(1);
  });

  it('is what the data say', () => {
    expect(countWork({ work: 7, numbers: new Float64Array(99) })).to.equal(7);
  });
});

describe('the rows of a body', () => {
  it('are those of its table or of its tables, whatever else it is', () => {
    expect(countRows({ values: [1, 2, 3] })).to.equal(3);
    expect(countRows({ input_data: [{ values: [1] }, { values: [1, 2] }, null, 7] })).to.equal(3);
    for (const body of [null, 7, 'values', [], { values: 'many' }]) expect(countRows(body)).to.equal(0);
  });
});
