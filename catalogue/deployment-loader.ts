/**
 * Loads deployments without delaying requests: parsing and compiling a large model takes long, so it is done in another
 * thread, which hands the model over in shared memory. A model that needs more memory than a thread has, or more time than
 * MAX_SECONDS, is invalid, and the engine lives on.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { DeploymentError } from '../errors/deployment-error.ts';
import type { Deployment, SharedDeployment } from '../models/deployment.ts';
import { attachDeployment } from '../models/shared-deployment.ts';
import { loadDeployment, type LoadOptions } from './load-deployment.ts';

/** The minimum size of the files of a folder that is loaded in a thread: 128 KiB of JSON take about 5 ms. */
export const MIN_BYTES_FOR_THREAD = 2 ** 17;
/** The same before the engine answers requests, when starting the thread is what delays. */
const MIN_BYTES_AT_START = 2 ** 20;
/** How long a thread may take to load a deployment. */
const MAX_SECONDS = 300;
/** How long an idle thread is kept, in milliseconds. */
const IDLE = 2000;

/** A folder to be loaded. */
export interface LoadTask {
  readonly folder: string;
}

/** The result of the thread. `local` is a deployment whose model cannot be shared between threads. */
export type LoadReply =
  | { readonly shared: SharedDeployment }
  | { readonly local: true }
  | { readonly problems: readonly string[]; readonly cause: string | undefined; readonly answer: object | undefined };

export class DeploymentLoader {
  readonly #options: LoadOptions;
  #pool: Piscina<LoadTask, LoadReply> | undefined;
  #isStarted = false;
  /** Settled when the thread has nothing to do: Piscina 5.3 forgets what is queued when a thread dies. */
  #lastRun: Promise<unknown> = Promise.resolve();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Must be called when requests are about to be answered. */
  start(): void {
    this.#isStarted = true;
  }

  /**
   * Loads the deployment in a folder.
   * @throws {DeploymentError} when it is invalid, with every problem that was found
   */
  async load(folder: string): Promise<Deployment> {
    const minBytes = this.#isStarted ? MIN_BYTES_FOR_THREAD : MIN_BYTES_AT_START;
    const shared = (await measureFolder(folder)) < minBytes ? undefined : await this.#loadInThread(folder);
    return shared ? attachDeployment(shared) : loadDeployment(folder, this.#options);
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#pool?.destroy();
    this.#pool = undefined;
  }

  async #loadInThread(folder: string): Promise<SharedDeployment | undefined> {
    let reply: LoadReply;
    try {
      reply = await this.#runNext({ folder });
    } catch (cause) {
      throw new DeploymentError([describeDeath(cause)], { cause });
    }
    if ('local' in reply) return undefined;
    if ('shared' in reply) return reply.shared;
    const { problems, cause: stack, answer } = reply;
    if (stack === undefined) throw new DeploymentError(problems);
    const cause = new Error();
    cause.stack = stack;
    throw new DeploymentError(problems, { cause, answer });
  }

  #runNext(task: LoadTask): Promise<LoadReply> {
    const run = this.#lastRun.then(() => {
      this.#pool ??= startPool();
      return this.#pool.run(task, { signal: AbortSignal.timeout(MAX_SECONDS * 1000) });
    });
    this.#lastRun = run.catch(() => undefined);
    return run;
  }
}

function startPool(): Piscina<LoadTask, LoadReply> {
  const pool = new Piscina<LoadTask, LoadReply>({
    // Run from its sources, the project has no loading-thread.js.
    filename: new URL(`loading-thread${import.meta.url.slice(-3)}`, import.meta.url).href,
    // One at a time: while it is parsed, a large model takes ten times the memory that it needs in service.
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE,
  });
  // A thread that dies while it is idle.
  pool.on('error', () => undefined);
  return pool;
}

function describeDeath(cause: unknown): string {
  const { code, name } = cause as { code?: unknown; name?: unknown };
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return 'the model needs more memory than there is to load it';
  if (name === 'AbortError' || name === 'TimeoutError') return `the model took more than ${MAX_SECONDS} s to load`;
  return 'the thread that loaded the model has died; see the log';
}

/** The bytes of the regular files in a folder; 0 if it cannot be read. */
async function measureFolder(folder: string): Promise<number> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const sizes = await Promise.all(
      entries.map(async ({ name }) => {
        const stats = await stat(join(folder, name));
        return stats.isFile() ? stats.size : 0;
      }),
    );
    return sizes.reduce((total, size) => total + size, 0);
  } catch {
    return 0;
  }
}
