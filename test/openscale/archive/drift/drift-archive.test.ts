import { expect } from 'chai';
import { toDriftArchive, type DriftBaseline } from '../../../../openscale/archive/drift/drift-archive.ts';
import { toDriftColumn, toUncountedColumn, type DriftInput } from '../../../../openscale/archive/drift/drift-column.ts';

type Json = Readonly<Record<string, unknown>>;
type Files = Readonly<Record<string, Json>>;

const ROWS = 1000;
const fill = (toValue: (row: number) => number) => Float64Array.from({ length: ROWS }, (_, row) => toValue(row));
const feature = (name: string, dataType: DriftInput['dataType'], toValue: (row: number) => number): DriftInput => ({
  name,
  role: dataType === 'str' || dataType === 'bool' ? 'categorical' : 'feature',
  dataType,
  values: fill(toValue),
  ...(dataType === 'str' && { texts: Array.from({ length: ROWS }, (_, index) => `t${index}`) }),
});
const LABEL = { ...feature('risk', 'str', (row) => row % 2), role: 'label' } as const;
const PREDICTION = { ...LABEL, name: 'prediction', role: 'prediction', isDiscrete: true } as const;

function write(features: readonly DriftInput[], options: Partial<DriftBaseline> = {}): Files {
  const entries = toDriftArchive({
    problemType: 'binary',
    rows: ROWS,
    columns: [...features, LABEL, PREDICTION].map(toDriftColumn),
    probability: undefined,
    classes: ['t0', 't1'],
    labels: ['t0', 't1'],
    importances: new Map(features.map(({ name }, index) => [name, 1 - index / 100])),
    ...options,
  });
  return Object.fromEntries([...entries].map(({ name, content }) => [name, JSON.parse(String(content)) as Json]));
}

const operations = (files: Files) =>
  (files['summary.json']?.['operations'] as { name: string }[]).map(({ name }) => name);
const columnOf = (files: Files, name: string) => (files['summary.json']?.['columns'] as Files)[name];
const statisticsOf = (files: Files, kind: string, name: string) =>
  files[`operations/${kind}/${kind}_${name}.json`]?.['statistics'] as Files;

