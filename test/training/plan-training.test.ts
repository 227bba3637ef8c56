/** What `train` makes of columns as people have them, and what it says about them. */
import { expect } from 'chai';
import { CommandError } from '../../errors/command-error.ts';
import type { TrainingChoices } from '../../training/training-choices.ts';
import { catchError } from '../support/deployment.ts';
import { readText, toCsv } from '../support/training.ts';

const read = (content: string, keys: Partial<TrainingChoices> = {}) => readText(content, { label: 'y', ...keys });
const complain = async (content: string, keys: Partial<TrainingChoices> = {}) =>
  (await catchError(CommandError, () => read(content, keys))).message;

/** A column `x` with some of its cells replaced, beside a feature and a label of two classes. */
const withOdd = (text: string, toCell: (row: number) => unknown = (row) => 20 + ((row * 7) % 50)) =>
  toCsv(
    ['x', 'n', 'y'],
    Array.from({ length: 60 }, (_, row) => [
      row % 20 === 5 ? text : toCell(row),
      (row * row) % 37,
      'ab'[(row >> 1) % 2],
    ]),
  );

const withColumn = (cells: readonly unknown[], label: (row: number) => unknown = (row) => 'ab'[(row >> 1) % 2]) =>
  toCsv(
    ['x', 'n', 'y'],
    cells.map((cell, row) => [cell, (row * row) % 37, label(row)]),
  );

const repeat = (cells: readonly unknown[], rows = 60) =>
  Array.from({ length: rows }, (_, row) => cells[row % cells.length]);
const values = (table: Awaited<ReturnType<typeof read>>['table'], rows = 6) =>
  [...(table.columns[0]?.values ?? [])].slice(0, rows);

