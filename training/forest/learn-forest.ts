/**
 * Learns a forest on worker threads, one task per tree. What a tree draws depends only on the seed and its number, so the
 * forest does not depend on the number of threads.
 */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { TrainingData, Tree, TreeOptions } from './grow-tree.ts';

export interface ForestOptions extends TreeOptions {
  readonly trees: number;
}

export interface LearningOptions {
  /** The number of threads; all cores by default. */
  readonly threads?: number;
  /** Called after each tree, or iteration of boosting, with the number so far and their total. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborts learning: learnForest then rejects. */
  readonly signal?: AbortSignal;
}

/** Learns the trees of a forest, in their order. The bins of the features must be in shared memory. */
export async function learnForest(
  data: TrainingData,
  { trees, ...options }: ForestOptions,
  { threads = availableParallelism(), onProgress, signal }: LearningOptions = {},
): Promise<Tree[]> {
  const pool = new Piscina<number, Tree>({
    // Run from source, there is no worker.js, only worker.ts.
    filename: new URL(`worker${import.meta.url.slice(-3)}`, import.meta.url).href,
    workerData: { data, options },
    minThreads: Math.min(threads, trees),
    maxThreads: Math.min(threads, trees),
  });
  // A destroyed pool rejects its pending tasks.
  const stop = () => {
    // Piscina 5.3 emits an error, otherwise uncaught, when a tree arrives from a thread that it has just destroyed.
    pool.on('error', () => undefined);
    void pool.destroy();
  };
  signal?.addEventListener('abort', stop);
  try {
    let done = 0;
    const grow = async (index: number) => {
      const tree = await pool.run(index);
      done += 1;
      onProgress?.(done, trees);
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
