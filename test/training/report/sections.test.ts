import { expect } from 'chai';
import { toReport } from '../../../training/report/report.ts';
import type { ReportInput } from '../../../training/report/section.ts';
import { readColumn, readTable, readTables, toText } from '../../support/html-tables.ts';
import { evaluateMade } from '../../support/made-training.ts';
import { buildUniform } from '../../support/training.ts';

const build = ({ file, result, command }: ReportInput) => toReport(file, result, command);

/**
 * Twelve held-out rows, whose probabilities of `bad` are those in test/training/curves.test.ts; of the training rows, a
 * quarter is bad.
 */
const HELD_OUT: [label: string, probability: number][] = [
  ['good', 0.1],
  ['good', 0.4],
  ['bad', 0.35],
  ['bad', 0.8],
  ['good', 0.4],
  ['bad', 0.9],
  ['good', 0.2],
  ['bad', 0.6],
  ['bad', 0.4],
  ['good', 0.7],
  ['good', 0.05],
  ['bad', 0.4],
];
const BINARY = {
  header: ['p', 'city', 'risk'],
  rows: [
    ...Array.from({ length: 40 }, (_, row) => [
      row / 41 + 0.001,
      row < 5 ? '' : ['Rome', 'Oslo', 'Bonn'][row % 3],
      row % 4 === 0 ? 'bad' : 'good',
    ]),
    ...HELD_OUT.map(([label, p], row) => [p, ['Rome', 'Oslo'][row % 2], label]),
  ],
  heldOut: HELD_OUT.length,
  choices: { label: 'risk' },
  toScore: ({ p }: Readonly<Record<string, unknown>>) => [p as number, 1 - (p as number)],
};

