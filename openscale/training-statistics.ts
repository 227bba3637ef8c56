/** The training statistics of a deployment in OpenScale's format (training_distribution.json). */
import { z } from 'zod';
import { toResource } from '../handlers/deployment-resource.ts';
import type { Deployment } from '../models/deployment.ts';
import type { FairnessParameters } from './fairness.ts';

/** The parts of a deployment's training-statistics.json that are extended; everything else is passed through unchanged. */
export const writtenStatisticsSchema = z.object({
  common_configuration: z.record(z.string(), z.unknown()),
  fairness_configuration: z.object({ distributions: z.array(z.looseObject({ attribute: z.string() })) }),
  explainability_configuration: z.record(z.string(), z.unknown()),
});
export type WrittenStatistics = z.infer<typeof writtenStatisticsSchema>;

/**
 * Completes the statistics computed at training with what the deployment publishes and what the user chose. With fairness
 * groups, only the distributions of their attributes are included; without, all of them.
 */
export function toOpenScaleStatistics(
  statistics: WrittenStatistics,
  deployment: Deployment,
  url: string,
  parameters: FairnessParameters,
): object {
  const { asset_properties: properties } = toResource(deployment, url).entity;
  const compared = new Set(parameters.features.map(({ feature }) => feature));
  const { distributions } = statistics.fairness_configuration;
  return {
    common_configuration: {
      ...statistics.common_configuration,
      prediction: properties.prediction_field,
      ...(properties.prediction_probability_field && { probability: properties.prediction_probability_field }),
      input_data_schema: properties.input_data_schema,
    },
    fairness_configuration: {
      parameters,
      distributions:
        compared.size === 0 ? distributions : distributions.filter(({ attribute }) => compared.has(attribute)),
    },
    explainability_configuration: statistics.explainability_configuration,
  };
}
