/**
 * What OpenScale needs in order to register an engine and subscribe to one of its deployments: the bodies of
 * `POST /v2/service_providers` and `POST /v2/subscriptions`. Values that an engine cannot know are placeholders,
 * <IN_ANGLE_BRACKETS>.
 */
import { CommandError } from '../../errors/command-error.ts';
import { toResource } from '../../handlers/deployment-resource.ts';
import type { Deployment } from '../../models/deployment.ts';

/** The secrets and ids that the user must fill in. */
export const PLACEHOLDERS = {
  username: '<ENGINE_USERNAME>',
  password: '<ENGINE_PASSWORD>',
  apiKey: '<ENGINE_API_KEY>',
  dataMart: '<DATA_MART_ID>',
  serviceProvider: '<SERVICE_PROVIDER_ID>',
} as const;

/** How OpenScale authenticates itself at the engine. */
export type AuthScheme = 'basic' | 'api-key' | 'none';

/** A space or project that everything belongs to. */
export interface Container {
  readonly type: 'space' | 'project';
  readonly id: string;
}

/** How an engine is registered, where the usual way is not meant. */
export interface ProviderChoices {
  /** The name that OpenScale shows. */
  readonly name?: string | undefined;
  /** OpenScale does not call the engine; whoever scores sends the records. */
  readonly isHeadless?: boolean | undefined;
  /** The model is evaluated before it goes into production. */
  readonly isPreProduction?: boolean | undefined;
}

/** Columns that whoever logs adds to what is scored. */
export interface SubscriptionChoices extends Pick<ProviderChoices, 'isHeadless'> {
  /** The column that names a transaction. */
  readonly transactionId?: string | undefined;
  /** One column per class, in the order of the labels, in place of one vector; only headless. */
  readonly probabilityColumns?: readonly string[] | undefined;
  /** The columns that count the tokens of the input and of the output. */
  readonly tokenCounts?: readonly string[] | undefined;
}

/** The body of `POST /v2/service_providers`. */
export interface ServiceProviderBody {
  readonly name: string;
  readonly service_type: 'custom_machine_learning';
  readonly credentials: {
    readonly url?: string;
    readonly auth_type?: 'basic';
    readonly username?: string;
    readonly password?: string;
  };
  readonly request_headers?: Readonly<Record<string, string>>;
  readonly operational_space_id: 'production' | 'pre_production';
}

/**
 * The body that registers an engine. IBM's scoring clients send the user name and the password only if `auth_type` says so.
 * @param url the URL at which OpenScale reaches it
 */
export function toServiceProvider(
  url: string,
  auth: AuthScheme,
  { name, isHeadless = false, isPreProduction = false }: ProviderChoices = {},
): ServiceProviderBody {
  const { username, password } = PLACEHOLDERS;
  const usual = `custom-ml-engine ${isHeadless ? '(headless)' : `at ${new URL(url).host}`}`;
  return {
    name: name ?? `${usual}${isPreProduction ? ' (pre-production)' : ''}`,
    service_type: 'custom_machine_learning',
    credentials: isHeadless ? {} : { url, ...(auth === 'basic' && { auth_type: 'basic', username, password }) },
    ...(!isHeadless && { request_headers: toRequestHeaders(auth) }),
    operational_space_id: isPreProduction ? 'pre_production' : 'production',
  };
}

/**
 * The headers that OpenScale sends with each request. A key has a header of its own, because Authorization may be used for what the
 * credentials say.
 */
function toRequestHeaders(auth: AuthScheme): Readonly<Record<string, string>> {
  return { 'Content-Type': 'application/json', ...(auth === 'api-key' && { 'X-API-Key': PLACEHOLDERS.apiKey }) };
}

/** A body with the API key in place of its placeholder. */
export function fillApiKey<Body extends object>(body: Body, apiKey: string | undefined): Body {
  if (apiKey === undefined) return body;
  const fill = (_: string, value: unknown) => (value === PLACEHOLDERS.apiKey ? apiKey : value);
  return JSON.parse(JSON.stringify(body, fill)) as Body;
}

/** The body of `POST /v2/subscriptions`. */
export interface SubscriptionBody {
  readonly data_mart_id: string;
  readonly service_provider_id: string;
  readonly asset: Readonly<Record<string, unknown>> & { readonly asset_id: string };
  readonly deployment: Readonly<Record<string, unknown>> & { readonly deployment_id: string };
  readonly asset_properties: Readonly<Record<string, unknown>>;
}