describe('a column of numbers with cells that are not numbers', () => {
  for (const text of [
    '-',
    '--',
    '.',
    'unknown',
    'Unknown',
    'n.a.',
    'Null',
    'inf',
    '-Infinity',
    '#DIV/0!',
    'k.A.',
    'NA',
    '0000-00-00',
  ]) {
    it(`is one of numbers where ${text} stands for a missing one, and says so`, async () => {
      const { plan, table } = await read(withOdd(text));
      expect(plan.features[0]).to.deep.include({ type: 'integer', categorical: false, nullable: true });
      expect(values(table)).to.deep.equal([20, 27, 34, 41, 48, NaN]);
      expect(plan.notices).to.deep.equal([`x: ${JSON.stringify(text)} (line 7) counts as missing (3 cells).`]);
    });
  }

  it('needs a decision where they are other texts: the cells are named with their lines, and the options that decide', async () => {
    expect(await complain(withOdd('abc'))).to.equal(
      'Column "x" has 57 numbers, and 3 cells that cannot be read as numbers: "abc" (line 7). --missing abc or --numeric x treats those cells as missing; --categorical x treats the column as categories; --drop x leaves the column out.',
    );
  });

  it('takes those options', async () => {
    const text = withOdd('abc');
    for (const keys of [{ missing: ['abc'] }, { numeric: ['x'] }] as const) {
      const { plan, table } = await read(text, keys);
      expect(plan.features[0]).to.deep.include({ type: 'integer', categorical: false, nullable: true });
      expect(values(table)).to.deep.equal([20, 27, 34, 41, 48, NaN]);
      expect(plan.notices[0]).to.match(/^x: .*"abc" \(line 7\).* as missing/);
    }
    const { plan } = await read(text, { categorical: ['x'] });
    expect(plan.features[0]).to.deep.include({ type: 'string', categorical: true });
    expect((await read(text, { drop: ['x'] })).plan.features.map(({ name }) => name)).to.deep.equal(['n']);
  });

  it('names the first few of many, and suggests no list that is not complete', async () => {
    const cells = Array.from({ length: 60 }, (_, row) => (row % 7 === 6 ? `z${row}` : row * 3));
    const message = await complain(withColumn(cells));
    expect(message).to.match(
      /8 cells that cannot be read as numbers: "z6" \(line 8\), "z13" \(line 15\), .*"z34" \(line 36\) and others\. --numeric x treats/,
    );
    expect(message).not.to.include('--missing');
  });

  it('is asked about together with all others', async () => {
    const text = 'a b,x,y\n1,1,p\n2,2,q\n3,q,p\n4,3,q\nz,5,p\n8,7,q\n';
    const lines = (await complain(text)).split('\n');
    expect(lines[0]).to.equal('2 columns need a decision:');
    expect(lines[1]).to.match(
      /^Column "a b" has 5 numbers, and 1 cell that cannot be read as one: "z" \(line 6\)\. .*--numeric 'a b'/,
    );
    expect(lines[2]).to.match(/^Column "x" has 5 numbers.*"q" \(line 4\)/);
  });

  it('is not asked about where it is left out anyway', async () => {
    const { plan } = await read(withOdd('abc'), { features: ['n'] });
    expect(plan.features.map(({ name }) => name)).to.deep.equal(['n']);
  });

  it('shows nothing of the cells that a terminal would act on, and not all of a long one', async () => {
    const message = await complain(withOdd(`\u001B[31m\u202E${'z'.repeat(100)}`));
    expect(message)
      .to.include('"\\u001b[31m\\u202e')
      .and.to.include('zzz…"')
      .and.not.to.match(/[^\P{C}\n]/u);
  });

  it('has numbers that stand for a missing one where --missing says so, in any spelling', async () => {
    const { plan, table } = await read(withOdd('-999.0'), { missing: ['-999'] });
    expect(plan.features[0]?.survey.range).to.deep.equal([20, 69]);
    expect(values(table)).to.deep.equal([20, 27, 34, 41, 48, NaN]);
  });

  it('is one of text where numbers are not most of it, and says so', async () => {
    const { plan } = await read(withColumn(repeat(['t0', 1, 't2', 3])));
    expect(plan.features[0]).to.deep.include({ type: 'string', categorical: true });
    expect(plan.notices).to.deep.equal(['x: 30 of 60 cells are numbers, but "t0" (line 2) is not, so all are text.']);
  });

  it('has no numbers at all where --numeric is mistaken', async () => {
    expect(await complain(withColumn(repeat(['p', 'q'])), { numeric: ['x'] })).to.match(
      /^Column "x" has no numbers, but "p" \(line 2\) and "q" \(line 3\)\. --categorical x /,
    );
  });
});

describe('a marker among texts', () => {
  it('is a category unless it is one of the usual ones', async () => {
    const { plan, table } = await read(withColumn(repeat(['unknown', '-', 'car'])));
    expect(plan.features[0]?.nullable).to.equal(false);
    expect(table.columns[0]?.categories).to.deep.equal(['unknown', '-', 'car']);
  });

  it('is named where it counts as missing; --missing keeps it, or adds to it', async () => {
    const text = withColumn(repeat(['None', 'car', 'house']));
    const { plan } = await read(text);
    expect(plan.features[0]?.survey.missing).to.equal(20);
    expect(plan.notices).to.deep.equal([
      'x: "None" (line 2) counts as missing (20 cells); --missing "" keeps them as categories.',
    ]);
    expect((await read(text, { missing: [''] })).table.columns[0]?.categories).to.deep.equal(['None', 'car', 'house']);
    expect((await read(text, { missing: ['car'] })).table.columns[0]?.categories).to.deep.equal(['None', 'house']);
  });

  it('makes three categories of booleans, and that is said', async () => {
    const { plan, table } = await read(withColumn(repeat(['unknown', 'true', 'false'])));
    expect(table.columns[0]?.categories).to.deep.equal(['unknown', 'true', 'false']);
    expect(plan.notices).to.deep.equal([
      'x: 40 of 60 cells are booleans, but "unknown" (line 2) is not, so all are text.',
    ]);
  });
});

