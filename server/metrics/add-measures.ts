/** What is now the case in an engine, looked up when somebody asks: slots, memory, threads, deployments and upstreams. */
import { Counter, Gauge, type OpenMetricsContentType, type Registry } from 'prom-client';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Admission } from '../admission.ts';
import type { Bodies } from '../bodies/bodies.ts';
import type { EngineThreads } from '../threads/engine-threads.ts';

/** Which parts of an engine are looked at when somebody asks. */
export interface MeasuredParts {
  readonly catalogue: Pick<Catalogue, 'list' | 'listInvalid' | 'folderProblem'>;
  readonly admission: Admission;
  readonly bodies: Bodies;
  readonly threads: EngineThreads | undefined;
}

/** Adds what is looked up when somebody asks. */
export function addMeasures(
  registers: Registry<OpenMetricsContentType>[],
  find: () => MeasuredParts | undefined,
): void {
  /** A gauge with labels, and a function that gives its values. */
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
