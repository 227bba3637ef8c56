/**
 * What an engine counts and measures, for GET /metrics. What happens is counted by an observer of exchanges and by events; what is
 * now the case is looked up when somebody asks. Labels have values of the engine's own, ids of its deployments among them, and
 * never a value that a caller made up.
 */
import { Counter, Gauge, Histogram, Registry, type OpenMetricsContentType } from 'prom-client';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { ERROR_CODES } from '../../errors/engine-error.ts';
import type { RequestOutcome } from '../../models/readiness.ts';
import type { Admission } from '../admission.ts';
import type { Bodies } from '../bodies.ts';
import type { EngineThreads } from '../engine-threads.ts';
import type { EndedExchange } from '../exchange-observer.ts';
import { countDroppedLines } from '../log.ts';
import { takeFamilies, type Figures } from './figures.ts';
import { takeProcessFamilies } from './process-metrics.ts';

/** From a one-row request to an upstream that takes a minute, in seconds. */
const BUCKETS = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

/** Milliseconds after which a removed deployment is forgotten: what it counted last must have been asked for until then. */
const FORGET_TIME = 15 * 60_000;

/** The value of `operation` for whatever is not an operation of the contract, or not authorized. */
const NO_OPERATION = 'other';

/** How many exchanges are counted at once. */
const AT_ONCE = 256;

/** What is counted of an exchange. */
interface Ended {
  readonly operation: string;
  readonly deployment: string;
  readonly rows: number | undefined;
  readonly kind: string | undefined;
  readonly scoring_ms: number | undefined;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly duration: number | undefined;
  /** The id of its trace, if that is recorded. */
  readonly traceId: string | undefined;
}

/** Exchanges that are counted together. */
interface Equals {
  readonly operation: string;
  readonly deployment: string;
  readonly status: number | string;
  count: number;
  /** The rows that were scored; undefined if nothing was. */
  rows: number | undefined;
}

/** Which parts of an engine are looked at when somebody asks. */
export interface MeasuredParts {
  readonly catalogue: Pick<Catalogue, 'list' | 'listInvalid' | 'folderProblem'>;
  readonly admission: Admission;
  readonly bodies: Bodies;
  readonly threads: EngineThreads | undefined;
}

export class EngineMetrics {
  readonly registry = new Registry<OpenMetricsContentType>();
  readonly #requests;
  readonly #duration;
  readonly #errors;
  readonly #rows;
  readonly #scoring;
  readonly #upstreamRequests;
  readonly #upstreamDuration;
  readonly #upstreamRetries;
  readonly #loads;
  readonly #removed = new Map<string, NodeJS.Timeout>();
  readonly #ended: Ended[] = [];
  #parts: MeasuredParts | undefined;