describe('the report of two classes', () => {
  it('is about the rarer class, unless another is named, and the order of the classes stays', async () => {
    const html = build(await evaluateMade(BINARY));
    expect(toText(html)).to.match(/Positive class\s*bad/);
    const table = readTable(html, 'Precision: the share');
    expect(readColumn(table, 'class')).to.deep.equal([
      'bad (positive)',
      'good',
      'mean of the classes',
      'weighted by rows',
    ]);
    const named = build(await evaluateMade({ ...BINARY, choices: { label: 'risk', positive: 'good' } }));
    expect(readColumn(readTable(named, 'Precision: the share'), 'class')[1]).to.equal('good (positive)');
    expect(named).to.include('If good is predicted from a probability on');
  });

  it('has the shares, precision, recall, F1 and areas of each class', async () => {
    const { head, lines } = readTable(build(await evaluateMade(BINARY)), 'Precision: the share');
    expect(head.slice(1)).to.deep.equal([
      'training rows',
      'share',
      'held out (support)',
      'share',
      'precision',
      'recall',
      'F1',
      'ROC AUC',
      'average precision',
    ]);
    // At 0.5, three of six bad rows are found, with one false alarm.
    expect(lines).to.deep.equal([
      ['bad (positive)', '10', '25.0 %', '6', '50.0 %', '0.7500', '0.5000', '0.6000', '0.7778', '0.7778'],
      ['good', '30', '75.0 %', '6', '50.0 %', '0.6250', '0.8333', '0.7143', '0.7778', '0.8083'],
      ['mean of the classes', '40', '100.0 %', '12', '100.0 %', '0.6875', '0.6667', '0.6571', '–', '–'],
      ['weighted by rows', '40', '100.0 %', '12', '100.0 %', '0.6875', '0.6667', '0.6571', '–', '–'],
    ]);
  });

  it('has the largest confusions first, and shares of the actual class', async () => {
    const html = build(await evaluateMade(BINARY));
    expect(readTable(html, 'The largest confusions').lines.map((line) => line.slice(0, 4))).to.deep.equal([
      ['bad', 'good', '3', '50.0 %'],
      ['good', 'bad', '1', '16.7 %'],
    ]);
    expect(readTable(html, 'Shares of each actual class').lines).to.deep.equal([
      ['bad', '50.0 % 3', '50.0 % 3', '6'],
      ['good', '16.7 % 1', '83.3 % 5', '6'],
    ]);
  });

  it('has the thresholds of the positive class', async () => {
    const table = readTable(build(await evaluateMade(BINARY)), 'If bad is predicted from a probability on');
    const line = (threshold: string) => table.lines.find(([first]) => first === threshold)?.slice(1);
    expect(line('0.4000')).to.deep.equal([
      ...['8', '5', '3', '1', '3'],
      ...['0.6250', '0.8333', '0.5000', '0.7143', '0.6667', ''],
    ]);
    expect(line('0.3500')?.at(-1)).to.equal('highest F1');
    expect(line('0.9900')?.slice(5, 7)).to.deep.equal(['–', '0.0000']);
  });

  it('has gains by tenths, and the calibration with counts', async () => {
    const html = build(await evaluateMade(BINARY));
    const gains = readTable(html, 'If the rows with the highest probability of bad are taken first');
    expect(gains.lines[0]?.slice(0, 8)).to.deep.equal(['1', '1', '0.9000', '1.0', '100.0 %', '2.00', '16.7 %', '2.00']);
    expect(gains.lines.at(-1)?.slice(6, 8)).to.deep.equal(['100.0 %', '1.00']);
    const bins = readTable(html, 'Probabilities of bad');
    expect(readColumn(bins, 'rows')).to.deep.equal(['1', '1', '1', '1', '4', '0', '1', '1', '1', '1']);
    expect(bins.lines[4]).to.deep.equal(['0.4 to 0.5', '4', '33.3 %', '0.4000', '0.5000', '0.1000']);
    expect(bins.lines[5]).to.deep.equal(['0.5 to 0.6', '0', '0.0 %', '–', '–', '–']);
  });

  it('has the metrics with intervals that contain them, and four decimals everywhere', async () => {
    const { head, lines } = readTable(build(await evaluateMade(BINARY)), 'On 12 held-out rows');
    expect(head).to.deep.equal(['metric', 'model', '95 % from', 'to', 'majority class']);
    expect(lines.map(([name, value]) => [name, value]).slice(0, 3)).to.deep.equal([
      ['Accuracy', '0.6667'],
      ['Balanced accuracy', '0.6667'],
      ['ROC AUC', '0.7778'],
    ]);
    for (const [name, ...numbers] of lines) {
      for (const number of numbers) expect(number, name).to.match(/^\d+\.\d{4}$/);
      const [value = 0, low = 0, high = 0] = numbers.map(Number);
      if (name !== 'Calibration error') expect(value, name).to.be.within(low, high);
    }
  });

  it('says loudly, before all else, that the model does not beat its baseline', async () => {
    const input = await evaluateMade({ ...BINARY, toScore: () => [0.3, 0.7] });
    expect(build(input)).to.match(
      /<main>\s*<section id="verdict" [^>]*class="alert"><h2 [^>]*>Not shown to be better than its baseline<\/h2><p class="loud">The model does not beat its baseline: its accuracy is 0\.5000/,
    );
    const better = await evaluateMade(makeMany(5));
    expect(build(better)).not.to.include('id="verdict"');
  });

  it('has missing cells by column, the hyperparameters and the command', async () => {
    const html = build(await evaluateMade(BINARY));
    const columns = readTable(html, 'missing cells among the 52 rows');
    expect(columns.lines.map((line) => line.slice(0, 4))).to.deep.equal([
      ['p', 'double', '0', '0.0 %'],
      ['city', 'string', '5', '9.6 %'],
    ]);
    expect(readTable(html, 'Hyperparameters of the kind random-forest').lines).to.deep.equal([['trees', '5']]);
    expect(html).to.include('<pre>custom-ml-engine train made.csv</pre>');
  });

  it('names what was left out, and why, before the figures', async () => {
    const html = build(
      await evaluateMade({
        ...BINARY,
        header: ['n', ...BINARY.header],
        rows: BINARY.rows.map((row, at) => [at + 1, ...row]),
      }),
    );
    expect(html.indexOf('n: left out; it counts the rows')).to.be.within(
      0,
      html.indexOf('Metrics on held-out rows</h2>'),
    );
  });

  it('compares the kinds, and says which figures are of which model', async () => {
    const figure = (mean: number) => ({ mean, std: mean / 10 });
    const result: Partial<ReportInput['result']> = {
      isRefitted: true,
      outOfBag: { accuracy: 0.61, log_loss: 0.7 },
      crossValidation: {
        metric: 'log_loss',
        folds: 5,
        rows: 40,
        chosen: 'random-forest',
        candidates: [
          { kind: 'random-forest', metrics: { accuracy: figure(0.7), log_loss: figure(0.5) }, folds: 5, seconds: 2.34 },
          { kind: 'gradient-boosting', metrics: {}, folds: 0, seconds: 0, note: 'The <budget> ended before it.' },
        ],
      },
    };
    const html = build(await evaluateMade({ ...BINARY, result }));
    const { head, lines } = readTable(html, 'of 5 folds of the 40 training rows');
    expect(head).to.deep.equal(['kind', 'Log loss (decides)', 'Accuracy', 'folds', 'seconds', 'note']);
    expect(lines).to.deep.equal([
      ['random-forest (chosen)', '0.5000 ± 0.0500', '0.7000 ± 0.0700', '5', '2.3', ''],
      ['gradient-boosting', '–', '–', '0', '0.0', 'The <budget> ended before it.'],
    ]);
    const metrics = readTable(html, 'On 12 held-out rows');
    expect(readColumn(metrics, 'out of bag')).to.deep.equal(['0.6100', '–', '–', '0.7000', '–', '–']);
    expect(html).to.include('These are the figures of the model that learned from the training rows alone.');
    expect(toText(html)).to.match(/Served model\s*learned once more, from all 52 rows/);
    const single = {
      metric: 'log_loss' as const,
      folds: 5,
      rows: 30,
      chosen: 'random-forest' as const,
      candidates: [{ kind: 'random-forest' as const, metrics: { log_loss: { mean: 0.5 } }, folds: 1, seconds: 9 }],
    };
    const alone = build(await evaluateMade({ ...BINARY, result: { crossValidation: single } }));
    expect(readTable(alone, 'of 5 folds of 30 of the 40 training rows').lines).to.deep.equal([
      ['random-forest', '0.5000', '1', '9.0'],
    ]);
    expect(alone).to.include('>Cross-validation</h2>').and.not.to.include('(chosen)').and.not.to.include('decides');
  });
});

