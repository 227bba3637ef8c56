import { expect } from 'chai';
import type { ColumnData } from '../../console/data.ts';
import { interpolate } from '../../console/interpolate.ts';
import {
  findFlips,
  isFixed,
  rankMovements,
  splitRows,
  toMovement,
  toSpan,
  toVariation,
  toVariedRows,
  withCurrent,
} from '../../console/variations.ts';

const toColumn = (keys: Partial<ColumnData> = {}): ColumnData => ({
  name: 'x',
  type: 'double',
  nullable: false,
  isDate: false,
  ...keys,
});
const EXAMPLE = { fields: ['x'], values: [[4], [8]] };

describe('the values that are tried of a column', () => {
  it('are even over the learned range, and reach a value outside of it', () => {
    const column = toColumn({ range: [0, 10] });
    expect(toVariation(column, '5', EXAMPLE, 3)?.values).to.deep.equal(['0', '5', '10']);
    expect(toVariation(column, '20', EXAMPLE, 3)?.values).to.deep.equal(['0', '10', '20']);
    // With as many digits as people read.
    const thirds = toVariation(toColumn({ range: [0, 1] }), null, EXAMPLE, 4);
    expect(thirds?.values).to.deep.equal(['0', '0.333333', '0.666667', '1']);
  });

  it('are whole for whole numbers, each once', () =>
    expect(toVariation(toColumn({ type: 'integer', range: [1, 3] }), null, EXAMPLE, 9)?.values).to.deep.equal([
      '1',
      '2',
      '3',
    ]));

  it('are those of the example where no range is known, and never a single one', () => {
    expect(toSpan(toColumn(), null, EXAMPLE)).to.deep.equal([4, 8]);
    expect(toSpan(toColumn({ name: 'y' }), '6', EXAMPLE)).to.deep.equal([3, 9]);
    expect(toSpan(toColumn({ name: 'y' }), '-6', EXAMPLE)).to.deep.equal([-9, -3]);
    expect(toSpan(toColumn({ name: 'y' }), '0', EXAMPLE)).to.deep.equal([-1, 1]);
    expect(toSpan(toColumn({ name: 'y' }), null, EXAMPLE)).to.deep.equal([0, 1]);
  });

  it('are all categories, or both truths, and none for a text', () => {
    expect(toVariation(toColumn({ type: 'string', categories: ['a', 'b'] }), 'a', EXAMPLE, 9)?.values).to.deep.equal([
      'a',
      'b',
    ]);
    expect(toVariation(toColumn({ type: 'boolean' }), null, EXAMPLE, 9)?.values).to.deep.equal(['false', 'true']);
    expect(toVariation(toColumn({ type: 'string' }), 'a', EXAMPLE, 9)).to.equal(undefined);
    const categories = Array.from({ length: 50 }, (_, index) => `${index}`);
    const many = toVariation(toColumn({ type: 'string', categories }), 'a', EXAMPLE, 9);
    expect(many?.values).to.deep.equal(categories.slice(0, 40));
  });

  it('have the current value among them, once', () => {
    const variation = { column: toColumn(), isNumeric: true, values: ['0', '5', '10'] };
    expect(withCurrent(variation, '7').values).to.deep.equal(['0', '5', '7', '10']);
    expect(withCurrent(variation, '5.0').values).to.deep.equal(['0', '5.0', '10']);
    expect(withCurrent(variation, ' 7 ').values).to.deep.equal(['0', '5', '7', '10']);
    for (const text of [null, '', 'a', '5']) expect(withCurrent(variation, text)).to.equal(variation);
    const truths = toVariation(toColumn({ type: 'boolean' }), null, EXAMPLE, 9);
    expect(truths && withCurrent(truths, 'TRUE').values).to.deep.equal(['false', 'true']);
  });

  it('are dates from the first that was learned to the last that is known, spelled like the current one', () => {
    const column = toColumn({ type: 'string', isDate: true, firstDate: '2026-01-01' });
    const example = { fields: ['x'], values: [['2026-01-05'], ['no date']] };
    expect(toVariation(column, '2026-01-03T10:00:00Z', example, 3)?.values).to.deep.equal([
      '2026-01-01T10:00:00Z',
      '2026-01-03T10:00:00Z',
      '2026-01-05T10:00:00Z',
    ]);
    expect(toVariation(column, '2026-01-09', example, 2)?.values).to.deep.equal(['2026-01-01', '2026-01-09']);
    // Each day once, and the current text as it is.
    const days = toVariation(column, '2026-01-02 ', { fields: [], values: [] }, 9);
    expect(days?.values).to.deep.equal(['2026-01-01 ', '2026-01-02 ']);
    expect(days && withCurrent(days, '2026-01-02 ')).to.equal(days);
    const unknown = toColumn({ type: 'string', isDate: true });
    expect(toVariation(unknown, '5.1.2026', { fields: [], values: [] }, 3)).to.equal(undefined);
    expect(toSpan(unknown, '1970-01-02', { fields: [], values: [] })).to.deep.equal([-182, 184]);
  });

  it('are dates that four digits of a year can write, and none where only the first that was learned is known', () => {
    const column = toColumn({ type: 'string', isDate: true });
    const none = { fields: [], values: [] };
    for (const [date, first, last] of [
      ['9999-12-31', '9999-07-01', '9999-12-31'],
      ['0001-01-01', '0001-01-01', '0001-07-03'],
    ] as const) {
      const { values = [] } = toVariation(column, date, none, 9) ?? {};
      expect([values[0], values.at(-1)]).to.deep.equal([first, last]);
    }
    const learned = { ...column, firstDate: '2026-01-01' };
    expect(toVariation(learned, '23/11/2026', none, 9)).to.equal(undefined);
  });

  it('have no category that is not complete, or is one of them in another spelling', () => {
    const variation = toVariation(toColumn({ type: 'integer', categories: [1, 2] }), null, EXAMPLE, 9);
    for (const text of ['', ' ', '-', '1.0', '02', null])
      expect(variation && withCurrent(variation, text).values, String(text)).to.deep.equal(['1', '2']);
    expect(variation && withCurrent(variation, '3').values).to.deep.equal(['1', '2', '3']);
  });

  it('have the current category among them, also one that was not learned', () => {
    const variation = toVariation(toColumn({ type: 'string', categories: ['a'] }), 'b', EXAMPLE, 9);
    expect(variation && withCurrent(variation, 'b').values).to.deep.equal(['a', 'b']);
    expect(variation && withCurrent(variation, null).values).to.deep.equal(['a']);
  });

  it('become rows in which nothing else moves', () => {
    const [x, y] = [toColumn({ range: [0, 1] }), toColumn({ name: 'y' })];
    const variation = toVariation(x, '0', EXAMPLE, 2);
    expect(variation && toVariedRows([x, y], { x: '9', y: '5' }, variation)).to.deep.equal(['[0,5]', '[1,5]']);
  });
});

