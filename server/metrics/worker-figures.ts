/**
 * The metrics of an engine with workers, in its first process: asks all workers what they have counted, for a short time, and adds
 * that up. A worker that does not answer in time counts with what it said last.
 */
import type { Worker } from 'node:cluster';
import type { FromWorker, ToWorker } from '../workers/worker-messages.ts';
import { renderMetrics, type Format, type MetricsText } from './render.ts';
import { FIRST, type TakeFigures } from './scrape.ts';
import { Totals, type Source } from './totals.ts';

/** Milliseconds that workers have to answer. */
const PATIENCE = 500;

interface Asked {
  readonly source: Source;
  /** Called when it answers. */
  readonly waiting: Set<() => void>;
  /** Whether it has been asked and has not answered yet: it is not asked again. */
  owes: boolean;
  /** Whether it did not answer in time: nobody waits for it until it does. */
  isSilent: boolean;
}

export class WorkerFigures {
  readonly #totals = new Totals();
  readonly #own: Source;
  readonly #takeOwn: TakeFigures;
  readonly #patience: number;
  readonly #workers = new Map<Worker, Asked>();

  /** @param takeOwn gives what the first process itself has counted */
  constructor(takeOwn: TakeFigures, patience = PATIENCE) {
    this.#own = this.#totals.open(FIRST);
    this.#takeOwn = takeOwn;
    this.#patience = patience;
  }

  /** How many workers serve. */
  get count(): number {
    return this.#workers.size;
  }

  /** How many workers did not answer in time, and have not answered since. */
  get silent(): number {
    return [...this.#workers.values()].filter(({ isSilent }) => isSilent).length;
  }

  /** Adds a worker that serves. */
  add(worker: Worker, number: number): void {
    this.#workers.set(worker, {
      source: this.#totals.open(String(number)),
      waiting: new Set(),
      owes: false,
      isSilent: false,
    });
  }

  /** Removes a worker that has ended; what it has counted stays. */
  remove(worker: Worker): void {
    const asked = this.#workers.get(worker);
    if (!asked) return;
    this.#workers.delete(worker);
    asked.source.close();
    for (const answered of asked.waiting) answered();
  }

  /** Takes a message of a worker, if it is about metrics. */
  receive(worker: Worker, message: FromWorker): void {
    if (message.type === 'figures') {
      const asked = this.#workers.get(worker);
      if (!asked) return;
      asked.source.update(message.figures);
      asked.owes = false;
      asked.isSilent = false;
      for (const answered of asked.waiting) answered();
    } else if (message.type === 'scrape') {
      const { id, format } = message;
      this.scrape(format).then(
        (text) => tell(worker, { type: 'scraped', id, text }),
        // The worker notices that there is no answer.
        () => undefined,
      );
    }
  }

  /** The metrics of all processes. */
  async scrape(format: Format): Promise<MetricsText> {
    await Promise.all([...this.#workers].map(([worker, asked]) => this.#ask(worker, asked)));
    this.#own.update(await this.#takeOwn());
    return renderMetrics(this.#totals.toFamilies(), format);
  }

  /** Resolves when a worker has answered or ended, or its time is up. */
  #ask(worker: Worker, asked: Asked): Promise<void> {
    if (asked.isSilent) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        asked.waiting.delete(settle);
        resolve();
      };
      const timer = setTimeout(() => {
        asked.isSilent = true;
        settle();
      }, this.#patience);
      asked.waiting.add(settle);
      if (asked.owes) return;
      asked.owes = true;
      tell(worker, { type: 'tell figures' });
    });
  }
}

function tell(worker: Worker, message: ToWorker): void {
  // A worker that cannot receive messages is about to be removed.
  if (worker.isConnected()) worker.send(message, () => undefined);
}
