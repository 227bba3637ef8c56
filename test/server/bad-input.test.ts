import { expect } from 'chai';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { checkHealthy, IRIS } from '../support/healthy.ts';

/** What bad requests hold where data may stand; no reply and no log line may hold it. */
const DATA = 'canary8675309';

const FIELDS = IRIS.fields;
const ROW = [5.1, 3.5, 1.4, 0.2];
const NO_SHAPE = 'body: expected an object with fields and values, or with input_data.';

const withCell = (cell: unknown) => ({ fields: FIELDS, values: [ROW, [5.1, cell, 1.4, 0.2]] });
/** A body as text, for numbers that JSON.stringify does not write. */
const withCellText = (cell: string) => JSON.stringify(withCell(DATA)).replace(JSON.stringify(DATA), cell);
const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

interface Refusal {
  readonly body: unknown;
  readonly code: string;
  readonly message: string | RegExp;
}

const malformed = (body: unknown, what: string): Refusal => ({
  body,
  code: 'malformed_json',
  message: `The body is not valid JSON (RFC 8259): ${what}.`,
});
const invalid = (body: unknown, message: string): Refusal => ({ body, code: 'invalid_body', message });
const cell = (body: unknown, got: string): Refusal => ({
  body,
  code: 'invalid_value',
  message: `values[1][1]: column "sepal_width": expected a finite number; got ${got}.`,
});

