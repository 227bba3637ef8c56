import { expect } from 'chai';
import { findOrder } from '../../wrapping/find-order.ts';

describe('the order of probabilities', () => {
  const facts: readonly [string, string[], number[][], string[], string[] | undefined][] = [
    [
      'is proved by one row per class',
      ['b', 'a'],
      [
        [0.9, 0.1],
        [0.2, 0.8],
      ],
      ['a', 'b'],
      ['b', 'a'],
    ],
    ['is proved by rows of all classes but one', ['b'], [[0.9, 0.1]], ['a', 'b'], ['b', 'a']],
    ['is unknown if two classes are never predicted', ['b'], [[0.9, 0.1, 0]], ['a', 'b', 'c'], undefined],
    [
      'is unknown if two classes have the same position',
      ['b', 'a'],
      [
        [0.9, 0.1],
        [0.8, 0.2],
      ],
      ['a', 'b'],
      undefined,
    ],
    [
      'is unknown if one class has two positions',
      ['b', 'b'],
      [
        [0.9, 0.1],
        [0.2, 0.8],
      ],
      ['a', 'b'],
      undefined,
    ],
    [
      'is unknown if an unknown class is predicted',
      ['c', 'a'],
      [
        [0.9, 0.1],
        [0.2, 0.8],
      ],
      ['a', 'b'],
      undefined,
    ],
    [
      'does not follow from rows with ties',
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
