import { expect } from 'chai';
import { toTrainingStatistics } from '../../training/training-statistics.ts';
import { readText } from '../support/training.ts';

describe('the training statistics', () => {
  it('equal those computed by hand', async () => {
    const text = 'x,color,y\n1,red,no\n2,blue,yes\n4,red,yes\n8,red,no\n';
    const { table, plan } = await readText(text, { label: 'y' });
    const { fairness_configuration, explainability_configuration: explained } = toTrainingStatistics(table, plan);
    expect(explained).to.deep.include({
      feature_columns: ['x', 'color'],
      categorical_columns: ['color'],
      class_labels: ['no', 'yes'],
      categorical_columns_encoding_mapping: { 1: ['red', 'blue'] },
      categorical_counts: { 1: { red: 3, blue: 1 } },
      base_values: { 0: 3, 1: 'red' },
      mins: { 0: 1 },
      maxs: { 0: 8 },
      d_bins: { 0: [1.75, 3, 5] },
      d_means: { 0: [1, 2, 4, 8] },
      d_stds: { 0: [1e-11, 1e-11, 1e-11, 1e-11] },
    });
    expect(explained.stds['0']).to.be.closeTo(Math.sqrt(7.1875), 1e-12);
    const [, color] = fairness_configuration.distributions;
    expect(color?.class_labels[0]).to.deep.equal({
      label: 'red',
      counts: [
        { class_value: 'no', count: 2 },
        { class_value: 'yes', count: 1 },
      ],
    });
  });

  it('contain no range twice when quartiles are equal', async () => {
    const { table, plan } = await readText('x,y\n0,a\n0,b\n0,a\n0,b\n0,a\n7,b\n', { label: 'y' });
    const [x] = toTrainingStatistics(table, plan).fairness_configuration.distributions;
    expect(x?.class_labels.map(({ label, counts }) => [label, ...counts.map(({ count }) => count)])).to.deep.equal([
      ['[0, 7]', 3, 3],
    ]);
  });
});