describe('numbers in other spellings', () => {
  const european = (cells: readonly string[]) =>
    ['x;y', ...cells.map((cell, row) => `${cell};${'ab'[row % 2]}`), ''].join('\n');

  for (const [what, cells, expected, example] of [
    ['decimal commas', ['4,60', '3,2', '1'], [4.6, 3.2, 1], '"4,60" (line 2) are read as 4.6'],
    [
      'points between thousands',
      ['3.155,09', '1.000', '12,5'],
      [3155.09, 1000, 12.5],
      '"3.155,09" (line 2) are read as 3155.09',
    ],
    [
      'blanks between thousands',
      ['1 234.5', '2\u00A0000', '3\u202F000.25'],
      [1234.5, 2000, 3000.25],
      '"1 234.5" (line 2) are read as 1234.5',
    ],
    ['parentheses', ['(987)', '12', '(1.5)'], [-987, 12, -1.5], '"(987)" (line 2) are read as -987'],
    [
      'several of them, each of which is shown',
      ['1.234,50', '(7,5)', '8,25-'],
      [1234.5, -7.5, -8.25],
      '"1.234,50" (line 2) are read as 1234.5, "(7,5)" (line 3) as -7.5, "8,25-" (line 4) as -8.25',
    ],
    [
      'codes and abbreviations of currencies',
      ['SGD 4', '5 SGD', 'SGD 1'],
      [4, 5, 1],
      '"SGD 4" (line 2) are read as 4, "5 SGD" (line 3) as 5',
    ],
    ['abbreviations of currencies', ['40 kr', '5 kr', '1 kr'], [40, 5, 1], '"40 kr" (line 2) are read as 40'],
    ['percent signs', ['12 %', '9%', '7.5 %'], [12, 9, 7.5], '"12 %" (line 2) are read as 12'],
    [
      'currencies',
      ['€ 4,60', '3 €', '€1.234,50'],
      [4.6, 3, 1234.5],
      '"€ 4,60" (line 2) are read as 4.6, "3 €" (line 3) as 3',
    ],
    [
      'currencies and commas',
      ['$1,234.50', '$2', '3.25'],
      [1234.5, 2, 3.25],
      '"$1,234.50" (line 2) are read as 1234.5',
    ],
  ] as const) {
    it(`are read with ${what}, and that is said`, async () => {
      const { plan, table } = await read(european(cells));
      expect(values(table)).to.deep.equal(expected);
      expect(plan.notices).to.deep.equal([`x: numbers such as ${example}.`]);
    });
  }

  it('can be the label', async () => {
    const { plan, table } = await read('x;y\n1;4,60\n5;3.155,09\n3;1\n');
    expect(plan.problemType).to.equal('regression');
    expect([...table.target]).to.deep.equal([4.6, 3155.09, 1]);
  });

  it('that can be read either way are asked about, and --decimal decides', async () => {
    const text = 'x,y\n"1,234",a\n"2,345",b\n"3,000",a\n';
    expect(await complain(text)).to.equal(
      'Column "x" has numbers such as "1,234" (line 2), which can be 1234 or 1.234. --decimal . or --decimal , decides it; --categorical x treats the column as categories; --drop x leaves the column out.',
    );
    expect(values((await read(text, { decimal: '.' })).table)).to.deep.equal([1234, 2345, 3000]);
    expect(values((await read(text, { decimal: ',' })).table)).to.deep.equal([1.234, 2.345, 3]);
  });

  it('follow another column that leaves no doubt', async () => {
    expect(values((await read('x,z,y\n"1,234",4.60,a\n"2,345",1.5,b\n')).table)).to.deep.equal([1234, 2345]);
    expect(values((await read('x;z;y\n1.234;4,60;a\n2.345;1,5;b\n')).table)).to.deep.equal([1234, 2345]);
  });

  it('with three decimals after a point are what they seem, but with semicolons between the cells asked about', async () => {
    expect(values((await read('x,y\n1.234,a\n2.345,b\n')).table)).to.deep.equal([1.234, 2.345]);
    expect(await complain('x;y\n1.234;a\n2.345;b\n')).to.match(
      /"1\.234" \(line 2\), which can be 1\.234 or 1234\. --decimal/,
    );
  });

  it('are asked about where one column has decimal points and commas, or two units', async () => {
    expect(await complain('x;y\n4,60;a\n3.20;b\n1;a\n')).to.match(
      /^Column "x" has numbers with a decimal point and others with a decimal comma, such as "3\.20" \(line 3\) and "4,60" \(line 2\)\./,
    );
    for (const text of ['x;y\n€ 4;a\n$ 3;b\n', 'x;y\n12 %;a\n0.12;b\n']) {
      expect(await complain(text)).to.match(/^Column "x" mixes units, .*--numeric x ignores the units/);
      expect((await read(text, { numeric: ['x'] })).plan.features[0]?.type).not.to.equal('string');
    }
  });

  it('that --decimal does not fit are read as they can only be', async () => {
    const { table } = await read('x;z;y\n4.60;1,5;a\n3.20;2,5;b\n', { decimal: ',' });
    expect(table.columns.map((column) => [...column.values])).to.deep.equal([
      [4.6, 3.2],
      [1.5, 2.5],
    ]);
  });
});

