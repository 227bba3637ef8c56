import { expect } from 'chai';
import { toTrainingStatistics, type TrainingStatistics } from '../../training/training-statistics.ts';
import { readText, toCsv } from '../support/training.ts';
import type { TrainingChoices } from '../../training/training-choices.ts';

async function compute(text: string, choices: Partial<TrainingChoices> = {}): Promise<TrainingStatistics> {
  const { table, plan } = await readText(text, { label: 'y', ...choices });
  return toTrainingStatistics(table, plan);
}

async function explain(text: string, choices: Partial<TrainingChoices> = {}) {
  const { explainability_configuration } = await compute(text, choices);
  expect(explainability_configuration).to.not.equal(undefined);
  return explainability_configuration as NonNullable<typeof explainability_configuration>;
}

/** A table of one feature, x, whose label alternates. */
const toText = (values: readonly unknown[]) =>
  toCsv(
    ['x', 'y'],
    values.map((value, row) => [value, 'ab'[row % 2]]),
  );

describe('the statistics for explanations', () => {
  it('are those computed by hand', async () => {
    const explained = await explain('x,color,y\n1,red,no\n2,blue,yes\n4,red,yes\n8,red,no\n');
    expect(explained).to.deep.include({
      feature_columns: ['x', 'color'],
      categorical_columns: ['color'],
      class_labels: ['no', 'yes'],
      categorical_columns_encoding_mapping: { 1: ['blue', 'red'] },
      categorical_counts: { 1: { red: 3, blue: 1 } },
      feature_values: { 0: [0, 1, 2, 3], 1: [1, 0] },
      feature_frequencies: { 0: [1, 1, 1, 1], 1: [3, 1] },
      base_values: { 0: 3, 1: 'red' },
      mins: { 0: 1 },
      maxs: { 0: 8 },
      d_bins: { 0: [1.75, 3, 5] },
      d_means: { 0: [1, 2, 4, 8] },
      d_stds: { 0: [1e-11, 1e-11, 1e-11, 1e-11] },
      d_mins: { 0: [1, 1.75, 3, 5] },
      d_maxs: { 0: [1.75, 3, 5, 8] },
    });
    expect(explained.stds['0']).to.be.closeTo(Math.sqrt(7.1875), 1e-12);
  });

  it('have categories in ascending order, and codes in the order of their first rows', async () => {
    const texts = await explain(toText(['b', 'Z', 'ä', '\u{1f600}', '\uffee', 'b']));
    expect(texts.categorical_columns_encoding_mapping).to.deep.equal({ 0: ['Z', 'b', 'ä', '\uffee', '\u{1f600}'] });
    expect([texts.feature_values, texts.feature_frequencies]).to.deep.equal([
      { 0: [1, 0, 2, 4, 3] },
      { 0: [2, 1, 1, 1, 1] },
    ]);
    const numbers = await explain(toText([10, 9, 2, 10]), { categorical: ['x'] });
    expect(numbers.categorical_columns_encoding_mapping).to.deep.equal({ 0: [2, 9, 10] });
    expect([numbers.feature_values, numbers.categorical_counts]).to.deep.equal([
      { 0: [2, 1, 0] },
      { 0: { 2: 1, 9: 1, 10: 2 } },
    ]);
    const booleans = await explain(toText([true, false, true, true]));
    expect(booleans.categorical_columns_encoding_mapping).to.deep.equal({ 0: [false, true] });
    expect([booleans.feature_values, booleans.categorical_counts, booleans.base_values]).to.deep.equal([
      { 0: [1, 0] },
      { 0: { True: 3, False: 1 } },
      { 0: true },
    ]);
  });

  it('have the most frequent category as base value, the first of equally frequent ones', async () => {
    expect((await explain(toText(['b', 'a', 'c', 'a', 'b']))).base_values).to.deep.equal({ 0: 'b' });
  });

  it('have each quartile once, and one bin more than that, the last of which can be empty', async () => {
    const twice = await explain(toText([1, 1, 1, 1, 2, 3]));
    expect(twice).to.deep.include({
      d_bins: { 0: [1, 1.75] },
      d_means: { 0: [1, 0, 2.5] },
      d_mins: { 0: [1, 1, 1.75] },
      d_maxs: { 0: [1, 1.75, 3] },
      feature_values: { 0: [0, 2] },
      feature_frequencies: { 0: [4, 2] },
    });
    expect(twice.d_stds['0']).to.deep.equal([1e-11, 1e-11, 0.5 + 1e-11]);
    // The most frequent value is also the greatest.
    const constant = await explain(toText([0, 5, 5, 5, 5, 5, 5, 5]));
    expect(constant).to.deep.include({
      d_bins: { 0: [5] },
      d_means: { 0: [4.375, 0] },
      d_mins: { 0: [0, 5] },
      d_maxs: { 0: [5, 5] },
      feature_values: { 0: [0] },
      feature_frequencies: { 0: [8] },
    });
  });

  it('leave out every row that has a missing cell, as IBM’s do', async () => {
    const gaps = await explain('x,z,y\n1,a,no\n,b,no\n3,,yes\n5,a,yes\n,,no\n7,c,\n');
    expect(gaps).to.deep.include({
      mins: { 0: 1 },
      maxs: { 0: 5 },
      categorical_columns_encoding_mapping: { 1: ['a'] },
      feature_frequencies: { 0: [1, 1], 1: [2] },
    });
  });

  it('are missing where every row has a missing cell', async () => {
    const statistics = await compute('x,z,y\n1,,no\n,b,no\n3,,yes\n,a,yes\n');
    expect(statistics).to.not.have.property('explainability_configuration');
    expect(statistics.outcomes.rows).to.equal(0);
  });
});

