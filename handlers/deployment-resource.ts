/**
 * A deployment as discovery publishes it: shapes A and B of the contract at once, because each generation of clients reads
 * different keys.
 */
import type { components } from '../generated/api.ts';
import type { Column, DeploymentFile } from '../models/deployment-file.ts';
import { toResultFields } from '../models/answer.ts';
import type { Deployment } from '../models/deployment.ts';

type Schemas = components['schemas'];

/** The resource of a deployment, with absolute URLs under a base URL. */
export function toResource(
  { file, version, hasProbabilities }: Pick<Deployment, 'file' | 'version' | 'hasProbabilities'>,
  baseUrl: string,
): Schemas['Deployment'] {
  const { id, name, created_at, modified_at } = file;
  const url = `${baseUrl}/v1/deployments/${id}`;
  const scoringUrl = `${url}/online`;
  return {
    metadata: { guid: id, url, created_at, modified_at, version },
    entity: {
      name,
      description: file.description,
      type: 'online',
      scoring_url: scoringUrl,
      scoring_endpoint: { url: scoringUrl },
      asset: { guid: id, asset_id: id, name, asset_type: 'model', url, created_at },
      asset_properties: toAssetProperties(file, hasProbabilities),
    },
  };
}

function toAssetProperties(file: DeploymentFile, hasProbabilities: boolean): Schemas['AssetProperties'] {
  const features = file.columns.map(toFeatureField);
  const results = toResultSparkFields(file, hasProbabilities);
  const { label, result } = file;
  return {
    problem_type: file.problem_type,
    // OpenScale evaluates nothing else of custom engines, whatever its enumerations allow.
    ...(file.input_data_type === 'structured' && { input_data_type: 'structured' }),
    label_column: label.name,
    feature_fields: file.columns.map(({ name }) => name),
    categorical_fields: file.columns.filter(isCategorical).map(({ name }) => name),
    prediction_field: result.prediction,
    predicted_target_field: result.prediction,
    ...(hasProbabilities && {
      prediction_probability_field: result.probability,
      probability_fields: [result.probability],
    }),
    ...(label.classes && { labels: label.classes }),
    model_type: file.kind,
    runtime_environment: 'custom-ml-engine',
    input_data_schema: { type: 'struct', fields: features },
    output_data_schema: { type: 'struct', fields: file.echo ? [...features, ...results] : results },
    training_data_schema: {
      type: 'struct',
      fields: [
        ...features,
        { name: label.name, type: label.type, nullable: false, metadata: { modeling_role: 'target' } },
      ],
    },
  };
}

function isCategorical(column: Column): boolean {
  return column.categories !== undefined || column.type === 'string' || column.type === 'boolean';
}

function toFeatureField(column: Column): Schemas['SparkField'] {
  const metadata = {
    modeling_role: 'feature',
    ...(isCategorical(column) && { measure: 'discrete' as const }),
  } as const;
  return { name: column.name, type: column.type, nullable: column.nullable, metadata };
}

function toResultSparkFields(file: DeploymentFile, hasProbabilities: boolean): Schemas['SparkField'][] {
  const { label, result } = file;
  const known: Schemas['SparkField'][] = [
    {
      name: result.prediction,
      // A regression predicts fractions even where its labels are whole numbers.
      type: label.classes ? label.type : 'double',
      nullable: false,
      metadata: { modeling_role: 'prediction' },
    },
    {
      name: result.probability,
      type: { type: 'array', elementType: 'double', containsNull: false },
      nullable: false,
      metadata: { modeling_role: 'probability' },
    },
  ];
  return toResultFields(file, hasProbabilities).map(
    (name) => known.find((field) => field.name === name) ?? { name, type: 'integer', nullable: false, metadata: {} },
  );
}