describe('codes of digits', () => {
  it('are categories, with the true reason', async () => {
    const { plan, table } = await read(withColumn(repeat(['01234', '12345', '09999'])));
    expect(table.columns[0]?.categories).to.deep.equal(['01234', '12345', '09999']);
    expect(plan.notices).to.deep.equal([
      'x: digits with leading zeros, such as "01234" (line 2), are codes, not numbers.',
    ]);
  });

  it('are left out with the same reason where almost every row has its own', async () => {
    const { plan } = await read(withColumn(Array.from({ length: 60 }, (_, row) => `0${1000 + row}`)));
    expect(plan.features.map(({ name }) => name)).to.deep.equal(['n']);
    expect(plan.notices[0]).to.match(/^x: left out; almost every row .*"01000" \(line 2\); digits with leading zeros/);
  });

  it('are numbers where some have signs or decimals', async () => {
    for (const cells of [
      ['05', '-7', '12'],
      ['05', '7.5', '12'],
    ]) {
      const { plan } = await read(withColumn(repeat(cells)));
      expect(plan.features[0]?.categorical, cells.join()).to.equal(false);
    }
  });

  it('are numbers where --numeric says so', async () => {
    const { table } = await read(withColumn(repeat(['01234', '12345'])), { numeric: ['x'] });
    expect(values(table, 2)).to.deep.equal([1234, 12345]);
  });

  it('are too long for a number, and named as such', async () => {
    const { plan } = await read(withColumn(repeat([0, 1, 2, 3, 4, 5, 6].map((digit) => `9007199254740991${digit}`))));
    expect([plan.features[0]?.type, plan.features[0]?.survey.counts?.size]).to.deep.equal(['string', 7]);
    expect(plan.notices).to.deep.equal([
      'x: numbers of 16 digits or more, such as "90071992547409910" (line 2), are codes, not numbers.',
    ]);
  });

  it('are numbers where few are too long, which is said', async () => {
    const { plan } = await read(withColumn(repeat([0, 1, 2, 3, 4, 5, 6, 7, 8, '90071992547409911'])));
    expect(plan.features[0]?.type).to.equal('double');
    expect(plan.notices).to.deep.equal([
      'x: numbers of 16 digits or more, such as "90071992547409911" (line 11), are rounded.',
    ]);
  });

  it('are the classes of a label', async () => {
    const { plan } = await read(withColumn(repeat([1, 5]), (row) => ['01', '02'][row % 2]));
    expect([plan.problemType, plan.label.type, plan.label.classes]).to.deep.equal(['binary', 'string', ['01', '02']]);
  });
});

