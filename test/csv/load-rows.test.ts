import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadRows, type RowsFormat } from '../../csv/load-rows.ts';
import { CommandError } from '../../errors/command-error.ts';
import { catchError } from '../support/deployment.ts';

describe('a file of rows', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'rows-'))));
  after(() => rm(folder, { recursive: true }));
  const load = async (content: string | Uint8Array, maxRows?: number, format?: RowsFormat) => {
    await writeFile(join(folder, 'rows'), content);
    return loadRows(join(folder, 'rows'), maxRows, format);
  };

  it('is a JSON table, or an envelope with one, whose cells stay as they are', async () => {
    for (const text of [
      '\uFEFF{"fields": ["a", "b"], "values": [[null, 1], ["x", 2.5]]}',
      '{"input_data": [{"fields": ["a", "b"], "values": [[null, 1], ["x", 2.5]]}]}',
    ]) {
      const { count, columns } = await load(text);
      expect(count).to.equal(2);
      expect(columns.map(({ name, type, hasMissing }) => [name, type, hasMissing])).to.deep.equal([
        ['a', 'string', true],
        ['b', 'double', false],
      ]);
      expect(columns[0]?.toCells('string')).to.deep.equal([null, 'x']);
    }
  });

  it('is JSON in the encodings of CSV files', async () => {
    const text = '{"fields": ["größe"], "values": [["ü"]]}';
    for (const [bytes, encoding, notices] of [
      [Buffer.from(`\uFEFF${text}`, 'utf16le'), undefined, ['The file is read as UTF-16LE.']],
      [Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(), undefined, ['The file is read as UTF-16BE.']],
      [Buffer.from(text, 'latin1'), 'latin1', []],
    ] as const) {
      const rows = await load(bytes, Infinity, encoding && { encoding });
      expect(rows.columns.map(({ name, toCells }) => [name, toCells('string')])).to.deep.equal([['größe', ['ü']]]);
      expect(rows.notices).to.deep.equal(notices);
    }
    const { message } = await catchError(CommandError, () => load(Buffer.from(text, 'latin1')));
    expect(message).to.contain('is not UTF-8 text').and.contain('--encoding');
  });

  it('is CSV with typed columns; a cell that is not of the requested type stays text', async () => {
    const { count, columns } = await load('size;flag;code\n1;true;007\nNA;FALSE;008\n');
    expect(count).to.equal(2);
    expect(columns.map(({ name, type, hasMissing }) => [name, type, hasMissing])).to.deep.equal([
      ['size', 'integer', true],
      ['flag', 'boolean', false],
      ['code', 'string', false],
    ]);
    expect(columns[0]?.toCells('integer')).to.deep.equal([1, null]);
    expect(columns[1]?.toCells('boolean')).to.deep.equal([true, false]);
    expect(columns[1]?.toCells('double')).to.deep.equal(['true', 'FALSE']);
    expect(columns[2]?.toCells('string')).to.deep.equal(['007', '008']);
  });

  it('is CSV by the rules of training: numbers in other spellings, markers, and cells that cannot be read', async () => {
    const { columns, notices } = await load(
      'price;age;code;plan\n4,60;33;01;None\n3.155,09;-;02; plus\n1 000;abc;03;plus\n2;40;04;plus\n5;50;05;plus\n',
    );
    expect(columns.map(({ name, type, hasMissing }) => [name, type, hasMissing])).to.deep.equal([
      ['price', 'double', false],
      ['age', 'integer', true],
      ['code', 'string', false],
      ['plan', 'string', true],
    ]);
    expect(columns[0]?.toCells('double')).to.deep.equal([4.6, 3155.09, 1000, 2, 5]);
    expect(columns[1]?.toCells('integer')).to.deep.equal([33, null, null, 40, 50]);
    expect(columns[1]?.toCells('string')).to.deep.equal(['33', null, 'abc', '40', '50']);
    expect(columns[3]?.toCells('string')).to.deep.equal([null, ' plus', 'plus', 'plus', 'plus']);
    expect(notices).to.deep.equal([
      'price: numbers such as "4,60" (line 2) are read as 4.6.',
      'age: has 3 numbers, and 1 cell that cannot be read as one: "abc" (line 4); those count as missing (--categorical age keeps the column as text).',
      'age: "-" (line 3) counts as missing (1 cell).',
      'code: digits with leading zeros, such as "01" (line 2), are codes, not numbers.',
      'plan: "None" (line 2) counts as missing (1 cell).',
    ]);
  });

  it('is CSV whose numbers stay text where they can be read either way, unless the user decides', async () => {
    const text = 'a,b\n"1,234",x\n"2,345",y\n';
    const { columns, notices } = await load(text);
    expect(columns[0]?.type).to.equal('string');
    expect(columns[0]?.toCells('string')).to.deep.equal(['1,234', '2,345']);
    expect(notices).to.deep.equal([
      'a: has numbers such as "1,234" (line 2), which can be 1234 or 1.234; they are read as text (--decimal decides).',
    ]);
    const decided = await load(text, Infinity, { rules: { decimal: ',' } });
    expect(decided.columns[0]?.toCells('double')).to.deep.equal([1.234, 2.345]);
  });

  it('is CSV in the encoding, with the delimiter and the markers that are given', async () => {
    const bytes = Buffer.from('stra\xDFe~n\nAllee~1\nnirgends~2\n', 'latin1');
    const format = { encoding: 'latin1', delimiter: '~', rules: { missing: ['nirgends'] } };
    const { columns } = await load(bytes, Infinity, format);
    expect(columns.map(({ name }) => name)).to.deep.equal(['straße', 'n']);
    expect(columns[0]?.toCells('string')).to.deep.equal(['Allee', null]);
  });

  it('is CSV with the numbers, the markers and the texts that are given', async () => {
    const text = 'age,code,n\n1,7,4\n2,8,x\nabc,zz,5\n4,9,y\n5,1,z\n';
    const rules = { missing: ['abc'], categorical: ['code'], numeric: ['n'] };
    const { columns, notices } = await load(text, Infinity, { rules });
    expect(columns.map(({ name, type }) => [name, type])).to.deep.equal([
      ['age', 'integer'],
      ['code', 'string'],
      ['n', 'integer'],
    ]);
    expect(columns[1]?.toCells('string')).to.deep.equal(['7', '8', 'zz', '9', '1']);
    expect(notices).to.deep.equal([
      'age: "abc" (line 4) counts as missing (1 cell).',
      'code: 4 of 5 cells are numbers, but "zz" (line 4) is not, so all are text.',
      'n: 3 cells that cannot be read, "x" (line 3), "y" (line 5) and "z" (line 6), count as missing.',
    ]);
  });

  it('is rejected if a column does not exist, or if the file is JSON and the option is for CSV', async () => {
    const failure = async (content: string | Buffer, rules: RowsFormat['rules']) =>
      (await catchError(CommandError, () => load(content, Infinity, { rules: rules ?? {} }))).message;
    expect(await failure('a,b\n1,2\n', { numeric: ['c'] })).to.equal(
      '--numeric: there is no column "c"; the columns are "a", "b".',
    );
    expect(await failure('a,b\n1,2\n', { numeric: ['a'], categorical: ['b,a'] })).to.equal(
      '--rows: Column "a" is named by both --numeric and --categorical.',
    );
    expect(await failure('{"fields":["a"],"values":[[1]]}', { decimal: ',' })).to.equal(
      '--rows: The file is JSON; --missing, --decimal and the like say how a CSV file is read.',
    );
  });

  it('keeps all digits of numbers that are too long for one', async () => {
    const { columns } = await load('account\n90071992547409911\n90071992547409912\n');
    expect([columns[0]?.type, columns[0]?.toCells('string')]).to.deep.equal([
      'string',
      ['90071992547409911', '90071992547409912'],
    ]);
  });

  it('is read up to a maximum number of rows, with a notice if there are more', async () => {
    for (const text of ['a\n1\n2\n3\n', '{"fields": ["a"], "values": [[1], [2], [3]]}']) {
      const { count, columns, notices } = await load(text, 2);
      expect(count).to.equal(2);
      expect(columns[0]?.toCells('integer')).to.deep.equal([1, 2]);
      expect(notices).to.deep.equal(['Only the first 2 of 3 rows are used.']);
    }
  });

  const WRONG: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    ['begins like JSON', '{"fields": ', /^--rows: The file begins like JSON, but is not valid JSON\.$/],
    ['has no fields', '{"values": []}', /^--rows: Expected .*; fields is not a list of names\.$/],
    ['has a field without a name', '{"fields": ["a", 1], "values": [[1, 2]]}', /; fields\[1\] is not a name\.$/],
    ['has no values', '{"fields": ["a"]}', /; values has no rows\.$/],
    [
      'has a row that is not a list',
      '{"fields": ["a"], "values": [[1], 2, 3]}',
      /; values\[1\] is not a list of cells\.$/,
    ],
    ['has only a header', 'a,b\n', /^--rows: The file has a header and no rows\.$/],
    [
      'has a column name twice',
      '{"fields": ["a","a"], "values": [[1,2]]}',
      /^--rows: fields: expected each name once\.$/,
    ],
    ['has a ragged row', '{"fields": ["a"], "values": [[1],[1,2]]}', /values\[1\]: expected 1 cells, one per field/],
    ['is not CSV', 'a,b\n"1,2\n', /^--rows: Line 2: a quote is opened but never closed\.$/],
    ['is not UTF-8', Buffer.from([0x61, 0xff, 0x0a]), /^--rows: Line 1 of the file is not UTF-8 text\./],
    ['is empty', '', /^--rows: The file is empty\.$/],
  ];
  for (const [what, content, why] of WRONG) {
    it(`is rejected if it ${what}`, async () => {
      expect((await catchError(CommandError, () => load(content))).message).to.match(why);
    });
  }

  it('is rejected if it does not exist', async () => {
    const { message } = await catchError(CommandError, () => loadRows(join(folder, 'none')));
    expect(message).to.match(
      /^--rows: the file cannot be read \(ENOENT\): there is no file "none" in \/\S+, which has /,
    );
  });
});
