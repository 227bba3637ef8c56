import { expect } from 'chai';
import { findOrder } from '../../wrapping/find-order.ts';

describe('the order of probabilities', () => {
  const facts: readonly [string, string[], number[][], string[], string[] | undefined][] = [
    [
      'is proved by a row a class',
      ['b', 'a'],
      [
        [0.9, 0.1],
        [0.2, 0.8],
      ],
      ['a', 'b'],
      ['b', 'a'],
    ],
    ['is proved by all classes but one', ['b'], [[0.9, 0.1]], ['a', 'b'], ['b', 'a']],
    ['is open where two classes were never predicted', ['b'], [[0.9, 0.1, 0]], ['a', 'b', 'c'], undefined],
    [
      'is none where one position was predicted as two classes',
      ['b', 'a'],
      [
        [0.9, 0.1],
        [0.8, 0.2],
      ],
      ['a', 'b'],
      undefined,
    ],
    [
      'is none where one class was predicted at two positions',
      ['b', 'b'],
      [
        [0.9, 0.1],
        [0.2, 0.8],
      ],
      ['a', 'b'],
      undefined,
    ],
    [
      'is none where a class came that is not there',
      ['c', 'a'],
      [
        [0.9, 0.1],
        [0.2, 0.8],
      ],
      ['a', 'b'],
      undefined,
    ],
    [
      'follows from no row whose greatest probabilities are equal',
      ['b', 'a'],
      [
        [0.5, 0.5],
        [0.9, 0.1],
      ],
      ['a', 'b'],
      ['a', 'b'],
    ],
  ];
  for (const [fact, predictions, vectors, classes, order] of facts) {
    it(fact, () => {
      expect(findOrder(predictions, vectors, classes)).to.deep.equal(order);
    });
  }
});
