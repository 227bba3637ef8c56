/**
 * The metrics providers as the first or only process of an engine has them. A run is evaluated in a thread, once, however often it is
 * asked for. A caller waits for its end at most `wait`, so that OpenScale has an answer before its own time limit
 * (custom_metrics_wait_time, 60 s by default); a run that takes longer goes on, and ends at OpenScale by itself.
 */
import { Worker } from 'node:worker_threads';
import { EngineError } from '../../errors/engine-error.ts';
import {
  toNotFound,
  type MetricsProviders,
  type MetricsRun,
  type MetricsRunRequest,
} from '../../handlers/metrics-providers.ts';
import type { EndedRun } from '../../openscale/metrics-providers/run-request.ts';
import { tooBusy } from '../admission.ts';
import type { Log } from '../log/log.ts';
import type { FromMetricsThread, MetricsThreadData, ToMetricsThread } from './metrics-messages.ts';
import { fromThreadFailure } from '../threads/thread-failure.ts';

/** How long a stop waits until runs are ended at OpenScale, in milliseconds. */
const STOP_TIME = 5000;

/** Metrics providers that can be stopped. */
export interface RunningMetricsProviders extends MetricsProviders {
  /** Ends the runs that are under way, here and at OpenScale, within five seconds. */
  stop(): Promise<void>;
}

interface RunUnderWay {
  readonly id: number;
  readonly name: string;
  readonly request: MetricsRunRequest;
  readonly ended: Promise<EndedRun>;
  readonly resolve: (ended: EndedRun) => void;
  readonly reject: (error: EngineError) => void;
}

/** Makes the providers of the settings; the thread starts with the first run. */
export function startMetricsProviders(data: Omit<MetricsThreadData, 'stopTime'>, log: Log): RunningMetricsProviders {
  return new Providers({ ...data, stopTime: STOP_TIME * 0.8 }, log);
}

class Providers implements RunningMetricsProviders {
  readonly #data: MetricsThreadData;
  readonly #log: Log;
  readonly #runs = new Map<string, RunUnderWay>();
  #thread: Worker | undefined;
  #count = 0;
  #stopped: Promise<void> | undefined;

  constructor(data: MetricsThreadData, log: Log) {
    this.#data = data;
    this.#log = log;
  }

  async run(name: string, request: MetricsRunRequest): Promise<MetricsRun> {
    const { wait, providers } = this.#data.settings;
    if (!Object.hasOwn(providers, name)) throw toNotFound();
    const { custom_monitor_run_id: run_id, custom_monitor_instance_id: instance } = request;
    const key = `${instance}/${run_id}`;
    const run = this.#runs.get(key) ?? this.#start(key, name, request);
    if (run.name !== name) {
      const target = { type: 'parameter', name: 'name' } as const;
      throw new EngineError('invalid_value', 'Another provider evaluates this run.', { target });
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, wait)));
    try {
      const ended = await Promise.race([run.ended, late]);
      if (!ended) return { run_id, state: 'running' };
      const { state, message, records, measurements } = ended;
      return {
        run_id,
        state,
        ...(message !== undefined && { message }),
        ...(records !== undefined && { records }),
        ...(measurements !== undefined && { measurements }),
      };
    } finally {
      clearTimeout(timer);
    }
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  #start(key: string, name: string, request: MetricsRunRequest): RunUnderWay {
    if (this.#stopped) throw new EngineError('stopping', 'The engine is stopping. Retry later.');
    const { concurrency, queue } = this.#data.settings;
    if (this.#runs.size >= concurrency + queue) throw tooBusy();
    const id = (this.#count += 1);
    let settle: Pick<RunUnderWay, 'resolve' | 'reject'> | undefined;
    const ended = new Promise<EndedRun>((resolve, reject) => (settle = { resolve, reject }));
    const run: RunUnderWay = {
      id,
      name,
      request,
      ended,
      ...(settle as unknown as Pick<RunUnderWay, 'resolve' | 'reject'>),
    };
    this.#runs.set(key, run);
    this.#post({ type: 'run', id, name, request });
    void this.#watch(key, run);
    return run;
  }

  /** Logs how a run ends. */
  async #watch(key: string, { name: provider, request, ended }: RunUnderWay): Promise<void> {
    const started = performance.now();
    const line = { provider, run: request.custom_monitor_run_id };
    const toTime = () => Math.round(performance.now() - started);
    try {
      const outcome = await ended;
      const level = outcome.state === 'finished' ? 'info' : 'warn';
      this.#log[level]({ ...line, ...outcome, ms: toTime() }, 'metrics run');
    } catch (error) {
      const { code, message, cause } = error as EngineError;
      this.#log.error(
        { ...line, code, message, cause: (cause as Error | undefined)?.stack, ms: toTime() },
        'metrics run',
      );
    } finally {
      this.#runs.delete(key);
    }
  }

  #post(message: ToMetricsThread): void {
    (this.#thread ??= this.#open()).postMessage(message);
  }

  #open(): Worker {
    // Run from its sources, the project has no metrics-thread.js.
    const thread = new Worker(new URL(`./metrics-thread${import.meta.url.slice(-3)}`, import.meta.url), {
      workerData: this.#data,
      name: 'metrics',
      resourceLimits: { maxOldGenerationSizeMb: this.#data.settings.memory },
    });
    thread.on('message', (message: FromMetricsThread) => {
      const run = [...this.#runs.values()].find(({ id }) => id === message.id);
      if (message.type === 'ended') run?.resolve(message.ended);
      else run?.reject(fromThreadFailure(message.failure));
    });
    thread.on('error', (error) => this.#log.error({ cause: error.stack }, 'metrics: the thread died'));
    thread.on('exit', () => this.#onExit(thread));
    // It keeps no process alive by itself; a listener for messages would.
    thread.unref();
    return thread;
  }

  #onExit(thread: Worker): void {
    if (this.#thread === thread) this.#thread = undefined;
    const runs = [...this.#runs.values()];
    for (const { reject } of runs)
      reject(new EngineError('interrupted', 'The evaluation of the run ended unexpectedly. Evaluate again.'));
    // OpenScale does not wait for ever for those that are lost; a new thread says so at once.
    if (!this.#stopped) for (const { name, request } of runs) this.#post({ type: 'abandon', id: 0, name, request });
  }

  async #stop(): Promise<void> {
    const thread = this.#thread;
    if (!thread) return;
    const ended = new Promise((resolve) => thread.once('exit', resolve));
    thread.postMessage({ type: 'stop' } satisfies ToMetricsThread);
    const timer = setTimeout(() => void thread.terminate(), STOP_TIME);
    await ended;
    clearTimeout(timer);
  }
}