const REFUSALS: Record<string, Refusal> = {
  'JSON that is cut short': malformed(
    `{"fields": ["${DATA}`,
    'line 1, column 13: expected a closing double quote on the same line; a line break in a text is written \\n',
  ),
  'JSON with text after it': malformed(`{} ${DATA}`, 'line 1, column 4: expected the end of the body'),
  'text that is no JSON': malformed(DATA, 'line 1, column 1: expected a JSON value'),
  'text that V8 quotes and that looks like a position': malformed(
    'at position 86753',
    'line 1, column 1: expected a JSON value',
  ),
  'a bare NaN': malformed(
    withCellText('NaN'),
    `line 1, column ${withCellText('NaN').indexOf('NaN') + 1}: NaN and Infinity are not JSON; send null for a missing number`,
  ),
  'a bare Infinity': malformed(
    withCellText('-Infinity'),
    `line 1, column ${withCellText('-Infinity').indexOf('-Infinity') + 1}: NaN and Infinity are not JSON; send null for a missing number`,
  ),
  'bytes that are not UTF-8': {
    body: Buffer.from(`{"fields": ["\xff${DATA}"]}`, 'latin1'),
    code: 'malformed_json',
    message: 'The body is not text in UTF-8, as JSON must be (RFC 8259).',
  },
  'an empty body': malformed('', 'line 1, column 1: the body is empty'),

  'JSON within JSON': invalid(JSON.stringify(JSON.stringify(IRIS)), NO_SHAPE),
  'JSON within JSON within JSON': invalid(JSON.stringify(JSON.stringify(JSON.stringify(IRIS))), NO_SHAPE),
  'a text': invalid(JSON.stringify(DATA), NO_SHAPE),
  null: invalid('null', NO_SHAPE),
  'a number': invalid('8675309', NO_SHAPE),
  'a boolean': invalid('true', NO_SHAPE),
  'an array': invalid([DATA], NO_SHAPE),
  'arrays 10,000 deep': invalid(nest(10_000), NO_SHAPE),
  'an object of other keys': invalid({ [DATA]: [] }, NO_SHAPE),
  'both shapes at once': invalid(
    { ...IRIS, input_data: [IRIS] },
    'body: expected either fields and values, or input_data; got both.',
  ),

  'a table without fields': invalid({ values: [[DATA]] }, 'body: expected the key fields.'),
  'fields that are a text': invalid({ fields: DATA, values: [] }, 'fields: expected an array.'),
  'no fields': invalid({ fields: [], values: [] }, 'fields: expected at least 1.'),
  'a field that is a number': invalid({ fields: ['a', 8675309], values: [] }, 'fields[1]: expected a string.'),
  'a field without a name': invalid(
    { fields: ['a', ''], values: [] },
    'fields[1]: expected a string that is not empty.',
  ),
  'a field twice': {
    body: { fields: [DATA, 'a', DATA], values: [] },
    code: 'invalid_fields',
    message: 'fields[2]: expected each name once; it repeats fields[0].',
  },
  'the field __proto__ twice': {
    body: { fields: [...FIELDS, '__proto__', '__proto__'], values: [] },
    code: 'invalid_fields',
    message: 'fields[5]: expected each name once; it repeats fields[4].',
  },
  'the field constructor twice': {
    body: { fields: [...FIELDS, 'constructor', 'constructor'], values: [] },
    code: 'invalid_fields',
    message: 'fields[5]: expected each name once; it repeats fields[4].',
  },
  'missing features, and names all of them': {
    body: { fields: ['sepal_width', DATA], values: [[1, 2]] },
    code: 'missing_fields',
    message: 'fields: the model needs the columns "sepal_length", "petal_length", "petal_width".',
  },

  'a table without values': invalid({ fields: [DATA] }, 'body: expected the key values.'),
  'values that are an object': invalid({ fields: FIELDS, values: { 0: DATA } }, 'values: expected an array.'),
  'a row that is no array': invalid({ fields: FIELDS, values: [ROW, DATA] }, 'values[1]: expected an array.'),
  'a row with too few cells': {
    body: { fields: FIELDS, values: [ROW, [1, 2, 8675309]] },
    code: 'invalid_row',
    message: 'values[1]: expected 4 cells, one per field; got 3 cells.',
  },
  'a row with too many cells': {
    body: { fields: FIELDS, values: [ROW, ROW, [...ROW, DATA]] },
    code: 'invalid_row',
    message: 'values[2]: expected 4 cells, one per field; got 5 cells.',
  },

  'a cell with text for a number': cell(withCell(DATA), 'a string'),
  'a cell with NaN as text': cell(withCell('NaN'), 'a string'),
  'a cell with Infinity as text': cell(withCell('Infinity'), 'a string'),
  'a cell with a number beyond all floats': cell(withCellText('1e999'), 'a number out of range'),
  'a cell with a boolean for a number': cell(withCell(true), 'a boolean'),
  'a cell with an object for a number': cell(withCell({ toString: DATA }), 'an object'),
  'a cell with null where the column has none': cell(withCell(null), 'null'),
  'a cell with arrays 10,000 deep': cell(withCellText(nest(10_000)), 'an array'),
  'arrays 10,000 deep in a column that the model does not know': {
    body: JSON.stringify({ fields: [...FIELDS, DATA], values: [[...ROW, 0]] }).replace(',0]', `,${nest(10_000)}]`),
    code: 'invalid_value',
    message: 'values[0][4]: expected a string, a number, a boolean, null, or an array of those; got an array.',
  },

  'an envelope that is an object': invalid({ input_data: { [DATA]: 1 } }, 'input_data: expected an array.'),
  'an envelope without tables': invalid({ input_data: [] }, 'input_data: expected at least 1.'),
  'a table of an envelope without fields': invalid(
    { input_data: [IRIS, { values: [[DATA]] }] },
    'input_data[1]: expected the key fields.',
  ),
  'a table of an envelope without the features': {
    body: { input_data: [IRIS, { fields: [...FIELDS.slice(1), DATA], values: [] }] },
    code: 'missing_fields',
    message: 'input_data[1].fields: the model needs the column "sepal_length".',
  },
  'a bad cell of an envelope': {
    body: { input_data: [IRIS, withCell(DATA)] },
    code: 'invalid_value',
    message: 'input_data[1].values[1][1]: column "sepal_width": expected a finite number; got a string.',
  },
  'meta that is no object': invalid({ ...IRIS, meta: DATA }, 'meta: expected an object.'),
  'meta with more rows than the table': {
    body: { ...IRIS, meta: { fields: ['id'], values: [[DATA], [DATA]] } },
    code: 'invalid_row',
    message: 'meta.values: expected as many rows as the table has, 1; got 2.',
  },
  'meta with a short row, in an envelope': {
    body: { input_data: [IRIS, { ...IRIS, meta: { fields: ['id', 'm'], values: [[DATA]] } }] },
    code: 'invalid_row',
    message: 'input_data[1].meta.values[0]: expected 2 cells, one per field; got 1 cells.',
  },
  'meta with a cell that no table can hold': {
    body: { ...IRIS, meta: { fields: ['id'], values: [[{ [DATA]: 1 }]] } },
    code: 'invalid_value',
    message: 'meta.values[0][0]: expected a string, a number, a boolean, null, or an array of those; got an object.',
  },
  'meta with a name twice': {
    body: { ...IRIS, meta: { fields: ['id', 'id'], values: [] } },
    code: 'invalid_fields',
    message: 'meta.fields[1]: expected each name once; it repeats fields[0].',
  },
};

