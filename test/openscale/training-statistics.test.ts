import { expect } from 'chai';
import { join } from 'node:path';
import { toResource } from '../../handlers/deployment-resource.ts';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import { parseComparedGroups, toFairnessParameters } from '../../openscale/fairness.ts';
import { toOpenScaleStatistics, writtenStatisticsSchema } from '../../openscale/training-statistics.ts';
import { SAMPLES } from '../support/engine.ts';

const URL_OF_ENGINE = 'https://models.example.com/engine';
const toDistribution = (attribute: string) => ({
  attribute,
  class_labels: [{ label: 'Biscoe', counts: [{ class_value: 'Adelie', count: 44 }] }],
});
const WRITTEN = {
  common_configuration: { problem_type: 'multiclass', label_column: 'species' },
  fairness_configuration: { distributions: ['island', 'sex', 'body_mass'].map(toDistribution) },
  explainability_configuration: { feature_columns: ['island'], base_values: { '0': 'Biscoe' } },
};

interface Merged {
  readonly common_configuration: Readonly<Record<string, unknown>>;
  readonly fairness_configuration: Readonly<Record<'parameters' | 'distributions', unknown>>;
  readonly explainability_configuration: unknown;
}

/** Merges the statistics written at training with a deployment and the user's choices. */
async function merge(id: string, groups: readonly string[], favourable: readonly string[]) {
  const deployment = await loadDeployment(join(SAMPLES, id), { allowModules: false });
  const parameters = toFairnessParameters(groups.map(parseComparedGroups), favourable, deployment.file);
  const statistics = toOpenScaleStatistics(
    writtenStatisticsSchema.parse(WRITTEN),
    deployment,
    URL_OF_ENGINE,
    parameters,
  ) as Merged;
  return { statistics, parameters, properties: toResource(deployment, URL_OF_ENGINE).entity.asset_properties };
}

describe('the training statistics for OpenScale', () => {
  it('combine those of training with what the deployment publishes', async () => {
    const { statistics, properties } = await merge('penguins', [], []);
    expect(statistics.common_configuration).to.deep.equal({
      ...WRITTEN.common_configuration,
      prediction: 'prediction',
      probability: 'probability',
      input_data_schema: properties.input_data_schema,
    });
    expect(statistics.explainability_configuration).to.deep.equal(WRITTEN.explainability_configuration);
  });

  it('have no probability column for a regression', async () => {
    const { statistics } = await merge('car-mileage', [], []);
    expect(statistics.common_configuration).to.include({ prediction: 'prediction' }).and.not.have.key('probability');
  });

  it('keep all distributions when no groups are compared', async () => {
    const { statistics, parameters } = await merge('penguins', [], ['Adelie']);
    const { distributions } = WRITTEN.fairness_configuration;
    expect(statistics.fairness_configuration).to.deep.equal({ parameters, distributions });
  });

  it('keep only the distributions of attributes whose groups are compared', async () => {
    const groups = ['sex=MALE:FEMALE', 'body_mass=4000..6300:2700..3999'];
    const { statistics, parameters } = await merge('penguins', groups, ['Adelie', 'Gentoo']);
    const distributions = ['sex', 'body_mass'].map(toDistribution);
    expect(statistics.fairness_configuration).to.deep.equal({ parameters, distributions });
    expect(parameters.unfavourable_class).to.deep.equal(['Chinstrap']);
  });
});
