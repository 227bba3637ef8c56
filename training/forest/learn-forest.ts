/**
 * Learns a forest on worker threads, one task per tree. What a tree draws depends only on the seed and its number, so the
 * forest does not depend on the number of threads. A tree leaves its thread as JSON, of which a forest takes the least
 * memory.
 */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { toForestJson } from './forest-json.ts';
import type { TrainingData, TreeOptions } from './grow-tree.ts';
import { prepareVotes, toOutOfBag, type OutOfBag } from './out-of-bag.ts';
import { buildSizeCheck, type GrownTree } from './size-check.ts';

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
  /** The number of iterations of boosting, where it is known from other rows of the table. */
  readonly iterations?: number | undefined;
}

export interface LearnedForest {
  /** The JSON of the forest, in parts. */
  readonly json: Iterable<Uint8Array>;
  /** For each feature, 1 if a tree splits it, else 0. */
  readonly used: Uint8Array;
  readonly outOfBag: OutOfBag;
}

/**
 * Learns a forest. The bins of the features must be in shared memory.
 * @throws {CommandError} as soon as it is clear that the forest will be too large to be loaded
 */
export async function learnForest(
  data: TrainingData,
  { trees, ...options }: ForestOptions,
  { threads = availableParallelism(), onProgress, signal }: LearningOptions = {},
): Promise<LearnedForest> {
  const { classCount, features } = data;
  const votes = prepareVotes(data);
  const pool = new Piscina<number, GrownTree>({
    // Run from source, there is no worker.js, only worker.ts.
    filename: new URL(`worker${import.meta.url.slice(-3)}`, import.meta.url).href,
    workerData: { data, options, votes },
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
    const used = new Uint8Array(features.length);
    const checkSize = buildSizeCheck(trees);
    const grow = async (index: number) => {
      const tree = await pool.run(index);
      checkSize(tree);
      tree.used.forEach((feature) => (used[feature] = 1));
      done += 1;
      onProgress?.(done, trees);
      return tree.json;
    };
    const grown = await Promise.all(Array.from({ length: trees }, (_, index) => grow(index)));
    return {
      json: toForestJson(grown, { featureCount: features.length, classCount, ...options }),
      used,
      outOfBag: toOutOfBag(votes),
    };
  } catch (error) {
    stop();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await pool.destroy();
  }
}