describe('bad input', () => {
  let engine: TestEngine;
  before(async () => (engine = await startTestEngine({ ENGINE_MAX_BODY: '64kb', ENGINE_MAX_ROWS: '3' })));
  after(() => engine.stop());
  afterEach(() => checkHealthy(engine));
  afterEach(() => expect(JSON.stringify(engine.log)).to.not.contain(DATA).and.not.contain('8675309'));

  for (const [name, { body, code, message }] of Object.entries(REFUSALS)) {
    it(`refuses ${name}`, async () => {
      const reply = await engine.score('iris', body);
      expect(reply.status).to.equal(400);
      const { error } = reply;
      expect(error?.code).to.equal(code);
      if (typeof message === 'string') expect(error?.message).to.equal(message);
      else expect(error?.message).to.match(message);
      // The message begins with the place, unless it is about the whole body.
      const place = error?.message.startsWith('The body') ? 'body' : error?.message.split(':', 1)[0];
      expect(error?.target).to.deep.equal({ type: 'field', name: place });
      expect(reply.text).to.not.contain(DATA).and.not.contain('86753');
    });
  }

  it('refuses a text, a number and an unknown category where a column lists its categories', async () => {
    const fields = ['island', 'beak_length', 'beak_depth', 'flipper_length', 'body_mass', 'sex'];
    const row = ['Dream', 40, 18, 190, 3800, 'MALE'];
    const score = async (position: number, cell: unknown) => {
      const values = [row.map((own, index) => (index === position ? cell : own))];
      return (await engine.score('penguins', { fields, values })).error?.message;
    };
    expect(await score(0, 8675309)).to.equal('values[0][0]: column "island": expected a string; got a number.');
    expect(await score(1, DATA)).to.equal(
      'values[0][1]: column "beak_length": expected a finite number or null; got a string.',
    );
    expect(await score(5, null), 'null where the column may be null').to.equal(undefined);
    expect(await score(0, 'Elsewhere'), 'an island that the model never saw').to.equal(undefined);
  });

  it('accepts __proto__ and constructor as columns that the model does not know, and echoes them', async () => {
    const reply = await engine.score('iris', {
      fields: ['__proto__', ...FIELDS, 'constructor', 'toString'],
      values: [['a', ...ROW, 'b', null]],
    });
    expect(reply.status).to.equal(200);
    expect(reply.body.fields.slice(0, 7)).to.deep.equal(['__proto__', ...FIELDS, 'constructor', 'toString']);
    expect(reply.body.values[0]?.slice(0, 8)).to.deep.equal(['a', ...ROW, 'b', null, 'setosa']);
  });

  it('accepts the keys __proto__ and constructor, and they change nothing', async () => {
    const text = JSON.stringify(IRIS);
    const reply = await engine.score('iris', `{"__proto__": {"input_data": 1}, "constructor": 1, ${text.slice(1)}`);
    expect(reply.status).to.equal(200);
    expect(Object.hasOwn(Object.prototype, 'input_data')).to.equal(false);
  });

  it('answers 413 to a table with more rows than it takes', async () => {
    const reply = await engine.score('iris', { fields: FIELDS, values: [ROW, ROW, ROW, ROW] });
    expect(reply.status).to.equal(413);
    expect(reply.error).to.deep.equal({
      code: 'too_many_rows',
      message: 'The request has 4 rows; this engine accepts at most 3 per request.',
      target: { type: 'field', name: 'values' },
    });
    expect((await engine.score('iris', { fields: FIELDS, values: [ROW, ROW, ROW] })).status, 'as many').to.equal(200);
  });

  it('answers 413 to tables that have more rows together than it takes', async () => {
    const table = { fields: FIELDS, values: [ROW, ROW] };
    const reply = await engine.score('iris', { input_data: [table, table] });
    expect(reply.status).to.equal(413);
    expect(reply.error?.code).to.equal('too_many_rows');
    expect(reply.error?.target).to.deep.equal({ type: 'field', name: 'input_data' });
  });
});