/** The body that subscribes to a deployment: what discovery publishes, arranged as version 2 of the API expects it. */
export function toSubscription(
  deployment: Deployment,
  url: string,
  auth: AuthScheme,
  choices: SubscriptionChoices = {},
): SubscriptionBody {
  const { metadata, entity } = toResource(deployment, url);
  const { asset_properties: properties } = entity;
  return {
    data_mart_id: PLACEHOLDERS.dataMart,
    service_provider_id: PLACEHOLDERS.serviceProvider,
    asset: {
      asset_id: metadata.guid,
      asset_type: 'model',
      name: entity.name,
      url: metadata.url,
      created_at: metadata.created_at,
      problem_type: properties.problem_type,
      input_data_type: properties.input_data_type,
      model_type: properties.model_type,
      runtime_environment: properties.runtime_environment,
    },
    deployment: {
      deployment_id: metadata.guid,
      name: entity.name,
      description: entity.description,
      deployment_type: 'online',
      url: metadata.url,
      created_at: metadata.created_at,
      ...(!choices.isHeadless && {
        scoring_endpoint: {
          url: entity.scoring_url,
          request_headers: toRequestHeaders(auth),
        },
      }),
    },
    asset_properties: {
      label_column: properties.label_column,
      ...(properties.labels && { labels: properties.labels.map(String) }),
      feature_fields: properties.feature_fields,
      categorical_fields: properties.categorical_fields,
      prediction_field: properties.prediction_field,
      predicted_target_field: properties.predicted_target_field,
      ...(properties.probability_fields && {
        probability_fields: choices.probabilityColumns ?? properties.probability_fields,
      }),
      ...(choices.transactionId !== undefined && { transaction_id_field: choices.transactionId }),
      ...(choices.tokenCounts && {
        input_token_count_field: choices.tokenCounts[0],
        output_token_count_field: choices.tokenCounts[1],
      }),
      input_data_schema: properties.input_data_schema,
      output_data_schema: addColumns(properties, choices),
      training_data_schema: properties.training_data_schema,
    },
  };
}

type Properties = ReturnType<typeof toResource>['entity']['asset_properties'];

/** The schema of what is logged: what the model answers, and the columns that are added. */
function addColumns(
  properties: Properties,
  { isHeadless, transactionId, probabilityColumns, tokenCounts = [] }: SubscriptionChoices,
): object | undefined {
  const { input_data_schema: input, output_data_schema: output, labels = [], probability_fields } = properties;
  const added = [
    ...(transactionId === undefined ? [] : [transactionId]),
    ...(probabilityColumns ?? []),
    ...tokenCounts,
  ];
  const taken = [...(input?.fields ?? []), ...(output?.fields ?? [])].map(({ name }) => name);
  const clash = added.find((name, index) => taken.includes(name) || added.indexOf(name) < index);
  if (clash !== undefined)
    throw new CommandError(`Columns that are added need names of their own; ${JSON.stringify(clash)} is taken.`);
  if (probabilityColumns && !isHeadless)
    throw new CommandError('--probability-columns also needs --headless: the engine answers with one vector per row.');
  if (probabilityColumns && (!probability_fields || probabilityColumns.length !== labels.length))
    throw new CommandError(`--probability-columns: expected one column per class, ${labels.length} in all.`);
  const toField = (name: string, type: 'string' | 'integer' | 'double', role?: string) => ({
    name,
    type,
    nullable: true,
    metadata: role === undefined ? {} : { modeling_role: role },
  });
  const [inputTokens, outputTokens] = tokenCounts;
  const extra = [
    ...(transactionId === undefined ? [] : [toField(transactionId, 'string')]),
    ...(inputTokens === undefined ? [] : [toField(inputTokens, 'integer', 'input-token-count')]),
    ...(outputTokens === undefined ? [] : [toField(outputTokens, 'integer', 'output-token-count')]),
  ];
  const fields = (output?.fields ?? []).flatMap((field): object[] =>
    probabilityColumns && probability_fields?.includes(field.name)
      ? probabilityColumns.map((name) => toField(name, 'double', 'class_probability'))
      : [field],
  );
  return output && { type: 'struct', fields: [...fields, ...extra] };
}
