import { expect } from 'chai';
import { findTables } from '../../../models/json/written-cells.ts';
import { JsonWriter } from '../../../models/json/json-writer.ts';
import { buildWriteCell, buildWriteText } from '../../../remote/request/write-cell.ts';
import { buildWriteCells, buildWriteTable, type TableFormat } from '../../../remote/request/write-table.ts';
import { parseTable, type RequestTable } from '../../../models/table.ts';
import { toFile } from '../../support/deployment.ts';

const file = toFile({
  columns: [
    { name: 'count', type: 'integer', nullable: true, impute: 3 },
    { name: 'big\\two', type: 'long' },
    { name: 'x', type: 'double', nullable: true },
    { name: 'text', type: 'string', nullable: true },
    { name: '__proto__', type: 'boolean' },
  ],
});

/** The fields in another order, with one that the deployment does not have. */
const FIELDS = '["text","more","x","big\\\\two","count","__proto__"]';

/** What is sent for a table with these rows. */
function write(rows: string, format: TableFormat = 'rows', { round = false, firstRow = 0 } = {}): string {
  const body = `{"fields":${FIELDS},"values":[${rows}]}`;
  const request = { ...(JSON.parse(body) as RequestTable), toWritten: () => findTables(Buffer.from(body)).own };
  const table = parseTable(request, file.columns, { unknownCategories: 'accept', place: '' });
  const writer = new JsonWriter(1);
  buildWriteTable(file, { format, round })(writer, { ...table, rows: table.rows.slice(firstRow), firstRow });
  return writer.bytes.toString();
}

const ROW = String.raw`["\u00e9", [1], 1.50, 7, 2, true]`;
const OTHER = '[null,0,null,8,null,false]';

describe('a table as JSON', () => {
  it("has the deployment's columns in order, in every format", () => {
    const texts: Record<TableFormat, string> = {
      rows: String.raw`[[2,7,1.50,"\u00e9",true],[3,8,null,null,false]]`,
      objects: String.raw`[{"count":2,"big\\two":7,"x":1.50,"text":"\u00e9","__proto__":true},{"count":3,"big\\two":8,"x":null,"text":null,"__proto__":false}]`,
      object_lists: String.raw`[{"count":[2],"big\\two":[7],"x":[1.50],"text":["\u00e9"],"__proto__":[true]},{"count":[3],"big\\two":[8],"x":[null],"text":[null],"__proto__":[false]}]`,
      columns: String.raw`{"count":[2,3],"big\\two":[7,8],"x":[1.50,null],"text":["\u00e9",null],"__proto__":[true,false]}`,
      column_lists: String.raw`{"count":[[2],[3]],"big\\two":[[7],[8]],"x":[[1.50],[null]],"text":[["\u00e9"],[null]],"__proto__":[[true],[false]]}`,
    };
    for (const format of Object.keys(texts) as TableFormat[]) {
      expect(write(`${ROW},${OTHER}`, format)).to.equal(texts[format]);
    }
  });

  it('has the rows of its part', () => {
    expect(write(`${ROW},${OTHER}`, 'rows', { firstRow: 1 })).to.equal('[[3,8,null,null,false]]');
    expect(write(`${ROW},${OTHER}`, 'columns', { firstRow: 1 })).to.include('"big\\\\two":[8]');
  });

  it('has whole numbers without a decimal point in integer columns, however they were written', () => {
    for (const [written, sent] of [
      ['1.0', '1'],
      ['10e-1', '1'],
      ['1E2', '100'],
      ['-0.0', '0'],
      ['2.5', '2.5'],
      ['9007199254740991', '9007199254740991'],
    ]) {
      expect(write(`["", 0, 0, ${written}, 1, true]`), written).to.equal(`[[1,${sent},0,"",true]]`);
    }
  });

  it('has other numbers as they were written, except those with too many digits', () => {
    for (const [written, sent] of [
      ['1.0', '1.0'],
      ['1e2', '1e2'],
      ['0.1000000000000000055511151231257827', '0.1'],
      ['1000000000000000000000000000000', '1e+30'],
    ]) {
      expect(write(`["", 0, ${written}, 0, 1, true]`), written).to.equal(`[[1,0,${sent},"",true]]`);
    }
  });

  it('has rounded fractions in integer columns if the settings say so', () => {
    expect(write('["", 0, 1.5, 2.5, 1.25, true]', 'rows', { round: true })).to.equal('[[1,3,1.5,"",true]]');
  });

  it('has the cells of a column as text if the settings say so', () => {
    const cells = file.columns.map((column) =>
      (column.type === 'string' ? buildWriteCell : buildWriteText)(column, { round: false }),
    );
    const request = {
      fields: file.columns.map(({ name }) => name),
      values: [
        [null, 7, 1.5, 'a', true],
        [2, 8, null, null, false],
      ],
    };
    const writer = new JsonWriter(1);
    const table = parseTable(request, file.columns, { unknownCategories: 'accept', place: '' });
    buildWriteCells(file, 'rows', cells)(writer, { ...table, firstRow: 0 });
    expect(writer.bytes.toString()).to.equal('[["3","7","1.5","a","true"],["2","8",null,null,"false"]]');
  });
});
