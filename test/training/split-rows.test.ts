import { expect } from 'chai';
import type { Lesson } from '../../training/learned-model.ts';
import { holdOut, listUnlearned, takeRows, toFolds, type Split } from '../../training/split-rows.ts';
import { buildUniform } from '../support/training.ts';

const TARGET = Array.from({ length: 100 }, (_, row) => (row % 10 === 0 ? 1 : row === 55 ? 2 : 0));

function toLesson(
  target: readonly number[],
  classCount: number,
  keys: { groups?: readonly number[]; times?: readonly number[]; seed?: number } = {},
): Lesson {
  const { groups, times, seed = 1 } = keys;
  return {
    table: {
      rowCount: target.length,
      columns: [],
      target: Float64Array.from(target),
      ...(groups && { groups: Float64Array.from(groups) }),
      ...(times && { times: Float64Array.from(times) }),
    },
    rows: Int32Array.from(target.keys()),
    classCount,
    seed,
  };
}

const joinParts = ({ training, test }: Split) => [...training, ...test].sort((a, b) => a - b);
const pick = (values: readonly number[], rows: Int32Array) => Array.from(rows, (row) => values[row] as number);

describe('held-out rows', () => {
  describe('drawn at random', () => {
    it('are the same share of each class, and none of a class with one row', () => {
      const split = holdOut(toLesson(TARGET, 3), 0.2);
      const count = (label: number) => split.test.filter((row) => TARGET[row] === label).length;
      expect([count(0), count(1), count(2)]).to.deep.equal([18, 2, 0]);
      expect(joinParts(split)).to.deep.equal([...TARGET.keys()]);
    });

    it('are determined by the seed', () => {
      expect(holdOut(toLesson(TARGET, 3), 0.2)).to.deep.equal(holdOut(toLesson(TARGET, 3), 0.2));
      expect(holdOut(toLesson(TARGET, 3), 0.2)).not.to.deep.equal(holdOut(toLesson(TARGET, 3, { seed: 2 }), 0.2));
    });

    it('are positions where a lesson has some of the rows', () => {
      const lesson = takeRows(toLesson(TARGET, 3), Int32Array.of(90, 91, 92, 93, 94));
      expect(joinParts(holdOut(lesson, 0.4))).to.deep.equal([0, 1, 2, 3, 4]);
    });
  });

  describe('of groups', () => {
    const next = buildUniform(3);
    const groups = TARGET.map(() => Math.floor(20 * next()));

    it('are whole groups, about as many rows as asked for', () => {
      const split = holdOut(toLesson(TARGET, 0, { groups }), 0.3);
      const held = new Set(pick(groups, split.test));
      expect(pick(groups, split.training).filter((group) => held.has(group))).to.deep.equal([]);
      expect(split.test.length).to.be.within(20, 30);
      expect(joinParts(split)).to.deep.equal([...TARGET.keys()]);
    });

    it('are the smallest group where all are too large, and none where there is only one', () => {
      const large = TARGET.map((_, row) => (row < 60 ? 0 : 1));
      expect([...holdOut(toLesson(TARGET, 0, { groups: large }), 0.1).test]).to.deep.equal(
        TARGET.flatMap((_, row) => (row < 60 ? [] : [row])),
      );
      expect(holdOut(toLesson(TARGET, 0, { groups: TARGET.map(() => 7) }), 0.1).test).to.have.length(0);
    });

    it('leave a group of every class to learn from', () => {
      for (let seed = 1; seed <= 20; seed++) {
        const lesson = toLesson(TARGET, 3, { groups: TARGET.map((label) => label), seed });
        expect(listUnlearned(lesson, holdOut(lesson, 0.95))).to.deep.equal([]);
      }
    });

    it('treat a row without a group as one of its own', () => {
      const split = holdOut(toLesson(TARGET, 0, { groups: TARGET.map(() => NaN) }), 0.2);
      expect(split.test).to.have.length(20);
    });
  });

  describe('of times', () => {
    const times = TARGET.map((_, row) => (row * 37) % 100);

    it('are the latest', () => {
      const { training, test } = holdOut(toLesson(TARGET, 0, { times }), 0.25);
      expect(pick(times, test).sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 25 }, (_, at) => 75 + at));
      expect(Math.max(...pick(times, training))).to.equal(74);
    });

    it('do not separate rows of the same time, and treat rows without one as the earliest', () => {
      const days = TARGET.map((_, row) => (row < 10 ? NaN : Math.floor(row / 30)));
      const { training, test } = holdOut(toLesson(TARGET, 0, { times: days }), 0.25);
      expect(new Set(pick(days, test))).to.deep.equal(new Set([3]));
      expect(training).to.have.length(90);
      const same = TARGET.map(() => 5);
      expect(holdOut(toLesson(TARGET, 0, { times: same }), 0.25).test).to.have.length(0);
    });

    it('can have classes that are not learned', () => {
      const lesson = toLesson(
        TARGET.map((_, row) => (row < 90 ? row % 2 : 2)),
        3,
        { times: [...TARGET.keys()] },
      );
      expect(listUnlearned(lesson, holdOut(lesson, 0.1))).to.deep.equal([2]);
      expect(listUnlearned(lesson, holdOut(lesson, 0.05))).to.deep.equal([]);
    });
  });
});

