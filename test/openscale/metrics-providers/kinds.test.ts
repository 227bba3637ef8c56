/** The built-in providers: their numbers against those of Fairlearn, AIF360, scikit-learn and numpy (test/fixtures/metrics-providers/). */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { calibration } from '../../../openscale/metrics-providers/kinds/calibration.ts';
import { dataQuality } from '../../../openscale/metrics-providers/kinds/data-quality.ts';
import { groupFairness } from '../../../openscale/metrics-providers/kinds/group-fairness.ts';
import { populationStability } from '../../../openscale/metrics-providers/kinds/population-stability.ts';
import {
  ProviderError,
  type MetricGroup,
  type ProviderInput,
  type ProviderKind,
} from '../../../openscale/metrics-providers/provider-kind.ts';
import { providerKinds } from '../../../openscale/metrics-providers/provider-kinds.ts';
import { columnSchema } from '../../../models/deployment-file.ts';
import { writtenStatisticsSchema } from '../../../openscale/written-statistics.ts';

interface Reference {
  readonly versions: Record<string, string>;
  readonly fairness: {
    fields: string[];
    values: unknown[][];
    expected: Record<string, number>;
    groups: Record<string, Record<string, number>>;
    aif360?: Record<string, number>;
  }[];
  readonly calibration: {
    classes: string[];
    labels: string[];
    vectors: number[][];
    positive: string | null;
    expected: Record<string, number>;
  }[];
  readonly stability: Record<'before' | 'after', { age: number[]; kind: string[] }> & {
    expected: { age: number; kind: number };
  };
}
const reference = JSON.parse(
  readFileSync(new URL('../../fixtures/metrics-providers/reference.json', import.meta.url), 'utf8'),
) as Reference;

const toTable = (columns: Record<string, readonly unknown[]>) => ({
  rowCount: Object.values(columns)[0]?.length ?? 0,
  columns: new Map(Object.entries(columns)),
});
const toInput = (columns: Record<string, readonly unknown[]>, others: Partial<ProviderInput> = {}): ProviderInput => ({
  records: toTable(columns),
  baseline: undefined,
  label: 'label',
  prediction: 'prediction',
  probability: 'probability',
  classes: ['bad', 'good'],
  features: [],
  deployment: undefined,
  statistics: undefined,
  ...others,
});
const compute = <Parameters>(kind: ProviderKind<Parameters>, input: ProviderInput, parameters: object = {}) =>
  // The built-in ones do not wait for anything.
  kind.compute(input, kind.schema.parse(parameters)) as readonly MetricGroup[];
const complain = <Parameters>(...args: [ProviderKind<Parameters>, ProviderInput, object?]): string => {
  try {
    compute(...args);
  } catch (error) {
    expect(error).to.be.instanceOf(ProviderError);
    return (error as Error).message;
  }
  throw new Error('expected a failure');
};
const expectClose = (actual: MetricGroup | undefined, expected: Record<string, number>) => {
  for (const [name, value] of Object.entries(expected))
    expect(actual?.[name], name).to.be.closeTo(value, 1e-12 * Math.max(1, Math.abs(value)));
};
const byColumn = (rows: readonly unknown[][], fields: readonly string[]) =>
  Object.fromEntries(fields.map((field, index) => [field, rows.map((row) => row[index])]));

