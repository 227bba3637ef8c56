/**
 * Several processes behind one port (node:cluster): the first opens the port and hands its connections out in turn, the
 * others are engines. One that dies is replaced; each has its own event loop, threads and limits.
 */
import cluster from 'node:cluster';
import type { Engine } from './engine.ts';
import type { Log } from './log.ts';

/** How long a worker that died before it was ready is not replaced, in milliseconds. */
const PAUSE = 1_000;
const NUMBER = 'ENGINE_WORKER_NUMBER';

/** The workers of an engine. */
export interface Workers {
  /** Resolves when no worker is left: to 0, or to 1 when the first one could not start. */
  readonly ended: Promise<number>;
  /** Lets requests under way end, and the workers with them. */
  stop(): void;
}

/**
 * Starts workers: the first alone, so that what is wrong is said once, then the others.
 * @param onReady is given the greeting of the first when all of them serve
 */
export function startWorkers(count: number, log: Log, onReady: (greeting: string) => void): Workers {
  const awaited = new Set(Array.from({ length: count }, (_, index) => index + 1));
  let greeting: string | undefined;
  let isStopping = false;
  let end: (code: number) => void;
  const ended = new Promise<number>((resolve) => (end = resolve));

  const fork = (number: number): void => {
    const worker = cluster.fork({ [NUMBER]: String(number) });
    let isReady = false;
    worker.on('message', (text: string) => {
      isReady = true;
      if (greeting === undefined) for (let next = 2; next <= count; next++) fork(next);
      greeting ??= text;
      if (awaited.delete(number) && awaited.size === 0) onReady(greeting);
    });
    worker.on('exit', (code, signal) => {
      const isLast = Object.keys(cluster.workers ?? {}).length === 0;
      if (isStopping) return isLast ? end(0) : undefined;
      if (greeting === undefined) return end(1);
      log.error({ worker: number, code, signal }, 'worker died');
      setTimeout(() => isStopping || fork(number), isReady ? 0 : PAUSE);
    });
  };

  fork(1);
  return {
    ended,
    stop: () => {
      isStopping = true;
      const workers = Object.values(cluster.workers ?? {});
      for (const worker of workers) worker?.send('stop');
      if (workers.length === 0) end(0);
    },
  };
}

/** Which of the workers this process is, from 1; undefined where it is none. */
export function toWorkerNumber(): number | undefined {
  return cluster.isWorker ? Number(process.env[NUMBER]) : undefined;
}

/** Makes an engine a worker: it says that it is ready, and stops when it is told to. Left alone, Node ends it. */
export function joinWorkers(engine: Engine, greeting: string): void {
  process.on('message', () => void engine.stop().then(() => process.disconnect()));
  process.send?.(greeting);
}
