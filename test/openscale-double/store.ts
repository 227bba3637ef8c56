/** What the double of OpenScale has stored, and the operations of its API on it. Problems are thrown as ApiErrors. */
import { z } from 'zod';
import {
  customParametersSchema,
  customProviderSchema,
  dataMartSchema,
  dataSetSchema,
  feedbackSchema,
  integratedSystemSchema,
  jsonPatchSchema,
  listProblems,
  measurementSchema,
  monitorDefinitionSchema,
  monitorInstanceSchema,
  monitorParameters,
  oldFeedbackSchema,
  oldPayloadSchema,
  payloadRecordSchema,
  runPatchSchema,
  runSchema,
  serviceProviderSchema,
  subscriptionSchema,
  type RecordedTable,
} from './schemas.ts';

/** A reply other than 2xx, in IBM's error container. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

type Json = Record<string, unknown>;

export interface Resource<Entity = Json> {
  readonly metadata: { readonly id: string; readonly url: string; readonly created_at: string; readonly crn: string };
  entity: Entity & { status: Json };
}

/** A record as it is stored; its id is unique in its data set. */
export interface StoredRecord {
  readonly id: string;
  readonly values: Json;
  /** When it was scored or stored. */
  readonly time: string;
}

interface StoreOptions {
  /** How often a resource or a request is seen in preparation before it is done. */
  readonly settle: number;
  /** Whether there is a data mart. */
  readonly hasDataMart: boolean;
  /** Whether quality needs a payload record, whatever the subscription says of its output. */
  readonly qualityNeedsPayload: boolean;
}

type Subscription = z.infer<typeof subscriptionSchema>;
type Monitor = z.infer<typeof monitorInstanceSchema>;
type Definition = z.infer<typeof monitorDefinitionSchema>;

/** The columns of every record: its id and its time. */
const RECORD_FIELDS = {
  payload_logging: ['scoring_id', 'scoring_timestamp'],
  feedback: ['record_id', 'record_timestamp'],
} as const;

/** Monitors that there are, by id. */
const DEFINITIONS: Readonly<Record<string, string>> = {
  performance: 'Performance',
  fairness: 'Fairness',
  drift: 'Drift',
  drift_v2: 'Drift v2',
  quality: 'Quality',
  explainability: 'Explainability',
  model_health: 'Model Health',
  mrm: 'Model Risk Management',
};

const CONTAINER_KEYS = ['container_type', 'container_id', 'project_id', 'space_id'];

export class OpenScaleStore {
  readonly #options: StoreOptions;
  #count = 0;
  readonly dataMarts = new Map<string, Resource>();
  readonly providers = new Map<string, Resource<z.infer<typeof serviceProviderSchema>>>();
  readonly subscriptions = new Map<string, Resource<Subscription>>();
  readonly monitors = new Map<string, Resource<Monitor>>();
  readonly dataSets = new Map<string, Resource>();
  readonly records = new Map<string, Map<string, StoredRecord>>();
  readonly requests = new Map<string, { state: string; failure?: Json; polls: number }>();
  readonly systems = new Map<string, Resource>();
  /** Uploaded archives, by monitor and subscription: their bytes. */
  readonly archives = new Map<string, Buffer>();
  readonly runs = new Map<string, Resource>();
  /** Monitors of the user's own. */
  readonly definitions = new Map<string, Resource<Definition>>();
  readonly measurements = new Map<string, Resource>();
  /** The container of each resource that was created in one. */
  readonly containers = new Map<string, Json>();
  /** How often a resource was seen in preparation. */
  readonly #seen = new Map<string, number>();
  /** Resources that end in the state error, by a part of their JSON. */
  readonly broken: string[] = [];

  constructor(options: StoreOptions) {
    this.#options = options;
    if (options.hasDataMart) this.#add(this.dataMarts, { name: 'double' });
  }

