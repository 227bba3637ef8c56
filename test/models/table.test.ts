import { inspect } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { EngineError } from '../../errors/engine-error.ts';
import { parseTable, toRows, type RequestTable } from '../../models/table.ts';
import { catchError, toFile } from '../support/deployment.ts';

const { columns } = toFile({
  columns: [
    { name: 'age', type: 'integer' },
    { name: 'color', type: 'string', nullable: true, categories: ['red', 'blue'] },
    { name: 'member', type: 'boolean' },
  ],
});
const fields = ['age', 'color', 'member'];

type Category = 'accept' | 'refuse';

function parse(request: RequestTable, unknownCategories: Category = 'accept', place = '') {
  return parseTable(request, columns, { unknownCategories, place });
}

/** The failure of a request that is one row. */
function refuse(row: unknown[], names = fields, unknownCategories: Category = 'accept'): Promise<EngineError> {
  return catchError(EngineError, () => parse({ fields: names, values: [row] }, unknownCategories));
}

describe('a table', () => {
  it('finds its columns by name, in any order and among others', () => {
    const table = parse({ fields: ['id', 'member', 'age', 'color'], values: [['a', true, 33, 'red']] });
    expect([...table.positions]).to.deep.equal([2, 3, 1]);
    expect(toRows(table)).to.deep.equal([[33, 'red', true]]);
  });

  it('gives rows that are copies', () => {
    const values = [[33, 'red', true]];
    (toRows(parse({ fields, values }))[0] as unknown[])[0] = 34;
    expect(values).to.deep.equal([[33, 'red', true]]);
  });

  it('may have no rows', () => {
    expect(toRows(parse({ fields, values: [] }))).to.deep.equal([]);
  });

  describe('in a column that the deployment does not have', () => {
    const names = [...fields, 'extra'];

    for (const cell of ['text', 0.5, false, null, [], ['text', 1, true, null]]) {
      it(`holds ${JSON.stringify(cell)}`, () => {
        parse({ fields: names, values: [[33, 'red', true, cell]] });
      });
    }

    for (const [cell, type] of [
      [{}, 'an object'],
      [[[1]], 'an array'],
      [[1, { a: 1 }], 'an array'],
      [Infinity, 'a number out of range'],
      [[-Infinity], 'an array'],
    ] as const) {
      it(`does not hold ${inspect(cell)}`, async () => {
        const { code, message, target } = await refuse([33, 'red', true, cell], names);
        expect(code).to.equal('invalid_value');
        expect(message).to.equal(
          `values[0][3]: expected a string, a number, a boolean, null, or an array of those; got ${type}.`,
        );
        expect(target).to.deep.equal({ type: 'field', name: 'values[0][3]' });
      });
    }
  });

  for (const name of ['age', 'extra', '__proto__', 'constructor']) {
    it(`refuses two fields of the name ${name}, and says which`, async () => {
      const names = [name, ...fields.filter((field) => field !== name), name];
      const { code, message } = await refuse([], names);
      expect(code).to.equal('invalid_fields');
      expect(message).to.equal(`fields[${names.length - 1}]: expected each name once; it repeats fields[0].`);
    });
  }

  it('takes __proto__ and constructor for names like any other', () => {
    const table = parse({ fields: ['__proto__', 'constructor', ...fields], values: [[1, 2, 33, null, true]] });
    expect([...table.positions]).to.deep.equal([2, 3, 4]);
  });

  it('names every column that is missing', async () => {
    const { code, message } = await refuse([true], ['member']);
    expect(code).to.equal('missing_fields');
    expect(message).to.equal('fields: the model needs the columns "age", "color".');
    expect((await refuse([33, true], ['age', 'member'])).message).to.equal(
      'fields: the model needs the column "color".',
    );
  });

  for (const [name, request] of [
    ['fields', { fields: [], values: [] }],
    ['fields[3]', { fields: [...fields, 'age'], values: [] }],
    ['values[0]', { fields, values: [[]] }],
    ['values[0][0]', { fields, values: [['33', 'red', true]] }],
    ['values[0][3]', { fields: [...fields, 'extra'], values: [[33, 'red', true, {}]] }],
  ] as const) {
    it(`says where it stands in the body, when ${name} is at fault`, async () => {
      const { message, target } = await catchError(EngineError, () => parse(request, 'accept', 'input_data[2].'));
      expect(target?.name).to.equal(`input_data[2].${name}`);
      expect(message.startsWith(`input_data[2].${name}: `)).to.equal(true);
    });
  }

  for (const [name, row, came] of [
    ['a cell too few', [33, 'red'], '2 cells'],
    ['a cell too many', [33, 'red', true, 1], '4 cells'],
    ['no array', 'red', 'a string'],
  ] as const) {
    it(`refuses a row with ${name}, and says which`, async () => {
      const values = [[33, 'red', true], row] as unknown[][];
      const { code, message } = await catchError(EngineError, () => parse({ fields, values }));
      expect(code).to.equal('invalid_row');
      expect(message).to.equal(`values[1]: expected 3 cells, one per field; got ${came}.`);
    });
  }

  it('names the row and the column of a cell of the wrong type, by their places in the body', async () => {
    const values = [
      [true, 33],
      [true, 'thirty'],
    ];
    const error = await catchError(EngineError, () =>
      parseTable({ fields: ['member', 'age'], values }, columns.slice(0, 1), {
        unknownCategories: 'accept',
        place: '',
      }),
    );
    expect(error.code).to.equal('invalid_value');
    expect(error.message).to.equal('values[1][1]: column "age": expected a finite number; got a string.');
    expect(error.target).to.deep.equal({ type: 'field', name: 'values[1][1]' });
  });

  for (const [row, complaint] of [
    [['33', 'red', true], 'column "age": expected a finite number; got a string.'],
    [[null, 'red', true], 'column "age": expected a finite number; got null.'],
    [[true, 'red', true], 'column "age": expected a finite number; got a boolean.'],
    [[[33], 'red', true], 'column "age": expected a finite number; got an array.'],
    [['NaN', 'red', true], 'column "age": expected a finite number; got a string.'],
    [['Infinity', 'red', true], 'column "age": expected a finite number; got a string.'],
    [[33, 1, true], 'column "color": expected a string or null; got a number.'],
    [[33, {}, true], 'column "color": expected a string or null; got an object.'],
    [[33, 'red', 1], 'column "member": expected a boolean; got a number.'],
    [[33, 'red', null], 'column "member": expected a boolean; got null.'],
  ] as const) {
    it(`refuses ${JSON.stringify(row)}`, async () => {
      expect((await refuse([...row])).message)
        .to.match(/^values\[0\]\[\d\]: /)
        .and.to.include(complaint);
    });
  }

  it('refuses a number that JSON can write and a double cannot hold', async () => {
    const { message } = await refuse(JSON.parse('[1e999, "red", true]') as unknown[]);
    expect(message).to.equal('values[0][0]: column "age": expected a finite number; got a number out of range.');
  });

  // OpenScale explains a score with numbers around it, which have decimals in every column.
  it('takes decimals in a column of integers', () => {
    expect(toRows(parse({ fields, values: [[33.25, null, true]] }))).to.deep.equal([[33.25, null, true]]);
  });

  it('lets an unknown category through, or not, as the deployment says', async () => {
    parse({ fields, values: [[33, 'green', true]] }, 'accept');
    const { code, message } = await refuse([33, 'green', true], fields, 'refuse');
    expect(code).to.equal('invalid_value');
    expect(message).to.equal('values[0][1]: column "color": expected one of the 2 categories that the model knows.');
    parse({ fields, values: [[33, null, true]] }, 'refuse');
  });

  it('never repeats what a cell holds', async () => {
    const secrets = fc.oneof(
      fc.string({ minLength: 6 }).map((text) => `${text}secret`),
      fc.integer({ min: 1_000_000 }),
    );
    const places = fc.constantFrom(0, 1, 2, 3);
    await fc.assert(
      fc.asyncProperty(secrets, places, async (secret, position) => {
        // Each is wrong in its place: of another type, no category, or too deep.
        const wrong = [String(secret), Number.isInteger(secret) ? secret : String(secret), secret, [[secret]]][
          position
        ];
        const row: unknown[] = [33, 'red', true, null];
        row[position] = wrong;
        const { message, cause } = await refuse(row, [...fields, 'extra'], 'refuse');
        expect(message).to.not.include(String(secret));
        expect(cause).to.equal(undefined);
      }),
      { seed: 1 },
    );
  });
});