describe('a drift archive', () => {
  it('counts each column, and each important pair for the values of the first', () => {
    const files = write([feature('city', 'str', (row) => row % 4), feature('age', 'int', (row) => row % 60)]);
    expect(operations(files)).to.deep.equal([
      'discrete_feature_counts_city',
      'continuous_feature_counts_age',
      'discrete_feature_counts_risk',
      'discrete_feature_counts_prediction',
      'discrete_discrete_feature_counts_prediction_city',
      'discrete_discrete_feature_counts_city_prediction',
      'discrete_continuous_feature_counts_prediction_age',
      'discrete_continuous_feature_counts_city_age',
    ]);
    const pairs = statisticsOf(files, 'discrete_discrete_feature_counts', 'city_prediction');
    expect(Object.keys(pairs)).to.deep.equal(
      [0, 1, 2, 3].map((city) => `discrete_statistics_prediction_city_t${city}`),
    );
    expect(pairs['discrete_statistics_prediction_city_t3']).to.deep.include({
      count: 250,
      frequency_counts: { fields: ['t1'], values: [250] },
      source_value: 't3',
    });
  });

  it('divides numbers into bins of a third of the width of Freedman and Diaconis', () => {
    const files = write([
      feature('age', 'int', (row) => row % 60),
      feature('rate', 'float', (row) => (row % 100) / 10),
    ]);
    // 2 × 30 / ∛1000 / 3, and 2 × 4.95 / ∛1000 / 3.
    expect(columnOf(files, 'age')).to.deep.include({ bin_width: 2, iqr: 30, min: 0, max: 59, distinct_count: 60 });
    expect(columnOf(files, 'rate')).to.deep.include({ bin_width: 0.33, iqr: 4.95, data_type: 'float' });
    const { continuous_statistics_age: statistics } = statisticsOf(files, 'continuous_feature_counts', 'age');
    const counts = statistics?.['frequency_counts'] as { fields: number[]; values: number[] };
    expect([counts.fields.length, counts.fields.at(-1), counts.values[0]]).to.deep.equal([30, 58, 34]);
    expect(statistics?.['summary']).to.deep.include({ min: 0, max: 59, is_integer: true });
  });

  it('divides numbers in pairs as Python does, which puts some at the end of a bin', () => {
    // 0.9 / 0.1 is 9 when it is rounded; 0.9 // 0.1 is 8.
    const { cells } = toDriftColumn(feature('rate', 'float', (row) => (row % 30) / 10));
    if (cells?.kind !== 'continuous') throw new Error('expected bins');
    expect(cells.binWidth).to.equal(0.1);
    expect(cells.fields[cells.codes[9] as number]).to.equal(0.9);
    expect(cells.fields[cells.pairedCodes[9] as number]).to.equal(0.8);
    expect(cells.fields[cells.pairedCodes[1] as number]).to.equal(0.1);
  });

  it('takes few different numbers as they are, and those of a prediction always or never', () => {
    const few = (count: number) => feature(`of ${count}`, 'float', (row) => (row % count) + 0.5);
    const files = write([few(10), few(11)]);
    expect(columnOf(files, 'of 10')).to.include({ bin_width: 0 });
    expect(columnOf(files, 'of 11')).to.include({ bin_width: 0.4 });
    const keys = Object.keys(statisticsOf(files, 'discrete_discrete_feature_counts', 'of 10_prediction'));
    expect(keys).to.include('discrete_statistics_prediction_of 10_0.5');
    const classes = toDriftColumn({ ...feature('p', 'int', (row) => row % 40), role: 'prediction', isDiscrete: true });
    expect(classes.cells?.kind).to.equal('discrete');
  });

  it('looks at quantiles further out where the quartiles are the same', () => {
    const files = write([feature('loss', 'float', (row) => (row < 800 ? 0 : row - 800))]);
    const { percentiles, iqr } = columnOf(files, 'loss') as { percentiles: Json; iqr: number };
    expect(Object.keys(percentiles)).to.deep.equal(['0.25', '0.5', '0.75', '0.125', '0.875']);
    expect(iqr).to.be.closeTo(74.125, 1e-9);
  });

  it('warns of what it cannot use, in the words of IBM', () => {
    const files = write([
      feature('sparse', 'float', (row) => (row < 990 ? 0 : row)),
      feature('id', 'str', (row) => row),
      feature('fine', 'str', (row) => row % 3),
    ]);
    const { feature_drift } = files['messages.json'] as {
      feature_drift: { warning: { code: string; parameters: unknown[] }[] };
    };
    expect(feature_drift.warning.map(({ code, parameters }) => [code, parameters])).to.deep.equal([
      ['sparse_data', ['feature_drift', 'sparse']],
      ['large_unique_categories', ['feature_drift', 'id', ROWS, ROWS, 1, 0.8]],
    ]);
    expect(JSON.stringify(files['messages.json'])).to.include('[1000] to the total count [1000] is 1.0.');
    for (const name of ['sparse', 'id']) {
      expect(columnOf(files, name)).to.include({ is_eligible_for_operation: false, is_eligible_for_insights: false });
      expect(operations(files).filter((operation) => operation.includes(name))).to.deep.equal([]);
    }
    expect(files).to.not.have.property('version');
    expect(Object.keys(write([feature('fine', 'str', (row) => row % 3)]))).to.not.include('messages.json');
  });

  it('does not warn of the label, and warns of the prediction as output', () => {
    const constant = (role: 'label' | 'prediction') =>
      toDriftColumn({ ...feature(role, 'float', () => 1), role, isDiscrete: false });
    const files = write([], {
      problemType: 'regression',
      classes: undefined,
      columns: [constant('label'), constant('prediction')],
    });
    expect(files['messages.json']).to.have.all.keys('output_drift');
  });

  it('says how many categories are too many', () => {
    const rows = 13_000;
    const column = toDriftColumn({
      name: 'code',
      role: 'categorical',
      dataType: 'str',
      values: Float64Array.from({ length: rows }, (_, row) => row % 10_001),
      texts: Array.from({ length: 10_001 }, (_, index) => `c${index}`),
    });
    const files = write([], { rows, columns: [column] });
    expect(JSON.stringify(files['messages.json'])).to.include('unique values [10001] is too high');
  });

  it('counts values alone that are all rare, and leaves rare ones out of pairs', () => {
    const files = write([
      feature('many', 'str', (row) => row % 150),
      feature('some', 'str', (row) => (row < 9 ? 1 : row < 19 ? 2 : 3)),
    ]);
    expect(operations(files).filter((name) => name.includes('many'))).to.deep.equal(['discrete_feature_counts_many']);
    expect(columnOf(files, 'many')).to.include({ is_eligible_for_operation: true, is_eligible_for_insights: false });
    const pairs = statisticsOf(files, 'discrete_discrete_feature_counts', 'some_prediction');
    expect(Object.keys(pairs).map((name) => name.slice(-2))).to.deep.equal(['t2', 't3']);
  });

  it('pairs the ten most important features, and describes no more than it counts', () => {
    const features = Array.from({ length: 12 }, (_, index) =>
      feature(`f${index}`, 'bool', (row) => Number(row % (index + 2) === 0)),
    );
    const files = write(features, { importances: new Map(features.map(({ name }, index) => [name, index])) });
    expect(files['summary.json']?.['most_important_features']).to.deep.equal(
      Array.from({ length: 10 }, (_, index) => `f${11 - index}`),
    );
    expect(operations(files)).to.include('discrete_feature_counts_f0');
    expect(operations(files)).to.not.include('discrete_discrete_feature_counts_prediction_f0');
    for (const dataType of ['int', 'str', 'bool'] as const) {
      const { summary, cells } = toUncountedColumn({ name: 'x', role: 'feature', dataType });
      expect(cells).to.equal(undefined);
      expect('bin_width' in summary).to.equal(dataType === 'int');
    }
  });

  it('has the probabilities of each class, and none in one bin for a value', () => {
    const probability = (index: number): DriftInput => ({
      ...feature(`Class Probability for t${index}`, 'float', (row) => (row % 2 === index ? 0.9 : (row % 100) / 200)),
      role: 'probability_score',
      isDiscrete: false,
    });
    const columns = [LABEL, PREDICTION, probability(0), probability(1)].map(toDriftColumn);
    const files = write([], { columns, probability: 'probability' });
    expect(Object.keys(files['summary.json']?.['schema'] as Json)).to.deep.equal([
      'risk',
      'prediction',
      'probability',
      'Class Probability for t0',
      'Class Probability for t1',
    ]);
    expect(columnOf(files, 'Class Probability for t1')).to.deep.include({
      type: 'probability',
      distinct_count: -1,
      prediction: 't1',
      probability_index: 1,
    });
    const pairs = statisticsOf(files, 'discrete_continuous_feature_counts', 'prediction_Class Probability for t1');
    expect(Object.keys(pairs)).to.deep.equal(['continuous_statistics_Class Probability for t1_prediction_t0']);
  });
});
