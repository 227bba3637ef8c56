import { expect } from 'chai';
import fc from 'fast-check';
import { planEncoding, type EncodingDefaults } from '../../models/encoding.ts';
import { parseTable, type RequestTable } from '../../models/table.ts';
import { toFile } from '../support/deployment.ts';
import { pickColumns, pickRows, toShuffles, toTables } from '../support/tables.ts';

type Features = Parameters<typeof planEncoding>[1];

const FOREST: EncodingDefaults = { categories: 'codes', nan: true };
const LINEAR: EncodingDefaults = { categories: 'one_hot', nan: false };

const number = { name: 'x', type: 'double' };
const color = { name: 'color', type: 'string', categories: ['red', 'green', 'blue'] };

/** The matrix of a table, one array per row. */
function encode(columns: object[], request: RequestTable, features?: Features, defaults = FOREST): number[][] {
  const parsed = toFile({ columns }).columns;
  const planned = planEncoding(parsed, features, defaults);
  if ('problems' in planned) throw new Error(planned.problems.join());
  const { encoder } = planned;
  const { width } = encoder;
  const matrix = encoder.encode(parseTable(request, parsed, { unknownCategories: 'accept', place: '' }));
  return request.values.map((_, row) => [...matrix.slice(row * width, (row + 1) * width)]);
}

/** The matrix of one column. */
function encodeColumn(column: object, cells: unknown[], feature?: object, defaults = FOREST): number[][] {
  const named = { name: 'x', ...column };
  const features = feature && [{ column: 'x', ...feature }];
  return encode([named], { fields: ['x'], values: cells.map((cell) => [cell]) }, features, defaults);
}

function listProblems(columns: object[], features?: Features, defaults = FOREST): string[] {
  const planned = planEncoding(toFile({ columns }).columns, features, defaults);
  return 'problems' in planned ? planned.problems : [];
}

