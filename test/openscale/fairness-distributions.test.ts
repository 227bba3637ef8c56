import { expect } from 'chai';
import { CommandError } from '../../errors/command-error.ts';
import { toFairnessDistributions } from '../../openscale/fairness-distributions.ts';
import { parseComparedGroups, toFairnessParameters } from '../../openscale/fairness.ts';
import type { WrittenStatistics } from '../../openscale/written-statistics.ts';
import { catchError, toClassifier, toFile } from '../support/deployment.ts';

type Outcomes = WrittenStatistics['outcomes'];
type Values = Outcomes['features'][number]['values'];

interface Distribution {
  readonly attribute: string;
  readonly class_labels: readonly { readonly label: unknown; readonly counts: readonly { readonly count: number }[] }[];
}

const columns = [
  { name: 'age', type: 'double' },
  { name: 'town', type: 'string' },
];
const LOAN = toFile({ columns, ...toClassifier('granted', 'refused') });
const RENT = toFile({ columns });

/** One row of each value, whose labels take turns. */
function toOutcomes(attribute: string, values: Values, labels: Outcomes['labels'] = ['granted', 'refused']): Outcomes {
  const counts = values.map((_, index): [number, number][] => [[index % labels.length, 1]]);
  return { rows: values.length, labels, features: [{ attribute, values, counts }] };
}

function distribute(
  outcomes: Outcomes,
  groups: string,
  file = LOAN,
  favourable: readonly string[] = ['granted'],
  unfavourable: readonly string[] = [],
) {
  const parameters = toFairnessParameters({ groups: [parseComparedGroups(groups)], favourable, unfavourable }, file);
  if (!parameters) throw new Error('no parameters');
  const { distributions, training_data_distributions } = toFairnessDistributions(outcomes, parameters, file.label);
  const [attribute, label] = distributions as [Distribution, object];
  return { attribute, label, groups: training_data_distributions.values };
}

const sum = (counts: readonly { readonly count: number }[]) => counts.reduce((total, { count }) => total + count, 0);