describe('folds', () => {
  it('hold out each row once, with similar shares of the classes, but for a class with one row', () => {
    const splits = toFolds(toLesson(TARGET, 3), 5);
    const held = splits.flatMap(({ test }) => [...test]).sort((a, b) => a - b);
    expect(held).to.deep.equal([...TARGET.keys()].filter((row) => row !== 55));
    for (const split of splits) {
      expect(joinParts(split)).to.deep.equal([...TARGET.keys()]);
      expect(pick(TARGET, split.test).filter((label) => label === 1)).to.have.length(2);
      expect(split.test.length).to.be.within(19, 21);
    }
  });

  it('keep groups together, and are of similar size', () => {
    const groups = TARGET.map((_, row) => Math.floor(Math.sqrt(row)));
    const splits = toFolds(toLesson(TARGET, 0, { groups }), 4);
    expect(splits).to.have.length(4);
    for (const { training, test } of splits) {
      const held = new Set(pick(groups, test));
      expect(pick(groups, training).filter((group) => held.has(group))).to.deep.equal([]);
      expect(test.length).to.be.within(20, 30);
    }
  });

  it('of times are judged by earlier rows only', () => {
    const times = TARGET.map((_, row) => (row * 37) % 100);
    const splits = toFolds(toLesson(TARGET, 0, { times }), 4);
    expect(splits.map(({ training, test }) => [training.length, test.length])).to.deep.equal([
      [20, 20],
      [40, 20],
      [60, 20],
      [80, 20],
    ]);
    for (const { training, test } of splits)
      expect(Math.max(...pick(times, training))).to.be.below(Math.min(...pick(times, test)));
  });

  it('are left out where a class could not be learned', () => {
    const target = TARGET.map((_, row) => (row < 50 ? 0 : row % 2));
    const splits = toFolds(toLesson(target, 2, { times: [...TARGET.keys()] }), 4);
    expect(splits.map(({ training }) => training.length)).to.deep.equal([60, 80]);
  });

  it('are fewer where there are fewer groups or times, and none where there is one', () => {
    const toCount = (keys: Parameters<typeof toLesson>[2]) => toFolds(toLesson(TARGET, 0, keys), 5).length;
    expect(toCount({ groups: TARGET.map((_, row) => row % 3) })).to.equal(3);
    expect(toCount({ times: TARGET.map((_, row) => row % 3) })).to.equal(2);
    expect(toCount({ groups: TARGET.map(() => 1) })).to.equal(0);
    expect(toCount({ times: TARGET.map(() => 1) })).to.equal(0);
  });
});
