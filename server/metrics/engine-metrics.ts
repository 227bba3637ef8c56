/**
 * What an engine counts and measures, for GET /metrics. What happens is counted by an observer of exchanges and by events; what is
 * now the case is looked up when somebody asks. Labels have values of the engine's own, ids of its deployments among them, and
 * never a value that a caller made up.
 */
import { Counter, Registry, type OpenMetricsContentType } from 'prom-client';
import { ERROR_CODES } from '../../errors/engine-error.ts';
import type { RequestOutcome } from '../../models/readiness.ts';
import type { EndedExchange } from '../exchange/exchange-observer.ts';
import { countDroppedLines } from '../log/log.ts';
import { addMeasures, type MeasuredParts } from './add-measures.ts';
import { buildInstruments } from './build-instruments.ts';
import { takeFamilies, type Figures } from './figures.ts';
import { takeProcessFamilies } from './process-metrics.ts';

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

export class EngineMetrics {
  readonly registry = new Registry<OpenMetricsContentType>();
  readonly #instruments;
  readonly #removed = new Map<string, NodeJS.Timeout>();
  readonly #ended: Ended[] = [];
  #parts: MeasuredParts | undefined;

  constructor() {
    this.registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    this.#instruments = buildInstruments(this.registry);
    for (const code of ERROR_CODES) this.#instruments.errors.inc({ code }, 0);
    for (const result of ['served', 'invalid']) this.#instruments.loads.inc({ result }, 0);
    new Counter({
      name: 'custom_ml_engine_log_dropped_lines_total',
      help: 'Lines of the log that were dropped because they could not be written.',
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(countDroppedLines());
      },
    });
    addMeasures([this.registry], () => this.#parts);
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
      if (code !== undefined && status !== 'aborted') this.#instruments.errors.inc({ code }, 1);
      if (duration !== undefined)
        this.#instruments.duration.observe({
          labels: { operation, deployment, status_class: toClass(ended.status) },
          value: duration / 1000,
          exemplarLabels,
        });
      if (scoring_ms === undefined || kind === undefined) continue;
      this.#instruments.scoring.observe({ labels: { kind }, value: scoring_ms / 1000, exemplarLabels });
      equal.rows = (equal.rows ?? 0) + rows;
    }
    for (const { operation, deployment, status, count, rows } of equals.values()) {
      this.#instruments.requests.inc({ operation, deployment, status }, count);
      if (rows !== undefined) this.#instruments.rows.inc({ deployment }, rows);
    }
  }

  /** Counts a request to an upstream. */
  noteUpstreamRequest(deployment: string, { status, failure = 'error', time, isRetry }: RequestOutcome): void {
    this.#instruments.upstreamRequests.inc(
      { deployment, outcome: status === undefined ? failure : toClass(status) },
      1,
    );
    this.#instruments.upstreamDuration.observe({ deployment }, time / 1000);
    this.#instruments.upstreamRetries.inc({ deployment }, Number(isRetry));
  }

  /** Counts a deployment that is served from now on, or that could not be loaded. */
  noteLoad(deployment: string, result: 'served' | 'invalid'): void {
    this.#instruments.loads.inc({ result }, 1);
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
      this.#instruments.requests,
      this.#instruments.duration,
      this.#instruments.rows,
      this.#instruments.upstreamRequests,
      this.#instruments.upstreamDuration,
      this.#instruments.upstreamRetries,
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