describe('fairness distributions', () => {
  it('list up to 45 numbers one by one', () => {
    const { attribute } = distribute(toOutcomes('age', [18, 19.5, 26]), 'age=26..75:18..25');
    expect(attribute).to.deep.equal({
      attribute: 'age',
      min: 18,
      max: 26,
      class_labels: [
        { label: 18, counts: [{ class_value: 'granted', count: 1 }] },
        { label: 19.5, counts: [{ class_value: 'refused', count: 1 }] },
        { label: 26, counts: [{ class_value: 'granted', count: 1 }] },
      ],
    });
  });

  it('put more numbers into up to 50 ranges, with the bounds of the groups among them', () => {
    const ages = Array.from({ length: 120 }, (_, index) => 5 + index / 2);
    const { attribute } = distribute(toOutcomes('age', ages), 'age=26..70:18..25');
    const ranges = attribute.class_labels.map(({ label }) => JSON.parse(String(label)) as [number, number]);
    expect(ranges.length).to.be.within(40, 50);
    expect(sum(attribute.class_labels.flatMap(({ counts }) => counts))).to.equal(120);
    const starts = ranges.map(([start]) => start);
    const ends = ranges.map(([, end]) => end);
    expect(starts).to.include.members([5, 18, 26]);
    expect(ends).to.include.members([25, 70, 17.5]);
    for (const [low, high, rows] of [
      [18, 25, 15],
      [26, 70, 78],
    ] as const) {
      const inside = attribute.class_labels.filter((_, index) => {
        const [start, end] = ranges[index] as [number, number];
        return start >= low && end <= high;
      });
      expect(sum(inside.flatMap(({ counts }) => counts))).to.equal(rows);
    }
    // 25.5 is in neither group.
    expect(ranges).to.deep.include([25.5, 25.5]);
  });

  it('divide a column that is kept in ranges where one of these ends', async () => {
    const values = Array.from({ length: 100 }, (_, index): [number, number] => [10 * index + 1, 10 * index + 9]);
    const outcomes = toOutcomes('age', values);
    const { groups } = distribute(outcomes, 'age=100..1000:0..99.5');
    expect(groups.map(([, group, label, count]) => [group, label, count])).to.deep.equal([
      [[100, 1000], 'granted', 45],
      [[100, 1000], 'refused', 45],
      [[0, 99.5], 'granted', 5],
      [[0, 99.5], 'refused', 5],
    ]);
    for (const [text, bounds] of [
      ['age=105..1000:0..50', 'at 105; the nearest possible bound is 101 or 111'],
      ['age=100..1000:0..15', 'at 15; the nearest possible bound is 9 or 19'],
    ] as const) {
      const { message } = await catchError(CommandError, () => distribute(outcomes, text));
      expect(message).to.equal(`--fairness: "age": the statistics of the training data cannot be divided ${bounds}`);
    }
  });

  it('count the rows of a regression in the chosen ranges of its label', () => {
    const outcomes = toOutcomes('town', ['Bonn', 'Ulm', 'Köln', 'Essen'], [5, [10, 12], 20]);
    const { attribute, label, groups } = distribute(outcomes, 'town=Bonn,Ulm,Essen:Köln', RENT, ['10..30'], ['0..9']);
    expect(attribute.class_labels).to.deep.equal([
      { label: 'Bonn', counts: [{ class_value: '[0, 9]', count: 1 }] },
      { label: 'Essen', counts: [{ class_value: '[0, 9]', count: 1 }] },
      { label: 'Köln', counts: [{ class_value: '[10, 30]', count: 1 }] },
      { label: 'Ulm', counts: [{ class_value: '[10, 30]', count: 1 }] },
    ]);
    expect(label).to.deep.equal({
      attribute: 'target',
      is_class_label: true,
      distinct_values: [
        [10, 30],
        [0, 9],
      ],
    });
    expect(groups).to.deep.equal([
      ['town', 'Bonn', '0-9', 1, false, 'reference'],
      ['town', 'Ulm', '10-30', 1, true, 'reference'],
      ['town', 'Essen', '0-9', 1, false, 'reference'],
      ['town', 'Köln', '10-30', 1, true, 'monitored'],
    ]);
  });

  it('describe a label of numbers by its bounds, and one of texts by its values', () => {
    const outcomes = toOutcomes('town', ['Bonn', 'Ulm'], [3, 1]);
    const numbers = toFile({ columns, ...toClassifier(3, 1) });
    expect(distribute(outcomes, 'town=Bonn:Ulm', numbers, ['3']).label).to.deep.equal({
      attribute: 'target',
      is_class_label: true,
      min: 1,
      max: 3,
    });
    expect(distribute(toOutcomes('town', ['Bonn', 'Ulm']), 'town=Bonn:Ulm').label).to.deep.equal({
      attribute: 'target',
      is_class_label: true,
      distinct_values: ['granted', 'refused'],
    });
  });

  it('are computed of any number of classes, labels and values', () => {
    const many = Array.from({ length: 200_000 }, (_, index) => index);
    const numbers = toFile({ columns, ...toClassifier('no', 'yes') });
    const label = { name: 'target', type: 'integer' as const, classes: many };
    const outcomes = toOutcomes('town', ['Bonn', 'Ulm'], [0, 1]);
    expect(distribute(outcomes, 'town=Bonn:Ulm', { ...numbers, label }, ['0'], ['1']).label).to.deep.include({
      min: 0,
      max: 199_999,
    });
    const rent = toOutcomes('age', many, many);
    const { attribute } = distribute(rent, 'age=0..99999:100000..199999', RENT, ['0..99'], ['100..199999']);
    expect(sum(attribute.class_labels.flatMap(({ counts }) => counts))).to.equal(200_000);
  });

  it('are computed without reading the labels or the counts again for each class', () => {
    let reads = 0;
    const countReads = <Item>(list: Item[]): Item[] =>
      new Proxy(list, {
        get: (target, key, receiver) => {
          if (typeof key === 'string' && key !== 'length' && key in target && !(key in Array.prototype)) reads += 1;
          return Reflect.get(target, key, receiver) as unknown;
        },
      });
    const classes = Array.from({ length: 1000 }, (_, index) => `class ${index}`);
    const pairs = classes.map((_, index): [number, number] => [index, 1]);
    const features = [{ attribute: 'town', values: ['Bonn', 'Ulm'], counts: [countReads(pairs), countReads(pairs)] }];
    const outcomes = { rows: 2000, labels: countReads(classes), features };
    const file = toFile({ columns, ...toClassifier(...classes) });
    const { attribute, groups } = distribute(
      outcomes,
      'town=Bonn:Ulm',
      file,
      classes.slice(0, 400),
      classes.slice(400),
    );
    expect(sum(attribute.class_labels.flatMap(({ counts }) => counts))).to.equal(2000);
    expect(groups).to.have.length(2000);
    expect(reads).to.be.within(5000, 10_000);
  });

  it('are not computed of training data without complete rows', async () => {
    const none = { ...toOutcomes('town', []), rows: 0 };
    expect((await catchError(CommandError, () => distribute(none, 'town=Bonn:Ulm'))).message).to.equal(
      '--fairness: every row of the training data has a missing cell',
    );
  });
});