describe('group fairness', () => {
  const favourable = ['good'];
  for (const { fields, values, expected, groups, aif360 } of reference.fairness) {
    it(`has the numbers of Fairlearn for ${Object.keys(groups).length} groups`, () => {
      const [overall, ...own] = compute(groupFairness, toInput(byColumn(values, fields)), {
        attributes: ['group'],
        favourable,
      });
      expectClose(overall, expected);
      if (aif360) expectClose(overall, aif360);
      expect(own.map(({ group }) => group)).to.deep.equal(Object.keys(groups));
      for (const group of own) {
        expectClose(group, groups[group['group'] as string] ?? {});
        expect(group['attribute']).to.equal('group');
      }
    });
  }

  const small = {
    age: [20, 30, 40, 50, null, 70],
    label: ['good', 'bad', 'good', null, 'good', 'good'],
    prediction: ['good', 'good', 'bad', 'bad', 'good', 'good'],
  };
  it('compares the groups that are named, with ranges, and counts who is in none', () => {
    const attributes = [{ name: 'age', groups: { young: [[18, 30]], old: [[31, 60]] } }];
    const [overall, old, young] = compute(groupFairness, toInput(small), { attributes, favourable });
    expect(overall).to.include({ demographic_parity_difference: 1, demographic_parity_ratio: 0, groups_compared: 2 });
    // One has no age, and one is in no range.
    expect(overall).to.include({ records_without_group: 2 });
    expect([old?.['group_records'], young?.['group_records']]).to.deep.equal([2, 2]);
  });

  it('leaves out rates and comparisons that are undefined', () => {
    const attributes = [{ name: 'age', groups: { young: [[18, 30]], old: [[31, 60]] } }];
    const [overall, old] = compute(groupFairness, toInput(small), { attributes, favourable });
    // Of the old, nobody is selected, and no label is bad.
    expect(old).to.not.have.any.keys('group_precision', 'group_false_positive_rate');
    expect(overall).to.not.have.any.keys('predictive_parity_difference', 'equalized_odds_difference');
    expect(overall).to.include({ equal_opportunity_difference: 1 });
    const [never] = compute(groupFairness, toInput(small), { attributes, favourable: ['excellent'] });
    expect(never).to.include({ demographic_parity_difference: 0 }).and.not.have.property('demographic_parity_ratio');
  });

  it('needs no labels for the parity of predictions', () => {
    const { label: _, ...payload } = small;
    const [overall] = compute(groupFairness, toInput(payload), { attributes: ['age'], favourable });
    expect(overall).to.have.property('demographic_parity_difference');
    expect(overall).to.not.have.property('equal_opportunity_difference');
  });

  it('does not compare groups with too few records, and takes ranges of a regression as favourable', () => {
    const table = { sex: ['f', 'f', 'm', 'm', 'x'], label: [1, 5, 2, 6, 9], prediction: [4, 5, 1, 9, 9] };
    const parameters = { attributes: ['sex'], favourable: [[4, 10]], min_group_records: 2 };
    const [overall, ...own] = compute(groupFairness, toInput(table), parameters);
    expect(overall).to.include({ groups_compared: 2, demographic_parity_difference: 0.5 });
    expect(own).to.have.length(3);
  });

  it('says what it misses', () => {
    const parameters = { attributes: ['wage'], favourable };
    expect(complain(groupFairness, toInput(small), parameters)).to.equal(
      'attributes: the records have no column "wage".',
    );
    expect(complain(groupFairness, toInput({ age: [1] }), { ...parameters, attributes: ['age'] })).to.match(
      /no column "prediction"/,
    );
    expect(complain(groupFairness, toInput(small, { prediction: undefined }), parameters)).to.match(/prediction/);
    const ids = Array.from({ length: 101 }, (_, index) => index);
    expect(complain(groupFairness, toInput({ id: ids, prediction: ids }), { attributes: ['id'], favourable })).to.match(
      /more than 100 values; name its groups/,
    );
  });
});

describe('calibration', () => {
  for (const { classes, labels, vectors, positive, expected } of reference.calibration) {
    it(`has the numbers of scikit-learn for ${classes.length} classes${positive === null ? '' : ` and the positive class ${positive}`}`, () => {
      const input = toInput({ label: labels, probability: vectors }, { classes });
      const [measured] = compute(calibration, input, positive === null ? {} : { positive_class: positive });
      expectClose(measured, { ...expected, calibrated_records: labels.length, records_without_label: 0 });
    });
  }

  it('puts a probability that is a bound into the lower bin, and reads vectors that are text', () => {
    const input = toInput({ label: ['good', 'bad'], probability: ['[0.7, 0.3]', [0.7, 0.3]] });
    const [measured] = compute(calibration, input, { positive_class: 'good' });
    // Both are in (0.2, 0.3], where one of two is good.
    expect(measured?.['expected_calibration_error']).to.be.closeTo(0.2, 1e-12);
  });

  it('has a finite log loss where what was impossible has happened', () => {
    const [measured] = compute(calibration, toInput({ label: ['good'], probability: [[1, 0]] }));
    expect(measured?.['log_loss']).to.be.closeTo(-Math.log(2 ** -52), 1e-9);
    expect(measured).to.include({ maximum_calibration_error: 1, brier_score: 1 });
  });

  it('leaves out records without a label or without as many probabilities as classes', () => {
    const probability = [[0.5, 0.5], [0.5, 0.5], [1], '{', [0.2, 0.8], [0, 0]];
    const label = [null, 'other', 'good', 'good', 'good', 'bad'];
    const [measured] = compute(calibration, toInput({ label, probability }));
    expect(measured).to.include({ calibrated_records: 2, records_without_label: 4 });
  });

  it('says what it misses', () => {
    const table = { label: ['good'], probability: [[0.2, 0.8]] };
    expect(complain(calibration, toInput(table), { positive_class: 'x' })).to.match(/^positive_class: expected one/);
    expect(complain(calibration, toInput(table, { classes: undefined }))).to.match(/is of classes/);
    expect(complain(calibration, toInput(table, { label: undefined }))).to.match(/no column with the label/);
    expect(complain(calibration, toInput(table, { probability: undefined }))).to.match(/with the probabilities/);
    expect(complain(calibration, toInput({ ...table, label: [null] }))).to.match(/^No record has both/);
  });
});

