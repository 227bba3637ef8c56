/** The threads of an engine. */
import { ScoringThreads, type ScoringThreadsOptions, type ThreadSettings } from './scoring-threads.ts';

/** Max requests that the preparing thread has at a time; how many there can be is limited by the memory of their bodies. */
const CONCURRENCY = 1_000;

export class EngineThreads {
  /** Score long requests. */
  readonly scoring: ScoringThreads;
  /** Prepares the long requests to models that run elsewhere: it waits for them, which a scoring thread must not. */
  readonly preparing: ScoringThreads;

  constructor(bodySchemas: ThreadSettings['bodySchemas'], options: ScoringThreadsOptions) {
    this.scoring = new ScoringThreads(bodySchemas, options);
    const preparing = { threads: 1, concurrency: CONCURRENCY, maxQueue: Infinity };
    this.preparing = new ScoringThreads(bodySchemas, { ...options, ...preparing });
  }

  /** Ends the threads; unanswered requests are interrupted. */
  async close(): Promise<void> {
    await Promise.all([this.scoring.close(), this.preparing.close()]);
  }
}
