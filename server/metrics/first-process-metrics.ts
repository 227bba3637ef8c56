import { Counter, Gauge } from 'prom-client';
import { EngineMetrics } from './engine-metrics.ts';
import { WorkerFigures } from './worker-figures.ts';

/** What the first process of an engine with workers counts: what it answers itself while there is no worker, and its workers. */
export class FirstProcessMetrics extends EngineMetrics {
  readonly workers: WorkerFigures;
  readonly #deaths;

  constructor() {
    super();
    const registers = [this.registry];
    const workers = (this.workers = new WorkerFigures(() => this.take()));
    this.#deaths = new Counter({
      name: 'custom_ml_engine_worker_deaths_total',
      help: 'Workers that have died and were replaced.',
      registers,
    });
    new Gauge({
      name: 'custom_ml_engine_workers',
      help: 'Workers that serve.',
      registers,
      collect() {
        this.set(workers.count);
      },
    });
    new Gauge({
      name: 'custom_ml_engine_silent_workers',
      help: 'Workers that did not say in time what they have counted; they count with what they said before.',
      registers,
      collect() {
        this.set(workers.silent);
      },
    });
  }

  /** Counts a worker that has died. */
  noteDeath(): void {
    this.#deaths.inc();
  }
}