describe('the outcomes', () => {
  it('are counted for each category and for each number', async () => {
    const { outcomes } = await compute('x,z,y\n1,b,no\n2,a,yes\n1,b,yes\n1,b,no\n,a,no\n');
    expect(outcomes).to.deep.equal({
      rows: 4,
      labels: ['no', 'yes'],
      features: [
        {
          attribute: 'x',
          values: [1, 2],
          counts: [
            [
              [0, 2],
              [1, 1],
            ],
            [[1, 1]],
          ],
        },
        {
          attribute: 'z',
          values: ['b', 'a'],
          counts: [
            [
              [0, 2],
              [1, 1],
            ],
            [[1, 1]],
          ],
        },
      ],
    });
  });

  it('are those of the labels of a regression, in ascending order', async () => {
    const { outcomes } = await compute('x,y\n1,2.5\n2,1.5\n1,1.5\n', { problemType: 'regression' });
    expect(outcomes.labels).to.deep.equal([1.5, 2.5]);
    expect(outcomes.features[0]?.counts).to.deep.equal([
      [
        [0, 1],
        [1, 1],
      ],
      [[0, 1]],
    ]);
  });

  it('are kept in about a thousand ranges of many numbers, which end at round ones', async () => {
    const values = Array.from({ length: 20_000 }, (_, row) => 1e5 * (((row * 7919) % 20_000) / 20_000) ** 2 + 0.25);
    const { features, rows } = (await compute(toText(values))).outcomes;
    const ranges = (features[0]?.values ?? []) as (number | [number, number])[];
    const bounds = ranges.map((value) => (typeof value === 'number' ? ([value, value] as const) : value));
    expect(ranges.length).to.be.within(900, 1100);
    const counted = features[0]?.counts.flat().reduce((sum, [, count]) => sum + count, 0);
    expect([rows, counted]).to.deep.equal([20_000, 20_000]);
    bounds.forEach(([min, max], index) => {
      expect(min).to.be.at.most(max);
      if (index > 0) expect(min).to.be.greaterThan(bounds[index - 1]?.[1] as number);
    });
    for (const round of [10, 100, 1000, 5000, 20_000, 50_000, 90_000])
      expect(
        bounds.some(([min, max]) => min < round && round <= max),
        String(round),
      ).to.equal(false);
  });

  it('have a range of its own for a round number that occurs', async () => {
    const values = Array.from({ length: 4000 }, (_, row) => row / 10);
    const { features } = (await compute(toText(values))).outcomes;
    for (const round of [100, 200, 300]) expect(features[0]?.values).to.include(round);
  });
});
