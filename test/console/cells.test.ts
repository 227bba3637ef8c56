import { expect } from 'chai';
import { toStartRow, writeCell, writeFormRow } from '../../console/cells.ts';
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

  it('writes booleans as spreadsheets have them', () => {
    expect(writeCell(toColumn({ type: 'boolean' }), 'TRUE')).to.deep.equal({ json: 'true' });
    expect(writeCell(toColumn({ type: 'boolean' }), '1')).to.have.key('problem');
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

  it('names each column with a problem', () => {
    const { problems } = writeFormRow([toColumn(), toColumn({ name: 'y' })], { x: 'a', y: '1' });
    expect([...problems.keys()]).to.deep.equal(['x']);
  });
});
