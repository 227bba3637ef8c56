/**
 * The bodies that OpenScale takes, as strictly as its API: what IBM's SDK (ibm-watson-openscale 3.1.11) names in its classes and
 * enumerations, and nothing else.
 */
import { z } from 'zod';

const text = z.string().min(1);
const url = z.url();
const time = z.iso.datetime({ offset: true });
const headers = z.record(text, z.string());

const sparkType = z.union([
  z.enum(['string', 'integer', 'long', 'short', 'double', 'float', 'boolean', 'timestamp', 'date', 'binary']),
  z.string().regex(/^decimal\(\d+,\d+\)$/),
  z.strictObject({ type: z.literal('array'), elementType: z.string(), containsNull: z.boolean() }),
]);
const sparkField = z.strictObject({
  name: text.regex(/^[^"=]*$/, 'expected a name without " and ='),
  type: sparkType,
  nullable: z.boolean(),
  metadata: z.record(z.string(), z.unknown()),
});
export const sparkStructSchema = z.strictObject({ type: z.literal('struct'), fields: z.array(sparkField) });

export const dataMartSchema = z.strictObject({
  name: text.optional(),
  description: z.string().optional(),
  service_instance_crn: z.string().optional(),
  internal_database: z.boolean().optional(),
  database_configuration: z.looseObject({ database_type: text }).optional(),
});

export const serviceProviderSchema = z.strictObject({
  name: text,
  service_type: z.literal('custom_machine_learning'),
  credentials: z.strictObject({
    url: url.optional(),
    username: text.optional(),
    password: text.optional(),
    apikey: text.optional(),
    auth_url: url.optional(),
    auth_type: z.enum(['basic', 'api_key']).optional(),
    auth_provider: z.enum(['cloud', 'cpd', 'mcsp']).optional(),
  }),
  description: z.string().optional(),
  request_headers: headers.optional(),
  instance_id: text.optional(),
  operational_space_id: z.enum(['production', 'pre_production']).optional(),
  deployment_space_id: text.optional(),
  integrated_project_id: text.optional(),
  group_ids: z.array(text).optional(),
  user_ids: z.array(text).optional(),
});

export const subscriptionSchema = z.strictObject({
  data_mart_id: text,
  service_provider_id: text,
  asset: z.strictObject({
    asset_id: text,
    asset_type: z.enum(['model', 'function', 'prompt', 'ai_decision_coordination', 'agent']),
    url: url.optional(),
    name: text.optional(),
    asset_rn: text.optional(),
    created_at: time.optional(),
    problem_type: z.enum(['binary', 'regression', 'multiclass']).optional(),
    model_type: text.optional(),
    runtime_environment: text.optional(),
    input_data_type: z.enum(['structured', 'unstructured_image', 'unstructured_text']).optional(),
  }),
  deployment: z.strictObject({
    deployment_id: text,
    name: text,
    deployment_type: z.enum(['online', 'batch', 'detached']),
    deployment_rn: text.optional(),
    url: url.optional(),
    description: z.string().optional(),
    created_at: time.optional(),
    scoring_endpoint: z
      .strictObject({ url: url.optional(), request_headers: headers.optional(), credentials: z.unknown().optional() })
      .optional(),
  }),
  asset_properties: z
    .strictObject({
      training_data_reference: z.looseObject({ type: text }).optional(),
      training_data_schema: sparkStructSchema.optional(),
      input_data_schema: sparkStructSchema.optional(),
      output_data_schema: sparkStructSchema.optional(),
      input_token_count_field: text.optional(),
      output_token_count_field: text.optional(),
      label_column: text.optional(),
      labels: z.array(z.string()).optional(),
      dashboard_configuration: z.looseObject({}).optional(),
      predicted_target_field: text.optional(),
      prediction_field: text.optional(),
      transaction_id_field: text.optional(),
      feature_fields: z.array(text).optional(),
      categorical_fields: z.array(text).optional(),
      context_fields: z.array(text).optional(),
      question_field: text.optional(),
      probability_fields: z.array(text).optional(),
      prediction_names: z.array(text).optional(),
    })
    .optional(),
  risk_evaluation_status: z.looseObject({ state: text }).optional(),
  analytics_engine: z.looseObject({ type: text }).optional(),
  data_sources: z.array(z.looseObject({ type: text })).optional(),
});

const table = z
  .strictObject({
    fields: z.array(text).min(1),
    values: z.array(z.array(z.unknown())),
    meta: z.strictObject({ fields: z.array(text), values: z.array(z.array(z.unknown())) }).optional(),
    labels: z.array(z.unknown()).optional(),
  })
  .refine(({ fields, values }) => values.every((row) => row.length === fields.length), {
    error: 'expected rows with a value per field',
  });
export type RecordedTable = z.infer<typeof table>;

/** One record of payload logging, version 2. */
export const payloadRecordSchema = z.strictObject({
  request: z.union([table, z.strictObject({ input_data: z.array(table).length(1) })]),
  response: z.union([table, z.strictObject({ predictions: z.array(table).length(1) })]),
  scoring_id: text.optional(),
  scoring_timestamp: time.optional(),
  response_time: z.int().min(0).optional(),
  user_id: text.optional(),
  asset_revision: text.optional(),
  multiple_records: z.boolean().optional(),
});

/** One item of feedback: a table, or a row by column. */
export const feedbackSchema = z.union([
  table,
  z.record(text, z.union([z.string(), z.number(), z.boolean(), z.null()])),
]);

/** One record of payload logging, version 1. */
export const oldPayloadSchema = z.strictObject({
  binding_id: text,
  subscription_id: text,
  deployment_id: text,
  scoring_id: text,
  scoring_timestamp: time,
  response_time: z.number().min(0),
  request: table,
  response: table,
});

/** Feedback, version 1. */
export const oldFeedbackSchema = z.strictObject({
  binding_id: text,
  subscription_id: text,
  fields: z.array(text),
  values: z.array(z.array(z.unknown())),
});

const threshold = z.strictObject({
  metric_id: text,
  type: z.enum(['lower_limit', 'upper_limit']),
  value: z.number().optional(),
  specific_values: z
    .array(
      z.strictObject({
        value: z.number(),
        applies_to: z.array(z.strictObject({ type: z.enum(['tag', 'element']), key: text, value: z.unknown() })),
      }),
    )
    .optional(),
});

export const monitorInstanceSchema = z.strictObject({
  data_mart_id: text,
  monitor_definition_id: text,
  target: z.strictObject({ target_type: z.enum(['subscription', 'data_mart', 'instance']), target_id: text }),
  parameters: z.record(z.string(), z.unknown()).optional(),
  thresholds: z.array(threshold).optional(),
  schedule: z.looseObject({ repeat_interval: z.int(), repeat_unit: text }).optional(),
  schedule_id: text.optional(),
  managed_by: text.optional(),
});

const count = z.int().min(1);
const group = z.union([z.string(), z.tuple([z.number(), z.number()]).refine(([min, max]) => min <= max)]);
const outcome = z.union([group, z.number()]);

/** What each monitor takes as its parameters. */
export const monitorParameters: Readonly<Record<string, z.ZodType>> = {
  performance: z.strictObject({}),
  model_health: z.strictObject({}),
  mrm: z.strictObject({}),
  quality: z.strictObject({ min_feedback_data_size: count, max_feedback_data_size: count.optional() }),
  fairness: z.strictObject({
    features: z
      .array(
        z.strictObject({
          feature: text,
          type: text.optional(),
          majority: z.array(group).min(1),
          minority: z.array(group).min(1),
          threshold: z.number().min(0).max(1),
          metric_ids: z
            .array(
              z.enum([
                'fairness_value',
                'statistical_parity_difference',
                'average_odds_difference',
                'average_abs_odds_difference',
                'false_negative_rate_difference',
                'false_positive_rate_difference',
                'false_discovery_rate_difference',
                'false_omission_rate_difference',
                'error_rate_difference',
              ]),
            )
            .optional(),
        }),
      )
      .min(1),
    favourable_class: z.array(outcome).min(1),
    unfavourable_class: z.array(outcome).min(1),
    min_records: count,
    max_records: count.optional(),
    model_type: text.optional(),
    training_data_distributions: z
      .looseObject({ fields: z.array(z.string()), values: z.array(z.array(z.unknown())) })
      .optional(),
    training_data_records_count: z.int().optional(),
    training_data_class_label: text.optional(),
    training_data_last_processed_time: text.optional(),
  }),
  explainability: z.strictObject({
    enabled: z.boolean().optional(),
    training_statistics: z.looseObject({ feature_columns: z.array(z.string()) }).optional(),
    controllable_features: z.array(text).optional(),
    lime: z.strictObject({ enabled: z.boolean(), perturbations_count: count.optional() }).optional(),
    shap: z.looseObject({ enabled: z.boolean(), perturbations_count: z.int().min(0).optional() }).optional(),
    global_explanation: z
      .looseObject({ enabled: z.boolean(), explanation_method: z.enum(['lime', 'shap']).optional() })
      .optional(),
    local_explanation_method: z.enum(['lime', 'shap']).optional(),
  }),
  drift_v2: z.strictObject({
    train_archive: z.boolean(),
    min_samples: count,
    max_samples: count.optional(),
    features: z.looseObject({ fields: z.array(text) }).optional(),
    advanced_controls: z.looseObject({}).optional(),
  }),
};

export const jsonPatchSchema = z
  .array(
    z.strictObject({
      op: z.enum(['add', 'replace', 'remove']),
      path: z.string().regex(/^(\/[^/]+)+$/),
      value: z.unknown().optional(),
    }),
  )
  .min(1);

export const integratedSystemSchema = z.strictObject({
  name: text,
  type: z.enum([
    'open_pages',
    'slm',
    'watson_data_catalog',
    'hive',
    'jdbc',
    'spark',
    'custom_metrics_provider',
    'generative_ai_evaluator',
    'embeddings_provider',
  ]),
  description: z.string(),
  credentials: z.record(z.string(), z.unknown()),
  connection: z.record(z.string(), z.unknown()).optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  group_ids: z.array(text).optional(),
  user_ids: z.array(text).optional(),
});

export const runSchema = z.strictObject({
  triggered_by: z.enum(['user', 'event', 'scheduler', 'api']).optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  business_metric_context: z.unknown().optional(),
  expiration_date: text.optional(),
});

const selection = z.strictObject({
  input_data_type: z.array(text).optional(),
  problem_type: z.array(text).optional(),
  target_type: z.array(text).optional(),
});

/** A monitor of the user's own (MonitorDefinitions of the SDK). */
export const monitorDefinitionSchema = z.strictObject({
  name: text,
  description: z.string().optional(),
  metrics: z
    .array(
      z.strictObject({
        name: text,
        description: z.string().optional(),
        thresholds: z
          .array(z.strictObject({ type: z.enum(['lower_limit', 'upper_limit']), default: z.number().optional() }))
          .optional(),
        required: z.boolean().optional(),
        applies_to: selection.optional(),
        expected_direction: z.enum(['increasing', 'decreasing', 'unknown']).optional(),
      }),
    )
    .min(1),
  tags: z.array(z.strictObject({ name: text, description: z.string().optional(), required: z.boolean().optional() })),
  applies_to: selection.optional(),
  parameters_schema: z.looseObject({}).optional(),
  managed_by: text.optional(),
  schedule: z.looseObject({ repeat_interval: z.int(), repeat_unit: text }).optional(),
  monitor_runtime: z
    .strictObject({ type: z.enum(['service', 'custom_metrics_provider', 'llm_as_a_judge']) })
    .optional(),
});

/** The parameters of an instance of such a monitor: OpenScale's, and those of the provider. */
export const customParametersSchema = z.looseObject({
  custom_metrics_provider_id: text,
  custom_metrics_wait_time: count,
  enable_custom_metric_runs: z.boolean(),
});

/** What an integrated system of the type `custom_metrics_provider` has. */
export const customProviderSchema = z.strictObject({
  credentials: z.discriminatedUnion('auth_type', [
    z.strictObject({ auth_type: z.literal('basic'), username: text, password: text }),
    z.strictObject({
      auth_type: z.literal('bearer'),
      token_info: z.strictObject({
        url,
        headers,
        payload: z.union([z.string(), z.record(z.string(), z.string())]),
        method: text,
        token_field_name: text.optional(),
      }),
    }),
  ]),
  connection: z.strictObject({ display_name: text, endpoint: url }),
});

/** One measurement; its metrics are held against the definition of the monitor. */
export const measurementSchema = z.strictObject({
  timestamp: time,
  run_id: text.optional(),
  metrics: z.array(z.record(text, z.union([z.number(), z.string()]))).min(1),
  sources: z.array(z.looseObject({ id: text, type: text })).optional(),
  asset_revision: text.optional(),
});

/** How a run is patched (MonitoringRunStatus of the SDK). */
export const runPatchSchema = z
  .array(
    z.discriminatedUnion('path', [
      z.strictObject({
        op: z.literal('replace'),
        path: z.literal('/status/state'),
        value: z.enum(['queued', 'running', 'finished', 'error']),
      }),
      z.strictObject({ op: z.literal('replace'), path: z.literal('/status/completed_at'), value: time }),
      z.strictObject({ op: z.literal('replace'), path: z.literal('/status/message'), value: z.string() }),
      z.strictObject({
        op: z.literal('replace'),
        path: z.literal('/status/failure'),
        value: z.strictObject({
          trace: text,
          errors: z.array(z.strictObject({ code: text, message: text })).min(1),
        }),
      }),
    ]),
  )
  .min(1);

/** A data set of the user's own. */
export const dataSetSchema = z.strictObject({
  data_mart_id: text,
  name: text,
  description: z.string().optional(),
  type: z.literal('custom'),
  target: z.strictObject({ target_type: z.literal('subscription'), target_id: text }),
  data_schema: sparkStructSchema,
  managed_by: text.optional(),
  location: z.strictObject({ table_name: text }).optional(),
});

/** The problems of a body, without its values. */
export function listProblems({ issues }: z.ZodError): string[] {
  return issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`);
}
