/** Files as spreadsheets, pandas and people write them: encodings, line ends, headers, empty cells around the table. */
import { expect } from 'chai';
import type { CsvFormat } from '../../csv/read-csv.ts';
import { CommandError } from '../../errors/command-error.ts';
import { catchError } from '../support/deployment.ts';
import { readText } from '../support/training.ts';

const read = (content: string | Uint8Array, format?: CsvFormat, keys: object = {}) =>
  readText(content, { label: 'y', ...keys }, format);
const complain = async (content: string | Uint8Array, format?: CsvFormat) =>
  (await catchError(CommandError, () => read(content, format))).message;

/** The bytes of a text in UTF-16, the high byte first. */
const toUtf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('a CSV file in another encoding', () => {
  const text = 'größe,y\n1,„nein“\n2,ja\n';

  for (const [what, bytes, format] of [
    ['UTF-16LE with a byte order mark', Buffer.from(`\uFEFF${text}`, 'utf16le'), {}],
    ['UTF-16BE with a byte order mark', toUtf16be(`\uFEFF${text}`), {}],
    ['UTF-16LE without one', Buffer.from(text, 'utf16le'), {}],
    ['UTF-16BE without one', toUtf16be(text), {}],
    ['windows-1252', Buffer.from('gr\xF6\xDFe,y\n1,\x84nein\x93\n2,ja\n', 'latin1'), { encoding: 'windows-1252' }],
    ['cp1252', Buffer.from('gr\xF6\xDFe,y\n1,\x84nein\x93\n2,ja\n', 'latin1'), { encoding: 'cp1252' }],
    ['latin1', Buffer.from('gr\xF6\xDFe,y\n1,\x84nein\x93\n2,ja\n', 'latin1'), { encoding: 'latin1' }],
    ['macintosh', Buffer.from('gr\x9A\xA7e,y\n1,\xE3nein\xD2\n2,ja\n', 'latin1'), { encoding: 'macintosh' }],
  ] as const) {
    it(`is read in ${what}`, async () => {
      const { plan } = await read(bytes, format);
      expect(plan.features.map(({ name }) => name)).to.deep.equal(['größe']);
      expect(plan.label.classes).to.deep.equal(['ja', '„nein“']);
    });
  }

  for (const [name, bytes] of [
    ['iso8859_1', 'gr\xF6\xDFe,y\n1,\x84nein\x93\n2,ja\n'],
    ['latin-1', 'gr\xF6\xDFe,y\n1,\x84nein\x93\n2,ja\n'],
    ['WINDOWS1252', 'gr\xF6\xDFe,y\n1,\x84nein\x93\n2,ja\n'],
    ['win_1252', 'gr\xF6\xDFe,y\n1,\x84nein\x93\n2,ja\n'],
    ['ANSI', 'gr\xF6\xDFe,y\n1,\x84nein\x93\n2,ja\n'],
    ['mac_roman', 'gr\x9A\xA7e,y\n1,\xE3nein\xD2\n2,ja\n'],
    ['utf-8-sig', Buffer.from(text).toString('latin1')],
  ] as const) {
    it(`may be named as other programs do: ${name}`, async () => {
      const { plan } = await read(Buffer.from(bytes, 'latin1'), { encoding: name });
      expect(plan.features.map((feature) => feature.name)).to.deep.equal(['größe']);
    });
  }

  it('says that it is read in UTF-16', async () => {
    expect((await read(Buffer.from(text, 'utf16le'))).plan.notices).to.include('The file is read as UTF-16LE.');
  });

  it('has a byte order mark that outweighs --encoding', async () => {
    const { plan } = await read(Buffer.from(`\uFEFF${text}`), { encoding: 'windows-1252' });
    expect(plan.features.map(({ name }) => name)).to.deep.equal(['größe']);
    expect(plan.notices).to.deep.equal([
      'The file begins with bytes that only UTF-8 has; it is read so, whatever --encoding says.',
    ]);
  });

  it('keeps characters that are cut by the pieces in which it is read', async () => {
    const rows = Array.from({ length: 40_000 }, (_, row) => `${row % 7},${row % 2 === 0 ? '„nein“' : 'ja'}\n`);
    for (const bytes of [
      Buffer.from(`x,y\n${rows.join('')}`),
      Buffer.from(`\uFEFFxx,y\n${rows.join('')}`, 'utf16le'),
    ]) {
      const { plan, table } = await read(bytes);
      expect(plan.label.classes).to.deep.equal(['ja', '„nein“']);
      expect(table.rowCount).to.equal(40_000);
    }
  });

  it('is rejected with the line of what is not UTF-8, and the option that names the encoding', async () => {
    const bytes = Buffer.from(`x,y\n${'1,a\r\n2,b\r\n'.repeat(40_000)}\xFC,a\n`, 'latin1');
    expect(await complain(bytes)).to.equal(
      'Line 80002 of the file is not UTF-8 text. Older Windows programs, Excel among them, write windows-1252: --encoding names another encoding.',
    );
  });

  it('is rejected in an encoding that does not exist', async () => {
    expect(await complain('x,y\n1,a\n2,b\n', { encoding: 'klingon' })).to.equal(
      '--encoding: "klingon" is not an encoding that can be read, such as utf-8, utf-16le, windows-1250 to windows-1258, iso-8859-15, shift_jis, gb18030.',
    );
  });
});

