/**
 * Learns a forest on worker threads, a tree a task. What a tree draws depends on the seed and its number alone, so the
 * forest is the same whatever the number of threads.
 */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { TrainingData, Tree, TreeOptions } from './grow-tree.ts';

export interface ForestOptions extends TreeOptions {
  readonly trees: number;
}

export interface LearningOptions {
  /** How many threads learn; all cores where it is left out. */
  readonly threads?: number;
  /** Told after each tree how many there are. */
  readonly onProgress?: (trees: number) => void;
  /** Ends the learning: learnForest then rejects. */
  readonly signal?: AbortSignal;
}

/** Learns the trees of a forest, in their order. The bins of the features must be in shared memory. */
export async function learnForest(
  data: TrainingData,
  { trees, ...options }: ForestOptions,
  { threads = availableParallelism(), onProgress, signal }: LearningOptions = {},
): Promise<Tree[]> {
  const pool = new Piscina<number, Tree>({
    // Run from its sources the project has no worker.js.
    filename: new URL(`worker${import.meta.url.slice(-3)}`, import.meta.url).href,
    workerData: { data, options },
    minThreads: Math.min(threads, trees),
    maxThreads: Math.min(threads, trees),
  });
  // A pool that is destroyed rejects what it has not done.
  const stop = () => {
    // Piscina 5.3 emits an error, uncaught otherwise, when a tree arrives from a thread that it has just destroyed.
    pool.on('error', () => undefined);
    void pool.destroy();
  };
  signal?.addEventListener('abort', stop);
  try {
    let done = 0;
    const grow = async (index: number) => {
      const tree = await pool.run(index);
      done += 1;
      onProgress?.(done);
      return tree;
    };
    return await Promise.all(Array.from({ length: trees }, (_, index) => grow(index)));
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await pool.destroy();
  }
}