/** Rows of many classes, of which a model is sure, and a few times wrong. */
function makeMany(
  classCount: number,
  toName = (index: number) => `class ${String(index).padStart(3, '0')}`,
  rowsPerClass = 2,
) {
  const isWrong = (row: number) => row % 7 === 0;
  return {
    header: ['row', 'kind'],
    rows: Array.from({ length: 2 * rowsPerClass * classCount }, (_, row) => [row * 1.5, toName(row % classCount)]),
    heldOut: rowsPerClass * classCount,
    choices: { label: 'kind', problemType: 'multiclass' as const },
    toScore: (cells: Readonly<Record<string, unknown>>) => {
      const row = (cells['row'] as number) / 1.5;
      const predicted = (row + (isWrong(row) ? 1 : 0)) % classCount;
      return Array.from({ length: classCount }, (_, index) => (index === predicted ? 0.5 : 0.5 / (classCount - 1)));
    },
  };
}

describe('the report of many classes', () => {
  it('has a matrix of up to 30 classes, whose columns have numbers, and no thresholds', async () => {
    const html = build(await evaluateMade(makeMany(30)));
    const { head, lines } = readTable(html, 'in percent; columns have the numbers of the classes');
    expect(head).to.deep.equal([
      'actual \\ predicted',
      ...Array.from({ length: 30 }, (_, index) => String(index + 1)),
      'rows',
    ]);
    expect(lines[0]?.[0]).to.equal('1 class 000');
    expect(lines.map((line) => line.slice(1, -1).reduce((sum, share) => sum + Number(share), 0))).to.deep.equal(
      lines.map(() => 100),
    );
    expect(html).not.to.include('id="thresholds"');
    expect(html).to.include('The 8 most frequent of 30 classes, each against all others.');
    expect(readTable(html, 'Probabilities of the predicted class').lines).to.have.length(10);
  });

  it('of more classes has the largest confusions and every class', async () => {
    const html = build(await evaluateMade(makeMany(120)));
    expect(html).not.to.include('columns have the numbers');
    expect(readTable(html, 'The largest confusions').lines.map((line) => line.slice(2, 4))).to.deep.include([
      '1',
      '50.0 %',
    ]);
    const table = readTable(html, 'Precision: the share');
    expect(table.lines).to.have.length(122);
    expect(table.head).not.to.include('ROC AUC');
  });

  it('stays below 1 MB of 1000 classes with names of 200 characters', async () => {
    const html = build(
      await evaluateMade(makeMany(1000, (index) => `${String(index).padStart(4, '0')} ${'x'.repeat(195)}`, 1)),
    );
    expect(html.length).to.be.below(1_000_000);
    expect(readTable(html, 'Precision: the share').lines).to.have.length(1002);
    expect(html)
      .to.include(`title="0000 ${'x'.repeat(195)}"`)
      .and.to.include(`>0000 ${'x'.repeat(26)}…<`);
  });

  it('says that no row was given a wrong class', async () => {
    const made = makeMany(3);
    const sure = (cells: Readonly<Record<string, unknown>>) =>
      [0, 1, 2].map((index) => (index === ((cells['row'] as number) / 1.5) % 3 ? 1 : 0));
    expect(build(await evaluateMade({ ...made, toScore: sure }))).to.include(
      'No held-out row was given a wrong class.',
    );
  });
});

