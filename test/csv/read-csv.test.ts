import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openCsv, type CsvFormat } from '../../csv/read-csv.ts';
import { CommandError } from '../../errors/command-error.ts';
import { catchError } from '../support/deployment.ts';
import { readText, toCsv, withFolder } from '../support/training.ts';

const read = (content: string | Uint8Array, keys: object = {}, format?: CsvFormat) =>
  readText(content, { label: 'y', ...keys }, format);
const complain = async (content: string | Uint8Array, keys: object = {}) =>
  (await catchError(CommandError, () => read(content, keys))).message;

/** A table with a label and a column with these cells. */
const withColumn = (cells: readonly unknown[], name = 'x') =>
  toCsv(
    [name, 'n', 'y'],
    cells.map((cell, row) => [cell, row * row, 'ab'[row % 2]]),
  );

describe('a CSV file', () => {
  for (const delimiter of [',', ';', '\t', '|']) {
    it(`is read with the delimiter ${JSON.stringify(delimiter)}`, async () => {
      const text = withColumn([3, 1, 2]).replaceAll(',', delimiter);
      expect((await read(text)).table.columns.map(({ values }) => [...values])[0]).to.deep.equal([3, 1, 2]);
    });
  }

  it('is read whole where its header is longer than 256 KiB, with quotes, line breaks and CRLF in it or not', async () => {
    const names = Array.from({ length: 3_000 }, (_, index) => `column_${index}_${'x'.repeat(100)}`);
    const cells = names.map((_, index) => index);
    for (const [quote, lineEnd] of [
      [(name: string) => name, '\n'],
      [(name: string) => `"${name.replace('_', '\n')}"`, '\r\n'],
    ] as const) {
      const lines = [names.map(quote).join(','), cells.join(','), cells.join(','), ''];
      await withFolder(async (folder) => {
        const path = join(folder, 'wide.csv');
        await writeFile(path, lines.join(lineEnd));
        const file = await openCsv(path);
        expect(file.header).to.have.length(3_000);
        expect(file.header.at(-1)).to.match(/^column[^]2999_x{100}$/);
        let count = 0;
        for await (const { cells: read } of file.records()) {
          expect(read.at(-1)).to.equal('2999');
          count += 1;
        }
        expect(count).to.equal(2);
      });
    }
  });

  it('is refused where its header or a row is longer than 16 MiB, without reading on', async () => {
    const endless = 'x'.repeat(2 ** 24 + 2 ** 18);
    for (const [text, message] of [
      [endless, /^The header is longer than 16 MiB: expected the names of the columns\.$/],
      [`x,y\n1,2\n"${endless}`, /^Line 3: expected rows of at most 16777216 characters\. Perhaps a quote is opened/],
      [`x,y\n1,${endless}\n`, /^Line 2: expected rows of at most 16777216 characters\./],
    ] as const)
      await withFolder(async (folder) => {
        const path = join(folder, 'endless.csv');
        await writeFile(path, text);
        const readAll = async () => {
          for await (const record of (await openCsv(path)).records()) expect(record.cells).to.have.length(2);
        };
        expect((await catchError(CommandError, readAll)).message).to.match(message);
      });
  });

  for (const [what, change] of [
    ['a byte order mark', (text: string) => `\uFEFF${text}`],
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['blank lines', (text: string) => `\n${text.replaceAll('\n', '\n\n')}\n`],
    ['no last line break', (text: string) => text.trimEnd()],
    ['quotes', (text: string) => text.replace(/[^,\n]+/g, '"$&"')],
  ] as const) {
    it(`with ${what} is read`, async () => {
      const { plan, table } = await read(change(withColumn([3, 1, 2])));
      expect(plan.features.map(({ name }) => name)).to.deep.equal(['x', 'n']);
      expect([...(table.columns[0]?.values ?? [])]).to.deep.equal([3, 1, 2]);
    });
  }

  it('has empty cells and the usual missing-value markers', async () => {
    const { table } = await read(withColumn(['', 'NA', 'null', 'NaN', '?', 4, 7]));
    expect([...(table.columns[0]?.values ?? [])]).to.deep.equal([NaN, NaN, NaN, NaN, NaN, 4, 7]);
  });

  for (const [what, content, expected] of [
    [
      'a row that is too short',
      'x,y\n1,a\n2\n',
      /^Line 3 has 1 cell, where the header has 2\. If it does not belong to the table, remove it from the file\.$/,
    ],
    ['a first row that is too long', 'x,y\n1,a,2\n2,b,1\n', /^Line 2 has 3 cells/],
    ['a quote that is not closed', 'x,y\n1,a\n"2,b\n', /quote is opened but never closed/],
    ['a name twice', 'x,x,y\n1,2,a\n', /^Columns 1 and 2/],
    ['a column without a name', 'x,,y\n1,2,a\n', /^Column 2 of the header has no name/],
    ['nothing in it', '', /^The file is empty/],
    ['blank lines only', '\n\n', /no header/],
    ['a header alone', 'x,y\n', /no rows/],
    ['one column', 'y\na\nb\n', /No column is left/],
    ['binary data', Buffer.of(0x78, 0, 0, 0, 0x0a), /^The file contains binary data/],
    ['invalid UTF-8', Buffer.from('x,y\nü,a\n', 'latin1'), /^Line 2 of the file is not UTF-8 text\. .*--encoding/],
    ['no label', 'x,z\n1,a\n2,b\n', /^--label: there is no column "y"; the columns are "x", "z"/],
    ['a constant label', 'x,y\n1,a\n2,a\n', /^The label "y" has the same value/],
    ['= in a name', 'a=b,y\n1,a\n5,b\n', /"a=b".*--safe-names/],
    ['a column that answers contain', 'prediction,y\n1,a\n5,b\n', /^Column "prediction": scoring answers contain/],
    ['a column that classifiers answer', 'probability,y\n1,a\n5,b\n', /^Column "probability": scoring answers contain/],
    [
      'a column that regressions answer',
      'prediction,y\n1,1.5\n5,2.5\n',
      /^Column "prediction": scoring answers contain/,
    ],
  ] as const) {
    it(`is rejected with ${what}`, async () => expect(await complain(content)).to.match(expected));
  }

  it('is rejected with invalid UTF-8 far from its beginning', async () => {
    const text = Buffer.from(`x,y\n${'1,a\n2,b\n'.repeat(40_000)}ü,a\n`, 'latin1');
    expect(await complain(text)).to.match(/^Line 80002 of the file is not UTF-8 text\./);
  });

  it('is rejected if it is a folder or does not exist', () =>
    withFolder(async (folder) => {
      expect((await catchError(CommandError, () => openCsv(folder))).message).to.include('not a file');
      expect((await catchError(CommandError, () => openCsv(`${folder}/none.csv`))).message).to.include('ENOENT');
    }));

  it('is rejected if its label identifies the rows, or if it has more than 1012 features', async () => {
    expect(
      await complain(
        toCsv(
          ['x', 'y'],
          Array.from({ length: 50 }, (_, row) => [row * row, `id ${row}`]),
        ),
      ),
    ).to.include('identifier');
    const wide = Array.from({ length: 1013 }, (_, index) => `x${index}`);
    expect(
      await complain(
        toCsv(
          [...wide, 'y'],
          [0, 5, 1].map((x) => [...wide.map(() => x), 'ab'[x % 2]]),
        ),
      ),
    ).to.include('1013');
  });

  it('may have a column called probability for a regression', async () => {
    const { plan } = await read('probability,y\n1,1.5\n5,2.5\n4,3.5\n');
    expect(plan.features.map(({ name }) => name)).to.deep.equal(['probability']);
  });

  it('gets safe names on request, unless two become equal', async () => {
    const text = 'a=b,"c""d",y\n1,2,a\n5,7,b\n';
    expect((await read(text, { safeNames: true })).plan.features.map(({ name }) => name)).to.deep.equal(['a_b', 'c_d']);
    expect(await complain('a=,"a""",y\n1,2,a\n5,7,b\n', { safeNames: true })).to.include('two columns the name "a_"');
  });

  for (const [what, cells] of [
    ['the same value', Array.from({ length: 30 }, () => 1)],
    ['row numbers', Array.from({ length: 30 }, (_, row) => row + 7)],
    ['dates', Array.from({ length: 30 }, (_, row) => `2026-01-${10 + (row % 10)}`)],
    ['a different text in each row', Array.from({ length: 30 }, (_, row) => `text ${row}`)],
    ['no values', Array.from({ length: 30 }, () => '')],
  ] as const) {
    it(`leaves out a column with ${what}, with a notice`, async () => {
      const { plan } = await read(withColumn(cells));
      expect(plan.features.map(({ name }) => name)).to.deep.equal(['n']);
      expect(plan.notices).to.have.length(1);
      expect(plan.notices[0]).to.match(/^x: left out; /);
    });
  }

  for (const [what, labels, keys, expected] of [
    ['booleans', ['true', 'false'], {}, ['binary', 'string', ['false', 'true']]],
    ['two whole numbers', [10, 9], {}, ['binary', 'integer', [9, 10]]],
    ['three whole numbers', [3, 1, 2], {}, ['multiclass', 'integer', [1, 2, 3]]],
    ['fractions', [0.5, 1.5, 3], {}, ['regression', 'double', undefined]],
    ['whole numbers for a regression', [3, 1, 2], { problemType: 'regression' }, ['regression', 'integer', undefined]],
  ] as const) {
    it(`with a label of ${what} determines the problem`, async () => {
      const rows = Array.from({ length: 12 }, (_, row) => [row * row, labels[row % labels.length]]);
      const { plan } = await read(toCsv(['x', 'y'], rows), keys);
      expect([plan.problemType, plan.label.type, plan.label.classes]).to.deep.equal(expected);
      expect(plan.notices).to.have.length(what === 'booleans' ? 1 : 0);
    });
  }

  it('is read according to --features, --categorical and --drop', async () => {
    const text = 'a,b,c,y\n1,2,3,p\n5,7,1,q\n1,4,4,p\n';
    const names = async (keys: object) => (await read(text, keys)).plan.features.map(({ name }) => name);
    expect(await names({ features: ['c', 'a'] })).to.deep.equal(['a', 'c']);
    expect(await names({ drop: ['a'] })).to.deep.equal(['b', 'c']);
    expect((await read(text, { categorical: ['a'] })).table.columns[0]?.categories).to.deep.equal([1, 5]);
  });
});
