/** What a provider computes from: the records, with scores if it needs them, and what is known of the deployment. */
import { z } from 'zod';
import { listOf } from '../../models/list-of.ts';
import type { MetricsProvider, RunParameters } from './metrics-provider.ts';
import { ProviderError, type DataSetType, type ProviderInput } from './provider-kind.ts';
import type { RecordTable } from './record-table.ts';
import type { KnownDeployment } from './run-request.ts';
import { scoreRecords } from './score-records.ts';

/** What a subscription says of the columns of its records. */
export const assetPropertiesSchema = z.looseObject({
  label_column: z.string().optional(),
  prediction_field: z.string().optional(),
  probability_fields: listOf(z.string()).optional(),
  feature_fields: listOf(z.string()).optional(),
});
type AssetProperties = z.infer<typeof assetPropertiesSchema>;

/**
 * Chooses the columns, and has the deployment score feedback that has no predictions.
 * @throws {ProviderError} if the engine does not have the deployment that could
 */
export async function toProviderInput({
  provider,
  signal,
  records,
  baseline,
  type,
  known,
  properties,
  parameters: { common },
}: {
  readonly provider: MetricsProvider;
  readonly signal: AbortSignal;
  readonly records: RecordTable;
  readonly baseline: RecordTable | undefined;
  readonly type: DataSetType;
  readonly known: KnownDeployment | undefined;
  readonly properties: AssetProperties;
  readonly parameters: RunParameters;
}): Promise<ProviderInput> {
  // Feedback that was sent with what the model had answered has it in IBM's columns.
  const choose = (chosen: string | undefined, usual: string | undefined, original: string) =>
    chosen ?? (usual !== undefined && !records.columns.has(usual) && records.columns.has(original) ? original : usual);
  const prediction = choose(common.prediction_column, properties.prediction_field, '_original_prediction');
  const probability = choose(common.probability_column, properties.probability_fields?.[0], '_original_probability');
  const label = common.label_column ?? properties.label_column;
  const isUnscored = type === 'feedback' && prediction !== undefined && !records.columns.has(prediction);
  let scored = records;
  if (provider.needsScores && isUnscored) {
    if (!known)
      throw new ProviderError(
        'The feedback has no predictions, and this engine does not have the deployment that could score it.',
        'not_scored',
      );
    const deployment = await known.load();
    try {
      scored = await scoreRecords(
        records,
        deployment,
        { prediction, probability: probability ?? deployment.file.result.probability },
        signal,
      );
    } finally {
      deployment.close?.();
    }
  }
  return {
    records: scored,
    baseline,
    label,
    prediction,
    probability,
    classes: known?.classes,
    features: properties.feature_fields ?? [],
    deployment: known?.deployment,
    statistics: known?.statistics,
  };
}
