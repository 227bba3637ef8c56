/** Boosts in threads of its own, so that the event loop stays free and learning can be stopped at any time. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { CommandError } from '../../errors/command-error.ts';
import type { LearningOptions } from '../forest/learn-forest.ts';
import { findFreeMemory, toMiB } from '../free-memory.ts';
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
 * Checks that boosting has enough memory: it keeps the score and the probability of each class for each row.
 * @param free how much there is, in bytes
 * @throws {CommandError} if it does not suffice
 */
export function checkMemory({ target, classCount }: BoostingData, free: number = findFreeMemory()): void {
  const bytes = 16 * target.length * Math.max(1, classCount);
  if (bytes <= free) return;
  throw new CommandError(
    `Boosting ${classCount > 0 ? `${classCount} classes of ` : ''}${target.length} rows would take ${toMiB(bytes)} of memory, of which ${toMiB(free)} are free. Learn from fewer rows or classes, or choose --kind random-forest.`,
  );
}

/**
 * Boosts. The model does not depend on the number of threads.
 * @param data its arrays must be in shared memory
 * @throws {CommandError} if there is too little memory; the signal's reason if it is aborted
 */
export async function learnBoosting(
  data: BoostingData,
  options: BoostingOptions,
  task: BoostingTask,
  { threads = availableParallelism(), onProgress, signal }: LearningOptions = {},
): Promise<BoostedModel> {
  signal?.throwIfAborted();
  checkMemory(data);
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