describe('a label', () => {
  for (const [spellings, classes, type] of [
    [['1.0', '0.0'], [0, 1], 'double'],
    [['1.000', '2.000', '3.000'], [1, 2, 3], 'double'],
    [['1', '0'], [0, 1], 'integer'],
    [['True', 'False'], ['False', 'True'], 'string'],
    [['TRUE', 'True', 'true', 'True', 'false'], ['True', 'false'], 'string'],
    [[' bad', 'bad', 'good '], ['bad', 'good'], 'string'],
  ] as const) {
    it(`of ${spellings.join(' and ')} has the classes ${classes.join(' and ')}`, async () => {
      const { plan, table } = await read(withColumn(repeat([1, 5]), (row) => spellings[row % spellings.length]));
      expect([plan.label.type, plan.label.classes]).to.deep.equal([type, classes]);
      expect(table.rowCount).to.equal(60);
    });
  }

  it('of thousands of texts is an identifier', async () => {
    const text = withColumn(
      Array.from({ length: 12_000 }, (_, row) => row % 7),
      (row) => `id ${row}`,
    );
    expect(await complain(text)).to.equal(
      'The label "y" has more than 10000 different values in 12000 rows, such as "id 0" (line 2): it looks like an identifier.',
    );
  });

  it('of fractions is a number', async () => {
    const { plan } = await read(withColumn(repeat([1, 5]), (row) => ['1.5', '0.0'][row % 2]));
    expect(plan.problemType).to.equal('regression');
  });

  it('with classes that look alike is warned about', async () => {
    const { plan } = await read(
      withColumn(repeat([1, 5]), (row) => ['Good', 'good', 'very bad', 'very  bad'][row % 4]),
    );
    expect(plan.warnings).to.deep.equal([
      'The classes "Good", "good"; "very bad", "very  bad" differ only by case, blanks or invisible characters.',
    ]);
    const invisible = await read(
      withColumn(repeat([1, 5]), (row) => ['caf\u00E9', 'cafe\u0301', 'ok', 'ok\u200B'][row % 4]),
    );
    expect(invisible.plan.warnings[0]).to.match(
      /^The classes "[^"]+", "[^"]+"; "ok", "ok\\u200b" differ only by case,/,
    );
  });

  it('that is missing in some rows is warned about first: how many, and why', async () => {
    const labels = ['None', 'low', '', 'high', 'NA'];
    const text = withColumn(repeat([1, 5]), (row) => labels[row % 5]);
    const { plan, table } = await read(text);
    expect(plan.warnings[0]).to.equal(
      '36 of 60 rows have no label in y and are left out: 12 empty; 24 with "None" (line 2) and "NA" (line 6). If that is a class, --missing "" keeps it.',
    );
    expect(table.rowCount).to.equal(24);
    expect((await read(text, { missing: [''] })).plan.label.classes).to.deep.equal(['NA', 'None', 'high', 'low']);
    expect((await read(text, { missing: ['NA'] })).plan.label.classes).to.deep.equal(['None', 'high', 'low']);
  });

  it('with one value and rows without a label says what was left out, and how to keep it', async () => {
    const text = withColumn(repeat([1, 5]), (row) => ['yes', 'None', 'yes'][row % 3]);
    expect(await complain(text)).to.equal(
      'The label "y" has the same value in every row that has one, "yes" (line 2); there is nothing to learn. 20 of 60 rows have no label in y and are left out: 20 with "None" (line 3). If that is a class, --missing "" keeps it.',
    );
    expect((await read(text, { missing: [''] })).plan.label.classes).to.deep.equal(['None', 'yes']);
  });

  it('has a marker as a class where the options that are proposed are given', async () => {
    for (const [marker, labels, keys] of [
      ['NA', ['true', 'false', 'NA'], { missing: [''] }],
      ['-', ['0', '1', '0', '-'], { missing: [''], categorical: ['y'] }],
      ['NaN', ['0', '1', '0', 'NaN'], { missing: [''], categorical: ['y'] }],
    ] as const) {
      const text = withColumn(repeat([1, 5]), (row) => labels[row % labels.length]);
      const { plan } = await read(text);
      const options = 'categorical' in keys ? '--missing "" --categorical y' : '--missing ""';
      expect(plan.warnings[0]).to.match(new RegExp(`If that is a class, ${options} keeps it\\.$`));
      expect((await read(text, keys)).plan.label.classes).to.include(marker);
    }
  });

  it('of booleans in several spellings says which are the same', async () => {
    const { plan } = await read(withColumn(repeat([1, 5]), (row) => ['TRUE', 'False', 'TRUE', 'true'][row % 4]));
    expect(plan.label.classes).to.deep.equal(['False', 'TRUE']);
    expect(plan.notices).to.include('y: "TRUE", "true" are the same, "TRUE".');
  });

  it('of numbers with a few other cells is no identifier: they are named', async () => {
    const toLabel = (text: string) => withColumn(repeat([1, 5]), (row) => (row % 20 === 5 ? text : 100 + row * 1.5));
    expect(await complain(toLabel('abc'))).to.equal(
      'The label "y" has 57 numbers, and 3 cells that cannot be read as numbers: "abc" (line 7). --missing abc or --numeric y leaves out those rows; --categorical y treats its texts as classes.',
    );
    for (const [text, keys, why] of [
      ['-', {}, '3 with "-" (line 7). If that is a class, --missing "" --categorical y keeps it'],
      ['abc', { numeric: ['y'] }, '3 with "abc" (line 7), which cannot be read'],
    ] as const) {
      const { plan, table } = await read(toLabel(text), keys);
      expect(plan.problemType).to.equal('regression');
      expect(plan.warnings).to.deep.equal([`3 of 60 rows have no label in y and are left out: ${why}.`]);
      expect(table.rowCount).to.equal(57);
    }
  });
});

