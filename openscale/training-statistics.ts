/** The training statistics of a deployment in OpenScale's format (training_distribution.json). */
import { toResource } from '../handlers/deployment-resource.ts';
import type { Deployment } from '../models/deployment.ts';
import { IMPACT_THRESHOLD } from '../models/disparate-impact.ts';
import type { FairnessParameters } from './fairness.ts';
import { toFairnessDistributions } from './fairness-distributions.ts';
import type { WrittenStatistics } from './written-statistics.ts';

/** The keys that a configuration of IBM's has; a monitor is created for each configuration that is there. */
export interface OpenScaleStatistics {
  readonly common_configuration: object;
  readonly explainability_configuration?: object;
  readonly fairness_configuration?: object;
}

/**
 * Completes the statistics computed at training with what the deployment publishes and the groups that the user chose, if
 * any. The result has the keys that IBM's own TrainingStats (ibm-watson-openscale) writes; a monitor is created for each
 * configuration that is in it.
 * @throws {CommandError} as toFairnessDistributions does
 */
export function toOpenScaleStatistics(
  { common_configuration, explainability_configuration, outcomes }: WrittenStatistics,
  deployment: Deployment,
  url: string,
  parameters: FairnessParameters | undefined,
): OpenScaleStatistics {
  const { asset_properties: properties } = toResource(deployment, url).entity;
  return {
    common_configuration: {
      ...common_configuration,
      prediction: properties.prediction_field,
      probability: properties.probability_fields ?? null,
      input_data_schema: properties.input_data_schema,
      training_data_schema: properties.training_data_schema,
      output_data_schema: properties.output_data_schema,
      feature_columns: properties.feature_fields,
      categorical_columns: properties.categorical_fields,
      enable_quality: true,
      enable_fairness: parameters !== undefined,
      enable_explainability: explainability_configuration !== undefined,
      enable_drift_v2: true,
      enable_drift: false,
    },
    ...(explainability_configuration && { explainability_configuration }),
    ...(parameters && { fairness_configuration: toFairnessConfiguration(outcomes, parameters, deployment) }),
  };
}

function toFairnessConfiguration(
  outcomes: WrittenStatistics['outcomes'],
  parameters: FairnessParameters,
  { file }: Deployment,
): object {
  const { distributions, training_data_distributions } = toFairnessDistributions(outcomes, parameters, file.label);
  return {
    parameters: {
      ...parameters,
      training_data_distributions,
      training_data_records_count: outcomes.rows,
      training_data_class_label: file.label.name,
      training_data_last_processed_time: file.modified_at.replace('T', ' ').replace('Z', ''),
    },
    distributions,
    thresholds: [
      {
        metric_id: 'fairness_value',
        type: 'lower_limit',
        value: 100 * IMPACT_THRESHOLD,
        specific_values: parameters.features.map(({ feature, threshold }) => ({
          value: 100 * threshold,
          applies_to: [{ type: 'tag', key: 'feature', value: feature }],
        })),
      },
    ],
  };
}