describe('population stability', () => {
  const { before, after, expected } = reference.stability;
  const features = ['age', 'kind'];
  const times = { baseline_start: '2026-01-01T00:00:00Z', baseline_end: '2026-02-01T00:00:00Z' };

  it('has the numbers of numpy against earlier records', () => {
    const input = toInput(
      { ...after, prediction: after.kind },
      { features, baseline: toTable({ ...before, prediction: before.kind }) },
    );
    const [overall, age, kind] = compute(populationStability, input, times);
    expectClose(age, { population_stability_index: expected.age });
    expectClose(kind, { population_stability_index: expected.kind });
    expectClose(overall, {
      max_population_stability_index: expected.kind,
      mean_population_stability_index: (expected.age + expected.kind) / 2,
      prediction_stability_index: expected.kind,
      shifted_columns: 1,
      compared_columns: 2,
      population_records: 250,
    });
  });

  it('compares with the statistics of training', () => {
    const statistics = writtenStatisticsSchema.parse({
      common_configuration: {},
      explainability_configuration: {
        feature_columns: features,
        categorical_counts: { 1: { car: 60, tv: 40 } },
        d_bins: { 0: [30, 40, 50] },
        feature_values: { 0: [2, 0, 3, 1] },
        feature_frequencies: { 0: [40, 30, 10, 20] },
      },
      outcomes: {
        rows: 100,
        labels: ['bad', 'good'],
        features: [
          {
            attribute: 'kind',
            values: ['car', 'tv'],
            counts: [
              [
                [0, 20],
                [1, 40],
              ],
              [
                [0, 30],
                [1, 10],
              ],
            ],
          },
        ],
      },
    });
    const same = {
      age: [...new Array<number>(3).fill(30), 31, 40, ...new Array<number>(4).fill(45), 99],
      kind: [...new Array<string>(6).fill('car'), ...new Array<string>(4).fill('tv')],
      prediction: [...new Array<string>(5).fill('bad'), ...new Array<string>(5).fill('good')],
    };
    const [overall] = compute(populationStability, toInput(same, { features: [...features, 'other'], statistics }));
    expectClose(overall, { max_population_stability_index: 0, prediction_stability_index: 0, compared_columns: 2 });
    const moved = { ...same, prediction: new Array<string>(10).fill('good') };
    const [other] = compute(populationStability, toInput(moved, { features, statistics }));
    expectClose(other, { prediction_stability_index: 0.5 * Math.log(2) + (0.0001 - 0.5) * Math.log(0.0001 / 0.5) });
  });

  it('takes numbers as categories where the deployment does, and as quantiles where nobody says', () => {
    const columns = [columnSchema.parse({ name: 'code', type: 'integer', categories: [1, 2] })];
    const table = { code: [1, 1, 2, 2], age: ['1', '2', '3', null], prediction: [1, 2, 3, 4] };
    const input = toInput(table, {
      features: ['code', 'age'],
      baseline: toTable(table),
      deployment: { columns },
      classes: undefined,
    });
    const [overall] = compute(populationStability, input, { ...times, bins: 2 });
    expect(overall).to.include({ max_population_stability_index: 0, prediction_stability_index: 0 });
    const shifted = compute(
      populationStability,
      toInput({ code: [1.5, 1.5] }, { features: ['code'], baseline: toTable(table), deployment: { columns } }),
      times,
    );
    // 1.5 is no category that was there before.
    expect(shifted[0]?.['max_population_stability_index']).to.be.above(5);
  });

  it('says what it misses', () => {
    const input = toInput({ age: [1, 2], prediction: [1, 2] }, { features: ['age'] });
    expect(complain(populationStability, input)).to.match(/only deployments made by `train`.*baseline_start/);
    expect(complain(populationStability, input, { baseline_start: times.baseline_start })).to.match(/both of them/);
    const empty = { ...input, baseline: toTable({}) };
    expect(complain(populationStability, empty, times)).to.match(/no records from baseline_start/);
    const others = { ...input, baseline: toTable({ other: [1] }) };
    expect(complain(populationStability, others, times)).to.match(/No feature can be compared/);
    expect(complain(populationStability, others, { ...times, columns: ['age'] })).to.match(/nothing is known of "age"/);
    expect(complain(populationStability, others, { ...times, columns: ['x'] })).to.match(/no column "x"/);
    const blank = toInput({ age: [null, null] }, { features: ['age'], baseline: toTable({ age: [1] }) });
    expect(complain(populationStability, blank, times)).to.match(/none with values/);
  });
});

