import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { decodeText, disarmFormula, findDelimiter, readRows, writeRow } from '../../console/csv.ts';

const read = (text: string, delimiter?: string) => [...readRows(text, delimiter)].map(({ cells }) => cells);

describe('readRows', () => {
  it('reads quotes, delimiters and lines within them', () => {
    expect(read('a,"b ""c"", d"\r\n"e\nf",\r\n')).to.deep.equal([
      ['a', 'b "c", d'],
      ['e\nf', ''],
    ]);
  });

  it('reads a text with a byte order mark, all ends of lines, and none at the end', () => {
    expect(read('\uFEFFa,b\n1,2\r3,4\r\n5,6')).to.deep.equal([
      ['a', 'b'],
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
    ]);
  });

  it('leaves blank lines out, and counts them', () => {
    expect([...readRows('a,b\n\n"1\n2",3\n4,5')]).to.deep.equal([
      { line: 1, cells: ['a', 'b'] },
      { line: 3, cells: ['1\n2', '3'] },
      { line: 5, cells: ['4', '5'] },
    ]);
  });

  it('counts every end of a line, also within quotes', () => {
    const text = 'a,b\r\n"1\r2",3\r\n"4\r\n5\n6",7\n8,9';
    expect([...readRows(text)].map(({ line }) => line)).to.deep.equal([1, 2, 4, 7]);
  });

  it('keeps what stands behind a quote, and rows that begin with an empty cell', () => {
    expect(read('"a"b,c\n,1\n  \n')).to.deep.equal([
      ['ab', 'c'],
      ['', '1'],
    ]);
  });

  it('ends with a quote that is never closed', () => {
    expect(read('a,"b\n1,2')).to.deep.equal([['a', 'b\n1,2']]);
  });

  it('reads whatever is written, and so does another library', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', ';', 'ü', '=') });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constant('x'), cell, cell), { minLength: 1 }), (rows) => {
        const text = rows.map(writeRow).join('\r\n');
        expect(read(text, ',')).to.deep.equal(rows);
        expect(parse(text, { record_delimiter: '\r\n' })).to.deep.equal(rows);
      }),
      { seed: 1 },
    );
  });
});

describe('writeRow', () => {
  it('quotes what would be read otherwise, and spaces at the ends, which some programs remove', () => {
    const row = ['a b', ' a', 'b ', 'c,d', 'e"f', 'f\rg', '1.5'];
    expect(writeRow(row)).to.equal('a b," a","b ","c,d","e""f","f\rg",1.5');
  });
});

describe('findDelimiter', () => {
  for (const [text, delimiter] of [
    ['a,b;c,d', ','],
    ['a;b;c', ';'],
    ['a\tb', '\t'],
    ['"a;b;c",d', ','],
    ['a', ','],
    ['a;b', ';'],
    ['a;b\r1,2,3', ';'],
    ['a\tb,c', '\t'],
    ['a,b,c\td', ','],
    ['a,b;c', ','],
  ] as const)
    it(`takes ${JSON.stringify(delimiter)} for ${JSON.stringify(text)}`, () =>
      expect(findDelimiter(`${text}\n;;;;;;`)).to.equal(delimiter));
});

describe('decodeText', () => {
  it('reads UTF-8, UTF-16 with a mark, and Windows-1252', () => {
    expect(decodeText(Buffer.from('Grün'))).to.equal('Grün');
    expect(decodeText(Buffer.from('\uFEFFGrün', 'utf16le'))).to.equal('Grün');
    expect(decodeText(Buffer.from('\uFEFFGrün', 'utf16le').swap16())).to.equal('Grün');
    expect(decodeText(Buffer.from('Grün', 'latin1'))).to.equal('Grün');
  });
});

describe('disarmFormula', () => {
  it('leaves numbers and other texts alone', () => {
    expect(['-5', '+1.5e3', 'a', '', '-.5'].map(disarmFormula)).to.deep.equal(['-5', '+1.5e3', 'a', '', '-.5']);
    expect(['=1+1', '@SUM', '-a', '+cmd|x'].map(disarmFormula)).to.deep.equal(["'=1+1", "'@SUM", "'-a", "'+cmd|x"]);
    expect(['-1E5', '\t=1', '\r=1', '-5+cmd'].map(disarmFormula)).to.deep.equal(['-1E5', "'\t=1", "'\r=1", "'-5+cmd"]);
  });
});