describe('a row of which one column moves', () => {
  it('is complete when all other columns are, of which texts may be empty', () => {
    const columns = [toColumn(), toColumn({ name: 'y' }), toColumn({ name: 'text', type: 'string' })];
    expect(isFixed(columns, { x: 'none', y: '5', text: '' }, 'x')).to.equal(true);
    expect(isFixed(columns, { x: '5', y: 'none', text: '' }, 'x')).to.equal(false);
  });
});

describe('how far a column moves the answer', () => {
  const variation = { column: toColumn(), isNumeric: true, values: ['1', '2', '3'] };
  const toAnswers = (...shares: number[]) =>
    shares.map((share) => ({ prediction: share > 0.5 ? 'a' : 'b', probabilities: [share, 1 - share] }));

  it('is the span of the class that it moves most, and whether the prediction flips', () => {
    const movement = toMovement(variation, toAnswers(0.2, 0.9, 0.4), ['a', 'b']);
    expect(movement).to.deep.include({ label: 'a', low: 0.2, high: 0.9, lowAt: '1', highAt: '2', flips: true });
    expect(toMovement(variation, toAnswers(0.6, 0.7, 0.6), ['a', 'b']).flips).to.equal(false);
  });

  it('is that of a class behind the first, and of the class itself where there are no probabilities', () => {
    const answers = [0.1, 0.5].map((share) => ({ prediction: 'a', probabilities: [0.6 - share / 10, 0.3, share] }));
    expect(toMovement(variation, answers, ['a', 'b', 'c'])).to.deep.include({ label: 'c', low: 0.1, high: 0.5 });
    const classes = ['c', 'a', 'b'].map((prediction) => ({ prediction, probabilities: [] }));
    const movement = toMovement(variation, classes, ['a', 'b', 'c']);
    expect(movement).to.deep.include({ low: 0, high: 2, lowAt: '2', highAt: '1' });
  });

  it('is the span of the number for a regression', () => {
    const answers = [5, 1, 3].map((prediction) => ({ prediction, probabilities: [] }));
    expect(toMovement(variation, answers, [])).to.deep.include({ label: undefined, low: 1, high: 5, flips: false });
  });

  it('ranks the columns, the one that moves most first', () => {
    const small = toMovement(variation, toAnswers(0.5, 0.6, 0.5), ['a', 'b']);
    const large = toMovement(variation, toAnswers(0, 1, 0), ['a', 'b']);
    expect(rankMovements([small, large])).to.deep.equal([large, small]);
    const toNumbers = (...numbers: number[]) => numbers.map((prediction) => ({ prediction, probabilities: [] }));
    const [high, low] = [toMovement(variation, toNumbers(7, 8), []), toMovement(variation, toNumbers(1, 3), [])];
    expect(rankMovements([high, low])).to.deep.equal([low, high]);
  });

  it('says between which values the prediction flips', () =>
    expect(findFlips(variation.values, toAnswers(0.2, 0.9, 0.8))).to.deep.equal([
      { from: 'b', to: 'a', before: '1', after: '2' },
    ]));
});

describe('splitRows', () => {
  it('keeps to the number of rows and of bytes', () => {
    expect(splitRows(['1', '2', '3', '4', '5'], 2, 1000)).to.deep.equal([
      [0, 2],
      [2, 4],
      [4, 5],
    ]);
    expect(splitRows(['1234', '1234', '1'], 9, 20)).to.deep.equal([
      [0, 1],
      [1, 3],
    ]);
    expect(splitRows([], 2, 1000)).to.deep.equal([]);
    // Each character may take three bytes, and there is a comma; a row that is too long is sent by itself.
    expect(splitRows(['1234', '1234'], 9, 26)).to.deep.equal([[0, 2]]);
    expect(splitRows(['1234', '1234'], 9, 25)).to.have.length(2);
    expect(splitRows(['123456789'], 9, 5)).to.deep.equal([[0, 1]]);
  });
});

describe('interpolate', () => {
  it('finds the value between two points, and the last beyond them', () => {
    expect([0, 1, 1.5, 3].map((at) => interpolate([1, 2], [10, 20], at))).to.deep.equal([10, 10, 15, 20]);
    expect(interpolate([1, 3], [10, 20], 1.5)).to.equal(12.5);
  });
});
