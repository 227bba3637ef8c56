/** Boosts in threads of its own, so that the event loop stays free and learning can be stopped at any time. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { LearningOptions } from '../forest/learn-forest.ts';
import type { BoostedModel, BoostingTask } from './boost.ts';
import type { BoostingData, BoostingOptions } from './boosting-data.ts';
import { allocateState, GROUP, type SharedState } from './shared-state.ts';

/** What a thread of a run is told: the leader has a task, the helpers have none. */
export interface ThreadData {
  readonly state: SharedState;
  readonly helpers: number;
  readonly task?: BoostingTask;
}

/** What the leader sends: the number of iterations so far, and finally the model. */
export type LeaderMessage = { readonly iterations: number } | { readonly model: BoostedModel };

/**
 * Boosts. The model does not depend on the number of threads.
 * @param data its arrays must be in shared memory
 * @throws the signal's reason if it is aborted
 */
export async function learnBoosting(
  data: BoostingData,
  options: BoostingOptions,
  task: BoostingTask,
  { threads = availableParallelism(), onProgress, signal }: LearningOptions = {},
): Promise<BoostedModel> {
  signal?.throwIfAborted();
  const state = allocateState(data, options);
  const helpers = Math.min(threads, Math.ceil(data.features.length / GROUP)) - 1;
  const workers = [
    startThread({ state, helpers, task }),
    ...Array.from({ length: helpers }, () => startThread({ state, helpers })),
  ];
  try {
    return await new Promise<BoostedModel>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      for (const worker of workers) {
        worker.once('error', reject);
        worker.once('exit', (code) => reject(new Error(`A thread of the training ended with ${code}.`)));
        worker.on('message', (message: LeaderMessage) => {
          if ('model' in message) resolve(message.model);
          else onProgress?.(message.iterations, options.iterations);
        });
      }
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function startThread(workerData: ThreadData): Worker {
  // Run from source, there is no boosting-thread.js, only boosting-thread.ts.
  return new Worker(new URL(`boosting-thread${import.meta.url.slice(-3)}`, import.meta.url), { workerData });
}
