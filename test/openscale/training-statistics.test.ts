import { expect } from 'chai';
import { join } from 'node:path';
import { toResource } from '../../handlers/deployment-resource.ts';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import { parseComparedGroups, toFairnessParameters, type FairnessChoices } from '../../openscale/fairness.ts';
import { toOpenScaleStatistics } from '../../openscale/training-statistics.ts';
import { writtenStatisticsSchema } from '../../openscale/written-statistics.ts';
import { SAMPLES } from '../support/engine.ts';

const URL_OF_ENGINE = 'https://models.example.com/engine';
const WRITTEN = {
  common_configuration: { problem_type: 'multiclass', label_column: 'species' },
  explainability_configuration: { feature_columns: ['island'], base_values: { '0': 'Biscoe' } },
  outcomes: {
    rows: 8,
    labels: ['Adelie', 'Chinstrap', 'Gentoo'],
    features: [
      {
        attribute: 'sex',
        values: ['MALE', 'FEMALE'],
        counts: [
          [[0, 4]],
          [
            [0, 1],
            [2, 3],
          ],
        ],
      },
    ],
  },
};

interface Merged {
  readonly common_configuration: Readonly<Record<string, unknown>>;
  readonly fairness_configuration?: Readonly<Record<'distributions' | 'thresholds', unknown>> & {
    readonly parameters: Readonly<Record<string, unknown>>;
  };
  readonly explainability_configuration?: unknown;
}

/** Merges the statistics written at training with a deployment and the user's choices. */
async function merge(
  id: string,
  groups: readonly string[] = [],
  favourable: readonly string[] = [],
  written = {},
  others: Partial<FairnessChoices> = {},
) {
  const deployment = await loadDeployment(join(SAMPLES, id), { allowModules: false });
  const choices = { groups: groups.map(parseComparedGroups), favourable, unfavourable: [], ...others };
  const parameters = toFairnessParameters(choices, deployment.file);
  const statistics = toOpenScaleStatistics(
    writtenStatisticsSchema.parse({ ...WRITTEN, ...written }),
    deployment,
    URL_OF_ENGINE,
    parameters,
  ) as Merged;
  return { statistics, parameters, properties: toResource(deployment, URL_OF_ENGINE).entity.asset_properties };
}

describe('the training statistics for OpenScale', () => {
  it('combine those of training with what the deployment publishes', async () => {
    const { statistics, properties } = await merge('penguins');
    expect(statistics).to.deep.equal({
      common_configuration: {
        ...WRITTEN.common_configuration,
        prediction: 'prediction',
        probability: ['probability'],
        input_data_schema: properties.input_data_schema,
        training_data_schema: properties.training_data_schema,
        output_data_schema: properties.output_data_schema,
        feature_columns: properties.feature_fields,
        categorical_columns: properties.categorical_fields,
        enable_quality: true,
        enable_fairness: false,
        enable_explainability: true,
        enable_drift_v2: true,
        enable_drift: false,
      },
      explainability_configuration: WRITTEN.explainability_configuration,
    });
  });

  it('have null for the probability of a regression', async () => {
    const { statistics } = await merge('car-mileage');
    expect(statistics.common_configuration).to.include({ prediction: 'prediction', probability: null });
  });

  it('have no explanations where every row of the training data has a missing cell', async () => {
    const { statistics } = await merge('penguins', [], [], { explainability_configuration: undefined });
    expect(statistics).to.not.have.any.keys('explainability_configuration', 'fairness_configuration');
    expect(statistics.common_configuration).to.include({ enable_explainability: false });
  });

  it('have the chosen groups, their distributions and their thresholds', async () => {
    const { statistics, parameters } = await merge('penguins', ['sex=MALE:FEMALE'], ['Adelie']);
    expect(statistics.common_configuration).to.include({ enable_fairness: true });
    expect(statistics.fairness_configuration).to.deep.equal({
      parameters: {
        ...parameters,
        training_data_distributions: {
          fields: ['feature', 'feature_value', 'label', 'count', 'is_favourable', 'group'],
          values: [
            ['sex', 'MALE', 'Adelie', 4, true, 'reference'],
            ['sex', 'FEMALE', 'Adelie', 1, true, 'monitored'],
            ['sex', 'FEMALE', 'Gentoo', 3, false, 'monitored'],
          ],
        },
        training_data_records_count: 8,
        training_data_class_label: 'species',
        training_data_last_processed_time: '2026-11-23 00:00:00.000',
      },
      distributions: [
        {
          attribute: 'sex',
          distinct_values: ['FEMALE', 'MALE'],
          class_labels: [
            {
              label: 'FEMALE',
              counts: [
                { class_value: 'Adelie', count: 1 },
                { class_value: 'Gentoo', count: 3 },
              ],
            },
            { label: 'MALE', counts: [{ class_value: 'Adelie', count: 4 }] },
          ],
        },
        { attribute: 'species', is_class_label: true, distinct_values: ['Adelie', 'Chinstrap', 'Gentoo'] },
      ],
      thresholds: [
        {
          metric_id: 'fairness_value',
          type: 'lower_limit',
          value: 80,
          specific_values: [{ value: 80, applies_to: [{ type: 'tag', key: 'feature', value: 'sex' }] }],
        },
      ],
    });
  });

  for (const [thresholds, general, specific] of [
    [{ all: 0.57, of: new Map() }, 57, [57, 57]],
    [{ of: new Map([['sex', 0.9]]) }, 80, [90, 80]],
    [{ all: 0.7, of: new Map([['sex', 0.7]]) }, 70, [70, 70]],
  ] as const) {
    it(`have the thresholds of the user, ${specific.join(' and ')}, and ${general} for the rest`, async () => {
      const { outcomes } = WRITTEN;
      const island = { attribute: 'island', values: ['Biscoe', 'Dream'], counts: [[[0, 4]], [[1, 4]]] };
      const written = { outcomes: { ...outcomes, features: [...outcomes.features, island] } };
      const groups = ['sex=MALE:FEMALE', 'island=Biscoe:Dream'];
      const { statistics } = await merge('penguins', groups, ['Adelie'], written, { thresholds });
      const [threshold] = statistics.fairness_configuration?.thresholds as {
        value: number;
        specific_values: { value: number }[];
      }[];
      expect(threshold?.value).to.equal(general);
      expect(threshold?.specific_values.map(({ value }) => value)).to.deep.equal(specific);
    });
  }
});
