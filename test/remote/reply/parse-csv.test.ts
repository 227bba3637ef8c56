import { expect } from 'chai';
import { parseNumbers, parseRecords } from '../../../remote/reply/parse-csv.ts';

describe('a reply in text/csv', () => {
  it('has numbers alone, whatever separates them', () => {
    for (const text of ['1\n2.5\n-3e2', '1,2.5,-3e2', '[1, 2.5, -3e2]', '[[1],[2.5],[-3e2]]', ' 1 \r\n2.5 -3e2\n'])
      expect(parseNumbers(text), text).to.deep.equal([1, 2.5, -300]);
    for (const text of ['1,x', 'nan', '"1"', '1;2']) expect(parseNumbers(text), text).to.equal(undefined);
  });

  const RECORDS: readonly (readonly [string, unknown])[] = [
    ['No Risk\nRisk\n', [['No Risk'], ['Risk']]],
    [
      '"No Risk",0.8\r\n"Risk",0.7',
      [
        ['No Risk', 0.8],
        ['Risk', 0.7],
      ],
    ],
    [
      ' No Risk , 0.8\n\n Risk,0.7\r',
      [
        ['No Risk', 0.8],
        ['Risk', 0.7],
      ],
    ],
    ['"a ""b"", c",1,', [['a "b", c', 1, '']]],
    ['"two\nlines",1', [['two\nlines', 1]]],
    ["'No Risk',1", [['No Risk', 1]]],
    // Quotes that do not enclose a cell belong to it.
    [`'s-Hertogenbosch\n"x"y,"unclosed`, [["'s-Hertogenbosch"], ['"x"y', '"unclosed']]],
    ['"1"\n1', [['1'], [1]]],
    [`a,"['x y', 'z']","[0.8, 0.2]"`, [['a', ['x y', 'z'], [0.8, 0.2]]]],
    ["['x y', 'z']", [[['x y', 'z']]]],
    ['[x y, z]\n[', [[['x y', 'z']], ['[']]],
    ['', []],
    // Lists are read two deep.
    ['[[1]]\n[[[x]]]', [[['1']], [['[x]']]]],
    [' "a" \t,"b"\u00a0\r\n"c" ', [['a', 'b'], ['c']]],
  ];
  for (const [text, records] of RECORDS) {
    it(`has records: ${JSON.stringify(text)}`, () => {
      expect(parseRecords(text)).to.deep.equal(records);
    });
  }

  it('may have long quoted cells, quotes without an end and brackets in brackets', () => {
    const long = 'a'.repeat(10_000_000);
    const [[cell, number] = []] = parseRecords(`"${long}",1\n`);
    // Strings of this length are not printed.
    expect(cell === long).to.equal(true);
    expect(number).to.equal(1);
    const [[quotes] = []] = parseRecords(`"${'""'.repeat(3_000_000)}"`);
    expect(quotes === '"'.repeat(3_000_000)).to.equal(true);
    const [[unclosed] = []] = parseRecords(`"${long}`);
    expect(unclosed === `"${long}`).to.equal(true);
    expect(parseRecords(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).to.have.lengthOf(1);
  });

  it('is read in linear time, however it is made', () => {
    const before = process.cpuUsage();
    for (const part of ['"', '",', '"a,', ',"', '",""', "',", "'a,b", '[', '[,', '[],', '\n', ' '])
      parseRecords(part.repeat(150_000));
    parseRecords(`"a"${' '.repeat(300_000)}x`);
    parseRecords(`${'1'.repeat(500_000)}x`);
    // Quadratic, each of them would take a minute. What other processes do takes none of it.
    expect(process.cpuUsage(before).user / 1e6).to.be.below(30);
  });
});