describe('features', () => {
  it('of booleans are booleans in any case, and texts are the same with blanks around them', async () => {
    const { plan, table } = await read(
      toCsv(
        ['flag', 'plan', 'y'],
        Array.from({ length: 12 }, (_, row) => [
          ['True', 'TRUE', 'false', ' False'][row % 4],
          ['plus', ' plus', 'basic\t'][row % 3],
          'ab'[(row >> 1) % 2],
        ]),
      ),
    );
    expect(plan.features.map(({ type }) => type)).to.deep.equal(['boolean', 'string']);
    expect(table.columns[1]?.categories).to.deep.equal(['plus', 'basic']);
    expect(plan.notices).to.deep.equal(['Blanks around the texts of plan do not count, as in " plus" (line 3).']);
  });

  it('with texts that differ only by case are named', async () => {
    const { plan } = await read(withColumn(repeat(['LA', 'la', 'NY'])));
    expect(plan.notices).to.deep.equal(['x: "LA", "la" differ only by case, blanks or invisible characters.']);
  });

  it('that are numbers with a unit are texts, and that is said', async () => {
    const { plan } = await read(withColumn(repeat(['0 kg', '1 kg', '2 kg'])));
    expect(plan.features[0]?.type).to.equal('string');
    expect(plan.notices).to.deep.equal([
      'x: numbers with a unit, such as "0 kg" (line 2), are texts; without "kg" they would be numbers.',
    ]);
    const mixed = await read(withColumn(repeat(['0 kg', '2 kg', '1 lb'])));
    expect(mixed.plan.notices).to.deep.equal([]);
  });

  it('must be left: the reason is said where none is', async () => {
    const text = 'y,x\n1,3\n2,4\n1,3\n2,4\n';
    expect(await complain(text, { drop: ['x'] })).to.equal(
      'No column is left to learn from. --features and --drop leave out all others.',
    );
    expect(await complain('y\n1\n2\n1\n2\n')).to.equal(
      'No column is left to learn from. The label is the only column of the file.',
    );
  });

  it('that are left out are named with the reason and the first cell', async () => {
    for (const [cells, reason] of [
      [repeat(['same']), 'it has the same value in every row, "same" (line 2)'],
      [Array.from({ length: 60 }, (_, row) => row + 7), 'it counts the rows, from "7" (line 2) on'],
      [
        Array.from({ length: 60 }, (_, row) => `id ${row}`),
        'almost every row has a different text, such as "id 0" (line 2)',
      ],
      [repeat(['23.11.2026', '24.11.2026']), 'it holds dates, such as "23.11.2026" (line 2)'],
    ] as const) {
      const { plan } = await read(withColumn(cells));
      expect(plan.features.map(({ name }) => name)).to.deep.equal(['n']);
      expect(plan.notices[0]).to.include(`x: left out; ${reason}`);
    }
  });

  it('may be named with blanks and commas, in the file and in options', async () => {
    const text = ' a,"b, c",y \n4,1,no\n7,2,yes\n4,9,yes\n';
    const names = async (keys: Partial<TrainingChoices>) =>
      (await read(text, keys)).plan.features.map(({ name }) => name);
    expect(await names({ drop: ['b, c'] })).to.deep.equal([' a']);
    expect(await names({ features: ['a,"b, c"'] })).to.deep.equal([' a', 'b, c']);
    expect((await read(text, { categorical: ['a'] })).plan.features[0]?.categorical).to.equal(true);
  });
});