  #add<Entity extends object>(
    to: Map<string, Resource<Entity>>,
    entity: Entity,
    query: Json = {},
    id = `00000000-0000-4000-8000-${String((this.#count += 1)).padStart(12, '0')}`,
  ): Resource<Entity> {
    const metadata = { id, crn: '', url: `/v2/${id}`, created_at: new Date(0).toISOString(), created_by: 'double' };
    const isSettled = this.#options.settle === 0;
    const resource = { metadata, entity: { ...entity, status: { state: isSettled ? 'active' : 'preparing' } } };
    to.set(id, resource);
    const container = Object.fromEntries(Object.entries(query).filter(([key]) => CONTAINER_KEYS.includes(key)));
    if (Object.keys(container).length > 0) this.containers.set(id, container);
    if (isSettled) this.#settle(resource);
    return resource;
  }

  /** A resource as it is seen now: in preparation a few times, then active or in error. */
  see<Entity>(from: Map<string, Resource<Entity>>, id: string): Resource<Entity> {
    const resource = from.get(id);
    if (!resource) throw new ApiError(404, 'AIQCS0003E', 'The resource does not exist.');
    if (resource.entity.status['state'] === 'preparing') {
      const seen = (this.#seen.get(id) ?? 0) + 1;
      this.#seen.set(id, seen);
      if (seen > this.#options.settle) this.#settle(resource);
    }
    return resource;
  }

  #settle(resource: Resource<unknown>): void {
    const text = JSON.stringify(resource.entity);
    const isBroken = this.broken.some((part) => text.includes(part));
    const errors = [{ code: 'AIQCS0099E', message: 'The double was told to fail.' }];
    Object.assign(resource.entity, {
      status: isBroken ? { state: 'error', failure: { trace: 'trace', errors } } : { state: 'active' },
    });
    if (isBroken) return;
    if (this.subscriptions.get(resource.metadata.id)) this.#addDataSet(resource.metadata.id, 'payload_logging');
    const monitor = this.monitors.get(resource.metadata.id)?.entity;
    if (monitor?.monitor_definition_id === 'quality') this.#addDataSet(monitor.target.target_id, 'feedback');
  }

  #addDataSet(subscription: string, type: string): void {
    const entity = this.subscriptions.get(subscription)?.entity as Subscription;
    const { output_data_schema, training_data_schema } = entity.asset_properties ?? {};
    const { metadata } = this.#add(this.dataSets, {
      data_mart_id: entity.data_mart_id,
      name: `${type} of ${subscription}`,
      type,
      target: { target_type: 'subscription', target_id: subscription },
      data_schema: addRecordFields(type, type === 'feedback' ? training_data_schema : output_data_schema),
    });
    this.records.set(metadata.id, new Map());
  }

  listDefinitions(name?: string): Json {
    const builtIn = Object.entries(DEFINITIONS).map(([id, name]) => ({
      metadata: { id, crn: '', url: `/v2/monitor_definitions/${id}`, created_at: new Date(0).toISOString() },
      entity: { name, tags: [], metrics: [], status: { state: 'active' } },
    }));
    const all = [...builtIn, ...this.definitions.values()];
    return { monitor_definitions: all.filter(({ entity }) => entity.name === (name ?? entity.name)) };
  }

  /** Adds a monitor of the user's own; ids are made of names. */
  addDefinition(body: unknown): Resource {
    const { metrics, tags, ...entity } = parse(monitorDefinitionSchema, body);
    const id = toId(entity.name);
    if (this.definitions.has(id) || Object.hasOwn(DEFINITIONS, id))
      throw new ApiError(409, 'AIQMM0006E', 'A monitor with this name exists.');
    const names = [...metrics, ...tags].map(({ name }) => toId(name));
    if (new Set(names).size < names.length)
      throw new ApiError(400, 'AIQMM0007E', 'Metrics and tags need names of their own.');
    const withId = <Item extends { name: string }>(item: Item) => ({ id: toId(item.name), ...item });
    const withIds = { ...entity, metrics: metrics.map(withId), tags: tags.map(withId) };
    return this.#add(this.definitions, withIds, {}, id);
  }

  deleteDefinition(id: string): void {
    this.see(this.definitions, id);
    if ([...this.monitors.values()].some(({ entity }) => entity.monitor_definition_id === id))
      throw new ApiError(400, 'AIQMM0008E', 'There are instances of this monitor.');
    this.definitions.delete(id);
  }

  addDataMart(body: unknown): Resource {
    const entity = parse(dataMartSchema, body);
    if (entity.internal_database !== true && !entity.database_configuration)
      throw new ApiError(400, 'AIQDM0001E', 'Either internal_database or database_configuration is needed.');
    return this.#add(this.dataMarts, entity);
  }

  addProvider(body: unknown, query: Json): Resource<z.infer<typeof serviceProviderSchema>> {
    const entity = parse(serviceProviderSchema, body);
    if ([...this.providers.values()].some((one) => one.entity.name === entity.name))
      throw new ApiError(409, 'AIQSP0002E', 'A service provider with this name exists.');
    return this.#add(this.providers, entity, query);
  }

  addSubscription(body: unknown, query: Json): Resource<Subscription> {
    const entity = parse(subscriptionSchema, body);
    this.see(this.dataMarts, entity.data_mart_id);
    const provider = this.see(this.providers, entity.service_provider_id);
    if (provider.entity.status['state'] !== 'active')
      throw new ApiError(400, 'AIQCS0004E', 'The service provider is not active.');
    const isDouble = [...this.subscriptions.values()].some(
      (one) =>
        one.entity.service_provider_id === entity.service_provider_id &&
        one.entity.deployment.deployment_id === entity.deployment.deployment_id,
    );
    if (isDouble) throw new ApiError(409, 'AIQCS0005E', 'There is a subscription to this deployment.');
    checkProperties(entity);
    return this.#add(this.subscriptions, entity, query);
  }

  addMonitor(body: unknown, query: Json): Resource<Monitor> {
    const entity = parse(monitorInstanceSchema, body);
    this.see(this.dataMarts, entity.data_mart_id);
    const id = entity.monitor_definition_id;
    if (!Object.hasOwn(DEFINITIONS, id) && !this.definitions.has(id))
      throw new ApiError(404, 'AIQMM0001E', 'There is no such monitor definition.');
    const { target_id } = entity.target;
    const subscription = this.see(this.subscriptions, target_id);
    if (subscription.entity.status['state'] !== 'active')
      throw new ApiError(400, 'AIQMM0002E', 'The subscription is not active.');
    const isDouble = [...this.monitors.values()].some(
      (one) => one.entity.target.target_id === target_id && one.entity.monitor_definition_id === id,
    );
    if (isDouble) throw new ApiError(409, 'AIQMM0003E', 'The subscription has an instance of this monitor.');
    this.#checkMonitor(entity, subscription.entity);
    return this.#add(this.monitors, entity, query);
  }

  #checkMonitor({ monitor_definition_id: id, parameters, target }: Monitor, subscription: Subscription): void {
    if (this.definitions.has(id)) return this.#checkCustom(id, parse(customParametersSchema, parameters ?? {}));
    const schema = monitorParameters[id];
    if (!schema) throw new ApiError(400, 'AIQMM0004E', 'This monitor is deprecated.');
    parse(schema, parameters ?? {});
    const properties = subscription.asset_properties ?? {};
    const space = this.providers.get(subscription.service_provider_id)?.entity.operational_space_id;
    if (id === 'mrm' && space !== 'pre_production')
      throw new ApiError(400, 'AIQMM0005E', 'Model risk management is for pre-production.');
    if (id === 'quality') {
      const [payload] = this.listDataSets(target.target_id, 'payload_logging');
      const hasRecords = payload !== undefined && (this.records.get(payload.metadata.id)?.size ?? 0) > 0;
      if ((this.#options.qualityNeedsPayload || !properties.output_data_schema) && !hasRecords)
        throw new ApiError(400, 'AIQMQ0001E', 'Payload records are needed before quality can be monitored.');
      if (!properties.label_column) throw new ApiError(400, 'AIQMQ0002E', 'label_column is needed.');
    }
    if (id === 'drift_v2') {
      const isTrained = (parameters as { train_archive: boolean }).train_archive;
      if (isTrained && !properties.training_data_reference)
        throw new ApiError(400, 'AIQDT0001E', 'training_data_reference is needed to train an archive.');
      if (!isTrained && !this.archives.has(`drift_v2/${target.target_id}`))
        throw new ApiError(400, 'AIQDT0002E', 'An archive must be uploaded first.');
    }
    if (id === 'explainability') {
      const hasStatistics = (parameters as { training_statistics?: unknown }).training_statistics !== undefined;
      if (!hasStatistics && !this.archives.has(`explainability/${target.target_id}`))
        throw new ApiError(400, 'AIQEM0001E', 'training_statistics or an archive is needed.');
    }
    if (id === 'fairness') {
      const known = properties.feature_fields ?? [];
      const { features } = parameters as { features: { feature: string }[] };
      if (features.some(({ feature }) => !known.includes(feature)))
        throw new ApiError(400, 'AIQFM0001E', 'A feature of the monitor is none of the subscription.');
    }
  }

  #checkCustom(definition: string, { custom_metrics_provider_id: id }: z.infer<typeof customParametersSchema>): void {
    const { type, parameters } = this.see(this.systems, id).entity;
    const { monitor_definition_ids = [] } = (parameters ?? {}) as { monitor_definition_ids?: string[] };
    if (type !== 'custom_metrics_provider' || !monitor_definition_ids.includes(definition))
      throw new ApiError(400, 'AIQMM0009E', 'The integrated system is no provider of this monitor.');
  }

  /** Applies a JSON patch (RFC 6902) to an entity. */
  patch<Entity>(from: Map<string, Resource<Entity>>, id: string, body: unknown, schema?: z.ZodType): Resource<Entity> {
    const resource = this.see(from, id);
    const entity = structuredClone(resource.entity) as Json;
    for (const { op, path, value } of parse(jsonPatchSchema, body)) {
      const keys = path.slice(1).split('/');
      const last = keys.pop() as string;
      let place = entity;
      for (const key of keys) place = (place[key] ??= {}) as Json;
      if (op === 'remove') Reflect.deleteProperty(place, last);
      else if (last === '-' && Array.isArray(place)) place.push(value);
      else place[last] = value;
    }
    if (schema) {
      const { status: _, ...rest } = entity;
      parse(schema, rest);
    }
    if (from === (this.monitors as unknown)) this.#checkPatched(entity as unknown as Monitor);
    resource.entity = entity as Entity & { status: Json };
    return resource;
  }

  #checkPatched(monitor: Monitor): void {
    this.#checkMonitor(monitor, this.see(this.subscriptions, monitor.target.target_id).entity);
  }

  addSystem(body: unknown): Resource {
    const entity = parse(integratedSystemSchema, body);
    const { type, credentials, connection } = entity;
    if (type === 'custom_metrics_provider') parse(customProviderSchema, { credentials, connection });
    return this.#add(this.systems, entity);
  }

  patchSystem(id: string, body: unknown): Resource {
    return this.patch(this.systems, id, body, integratedSystemSchema);
  }

  addRun(monitor: string, body: unknown): Resource {
    const { entity } = this.see(this.monitors, monitor);
    const run = this.#add(this.runs, { ...parse(runSchema, body), monitor_instance_id: monitor });
    if (this.definitions.has(entity.monitor_definition_id))
      run.entity.status = { state: 'running', started_at: new Date().toISOString() };
    return run;
  }

  /** A run of a monitor instance. */
  seeRun(monitor: string, id: string): Resource {
    const run = this.runs.get(id);
    if (run?.entity['monitor_instance_id'] !== monitor) throw new ApiError(404, 'AIQMM0010E', 'There is no such run.');
    return run;
  }

  patchRun(monitor: string, id: string, body: unknown): Resource {
    const run = this.seeRun(monitor, id);
    const { state } = run.entity.status;
    if (state === 'finished' || state === 'error') throw new ApiError(400, 'AIQMM0011E', 'The run has ended.');
    for (const { path, value } of parse(runPatchSchema, body))
      Object.assign(run.entity.status, { [path.split('/')[2] as string]: value });
    return run;
  }

  /** Stores measurements of a monitor instance. */
  addMeasurements(monitor: string, body: unknown): Resource[] {
    const { entity } = this.see(this.monitors, monitor);
    const { metrics, tags } = this.see(this.definitions, entity.monitor_definition_id).entity;
    const metricIds = new Set(metrics.map(({ name }) => toId(name)));
    const tagIds = new Set(tags.map(({ name }) => toId(name)));
    const all = parse(z.array(measurementSchema).min(1), body);
    for (const { run_id, metrics: groups } of all) {
      if (run_id !== undefined) this.seeRun(monitor, run_id);
      for (const [key, value] of groups.flatMap((group) => Object.entries(group)))
        if (!(typeof value === 'number' ? metricIds : tagIds).has(key))
          throw new ApiError(400, 'AIQMM0012E', 'A metric or a tag is none of the definition.');
    }
    return all.map(({ metrics: groups, ...rest }) =>
      this.#add(this.measurements, {
        ...rest,
        values: groups.map((group) => toMeasured(group)),
        monitor_instance_id: monitor,
        monitor_definition_id: entity.monitor_definition_id,
        issue_count: 0,
      }),
    );
  }

  listMeasurements(monitor: string, query: URLSearchParams): Resource[] {
    this.see(this.monitors, monitor);
    const [start, end] = ['start', 'end'].map((name) => Date.parse(query.get(name) ?? '')) as [number, number];
    if (Number.isNaN(start) || Number.isNaN(end)) throw new ApiError(400, 'AIQMM0013E', 'start and end are needed.');
    return [...this.measurements.values()].filter(
      ({ entity }) =>
        entity['monitor_instance_id'] === monitor &&
        entity['run_id'] === (query.get('run_id') ?? entity['run_id']) &&
        Date.parse(entity['timestamp'] as string) >= start &&
        Date.parse(entity['timestamp'] as string) < end,
    );
  }

  addDataSet(body: unknown): Resource {
    const entity = parse(dataSetSchema, body);
    this.see(this.dataMarts, entity.data_mart_id);
    this.see(this.subscriptions, entity.target.target_id);
    const added = this.#add(this.dataSets, entity);
    this.records.set(added.metadata.id, new Map());
    return added;
  }

  /** The records of a data set, as its parameters choose and order them. */
  listRecords(dataSet: string, query: URLSearchParams): Json {
    const type = this.see(this.dataSets, dataSet).entity['type'] as keyof typeof RECORD_FIELDS;
    const [start, end] = [query.get('start') ?? '', query.get('end') ?? '9999'];
    const [column, direction] = (query.get('order') ?? '').split(':');
    const [idField, timeField] = RECORD_FIELDS[type];
    if (column !== '' && (column !== timeField || !['asc', 'desc'].includes(direction ?? '')))
      throw new ApiError(400, 'AIQDS0007E', 'The double orders by time only.');
    const all = [...(this.records.get(dataSet)?.values() ?? [])].filter(({ time }) => time >= start && time < end);
    if (column !== '') all.sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
    if (direction === 'desc') all.reverse();
    const offset = Number(query.get('offset') ?? 0);
    const page = all.slice(offset, offset + Math.min(Number(query.get('limit') ?? 100), 1000));
    const total = query.get('include_total_count') === null ? {} : { total_count: all.length };
    if (query.get('format') !== 'list')
      return {
        records: page.map(({ id, values }) => ({ metadata: { id }, entity: { values } })),
        ...total,
      };
    const rows = page.map(({ id, time, values }): Json => ({ ...values, [idField]: id, [timeField]: time }));
    const fields = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    return { records: [{ fields, values: rows.map((row) => fields.map((field) => row[field] ?? null)) }], ...total };
  }

  putArchive(monitor: string, subscription: string, bytes: Buffer): void {
    this.see(this.subscriptions, subscription);
    // What gzip begins with (RFC 1952).
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw new ApiError(400, 'AIQAR0001E', 'Expected a gzip archive.');
    this.archives.set(`${monitor}/${subscription}`, bytes);
  }

  listDataSets(target?: string, type?: string): Resource[] {
    return [...this.dataSets.values()].filter(
      ({ entity }) =>
        (target === undefined || (entity['target'] as Json)['target_id'] === target) &&
        (type === undefined || entity['type'] === type),
    );
  }

  /**
   * Accepts records; they are stored at once, and the request is done after some polls.
   * @returns the id of the request
   */
  addRecords(dataSet: string, body: unknown, failure?: 'half' | 'none'): string {
    const { type } = this.see(this.dataSets, dataSet).entity;
    const items = parse(z.array(z.unknown()).min(1), body);
    const rows =
      type === 'feedback'
        ? items.flatMap((item, index) => this.#toFeedback(item, dataSet, index))
        : items.flatMap((item) => this.#toPayload(parse(payloadRecordSchema, item), dataSet));
    const stored = failure === 'none' ? [] : failure === 'half' ? rows.slice(0, Math.ceil(rows.length / 2)) : rows;
    const records = this.records.get(dataSet) as Map<string, StoredRecord>;
    for (const record of stored) records.set(record.id, record);
    const id = `request-${(this.#count += 1)}`;
    const errors = [{ code: 'AIQDS0001E', message: 'Some records were not stored.' }];
    this.requests.set(
      id,
      failure
        ? { state: 'error', failure: { trace: 'trace', errors }, polls: 0 }
        : { state: this.#options.settle === 0 ? 'active' : 'preparing', polls: 0 },
    );
    return id;
  }

  /** The state of a request for records. */
  seeRequest(id: string): Json {
    const request = this.requests.get(id);
    if (!request) throw new ApiError(404, 'AIQDS0002E', 'There is no such request.');
    request.polls += 1;
    if (request.state === 'preparing' && request.polls > this.#options.settle) request.state = 'active';
    return { state: request.state, ...(request.failure && { failure: request.failure }) };
  }

  #toPayload(record: z.infer<typeof payloadRecordSchema>, dataSet: string): StoredRecord[] {
    const request = toTable(record.request);
    const response = toTable(record.response);
    if (request.values.length !== response.values.length)
      throw new ApiError(400, 'AIQDS0003E', 'Request and response have different numbers of rows.');
    const subscription = (this.see(this.dataSets, dataSet).entity['target'] as Json)['target_id'] as string;
    const { prediction_field } = this.see(this.subscriptions, subscription).entity.asset_properties ?? {};
    if (prediction_field !== undefined && !response.fields.includes(prediction_field))
      throw new ApiError(400, 'AIQDS0004E', 'The response has no prediction.');
    const scoringId = record.scoring_id ?? `generated-${(this.#count += 1)}`;
    const { request: _, response: __, ...rest } = record;
    return request.values.map((row, index) => ({
      id: `${scoringId}-${index + 1}`,
      time: record.scoring_timestamp ?? new Date().toISOString(),
      values: {
        ...Object.fromEntries(request.fields.map((field, at) => [field, row[at]])),
        ...Object.fromEntries(
          (request.meta?.fields ?? []).map((field, at) => [field, request.meta?.values[index]?.[at]]),
        ),
        ...Object.fromEntries(response.fields.map((field, at) => [field, response.values[index]?.[at]])),
        ...rest,
        scoring_id: `${scoringId}-${index + 1}`,
      },
    }));
  }

  #toFeedback(item: unknown, dataSet: string, index: number): StoredRecord[] {
    const parsed = parse(feedbackSchema, item);
    const isTable = Array.isArray((parsed as RecordedTable).values) && Array.isArray((parsed as RecordedTable).fields);
    const rows: Json[] = isTable
      ? (parsed as RecordedTable).values.map((row) =>
          Object.fromEntries((parsed as RecordedTable).fields.map((field, at) => [field, row[at]])),
        )
      : [parsed];
    const subscription = (this.see(this.dataSets, dataSet).entity['target'] as Json)['target_id'] as string;
    const { label_column = '' } = this.see(this.subscriptions, subscription).entity.asset_properties ?? {};
    if (rows.some((row) => !Object.hasOwn(row, label_column)))
      throw new ApiError(400, 'AIQDS0005E', 'Feedback has no label column.');
    const time = new Date().toISOString();
    return rows.map((values, at) => ({ id: `feedback-${(this.#count += 1)}-${index}-${at}`, values, time }));
  }

  /** Version 1 of payload logging: records of any subscription of the data mart. */
  addOldPayload(dataMart: string, body: unknown): void {
    this.see(this.dataMarts, dataMart);
    for (const record of parse(z.array(oldPayloadSchema).min(1), body)) {
      const { binding_id, subscription_id, deployment_id, ...rest } = record;
      const subscription = this.see(this.subscriptions, subscription_id).entity;
      if (subscription.service_provider_id !== binding_id || subscription.deployment.deployment_id !== deployment_id)
        throw new ApiError(400, 'AIQCS0006E', 'The subscription is of another binding or deployment.');
      const [payload] = this.listDataSets(subscription_id, 'payload_logging');
      const id = (payload as Resource).metadata.id;
      for (const row of this.#toPayload(rest, id)) this.records.get(id)?.set(row.id, row);
    }
  }

  addOldFeedback(dataMart: string, body: unknown): void {
    this.see(this.dataMarts, dataMart);
    const { binding_id, subscription_id, fields, values } = parse(oldFeedbackSchema, body);
    if (this.see(this.subscriptions, subscription_id).entity.service_provider_id !== binding_id)
      throw new ApiError(400, 'AIQCS0006E', 'The subscription is of another binding.');
    const [feedback] = this.listDataSets(subscription_id, 'feedback');
    if (!feedback) throw new ApiError(400, 'AIQMQ0003E', 'Quality is not monitored.');
    const id = feedback.metadata.id;
    for (const row of this.#toFeedback({ fields, values }, id, 0)) this.records.get(id)?.set(row.id, row);
  }

  /** The state as it can be compared with another double's: without ids and times, with names in place of references. */
  describe(): Json {
    const providerName = (id: string) => this.providers.get(id)?.entity.name;
    const deploymentOf = (id: string) => this.subscriptions.get(id)?.entity.deployment.deployment_id;
    const withContainer = (id: string, value: Json) => ({ ...value, container: this.containers.get(id) ?? null });
    return {
      data_marts: this.dataMarts.size,
      service_providers: [...this.providers.values()].map(({ metadata, entity }) => withContainer(metadata.id, entity)),
      subscriptions: [...this.subscriptions.values()].map(({ metadata, entity }) =>
        withContainer(metadata.id, {
          ...entity,
          data_mart_id: null,
          service_provider_id: providerName(entity.service_provider_id),
        }),
      ),
      monitors: [...this.monitors.values()]
        .map(({ metadata, entity }) =>
          withContainer(metadata.id, {
            ...entity,
            data_mart_id: null,
            target: deploymentOf(entity.target.target_id),
          }),
        )
        .sort((one, other) =>
          String(one['monitor_definition_id' as never]) < String(other['monitor_definition_id' as never]) ? -1 : 1,
        ),
      archives: [...this.archives].map(([key, bytes]) => {
        const [monitor, subscription = ''] = key.split('/');
        return { monitor, deployment: deploymentOf(subscription), bytes: bytes.length };
      }),
      records: [...this.dataSets.values()].map(({ metadata, entity }) => ({
        type: entity['type'],
        deployment: deploymentOf((entity['target'] as { target_id: string }).target_id),
        records: [...(this.records.get(metadata.id)?.values() ?? [])].map(({ id, values }) => ({ id, values })),
      })),
      monitor_definitions: [...this.definitions.values()].map(({ entity }) => entity),
      integrated_systems: [...this.systems.values()].map(({ entity }) => entity),
      runs: [...this.runs.values()].map(({ entity }) => entity.status),
      measurements: [...this.measurements.values()].map(({ entity }) => entity['values']),
    };
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new ApiError(400, 'AIQC0001E', listProblems(parsed.error).join('; '));
  return parsed.data;
}

/** The id that OpenScale makes of a name. */
function toId(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
}

/** A group of a measurement as it is read: metrics and tags apart. */
function toMeasured(group: Readonly<Record<string, number | string>>): Json {
  const list = (type: string) =>
    Object.entries(group).flatMap(([id, value]) => (typeof value === type ? [{ id, value }] : []));
  return { metrics: list('number'), tags: list('string') };
}

/** The schema of a data set, with the columns that OpenScale adds. */
function addRecordFields(type: string, schema: { readonly fields: readonly object[] } | undefined): object {
  const [id, time] = RECORD_FIELDS[type as keyof typeof RECORD_FIELDS];
  const toField = (name: string, kind: string, modeling_role: string) => ({
    name,
    type: kind,
    nullable: false,
    metadata: { modeling_role },
  });
  const own = [toField(id, 'string', 'record-id'), toField(time, 'timestamp', 'record-timestamp')];
  return { type: 'struct', fields: [...(schema?.fields ?? []), ...own] };
}

function toTable(value: unknown): RecordedTable {
  const { input_data, predictions } = value as { input_data?: RecordedTable[]; predictions?: RecordedTable[] };
  return input_data?.[0] ?? predictions?.[0] ?? (value as RecordedTable);
}

/** The names that asset properties refer to are in the schemas. */
function checkProperties({ asset_properties: properties = {} }: Subscription): void {
  const { input_data_schema, output_data_schema } = properties;
  const known = (schema: typeof input_data_schema, names: readonly (string | undefined)[], what: string) => {
    if (!schema) return;
    const fields = schema.fields.map(({ name }) => name);
    const missing = names.filter((name) => name !== undefined && !fields.includes(name));
    if (missing.length > 0)
      throw new ApiError(400, 'AIQCS0007E', `${what}: ${missing.length} names are not in the schema.`);
  };
  known(
    input_data_schema,
    [...(properties.feature_fields ?? []), ...(properties.categorical_fields ?? [])],
    'features',
  );
  known(
    output_data_schema,
    [
      properties.prediction_field,
      properties.predicted_target_field,
      ...(properties.probability_fields ?? []),
      properties.input_token_count_field,
      properties.output_token_count_field,
      properties.transaction_id_field,
    ],
    'results',
  );
  const types = (properties.probability_fields ?? []).map(
    (name) => output_data_schema?.fields.find((field) => field.name === name)?.type,
  );
  const isVector = types.length === 1 && typeof types[0] === 'object';
  if (types.length > 0 && output_data_schema && !isVector && types.some((type) => type !== 'double'))
    throw new ApiError(400, 'AIQCS0008E', 'probability_fields: expected one array of doubles, or columns of doubles.');
}
