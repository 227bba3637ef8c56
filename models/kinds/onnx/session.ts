/** A model in onnxruntime, in a process of its own (session-process.ts). */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { FilePlan } from './read-file.ts';
import type { FromProcess, RunMessage, RunReply, StartMessage } from './session-messages.ts';
import type { Tensor } from './tensor.ts';

export interface SessionOptions extends StartMessage {
  /** After how many milliseconds a run fails, and the process is ended. */
  readonly timeout: number;
}

/** How long the runtime may take to read a model, in milliseconds. */
const START_TIMEOUT = 300_000;
/** How much of what the runtime writes is kept for the log, in bytes. */
const MAX_COMPLAINT = 4096;

/** What the process needs of the environment: to find the runtime, and to be run. It must not see secrets. */
const VARIABLES = [
  ...['NODE_PATH', 'NODE_OPTIONS', 'NODE_V8_COVERAGE', 'PATH', 'HOME', 'LANG', 'TMPDIR', 'TEMP', 'TMP'],
  ...['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'SystemRoot', 'windir'],
];

/** The runtime is not installed. */
export class MissingRuntimeError extends Error {
  override readonly name = 'MissingRuntimeError';
}

/** The runtime does not accept the model. */
export class RejectedModelError extends Error {
  override readonly name = 'RejectedModelError';
}

/** A process that reads the model, or has read it. */
interface Running {
  readonly child: ChildProcess;
  readonly started: Promise<FilePlan>;
  /** Fails the start or the run, and ends the process. */
  readonly end: (error: Error) => void;
  /** Is given the reply to the run. */
  onReply: ((reply: RunReply | Error) => void) | undefined;
}

/** Runs of a model, one at a time and in order. */
export class Session {
  readonly #model: Uint8Array;
  readonly #options: SessionOptions;
  #running: Running | undefined;
  /** Settled when the last run has ended. */
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #isClosed = false;

  /** @param model the file; kept, for a process that dies is replaced */
  constructor(model: Uint8Array, options: SessionOptions) {
    this.#model = model;
    this.#options = options;
  }

  /**
   * Starts the process, which reads the model.
   * @throws {DeploymentError} when the file cannot be served; MissingRuntimeError and RejectedModelError
   */
  start(): Promise<FilePlan> {
    this.#running ??= this.#fork();
    return this.#running.started;
  }

  /** Runs the model when it is free. A process that has died is replaced. */
  async run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: readonly string[],
  ): Promise<Readonly<Record<string, Tensor>>> {
    const turn = this.#last.then(() => this.#runNow(feeds, fetches));
    this.#last = turn.catch(() => undefined);
    this.#waiting++;
    try {
      return await turn;
    } finally {
      this.#waiting--;
      this.#endIfIdle();
    }
  }

  /** Ends the process when it has nothing to do. A later run would start it again, and end it. */
  close(): void {
    this.#isClosed = true;
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (!this.#isClosed) return;
    // Later, for the same request may now run its next rows.
    setImmediate(() => {
      if (this.#waiting === 0) this.#running?.end(new Error('closed'));
    });
  }

  async #runNow(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: readonly string[],
  ): Promise<Readonly<Record<string, Tensor>>> {
    await this.start();
    const running = this.#running;
    if (!running) throw new Error('the process of the runtime died');
    const { timeout } = this.#options;
    const late = () => running.end(new Error(`the model did not answer within ${timeout} ms`));
    const timer = setTimeout(late, timeout);
    // Only while it is awaited may the process keep this one alive.
    running.child.channel?.ref();
    try {
      const reply = await new Promise<RunReply | Error>((resolve) => {
        running.onReply = resolve;
        running.child.send({ feeds, fetches } satisfies RunMessage);
      });
      if (reply instanceof Error) throw reply;
      if ('error' in reply) throw new Error(reply.error);
      return reply.outputs;
    } finally {
      clearTimeout(timer);
      running.onReply = undefined;
      running.child.channel?.unref();
    }
  }

  #fork(): Running {
    const isSource = import.meta.url.endsWith('.ts');
    const path = new URL(`session-process${import.meta.url.slice(-3)}`, import.meta.url);
    const child = fork(fileURLToPath(path), {
      serialization: 'advanced',
      stdio: ['pipe', 'ignore', 'pipe', 'ipc'],
      // Run from its sources, the project needs the loader of this process.
      execArgv: isSource ? process.execArgv.filter((argument) => !argument.startsWith('--inspect')) : [],
      env: Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]])),
    });
    const complaint = collectErrors(child);
    let settle: { resolve: (plan: FilePlan) => void; reject: (error: Error) => void };
    const started = new Promise<FilePlan>((resolve, reject) => (settle = { resolve, reject }));
    started.catch(() => undefined);
    const end = (error: Error) => {
      clearTimeout(limit);
      if (this.#running === running) this.#running = undefined;
      settle.reject(error);
      running.onReply?.(error);
      child.kill('SIGKILL');
    };
    const running: Running = { child, started, end, onReply: undefined };
    const late = () => end(new RejectedModelError(`the runtime did not read the model within ${START_TIMEOUT} ms`));
    const limit = setTimeout(late, START_TIMEOUT);
    child.on('error', end);
    child.once('exit', (code, signal) => {
      end(new RejectedModelError(`the process of the runtime died: ${signal ?? code}\n${complaint()}`));
    });
    child.on('message', (message: FromProcess) => {
      if ('plan' in message) {
        clearTimeout(limit);
        child.channel?.unref();
        settle.resolve(message.plan);
      } else if ('problems' in message) end(new DeploymentError(message.problems));
      else if ('missing' in message) end(new MissingRuntimeError(message.missing));
      else if ('rejected' in message) end(new RejectedModelError(message.rejected));
      else running.onReply?.(message);
    });
    const { place, output, threads, memory } = this.#options;
    child.send({ place, output, threads, memory } satisfies StartMessage);
    // A process that dies meanwhile says so in its own way.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(this.#model);
    child.unref();
    return running;
  }
}

/** Keeps the end of what a process writes to its standard error. */
function collectErrors({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr?.on('data', (chunk) => (text = `${text}${String(chunk)}`.slice(-MAX_COMPLAINT)));
  // The stream must not keep this process alive.
  (stderr as (NodeJS.ReadableStream & { unref?: () => void }) | null)?.unref?.();
  return () => text;
}