describe('an encoding', () => {
  it('leaves numbers unchanged', () => {
    for (const defaults of [FOREST, LINEAR]) {
      expect(encodeColumn({ type: 'integer' }, [-1, 0, 2.5], undefined, defaults)).to.deep.equal([[-1], [0], [2.5]]);
    }
  });

  it('turns booleans into 0 and 1', () => {
    expect(encodeColumn({ type: 'boolean' }, [false, true])).to.deep.equal([[0], [1]]);
  });

  it('turns a missing number or boolean into NaN, if the kind accepts it', () => {
    expect(encodeColumn({ type: 'double', nullable: true }, [null, 1])).to.deep.equal([[NaN], [1]]);
    expect(encodeColumn({ type: 'boolean', nullable: true }, [null, true])).to.deep.equal([[NaN], [1]]);
  });

  it('replaces a missing number or boolean with the impute', () => {
    for (const defaults of [FOREST, LINEAR]) {
      const column = { type: 'double', nullable: true, impute: 7 };
      expect(encodeColumn(column, [null, 1], undefined, defaults)).to.deep.equal([[7], [1]]);
    }
    expect(encodeColumn({ type: 'boolean', nullable: true, impute: true }, [null, false])).to.deep.equal([[1], [0]]);
  });

  it('turns a category into its index, and an unknown or missing one into -1', () => {
    const cells = ['blue', 'red', 'never learned', null];
    expect(encodeColumn({ ...color, name: 'x', nullable: true }, cells)).to.deep.equal([[2], [0], [-1], [-1]]);
  });

  it('turns a category into the code in the settings, and an unknown or missing one into the code for unknown', () => {
    const feature = { codes: [10, 20, 30], unknown: 99 };
    const cells = ['blue', 'red', 'never learned', null];
    const column = { ...color, name: 'x', nullable: true };
    expect(encodeColumn(column, cells, feature)).to.deep.equal([[30], [10], [99], [99]]);
    expect(encodeColumn(column, cells, feature, LINEAR)).to.deep.equal([[30], [10], [99], [99]]);
  });

  it('recognises a category with blanks around it, unless that is a category of its own', () => {
    const padded = { name: 'x', type: 'string', categories: ['red', ' blue', 'blue'] };
    expect(encodeColumn(padded, [' red ', ' blue', 'blue\t'])).to.deep.equal([[0], [1], [2]]);
    expect(encodeColumn(padded, [' red ', 'green '], { one_hot: true })).to.deep.equal([
      [1, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('turns a date into a part of it, and a missing one into NaN or the part of the impute', () => {
    const column = { type: 'string', nullable: true };
    const cells = ['2026-11-22', ' 1/2/2026', null];
    expect(encodeColumn(column, cells, { date: 'year' })).to.deep.equal([[2026], [2026], [NaN]]);
    expect(encodeColumn(column, cells, { date: 'month' })).to.deep.equal([[11], [2], [NaN]]);
    expect(encodeColumn(column, cells, { date: 'month', order: 'mdy' })).to.deep.equal([[11], [1], [NaN]]);
    expect(encodeColumn(column, cells, { date: 'weekday' })).to.deep.equal([[7], [7], [NaN]]);
    expect(encodeColumn(column, cells, { date: 'days', since: '2026-01-01' })).to.deep.equal([[325], [31], [NaN]]);
    expect(encodeColumn({ ...column, impute: '2025-03-01' }, cells, { date: 'year' }, LINEAR)).to.deep.equal([
      [2026],
      [2026],
      [2025],
    ]);
  });

  it('turns a text that is no date into what a missing one is', () => {
    const column = { type: 'string', impute: '2025-03-01' };
    expect(encodeColumn(column, ['soon'], { date: 'year' }, LINEAR)).to.deep.equal([[2025]]);
    expect(encodeColumn({ type: 'string' }, ['soon'], { date: 'year' })).to.deep.equal([[NaN]]);
  });

  it('rejects a text that is no date in its order where nothing stands in for it, and names the cell', () => {
    for (const [cell, order] of [
      ['soon', 'dmy'],
      ['23/11/2026', 'mdy'],
    ]) {
      const message = 'values[1][0]: column "x": expected a date, such as 2026-11-23.';
      expect(() => encodeColumn({ type: 'string' }, ['1/2/2026', cell], { date: 'year', order }, LINEAR)).to.throw(
        message,
      );
      const refuse = { ...FOREST, unknown: 'refuse' } as const;
      expect(() => encodeColumn({ type: 'string' }, ['1/2/2026', cell], { date: 'year', order }, refuse)).to.throw(
        message,
      );
    }
  });

  it('of dates must fit the column', () => {
    const text = { name: 'x', type: 'string' };
    for (const [column, feature, problem] of [
      [number, { date: 'year' }, 'only text columns without categories can hold dates'],
      [{ ...color, name: 'x' }, { date: 'year' }, 'only text columns without categories can hold dates'],
      [text, { date: 'year', one_hot: true }, 'no codes, unknown or one_hot'],
      [{ ...text, impute: 'soon' }, { date: 'year' }, 'impute to be a date'],
      [
        { ...text, nullable: true },
        { date: 'year' },
        'impute: the column is nullable, and this kind does not accept nulls',
      ],
      [number, { order: 'mdy' }, 'date as well: since and order apply only to dates'],
    ] as const) {
      const [found] = listProblems([column], [{ column: 'x', ...feature }] as Features, LINEAR);
      expect(found, problem).to.include(problem);
    }
  });

  it('encodes a missing category as the impute', () => {
    const column = { ...color, name: 'x', nullable: true, impute: 'blue' };
    expect(encodeColumn(column, [null])).to.deep.equal([[2]]);
    expect(encodeColumn(column, [null], { codes: [10, 20, 30] })).to.deep.equal([[30]]);
    expect(encodeColumn(column, [null], { one_hot: true })).to.deep.equal([[0, 0, 1]]);
  });

  it('turns a category into one number per category, all 0 for an unknown or missing one', () => {
    const cells = ['blue', 'red', 'never learned', null];
    const matrix = [
      [0, 0, 1],
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ];
    const column = { ...color, name: 'x', nullable: true };
    expect(encodeColumn(column, cells, { one_hot: true })).to.deep.equal(matrix);
    expect(encodeColumn(column, cells, undefined, LINEAR)).to.deep.equal(matrix);
  });

  it('turns a category into its index if one_hot is off', () => {
    expect(encodeColumn({ ...color, name: 'x' }, ['blue'], { one_hot: false }, LINEAR)).to.deep.equal([[2]]);
  });

  it('accepts numbers and booleans as categories', () => {
    expect(encodeColumn({ type: 'integer', categories: [4, 2] }, [2, 4, 3])).to.deep.equal([[1], [0], [-1]]);
    expect(encodeColumn({ type: 'boolean', categories: [true, false] }, [true])).to.deep.equal([[0]]);
  });

  it('encodes each of hundreds of rows as it would be alone', () => {
    const columns = [number, { ...color, nullable: true }];
    const colors = ['red', 'green', 'blue', null, 'never learned'];
    const values = Array.from({ length: 300 }, (_, row) => [row / 4, colors[row % colors.length]]);
    const features = [{ column: 'color', one_hot: true }, { column: 'x' }, { column: 'color', codes: [5, 6, 7] }];
    expect(encode(columns, { fields: ['x', 'color'], values }, features)).to.deep.equal(
      values.map(([x, name]) => {
        const place = colors.slice(0, 3).indexOf(name as string);
        return [...[0, 1, 2].map((index) => (index === place ? 1 : 0)), x, place < 0 ? -1 : 5 + place];
      }),
    );
  });

  it('encodes only the features in the settings, in their order', () => {
    const request = { fields: ['x', 'color', 'z'], values: [[0.5, 'green', 3]] };
    const columns = [number, color, { name: 'z', type: 'integer' }];
    const features = [{ column: 'color', one_hot: true }, { column: 'x' }];
    expect(encode(columns, request, features)).to.deep.equal([[0, 1, 0, 0.5]]);
  });

  const noCategories = 'settings.encoding[0]: expected no codes, unknown or one_hot: the column has no categories';
  const rejected: [string, object, (object | undefined)?, EncodingDefaults?][] = [
    ['settings.encoding[0].column: expected the name of a column', number, { column: 'y' }],
    [
      'columns[0]: expected categories: this kind does not accept text columns without them',
      { name: 'x', type: 'string' },
    ],
    [noCategories, number, { column: 'x', codes: [1] }],
    [noCategories, number, { column: 'x', unknown: 0 }],
    [noCategories, number, { column: 'x', one_hot: true }],
    [
      'columns[0]: expected impute: the column is nullable, and this kind does not accept nulls',
      { ...number, nullable: true },
      undefined,
      LINEAR,
    ],
    [
      'settings.encoding[0]: expected either one_hot or codes',
      color,
      { column: 'color', one_hot: true, codes: [1, 2, 3] },
    ],
    ['settings.encoding[0]: expected either one_hot or codes', color, { column: 'color', one_hot: true, unknown: 0 }],
    ['settings.encoding[0]: expected either one_hot or codes', color, { column: 'color', unknown: 0 }, LINEAR],
    ['settings.encoding[0]: expected 3 codes, one per category', color, { column: 'color', codes: [1, 2] }],
    ['columns[0]: expected impute to be one of the categories', { ...color, nullable: true, impute: 'pink' }],
  ];
  for (const [problem, column, feature, defaults] of rejected) {
    it(`of ${JSON.stringify(feature ?? column)} is rejected: ${problem}`, () => {
      const features = feature && ([feature] as Features);
      expect(listProblems([column], features, defaults)).to.deep.equal([`deployment.json.${problem}`]);
    });
  }

  it('is rejected with all its problems at once', () => {
    expect(
      listProblems(
        [
          { ...number, nullable: true },
          { name: 'y', type: 'string' },
        ],
        undefined,
        LINEAR,
      ),
    ).to.have.length(2);
  });

  describe('of any table', () => {
    const columns = [
      number,
      { ...number, name: 'y', nullable: true },
      { ...color, nullable: true },
      { name: 'z', type: 'boolean' },
    ];
    const tables = toTables(toFile({ columns }).columns);

    it('is the same whatever the order of the columns, and whatever other columns there are', () => {
      fc.assert(
        fc.property(toShuffles(tables), ({ table, columns: order }) => {
          expect(encode(columns, pickColumns(table, order))).to.deep.equal(encode(columns, table));
        }),
        { seed: 1 },
      );
    });

    it('has its rows in the order of the table, each as it would be alone', () => {
      fc.assert(
        fc.property(toShuffles(tables), ({ table, rows }) => {
          const matrix = encode(columns, table);
          expect(encode(columns, pickRows(table, rows))).to.deep.equal(rows.map((row) => matrix[row]));
          expect(rows.flatMap((row) => encode(columns, pickRows(table, [row])))).to.deep.equal(
            rows.map((row) => matrix[row]),
          );
        }),
        { seed: 1 },
      );
    });
  });
});
