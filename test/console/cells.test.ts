import { expect } from 'chai';
import { findCategory, toCellText, toStartRow, writeCell, writeFormRow } from '../../console/cells.ts';
import type { ColumnData } from '../../console/data.ts';

const toColumn = (keys: Partial<ColumnData> = {}): ColumnData => ({
  name: 'x',
  type: 'double',
  nullable: false,
  isDate: false,
  ...keys,
});

describe('writeCell', () => {
  for (const [text, json] of [
    ['1', '1'],
    [' 2.50 ', '2.50'],
    ['9007199254740993', '9007199254740993'],
    ['+5', '5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['007', '7'],
    ['-1e5', '-1e5'],
    ['-.5', '-0.5'],
    ['5.e3', '5e3'],
    ['-0', '-0'],
    // Digits that a number of JavaScript does not have.
    ['+9007199254740993', '9007199254740993'],
    ['009007199254740993', '9007199254740993'],
    ['9007199254740993.', '9007199254740993'],
    ['-.12345678901234567891', '-0.12345678901234567891'],
  ] as const)
    it(`writes the number ${text} as ${json}`, () => expect(writeCell(toColumn(), text)).to.deep.equal({ json }));

  for (const text of ['', 'a', '1,5', 'NaN', 'Infinity', '0x10', '1e999', '1 2'])
    it(`rejects ${JSON.stringify(text)} as a number`, () => expect(writeCell(toColumn(), text)).to.have.key('problem'));

  it('reads a decimal comma where it is told to', () =>
    expect(writeCell(toColumn(), '1,5', true)).to.deep.equal({ json: '1.5' }));

  it('keeps a text that looks like a number a text', () =>
    expect(writeCell(toColumn({ type: 'string', categories: ['1'] }), '1')).to.deep.equal({ json: '"1"' }));

  it('writes null where there may be no value', () => {
    expect(writeCell(toColumn({ nullable: true }), null)).to.deep.equal({ json: 'null' });
    expect(writeCell(toColumn({ nullable: true, type: 'string' }), ' ')).to.deep.equal({ json: 'null' });
    expect(writeCell(toColumn({ type: 'string' }), null)).to.have.key('problem');
  });

  it('writes the empty text where it is a category, and says what is missing elsewhere', () => {
    expect(writeCell(toColumn({ type: 'string', categories: ['', 'a'] }), '')).to.deep.equal({ json: '""' });
    for (const [type, expected] of [
      ['string', 'a text'],
      ['boolean', 'true or false'],
      ['double', 'a number'],
    ] as const)
      expect(writeCell(toColumn({ type }), '')).to.deep.equal({ problem: `expected ${expected}; there is no value` });
  });

  it('writes booleans as spreadsheets have them', () => {
    expect(writeCell(toColumn({ type: 'boolean' }), 'TRUE')).to.deep.equal({ json: 'true' });
    expect(writeCell(toColumn({ type: 'boolean' }), '1')).to.have.key('problem');
  });
});

describe('findCategory', () => {
  it('finds numbers whatever their spelling, and texts only as they are', () => {
    const numbers = toColumn({ categories: [0, 1] });
    expect(['1.0', ' 1', '0', '', ' ', '2', null].map((text) => findCategory(numbers, text))).to.deep.equal([
      '1',
      '1',
      '0',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    const texts = toColumn({ type: 'string', categories: ['1', 'null'] });
    expect(['1', '1.0', 'null', null].map((text) => findCategory(texts, text))).to.deep.equal([
      '1',
      undefined,
      'null',
      undefined,
    ]);
  });
});

describe('the row of the form', () => {
  it('starts with the example, and the middle where that has no value', () => {
    const columns = [
      toColumn(),
      toColumn({ name: 'y', range: [2, 4] }),
      toColumn({ name: '__proto__', type: 'string' }),
    ];
    const row = toStartRow({ columns, example: { fields: ['__proto__', 'x'], values: [['a', 7]] } });
    expect(writeFormRow(columns, row)).to.deep.equal({ json: '[7,3,"a"]', problems: new Map() });
  });

  it('starts with the first category, a whole number in the middle, or what is simplest, where there is no example', () => {
    const columns = [
      toColumn({ name: 'category', type: 'string', categories: ['b', 'a'], nullable: true }),
      toColumn({ name: 'double', range: [1, 2] }),
      toColumn({ name: 'whole', type: 'integer', range: [1, 4] }),
      toColumn({ name: 'nullable', nullable: true }),
      toColumn({ name: 'truth', type: 'boolean' }),
      toColumn({ name: 'text', type: 'string' }),
      toColumn({ name: 'number' }),
    ];
    const row = toStartRow({ columns, example: { fields: [], values: [[]] } });
    expect(Object.values(row)).to.deep.equal(['b', '1.5', '3', null, 'false', '', '0']);
    // The empty text of a field is a text.
    expect(writeFormRow(columns, row).json).to.equal('["b",1.5,3,null,false,"",0]');
  });

  it('has no value where the example has none', () => {
    expect([null, undefined, 'a', 1.5, true].map(toCellText)).to.deep.equal([null, null, 'a', '1.5', 'true']);
  });

  it('names each column with a problem', () => {
    const { problems } = writeFormRow([toColumn(), toColumn({ name: 'y' })], { x: 'a', y: '1' });
    expect([...problems.keys()]).to.deep.equal(['x']);
  });
});
