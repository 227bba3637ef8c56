/**
 * One run of a custom monitor: checks that what OpenScale names belongs together, reads the records, computes, posts the
 * measurements, and says at OpenScale how the run ended. The steps and bodies are those of IBM's notebooks for custom metrics
 * (IBM/watson-openscale-samples, custom_metrics) and of ibm_watson_openscale/custom_monitor.py.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { describeCause } from '../../errors/describe-cause.ts';
import { EngineError } from '../../errors/engine-error.ts';
import type { Deployment } from '../../models/deployment.ts';
import { toEngineError } from '../../upstream/to-engine-error.ts';
import { UpstreamError } from '../../upstream/upstream-error.ts';
import { parseReply, type OpenScaleClient, type OpenScaleResource, type Query } from '../client/openscale-client.ts';
import type { CommonParameters } from './common-parameters.ts';
import { ProviderError, type DataSetType, type MetricGroup, type ProviderInput } from './provider-kind.ts';
import type { MetricsProvider, RunParameters } from './metrics-provider.ts';
import { readRecords, type RecordLimits } from './read-records.ts';
import type { RecordTable } from './record-table.ts';
import { scoreRecords } from './score-records.ts';

/** What OpenScale sends: the run, what it is of, and the parameters of the monitor instance. */
export interface RunRequest {
  readonly data_mart_id: string;
  readonly subscription_id: string;
  readonly custom_monitor_id: string;
  readonly custom_monitor_instance_id: string;
  readonly custom_monitor_run_id: string;
  readonly custom_monitor_instance_params?: Readonly<Record<string, unknown>> | null;
  readonly payload_dataset_id?: string | null;
  readonly feedback_dataset_id?: string | null;
}

/** How a run ended, as OpenScale knows it too. */
export interface EndedRun {
  readonly state: 'finished' | 'error';
  /** Why it ended in error. */
  readonly message?: string;
  /** How many records were evaluated, and how many groups of metrics posted. */
  readonly records?: number;
  readonly measurements?: number;
  /** What happened, for the log of the engine. */
  readonly cause?: string;
}

/** What the engine knows of a deployment besides what OpenScale does. */
export interface KnownDeployment extends Pick<ProviderInput, 'deployment' | 'statistics'> {
  readonly classes: ProviderInput['classes'];
  /** Loads its model. To be closed by the caller. */
  readonly load: () => Promise<Deployment>;
}

export interface EvaluateOptions {
  readonly client: OpenScaleClient;
  /** The space or project that everything belongs to. */
  readonly scope: Query;
  readonly limits: RecordLimits;
  /** Finds a deployment of this engine. */
  readonly findDeployment: (id: string) => Promise<KnownDeployment | undefined>;
  /** Milliseconds before the first repetition of what OpenScale did not take; doubled each time. */
  readonly pause: number;
  /** Aborted when the run must end; its reason is a ProviderError. */
  readonly signal: AbortSignal;
  /** Aborted when there is no more time to say so at OpenScale. */
  readonly deadline?: AbortSignal | undefined;
}

const runSchema = z.looseObject({
  entity: z.looseObject({ status: z.looseObject({ state: z.string() }) }),
});

const instanceSchema = z.looseObject({
  monitor_definition_id: z.string(),
  target: z.looseObject({ target_id: z.string() }),
});

const subscriptionSchema = z.looseObject({
  deployment: z.looseObject({ deployment_id: z.string() }),
  asset_properties: z
    .looseObject({
      label_column: z.string().optional(),
      prediction_field: z.string().optional(),
      probability_fields: z.array(z.string()).optional(),
      feature_fields: z.array(z.string()).optional(),
    })
    .optional(),
});

const dataSetSchema = z.looseObject({ type: z.string(), target: z.looseObject({ target_id: z.string() }) });

const measurementsSchema = z.looseObject({ measurements: z.array(z.unknown()) });

/** How OpenScale names the data sets. */
const TYPES: Readonly<Record<DataSetType, string>> = { payload: 'payload_logging', feedback: 'feedback' };

/** How often what OpenScale did not take is repeated. */
const REPETITIONS = 5;

/**
 * Evaluates a run. However that ends, OpenScale is told, and the result says the same.
 * @throws {EngineError} if the run cannot be told from others, or if OpenScale cannot be told
 */