describe('the lines of a CSV file', () => {
  it('can end in three ways at once', async () => {
    const { plan, table } = await read('a,y\n4,no\r\n7,yes\n3,no\r8,yes\r\n1,"no"\r\n');
    expect(plan.label.classes).to.deep.equal(['no', 'yes']);
    expect([...(table.columns[0]?.values ?? [])]).to.deep.equal([4, 7, 3, 8, 1]);
  });

  it('can end with more than one carriage return', async () => {
    expect((await read('a,y\r\r\n4,no\r\r\n7,yes\r\r\n')).plan.label.classes).to.deep.equal(['no', 'yes']);
  });

  it('may repeat the header, which is left out and named', async () => {
    const { plan, table } = await read('a,y\n4,no\n7,yes\na,y\n3,no\n a , y\n');
    expect(plan.warnings).to.deep.equal(['Lines 4 and 6 repeat the header, as in files that were joined; left out.']);
    expect([...(table.columns[0]?.values ?? [])]).to.deep.equal([4, 7, 3]);
  });

  it('may repeat the header in other letters', async () => {
    const { plan } = await read('Age,Plan,y\n4,p,no\n7,q,yes\nAGE,PLAN,Y\n3,p,no\n');
    expect(plan.warnings).to.deep.equal(['Line 4 repeats the header, as in files that were joined; left out.']);
  });

  it('are named where one is the beginning of the header', async () => {
    expect(await complain('a,b,y\n4,1,no\na,b\n7,2,yes\n')).to.equal(
      'Line 3 has 2 cells, where the header has 3. If it does not belong to the table, remove it from the file.',
    );
  });

  it('may begin with a byte order mark in the middle of the file, which is ignored and named', async () => {
    const { plan, table } = await read('\uFEFFa,y\r\n4,no\r\n7,yes\r\n\uFEFF"a",y\r\n3,no\r\n\uFEFF9,no\r\n');
    expect(plan.warnings).to.deep.equal([
      'Line 4 repeats the header, as in files that were joined; left out.',
      'Lines 4 and 6 have a byte order mark in the middle of the file, as in files that were joined; ignored.',
    ]);
    expect([...(table.columns[0]?.values ?? [])]).to.deep.equal([4, 7, 3, 9]);
  });

  it('may begin with a line that names the delimiter', async () => {
    for (const content of [
      'sep=;\na;y\n4,5;x\n7;z\n',
      'SEP=;\na;y\n4,5;x\n7;z\n',
      '\uFEFF"sep=;"\r\na;y\r\n4,5;x\r\n7;z\r\n',
    ]) {
      const { plan, table } = await read(content);
      expect([...(table.columns[0]?.values ?? [])]).to.deep.equal([4.5, 7]);
      expect(plan.notices[0]).to.equal('The first line names the delimiter, ";"; it is not the header.');
    }
  });
});