describe('the report of a regression', () => {
  // Predictions 0 to 39, with errors of +2 and -1 in turn.
  const made = {
    header: ['p', 'shop', 'sales'],
    rows: [
      ...Array.from({ length: 20 }, (_, row) => [row + 0.25, 'ab'[row % 2], row * 2 + 0.5]),
      ...Array.from({ length: 40 }, (_, row) => [row, 'ab'[row % 2], row + (row % 2 === 0 ? 2 : -1)]),
    ],
    heldOut: 40,
    choices: { label: 'sales', problemType: 'regression' as const },
    toScore: ({ p }: Readonly<Record<string, unknown>>) => p as number,
  };

  it('has predicted against actual, with their spread, by tenths', async () => {
    const html = build(await evaluateMade(made));
    const { lines } = readTable(html, 'By tenths of the predictions');
    expect(lines).to.have.length(10);
    // Predicted 0, 1, 2, 3; actual 2, 0, 4, 2.
    expect(lines[0]).to.deep.equal(['0.00 to 3.00', '4', '1.50', '2.00', '1.41']);
  });

  it('has the residuals, and errors by ranges of predictions and of actual values', async () => {
    const html = build(await evaluateMade(made));
    const residuals = new Map(
      readTable(html, 'Residuals: actual minus predicted').lines.map(([name, value]) => [name, value]),
    );
    expect(residuals.get('mean')).to.equal('0.50');
    expect(residuals.get('standard deviation')).to.equal('1.50');
    expect([residuals.get('min'), residuals.get('max'), residuals.get('75 %')]).to.deep.equal([
      '-1.00',
      '2.00',
      '2.00',
    ]);
    expect(residuals.get('share within 1 standard deviation')).to.equal('0.5000');
    expect(readTable(html, 'Errors by tenths of the predictions').lines[0]).to.deep.equal([
      ...['0.00 to 3.00', '4', '1.50', '0.50'],
      ...['1.50', '1.50', '1.58'],
    ]);
    // The actual values 0, 2, 2, 4, 4 are those of the predictions 1, 0, 3, 2, 5.
    expect(readTable(html, 'Errors by tenths of the actual values').lines[0]?.slice(0, 4)).to.deep.equal([
      ...['0.00 to 4.00', '5', '2.20', '0.20'],
    ]);
  });

  it('has the metrics and the distribution of the label', async () => {
    const html = build(await evaluateMade(made));
    const metrics = readTable(html, 'On 40 held-out rows');
    expect(metrics.head.at(-1)).to.equal('mean');
    expect(metrics.lines.map((line) => line.slice(0, 2))).to.deep.equal([
      ['RMSE', '1.5811'],
      ['MAE', '1.5000'],
      ['R²', '0.9813'],
    ]);
    const label = readTable(html, 'Distribution of sales').lines;
    expect(label[0]).to.deep.equal([
      ...['label, training rows', '20', '19.50', '11.53', '0.50'],
      ...['10.00', '19.50', '29.00', '38.50'],
    ]);
    expect(html).not.to.include('id="classes"').and.not.to.include('id="confusion"');
  });

  it('compares groups by the median, and says what it compares', async () => {
    const html = build(await evaluateMade(made));
    expect(toText(html)).to.include('Too few rows to compare').and.to.include('shop: a (20)');
    const large = build(
      await evaluateMade({
        ...made,
        rows: [...made.rows, ...Array.from({ length: 80 }, (_, row) => [row + 0.5, 'ab'[row % 2], row])],
        heldOut: 120,
      }),
    );
    expect(readTable(large, 'Favourable: more than 19.5 is predicted').lines[0]?.slice(0, 3)).to.deep.equal([
      'shop',
      'a',
      '60',
    ]);
    expect(large).to.include('above the median of the training rows');
  });
});