export async function evaluateRun(
  provider: MetricsProvider,
  request: RunRequest,
  options: EvaluateOptions,
): Promise<EndedRun> {
  const run = new Run(provider, request, options);
  const ended = await run.check();
  if (ended) return { state: ended };
  let result: EndedRun & { readonly code?: string };
  try {
    result = await run.evaluate();
  } catch (error) {
    result = toFailure(options.signal.aborted ? options.signal.reason : error);
  }
  await run.end(result);
  return result;
}

/** Says at OpenScale that a run has ended in error, without evaluating anything. */
export async function abandonRun(
  provider: MetricsProvider,
  request: RunRequest,
  message: string,
  options: EvaluateOptions,
): Promise<EndedRun> {
  const run = new Run(provider, request, options);
  const ended = await run.check();
  if (ended) return { state: ended };
  const result = { state: 'error', message, code: 'interrupted' } as const;
  await run.end(result);
  return result;
}

class Run {
  readonly #provider: MetricsProvider;
  readonly #request: RunRequest;
  readonly #options: EvaluateOptions;

  constructor(provider: MetricsProvider, request: RunRequest, options: EvaluateOptions) {
    this.#provider = provider;
    this.#request = request;
    this.#options = options;
  }

  get #instancePath(): string {
    return `/v2/monitor_instances/${encodeURIComponent(this.#request.custom_monitor_instance_id)}`;
  }

  get #runPath(): string {
    return `${this.#instancePath}/runs/${encodeURIComponent(this.#request.custom_monitor_run_id)}`;
  }

  /** Checks that monitor, subscription and run belong together; gives the state of a run that has ended. */
  async check(): Promise<'finished' | 'error' | undefined> {
    const { client, scope, deadline } = this.#options;
    const { custom_monitor_instance_id, custom_monitor_id, subscription_id } = this.#request;
    try {
      const { entity } = await client.read('monitor_instances', custom_monitor_instance_id, scope, deadline);
      const instance = instanceSchema.safeParse(entity).data;
      if (instance?.monitor_definition_id !== custom_monitor_id)
        throw toMismatch('custom_monitor_id', 'the monitor of custom_monitor_instance_id');
      if (instance.target.target_id !== subscription_id)
        throw toMismatch('subscription_id', 'the target of custom_monitor_instance_id');
      const reply = await client.send({ method: 'GET', path: this.#runPath, query: scope }, deadline);
      const { state } = parseReply(runSchema, reply, 'the run').entity.status;
      return state === 'finished' || state === 'error' ? state : undefined;
    } catch (error) {
      throw toCallError(error, 'The run was not evaluated');
    }
  }

  async evaluate(): Promise<EndedRun> {
    const { client, scope, findDeployment, limits, signal } = this.#options;
    const { subscription_id, custom_monitor_instance_params } = this.#request;
    const parameters = this.#provider.parse(custom_monitor_instance_params ?? {});
    const { common } = parameters;
    const type = this.#chooseDataSet(common);
    const dataSet = await this.#findDataSet(type);
    const subscription = await step(`The subscription`, () =>
      client.read('subscriptions', subscription_id, scope, signal),
    );
    const { deployment, asset_properties } = subscriptionSchema.parse(subscription.entity);
    const known = await findDeployment(deployment.deployment_id);
    const rows = Math.min(common.max_records ?? limits.rows, limits.rows);
    const now = Date.now();
    const read = (start: string | undefined, end: string) =>
      step(`The records of the ${type} data set`, () =>
        readRecords(client, dataSet, { start, end, scope, signal, limits: { ...limits, rows } }),
      );
    const { window_hours: hours, baseline_start, baseline_end, min_records } = common;
    const start = hours === undefined ? undefined : new Date(now - hours * 3_600_000).toISOString();
    const records = await read(start, new Date(now).toISOString());
    if (records.rowCount === 0)
      throw new ProviderError(
        `The ${type} data set has no records${hours === undefined ? '' : ' of this time'}.`,
        'no_records',
      );
    if (records.rowCount < min_records)
      throw new ProviderError(
        `The ${type} data set has ${records.rowCount} records; min_records asks for ${min_records}.`,
        'no_records',
      );
    const baseline =
      baseline_start !== undefined && baseline_end !== undefined ? await read(baseline_start, baseline_end) : undefined;
    const input = await this.#toInput({
      records,
      baseline,
      type,
      known,
      properties: asset_properties ?? {},
      parameters,
    });
    const groups = await this.#provider.compute(input, parameters.own, signal);
    this.#checkGroups(groups);
    signal.throwIfAborted();
    await step('The measurements', () => this.#post(groups));
    return { state: 'finished', records: records.rowCount, measurements: groups.length };
  }

  #chooseDataSet({ data_set }: CommonParameters): DataSetType {
    const { payload_dataset_id: payload, feedback_dataset_id: feedback } = this.#request;
    const ids: Readonly<Record<DataSetType, string | null | undefined>> = { payload, feedback };
    const usable = this.#provider.dataSets.filter((type) => ids[type]);
    const type = data_set ?? usable[0];
    if (type !== undefined && usable.includes(type)) return type;
    throw new ProviderError(
      data_set === undefined
        ? 'OpenScale named no data set: log requests (payload) or enable the quality monitor (feedback) first.'
        : `data_set: OpenScale named no ${data_set} data set.`,
      'no_data_set',
    );
  }

  async #findDataSet(type: DataSetType): Promise<OpenScaleResource> {
    const { client, scope, signal } = this.#options;
    const id = (type === 'payload' ? this.#request.payload_dataset_id : this.#request.feedback_dataset_id) as string;
    const found = await step(`The ${type} data set`, () => client.read('data_sets', id, scope, signal));
    const entity = dataSetSchema.safeParse(found.entity).data;
    if (entity?.type !== TYPES[type] || entity.target.target_id !== this.#request.subscription_id)
      throw new ProviderError(`The ${type} data set is not that of the subscription.`, 'no_data_set');
    return found;
  }

  async #toInput({
    records,
    baseline,
    type,
    known,
    properties,
    parameters: { common },
  }: {
    readonly records: RecordTable;
    readonly baseline: RecordTable | undefined;
    readonly type: DataSetType;
    readonly known: KnownDeployment | undefined;
    readonly properties: NonNullable<z.infer<typeof subscriptionSchema>['asset_properties']>;
    readonly parameters: RunParameters;
  }): Promise<ProviderInput> {
    const { signal } = this.#options;
    // Feedback that was sent with what the model had answered has it in IBM's columns.
    const choose = (chosen: string | undefined, usual: string | undefined, original: string) =>
      chosen ??
      (usual !== undefined && !records.columns.has(usual) && records.columns.has(original) ? original : usual);
    const prediction = choose(common.prediction_column, properties.prediction_field, '_original_prediction');
    const probability = choose(common.probability_column, properties.probability_fields?.[0], '_original_probability');
    const label = common.label_column ?? properties.label_column;
    const isUnscored = type === 'feedback' && prediction !== undefined && !records.columns.has(prediction);
    let scored = records;
    if (this.#provider.needsScores && isUnscored) {
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

  /** Metrics that the definition of the monitor does not have would be rejected, one and all. */
  #checkGroups(groups: readonly MetricGroup[]): void {
    const metrics = new Set(this.#provider.metrics.map(({ name }) => name));
    const tags = new Set(this.#provider.tags.map(({ name }) => name));
    for (const [key, value] of groups.flatMap((group) => Object.entries(group))) {
      const isGood = typeof value === 'number' ? metrics.has(key) && Number.isFinite(value) : tags.has(key);
      if (!isGood)
        throw new ProviderError(
          `${JSON.stringify(key)}: expected a finite number of a metric, or the text of a tag, that the settings of the provider name.`,
          'invalid_metrics',
        );
    }
    if (!groups.some((group) => Object.values(group).some((value) => typeof value === 'number')))
      throw new ProviderError('There are no metrics: nothing can be computed of these records.');
  }

  /** Posts the measurements once: where it is unknown whether OpenScale has them, it is asked first. */
  async #post(groups: readonly MetricGroup[]): Promise<void> {
    const { client, scope, pause, signal } = this.#options;
    const { custom_monitor_run_id: run_id } = this.#request;
    const path = `${this.#instancePath}/measurements`;
    const timestamp = new Date().toISOString();
    const json = [{ timestamp, run_id, metrics: groups }];
    for (let time = 0; ; time++) {
      try {
        if (time > 0) {
          await sleep(pause * 2 ** (time - 1), undefined, { signal });
          // Before and after now, because clocks differ.
          const [start, end] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
          const reply = await client.send({ method: 'GET', path, query: { ...scope, run_id, start, end } }, signal);
          if (parseReply(measurementsSchema, reply, 'measurements').measurements.length > 0) return;
        }
        await client.send({ method: 'POST', path, query: scope, json }, signal);
        return;
      } catch (error) {
        if (time === REPETITIONS || !isTemporary(error)) throw error;
      }
    }
  }

  /** Says at OpenScale how the run has ended. */
  async end({ state, message, code = 'failed' }: EndedRun & { readonly code?: string }): Promise<void> {
    const { client, scope, pause, deadline } = this.#options;
    const { custom_monitor_run_id: trace } = this.#request;
    const values = {
      state,
      completed_at: new Date().toISOString(),
      ...(state === 'error' && { failure: { trace, errors: [{ code, message }] } }),
    };
    const json = Object.entries(values).map(([key, value]) => ({ op: 'replace', path: `/status/${key}`, value }));
    for (let time = 0; ; time++) {
      try {
        await client.send({ method: 'PATCH', path: this.#runPath, query: scope, json, isRepeatable: true }, deadline);
        return;
      } catch (error) {
        if (time === REPETITIONS || !isTemporary(error))
          throw toCallError(error, 'The run has ended, and OpenScale could not be told');
        await sleep(pause * 2 ** time, undefined, deadline ? { signal: deadline } : {}).catch(() => undefined);
      }
    }
  }
}

/** Says of what OpenScale does not give or take what it was. */
async function step<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    throw new ProviderError(`${what}: ${describeUpstream(error)}`, 'openscale_failed', { cause: error });
  }
}

/** A failure of OpenScale's in words that have no URL and nothing that it sent. */
function describeUpstream({ failure, status }: UpstreamError): string {
  switch (failure) {
    case 'refused':
    case 'dropped':
      return 'OpenScale cannot be reached.';
    case 'circuit_open':
    case 'busy':
      return 'OpenScale is busy or fails repeatedly.';
    case 'late':
      return 'OpenScale did not answer in time.';
    case 'unauthorized':
      return "OpenScale rejects the engine's credentials.";
    case 'status':
      return `OpenScale answered with status ${status}.`;
    case 'reply':
      return 'OpenScale sent a reply that was not expected.';
    case 'cancelled':
      return 'the request was cancelled.';
  }
}

/** Whether a repetition can succeed. */
function isTemporary(error: unknown): boolean {
  if (!(error instanceof UpstreamError)) return false;
  const { failure, status = 500 } = error;
  return (
    failure !== 'cancelled' && failure !== 'unauthorized' && (failure !== 'status' || status >= 500 || status === 429)
  );
}

function toMismatch(name: string, expected: string): EngineError {
  const target = { type: 'field', name: `input_data[0].values.${name}` } as const;
  return new EngineError('invalid_value', `${target.name}: expected ${expected}.`, { target });
}

/** What the caller is told where the run itself cannot say it. */
function toCallError(error: unknown, what: string): unknown {
  if (!(error instanceof UpstreamError)) return error;
  const { code, retryAfter } = toEngineError(error);
  return new EngineError(code, `${what}: ${describeUpstream(error)}`, {
    cause: error,
    ...(retryAfter !== undefined && { retryAfter }),
  });
}

function toFailure(error: unknown): EndedRun & { readonly code: string } {
  if (error instanceof ProviderError) {
    const { message, code, cause } = error;
    return { state: 'error', message, code, ...(cause !== undefined && { cause: describeCause(cause) }) };
  }
  if (error instanceof EngineError)
    return { state: 'error', message: error.message, code: error.code, cause: describeCause(error) };
  return {
    state: 'error',
    message: 'The engine failed to evaluate this run. Its log has the cause.',
    code: 'internal_error',
    cause: describeCause(error),
  };
}
