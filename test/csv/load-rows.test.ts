import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadRows } from '../../csv/load-rows.ts';
import { CommandError } from '../../errors/command-error.ts';
import { catchError } from '../support/deployment.ts';

describe('a file of rows', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'rows-'))));
  after(() => rm(folder, { recursive: true }));
  const load = async (content: string | Uint8Array, maxRows?: number) => {
    await writeFile(join(folder, 'rows'), content);
    return loadRows(join(folder, 'rows'), maxRows);
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
    expect(message).to.equal('--rows: the file cannot be read (ENOENT).');
  });
});
