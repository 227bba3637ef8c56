import { Counter, Gauge, Registry, type OpenMetricsContentType } from 'prom-client';
import { countDroppedLines } from '../log.ts';
import { takeFamilies } from './figures.ts';
import { takeProcessFamilies } from './process-metrics.ts';
import { WorkerFigures } from './worker-figures.ts';

/** What the first process of an engine with workers counts itself, and the figures of its workers. */
export class FirstProcessMetrics {
  readonly registry = new Registry<OpenMetricsContentType>();
  readonly workers: WorkerFigures;
  readonly #deaths;

  constructor() {
    this.registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const registers = [this.registry];
    const workers = (this.workers = new WorkerFigures(async () => {
      const [families, process] = await Promise.all([takeFamilies(this.registry), takeProcessFamilies()]);
      return { families, process, deployments: [] };
    }));
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
    new Counter({
      name: 'custom_ml_engine_log_dropped_lines_total',
      help: 'Lines of the log that were dropped because nobody read it.',
      registers,
      collect() {
        this.reset();
        this.inc(countDroppedLines());
      },
    });
  }

  /** Counts a worker that has died. */
  noteDeath(): void {
    this.#deaths.inc();
  }
}