describe('dates', () => {
  const withDates = (cells: readonly string[]) => withColumn(repeat(cells));

  it('are learned from where --dates asks for it', async () => {
    const { plan, table } = await read(withDates(['2026-11-23', 'n.a.', '2026-01-01T10:00:00']), { dates: true });
    expect(plan.features[0]).to.deep.include({ type: 'string', nullable: true });
    expect(plan.features[0]?.dates).to.deep.equal({ order: 'dmy', since: Date.UTC(2026, 0, 1) / 86_400_000 });
    expect(table.columns[0]?.categories).to.deep.equal(['2026-11-23', '2026-01-01T10:00:00']);
  });

  it('are asked about where either number can be the day', async () => {
    expect(await complain(withDates(['01/02/2026', '03/04/2026']), { dates: true })).to.match(
      /^Column "x" has dates such as "01\/02\/2026" \(line 2\), of which either number can be the day\. --date-order dmy or --date-order mdy decides it;/,
    );
    for (const [keys, since] of [
      [{ dateOrder: 'dmy' }, Date.UTC(2026, 1, 1)],
      [{ dateOrder: 'mdy' }, Date.UTC(2026, 0, 2)],
    ] as const) {
      const { plan } = await read(withDates(['01/02/2026', '03/04/2026']), { dates: true, ...keys });
      expect(plan.features[0]?.dates).to.deep.equal({ order: keys.dateOrder, since: since / 86_400_000 });
    }
  });

  it('of the other order than the one that is given or most have are named with the option that reads them', async () => {
    const american = withColumn(Array.from({ length: 60 }, (_, row) => `${1 + (row % 12)}/${13 + (row % 9)}/2026`));
    expect(await complain(american, { dates: true, dateOrder: 'dmy' })).to.match(
      /cells? that cannot be read as dates: .* and others\. --date-order mdy reads them; --categorical x/,
    );
    const odd = withColumn(Array.from({ length: 60 }, (_, row) => (row === 3 ? 'soon' : `${13 + (row % 9)}/3/2026`)));
    expect(await complain(odd, { dates: true })).to.not.include('--date-order');
  });

  it('have the order that one of them shows', async () => {
    const { plan } = await read(withDates(['01/02/2026', '01/23/2026']), { dates: true });
    expect(plan.features[0]?.dates?.order).to.equal('mdy');
  });

  it('with other texts among them are asked about, where they are learned from', async () => {
    const cells = ['2026-11-23', '2026-01-01', '2026-02-01', '2026-03-01', 'soon'];
    expect(await complain(withDates(cells), { dates: true })).to.match(
      /^Column "x" has 48 dates, and 12 cells that cannot be read as dates: "soon" \(line 6\)\. --missing soon treats/,
    );
    expect((await read(withDates(cells))).plan.features.map(({ name }) => name)).to.deep.equal(['n']);
  });

  it('of eight digits are numbers, and that is said', async () => {
    const { plan } = await read(withDates(['20261123', '20260101', '20260201']));
    expect(plan.features[0]?.type).to.equal('integer');
    expect(plan.notices[0]).to.match(/^x: numbers such as "20261123" \(line 2\) look like dates/);
  });
});