describe('data quality', () => {
  const columns = [
    columnSchema.parse({ name: 'age', type: 'integer', range: [18, 90] }),
    columnSchema.parse({ name: 'kind', type: 'string', categories: ['car', 'tv'] }),
    columnSchema.parse({ name: 'rate', type: 'double' }),
    columnSchema.parse({ name: 'new', type: 'boolean' }),
  ];
  const table = {
    age: [18, 91, 1.5, '20', null, 18, 17],
    kind: ['car', 'boat', 'tv', 3, '', 'car', 'car'],
    rate: [0.5, 1, 1, 1, undefined, 0.5, 0.5],
  };

  it('counts each kind of fault, per column and in all, and rows that are repeated', () => {
    const [overall, age, kind, rate] = compute(dataQuality, toInput(table, { deployment: { columns } }));
    expect(overall).to.deep.equal({
      checked_records: 7,
      faulty_records: 5,
      faulty_share: 5 / 7,
      duplicate_records: 1,
      missing_columns: 1,
      missing_values: 3,
      wrong_types: 3,
      unknown_categories: 1,
      out_of_range_values: 2,
    });
    expect(age).to.include({
      column_missing_values: 1,
      column_wrong_types: 2,
      column_out_of_range_values: 2,
      column: 'age',
    });
    expect(kind).to.include({ column_missing_values: 1, column_wrong_types: 1, column_unknown_categories: 1 });
    expect(rate).to.include({ column_missing_values: 1, column_wrong_types: 0 });
  });

  it('checks the columns that are chosen, and says what it misses', () => {
    const input = toInput(table, { deployment: { columns } });
    const [overall] = compute(dataQuality, input, { columns: ['rate'] });
    expect(overall).to.include({ faulty_records: 1, missing_columns: 0, duplicate_records: 4 });
    expect(complain(dataQuality, input, { columns: ['x'] })).to.match(/the deployment has no column "x"/);
    expect(complain(dataQuality, input, { columns: ['new'] })).to.match(/none of the columns/);
    expect(complain(dataQuality, toInput(table))).to.match(/does not have the deployment/);
  });
});

describe('the definition of each provider', () => {
  it('has every metric and tag that is computed, each with an id that is its name', () => {
    for (const [type, { metrics, tags }] of Object.entries(providerKinds)) {
      const names = [...metrics, ...tags].map(({ name }) => name);
      expect(new Set(names).size, type).to.equal(names.length);
      for (const name of names) expect(name).to.match(/^[a-z][a-z_]*$/);
    }
    const { values, fields } = reference.fairness[0] as Reference['fairness'][number];
    const groups = compute(groupFairness, toInput(byColumn(values, fields)), {
      attributes: ['group'],
      favourable: ['good'],
    });
    const known = [...groupFairness.metrics, ...groupFairness.tags].map(({ name }) => name);
    for (const group of groups) expect(known).to.include.members(Object.keys(group));
  });
});