describe('the cells around a table', () => {
  it('leave out the index that pandas writes, and say so', async () => {
    const { plan } = await read(',a,y\n0,4,no\n1,7,yes\n2,4,no\n');
    expect(plan.features.map(({ name }) => name)).to.deep.equal(['a']);
    expect(plan.notices).to.deep.equal([
      'The first column has no name, like the index that pandas writes; it is left out. It begins with "0" (line 2).',
    ]);
  });

  for (const [what, text] of [
    ['counted', 'a,y\n1,4,no\n2,7,yes\n3,4,no\n'],
    [
      'named',
      '"a" "y"\n"Mazda RX4" 4 "no"\n"Datsun 710" 7 "yes"\n"Fiat 128" 4 "no"\n'.replaceAll(/(?<=[\w"]) (?=["\d])/g, ';'),
    ],
  ] as const) {
    it(`leave out the names of rows that R writes and the header does not count: ${what}`, async () => {
      const { plan, table } = await read(text);
      expect(plan.features.map(({ name }) => name)).to.deep.equal(['a']);
      expect([...(table.columns[0]?.values ?? [])]).to.deep.equal([4, 7, 4]);
      expect(plan.notices[0]).to.equal(
        'Every row has one cell more than the header, first a name of the row, as R writes them.',
      );
    });
  }

  it('are not names of rows where decimal commas make two cells of one in every row', async () => {
    expect(await complain('a,y\n4,5,no\n7,5,yes\n1,5,no\n2,25,no\n')).to.match(/^Line 2 has 3 cells/);
  });

  it('leave out the name that pandas gives an index, unless --features asks for it', async () => {
    const text = 'Unnamed: 0,a,y\n4,4,no\n1,7,yes\n2,4,no\n';
    expect((await read(text)).plan.features.map(({ name }) => name)).to.deep.equal(['a']);
    const kept = (await read(text, {}, { features: ['Unnamed: 0'] })).plan;
    expect(kept.features.map(({ name }) => name)).to.deep.equal(['Unnamed: 0']);
  });

  it('may be empty columns, of which a spreadsheet leaves out some cells', async () => {
    const { plan, table } = await read('a,,b,y,,\n4,,1,no,,\n7,,2,yes\n4,,7,no,\n');
    expect(plan.features.map(({ name }) => name)).to.deep.equal(['a', 'b']);
    expect([...(table.columns[1]?.values ?? [])]).to.deep.equal([1, 2, 7]);
    expect(plan.notices).to.deep.equal(['Columns 2 and 5 to 6 without a name and without values are left out.']);
  });

  it('may be empty cells beyond the header', async () => {
    const { plan, table } = await read('a,y\n4,no,\n7,yes,,\n');
    expect([...(table.columns[0]?.values ?? [])]).to.deep.equal([4, 7]);
    expect(plan.notices).to.deep.equal(['Empty cells beyond the header are ignored, in 2 rows (first on line 2).']);
  });

  it('may be empty rows, above the header as well', async () => {
    const { plan, table } = await read(';;\n ; ;\na;b;y\n4;1;no\n;;\n7;2;yes\n;;\n');
    expect([...(table.columns[0]?.values ?? [])]).to.deep.equal([4, 7]);
    expect(plan.notices).to.deep.equal(['2 rows without any value left out (first on line 5).']);
  });

  it('are named where a column has values and no name', async () => {
    expect(await complain('a,,y\n4,,no\n7,5,yes\n')).to.equal(
      'Column 2 of the header has no name, but values, such as "5" (line 3). Name it in the file.',
    );
  });

  it('are named where a decimal comma has made two of one', async () => {
    expect(await complain('a,y\n4,no\n7,5,yes\n')).to.equal(
      'Line 3 has 3 cells, where the header has 2. Texts and numbers with commas need quotes, or the file another --delimiter.',
    );
  });

  it('do not hide the semicolons of a file with decimal commas', async () => {
    const { plan } = await read('Amount, EUR;y\n4,60;no\n7,20;yes\n');
    expect(plan.features.map(({ name }) => name)).to.deep.equal(['Amount, EUR']);
  });
});