describe('every report', () => {
  it('has headings in order, named columns and rows, and charts with a description', async () => {
    const next = buildUniform(1);
    const regression = {
      header: ['x', 'label'],
      rows: Array.from({ length: 60 }, () => [next(), 5 * next()]),
      heldOut: 30,
      choices: { label: 'label' },
      toScore: () => 2,
    };
    for (const made of [BINARY, makeMany(12), regression]) {
      const html = build(await evaluateMade(made));
      const levels = [...html.matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
      expect(levels[0]).to.equal(1);
      levels.forEach((level, at) => expect(level - (levels[at - 1] ?? 0)).to.be.at.most(1));
      for (const [table] of html.matchAll(/<table.*?<\/table>/gs)) {
        expect(table).to.match(/^<table[^>]*><caption>./);
        expect(table.match(/<th (?!scope="(col|row)")/g) ?? []).to.deep.equal([]);
        expect(table.match(/<th scope="row">/g)).to.have.length((table.match(/<tr/g) ?? []).length - 1);
      }
      for (const [svg] of html.matchAll(/<figure><svg[^>]*>/g)) expect(svg).to.match(/role="img" aria-label="[^"]+/);
      const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).to.equal(ids.length);
      for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).to.include(target);
      expect(html).not.to.match(/NaN|Infinity|undefined/);
    }
  });

  it('has every feature in the importances, and cuts long names with all of them in a title', async () => {
    const names = Array.from({ length: 45 }, (_, column) => `${'a very long name of a column '.repeat(2)}${column}`);
    const html = build(
      await evaluateMade({
        header: ['p', ...names, 'risk'],
        rows: BINARY.rows.map(([p, , label], row) => [p, ...names.map((_, at) => (row * row + row * at) % 11), label]),
        heldOut: 12,
        choices: BINARY.choices,
        toScore: BINARY.toScore,
      }),
    );
    const { lines } = readTable(html, 'The rise of the log loss');
    expect(lines).to.have.length(46);
    expect(lines[0]?.[0]).to.equal('p');
    for (const name of names) expect(html).to.include(`title="${name}"`);
  });

  it('has of many notices the first at the top, and the others at the end', async () => {
    const constants = Array.from({ length: 25 }, (_, column) => `same${column}`);
    const html = build(
      await evaluateMade({
        ...BINARY,
        header: [...constants, ...BINARY.header],
        rows: BINARY.rows.map((row) => [...constants, ...row]),
      }),
    );
    const [top, end] = [html.indexOf('same0: left out'), html.indexOf('same24: left out')];
    expect(top).to.be.within(0, html.indexOf('id="metrics"'));
    expect(end).to.be.above(html.indexOf('id="settings"'));
    expect(toText(html)).to.include('5 more at the end of the report.');
    for (const name of constants) expect(html.split(`${name}: left out`)).to.have.length(2);
  });

  it('shows the lowest of very many disparate impacts', async () => {
    const attributes = Array.from({ length: 12 }, (_, column) => `a${column}`);
    const rows = Array.from({ length: 1700 }, (_, row) => [
      row + 0.5,
      ...attributes.map((_, at) => `v${(row * (at + 1)) % 17}`),
      row % 3 === 0 ? 'bad' : 'good',
    ]);
    const html = build(
      await evaluateMade({
        header: ['n', ...attributes, 'risk'],
        rows,
        heldOut: 1600,
        choices: { label: 'risk' },
        toScore: ({ a0 }) => (a0 === 'v3' || a0 === 'v4' ? [0.9, 0.1] : [0.4, 0.6]),
      }),
    );
    expect(html).to.include('The 300 lowest of 408 comparisons are shown.');
    const shown = readTables(html).filter(({ caption }) => caption.startsWith('Favourable:'));
    expect(shown.flatMap(({ lines }) => lines)).to.have.length(300);
  });

  it('has no precision of a class that is never predicted, and no recall of one without rows', async () => {
    const made = makeMany(4);
    const html = build(
      await evaluateMade({
        ...made,
        rows: made.rows.map(([n, kind], row) => [n, row >= 8 && kind === 'class 003' ? 'class 002' : kind]),
        toScore: ({ row }) => ((row as number) % 3 === 0 ? [0.7, 0.1, 0.1, 0.1] : [0.1, 0.1, 0.7, 0.1]),
      }),
    );
    const { lines } = readTable(html, 'Precision: the share');
    expect(lines[1]?.slice(5, 8)).to.deep.equal(['–', '0.0000', '0.0000']);
    expect(lines[3]?.slice(3, 8)).to.deep.equal(['0', '0.0 %', '–', '–', '–']);
  });

  it('shows names with control characters and marks of direction as what they are', async () => {
    const rows = BINARY.rows.map(([p, , label]) => [p, label === 'bad' ? 'b\u202Ead\u0007' : 'good']);
    const html = build(await evaluateMade({ ...BINARY, header: ['p', 'risk'], rows }));
    for (const character of ['\u202E', '\u0007']) expect(html).not.to.include(character);
    expect(readTables(html).some(({ lines }) => lines.some(([name]) => name?.includes('\\u202ead\\u0007')))).to.equal(
      true,
    );
  });
});