  constructor() {
    this.registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const registers = [this.registry];
    this.#requests = new Counter({
      name: 'custom_ml_engine_requests_total',
      help: 'Requests that have ended, by HTTP status; aborted if the client went before it had the reply.',
      labelNames: ['operation', 'deployment', 'status'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'custom_ml_engine_request_duration_seconds',
      help: 'Time from the headers of a request to the last byte of its reply.',
      labelNames: ['operation', 'deployment', 'status_class'],
      buckets: BUCKETS,
      enableExemplars: true,
      registers,
    });
    this.#errors = new Counter({
      name: 'custom_ml_engine_errors_total',
      help: 'Error replies, by the code in their body (docs/contract.md).',
      labelNames: ['code'],
      registers,
    });
    this.#rows = new Counter({
      name: 'custom_ml_engine_rows_total',
      help: 'Rows that were scored.',
      labelNames: ['deployment'],
      registers,
    });
    this.#scoring = new Histogram({
      name: 'custom_ml_engine_scoring_duration_seconds',
      help: 'Time to check the rows of a request, score them and write the answer, by the kind of the model.',
      labelNames: ['kind'],
      buckets: BUCKETS,
      enableExemplars: true,
      registers,
    });
    this.#upstreamRequests = new Counter({
      name: 'custom_ml_engine_upstream_requests_total',
      help: 'Requests that were sent to the upstream of a deployment, by the class of the status or why there was no reply.',
      labelNames: ['deployment', 'outcome'],
      registers,
    });
    this.#upstreamDuration = new Histogram({
      name: 'custom_ml_engine_upstream_request_duration_seconds',
      help: 'Time of a request to the upstream of a deployment, without the wait for a connection.',
      labelNames: ['deployment'],
      buckets: BUCKETS,
      registers,
    });
    this.#upstreamRetries = new Counter({
      name: 'custom_ml_engine_upstream_retries_total',
      help: 'Requests to the upstream of a deployment that repeated a failed one.',
      labelNames: ['deployment'],
      registers,
    });
    this.#loads = new Counter({
      name: 'custom_ml_engine_deployment_loads_total',
      help: 'Deployments that were loaded, at the start or after a change of their folder, by whether they could be served.',
      labelNames: ['result'],
      registers,
    });
    for (const code of ERROR_CODES) this.#errors.inc({ code }, 0);
    for (const result of ['served', 'invalid']) this.#loads.inc({ result }, 0);
    new Counter({
      name: 'custom_ml_engine_log_dropped_lines_total',
      help: 'Lines of the log that were dropped because they could not be written.',
      registers,
      collect() {
        this.reset();
        this.inc(countDroppedLines());
      },
    });
    addMeasures(registers, () => this.#parts);
  }

  /** Looks at the parts of an engine from now on. */
  watch(parts: MeasuredParts): void {
    this.#parts = parts;
  }

  /**
   * Notes an exchange that has ended: the observer of all of them. They are counted by the hundred, which costs less than to count each
   * by itself: equal ones are counted together.
   */
  readonly observe = ({ details, status, error, duration, trace }: EndedExchange): void => {
    const { operation = NO_OPERATION, deployment = '', rows, kind, scoring_ms } = details;
    const traceId = trace?.isSampled === true ? trace.traceId : undefined;
    this.#ended.push({ operation, deployment, rows, kind, scoring_ms, status, code: error?.code, duration, traceId });
    if (this.#ended.length >= AT_ONCE) this.#count();
  };

  /** Counts the exchanges that have been noted. */
  #count(): void {
    const equals = new Map<string, Equals>();
    for (const ended of this.#ended.splice(0)) {
      const { operation, deployment, rows = 0, kind, scoring_ms, status = 'aborted', code, duration, traceId } = ended;
      const key = `${operation} ${deployment} ${status}`;
      let equal = equals.get(key);
      if (!equal) equals.set(key, (equal = { operation, deployment, status, count: 0, rows: undefined }));
      equal.count += 1;
      const exemplarLabels = traceId === undefined ? NO_LABELS : { trace_id: traceId };
      if (code !== undefined && status !== 'aborted') this.#errors.inc({ code }, 1);
      if (duration !== undefined)
        this.#duration.observe({
          labels: { operation, deployment, status_class: toClass(ended.status) },
          value: duration / 1000,
          exemplarLabels,
        });
      if (scoring_ms === undefined || kind === undefined) continue;
      this.#scoring.observe({ labels: { kind }, value: scoring_ms / 1000, exemplarLabels });
      equal.rows = (equal.rows ?? 0) + rows;
    }
    for (const { operation, deployment, status, count, rows } of equals.values()) {
      this.#requests.inc({ operation, deployment, status }, count);
      if (rows !== undefined) this.#rows.inc({ deployment }, rows);
    }
  }

  /** Counts a request to an upstream. */
  noteUpstreamRequest(deployment: string, { status, failure = 'error', time, isRetry }: RequestOutcome): void {
    this.#upstreamRequests.inc({ deployment, outcome: status === undefined ? failure : toClass(status) }, 1);
    this.#upstreamDuration.observe({ deployment }, time / 1000);
    this.#upstreamRetries.inc({ deployment }, Number(isRetry));
  }

  /** Counts a deployment that is served from now on, or that could not be loaded. */
  noteLoad(deployment: string, result: 'served' | 'invalid'): void {
    this.#loads.inc({ result }, 1);
    if (result === 'invalid') return;
    clearTimeout(this.#removed.get(deployment));
    this.#removed.delete(deployment);
  }

  /** Forgets a deployment that was removed, after a while, unless it comes back. */
  noteRemoved(deployment: string, time = FORGET_TIME): void {
    clearTimeout(this.#removed.get(deployment));
    this.#removed.set(deployment, setTimeout(() => void this.#forget(deployment), time).unref());
  }

  /** Everything that was counted so far and is measured now. */
  async take(): Promise<Figures> {
    this.#count();
    const deployments = new Set(this.#removed.keys());
    for (const { file } of this.#parts?.catalogue.list() ?? []) deployments.add(file.id);
    const [families, process] = await Promise.all([takeFamilies(this.registry), takeProcessFamilies()]);
    return { families, process, deployments: [...deployments] };
  }

  async #forget(deployment: string): Promise<void> {
    this.#count();
    const metrics = [
      this.#requests,
      this.#duration,
      this.#rows,
      this.#upstreamRequests,
      this.#upstreamDuration,
      this.#upstreamRetries,
    ] as const;
    for (const metric of metrics) {
      const { values } = await metric.get();
      for (const { labels } of values as { labels: Record<string, string> }[]) {
        const { le: _, ...own } = labels;
        if (own['deployment'] === deployment) (metric as Pick<Counter, 'remove'>).remove(own);
      }
    }
    this.#removed.delete(deployment);
  }
}

const NO_LABELS = {};

/** The class of a status: 2xx; aborted where there is none. */
function toClass(status: number | undefined): string {
  return status === undefined ? 'aborted' : (CLASSES[Math.floor(status / 100)] ?? 'other');
}

const CLASSES: readonly (string | undefined)[] = [undefined, '1xx', '2xx', '3xx', '4xx', '5xx'];

/** Adds what is looked up when somebody asks. */
function addMeasures(registers: Registry<OpenMetricsContentType>[], find: () => MeasuredParts | undefined): void {
  /** A gauge; by labels that are joined by a space, its values. */
  const gauge = (
    name: string,
    help: string,
    labelNames: readonly string[],
    aggregator: 'sum' | 'max' | 'min',
    measure: (parts: MeasuredParts, set: (value: number, ...labels: string[]) => void) => void,
  ) =>
    new Gauge({
      name: `custom_ml_engine_${name}`,
      help,
      labelNames,
      aggregator,
      registers,
      collect() {
        this.reset();
        const parts = find();
        if (parts) measure(parts, (value, ...labels) => this.labels(...labels).set(value));
      },
    });
  const counter = (
    name: string,
    help: string,
    labelNames: readonly string[],
    measure: (parts: MeasuredParts, set: (value: number, ...labels: string[]) => void) => void,
  ) =>
    new Counter({
      name: `custom_ml_engine_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        const parts = find();
        if (parts) measure(parts, (value, ...labels) => this.labels(...labels).inc(value));
      },
    });

  gauge('slots_used', 'Requests in progress, by the kind of slot.', ['slot'], 'sum', ({ admission }, set) => {
    for (const slot of SLOTS) set(admission.countTaken(slot), slot);
  });
  gauge(
    'slots_max',
    'Requests that may be in progress, by the kind of slot.',
    ['slot'],
    'sum',
    ({ admission }, set) => {
      for (const slot of SLOTS) set(admission.maxConcurrency, slot);
    },
  );
  gauge('waiting_requests', 'Requests that wait for another system, without a slot.', [], 'sum', (parts, set) =>
    set(parts.admission.waiting),
  );
  gauge('arriving_bodies', 'Bodies of requests that are arriving.', [], 'sum', ({ bodies }, set) =>
    set(bodies.arriving.count),
  );
  gauge('body_memory_bytes', 'Memory that bodies take, without their first 64 KiB each.', [], 'sum', (parts, set) =>
    set(parts.bodies.memory.bytes),
  );
  gauge('body_memory_max_bytes', 'Memory that bodies may take.', [], 'sum', ({ bodies }, set) =>
    set(bodies.memory.maxBytes),
  );
  gauge('threads', 'Running threads, by what they do.', ['pool'], 'sum', ({ threads }, set) => {
    for (const pool of POOLS) set(threads?.[pool].threads.length ?? 0, pool);
  });
  gauge('thread_requests', 'Requests that a thread has or that wait for one.', ['pool'], 'sum', ({ threads }, set) => {
    for (const pool of POOLS) set(threads?.[pool].underWay ?? 0, pool);
  });
  gauge('thread_queue_length', 'Requests that wait for a thread.', ['pool'], 'sum', ({ threads }, set) => {
    for (const pool of POOLS) set(threads?.[pool].waiting ?? 0, pool);
  });
  counter(
    'rejections_total',
    'Requests that were rejected because a limit was reached, by the limit.',
    ['limit'],
    ({ admission, bodies, threads }, set) => {
      set(admission.rejected.slots, 'slots');
      set(admission.rejected.waiting, 'waiting');
      set((threads?.scoring.rejected ?? 0) + (threads?.preparing.rejected ?? 0), 'threads');
      set(bodies.memory.rejected, 'body_memory');
      set(bodies.arriving.evicted, 'arriving_bodies');
    },
  );
  gauge('deployments', 'Deployments of the folder, by state.', ['state'], 'max', ({ catalogue }, set) => {
    set(catalogue.list().length, 'served');
    set(catalogue.listInvalid().length, 'invalid');
  });
  gauge(
    'deployments_folder_readable',
    '1 while the folder of the deployments can be read, otherwise 0.',
    [],
    'min',
    ({ catalogue }, set) => set(Number(catalogue.folderProblem === undefined)),
  );
  gauge(
    'upstream_circuit_open',
    '1 while calls to the upstream of a deployment are paused because it failed repeatedly, otherwise 0.',
    ['deployment'],
    'max',
    ({ catalogue }, set) => {
      for (const { file, remote } of catalogue.list()) if (remote) set(Number(remote.isCircuitOpen), file.id);
    },
  );
  gauge(
    'upstream_ready',
    '1 while the upstream of a deployment answers, otherwise 0; missing until it was checked.',
    ['deployment'],
    'min',
    ({ catalogue }, set) => {
      for (const { file, remote } of catalogue.list())
        if (remote && remote.state.status !== 'unknown') set(Number(remote.state.status === 'ready'), file.id);
    },
  );
}

const SLOTS = ['scoring', 'discovery'] as const;
const POOLS = ['scoring', 'preparing'] as const;
