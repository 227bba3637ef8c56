/**
 * One run of a custom monitor: checks that what OpenScale names belongs together, reads the records, computes, posts the
 * measurements, and says at OpenScale how the run ended. The steps and bodies are those of IBM's notebooks for custom metrics
 * (IBM/watson-openscale-samples, custom_metrics) and of ibm_watson_openscale/custom_monitor.py.
 */
import { z } from 'zod';
import { parseReply, type OpenScaleResource } from '../client/openscale-client.ts';
import type { CommonParameters } from './common-parameters.ts';
import type { MetricsProvider } from './metrics-provider.ts';
import { ProviderError, type DataSetType, type MetricGroup } from './provider-kind.ts';
import { readRecords } from './read-records.ts';
import { endRun, postMeasurements } from './report-run.ts';
import { nameStep, toCallError, toFailedRun, toMismatch } from './run-failures.ts';
import { toRunPath, type EndedRun, type EvaluateOptions, type RunRequest } from './run-request.ts';
import { assetPropertiesSchema, toProviderInput } from './to-provider-input.ts';

const runSchema = z.looseObject({
  entity: z.looseObject({ status: z.looseObject({ state: z.string() }) }),
});

const instanceSchema = z.looseObject({
  monitor_definition_id: z.string(),
  target: z.looseObject({ target_id: z.string() }),
});

const subscriptionSchema = z.looseObject({
  deployment: z.looseObject({ deployment_id: z.string() }),
  asset_properties: assetPropertiesSchema.optional(),
});

const dataSetSchema = z.looseObject({ type: z.string(), target: z.looseObject({ target_id: z.string() }) });

/** How OpenScale names the data sets. */
const TYPES: Readonly<Record<DataSetType, string>> = { payload: 'payload_logging', feedback: 'feedback' };

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
    result = toFailedRun(options.signal.aborted ? options.signal.reason : error);
  }
  await endRun(result, request, options);
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
  await endRun(result, request, options);
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
      const reply = await client.send({ method: 'GET', path: toRunPath(this.#request), query: scope }, deadline);
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
    const subscription = await nameStep(`The subscription`, () =>
      client.read('subscriptions', subscription_id, scope, signal),
    );
    const { deployment, asset_properties } = subscriptionSchema.parse(subscription.entity);
    const known = await findDeployment(deployment.deployment_id);
    const rows = Math.min(common.max_records ?? limits.rows, limits.rows);
    const now = Date.now();
    const read = (start: string | undefined, end: string) =>
      nameStep(`The records of the ${type} data set`, () =>
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
    const input = await toProviderInput({
      provider: this.#provider,
      signal,
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
    await nameStep('The measurements', () => postMeasurements(groups, this.#request, this.#options));
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
    const found = await nameStep(`The ${type} data set`, () => client.read('data_sets', id, scope, signal));
    const entity = dataSetSchema.safeParse(found.entity).data;
    if (entity?.type !== TYPES[type] || entity.target.target_id !== this.#request.subscription_id)
      throw new ProviderError(`The ${type} data set is not that of the subscription.`, 'no_data_set');
    return found;
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
}
