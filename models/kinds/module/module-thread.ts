/**
 * Runs a module in a thread of its own. A call that takes too long fails; if the thread does not answer at all by then, because the
 * code never yields, it is ended, and the next call starts another one.
 */
import { Worker } from 'node:worker_threads';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { Scores } from '../../model.ts';
import type { FromModule, ModuleCall, ModuleSettings } from './module-messages.ts';

const IMPORT_TIME = 30_000;
/** Milliseconds within which a thread that is not busy answers. */
const PROOF_TIME = 1_000;

export interface ModuleThreadOptions extends ModuleSettings {
  /** Milliseconds after which a call fails. */
  readonly timeout: number;
  /** Milliseconds within which the thread must start and import its module. */
  readonly importTime?: number;
}

interface Pending {
  readonly resolve: (scores: Scores | undefined) => void;
  readonly reject: (error: Error | undefined) => void;
}

/** A thread that has imported the module, or is about to. */
interface Running {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  readonly pending: Map<number, Pending>;
}

export class ModuleThread {
  readonly #options: ModuleThreadOptions;
  #running: Running | undefined;
  #lastId = 0;
  #calls = 0;
  #isClosed = false;

  constructor(options: ModuleThreadOptions) {
    this.#options = options;
  }

  /**
   * Imports the module.
   * @throws {DeploymentError} if it cannot be imported, or exports no function
   */
  async start(): Promise<void> {
    await (this.#running ??= this.#run()).ready;
  }

  /** Scores rows of the deployment's columns, in their order, which node:v8 serialized. */
  async score(rows: Uint8Array): Promise<Scores> {
    this.#calls += 1;
    try {
      const running = (this.#running ??= this.#run());
      await running.ready;
      return (await this.#call(running, rows, this.#options.timeout)) as Scores;
    } finally {
      this.#calls -= 1;
      this.#endIfDone();
    }
  }

  /** Ends the thread when no call is in progress. */
  close(): void {
    this.#isClosed = true;
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#isClosed && this.#calls === 0 && this.#running) this.#end(this.#running);
  }

  #run(): Running {
    const { path, name, fields, classes, importTime = IMPORT_TIME } = this.#options;
    const settings: ModuleSettings = { path, name, fields, classes };
    // Run from its sources, the project has no run-module.js.
    const worker = new Worker(new URL(`run-module${import.meta.url.slice(-3)}`, import.meta.url), {
      workerData: settings,
    });
    const pending: Running['pending'] = new Map();
    const ready = new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new DeploymentError([`${name}: expected a module that is imported within ${importTime / 1000} s`]));
        this.#end(running);
      }, importTime);
      worker.on('message', (message: FromModule) => {
        if (message.type === 'ready') resolve();
        else if (message.type === 'invalid') {
          const { problems, cause } = message;
          reject(new DeploymentError(problems, cause === undefined ? {} : { cause: toError(cause) }));
          this.#end(running);
        } else {
          const call = pending.get(message.id);
          if (message.type === 'scores') call?.resolve(message.scores);
          else call?.reject(message.thrown && toError(message.thrown.description, message.thrown.message));
        }
        clearTimeout(late);
      });
      const die = (error: Error) => {
        clearTimeout(late);
        if (this.#running === running) this.#running = undefined;
        reject(new DeploymentError([`${name}: expected a module that does not end its thread`], { cause: error }));
        for (const call of pending.values()) call.reject(error);
      };
      worker.on('error', (error) => die(error instanceof Error ? error : new Error(String(error))));
      worker.on('exit', (code) => die(new Error(`the thread of the module has ended (${code})`)));
    });
    // It keeps no process alive: the timer of a call does, as long as one is in progress. A listener for messages undoes it.
    worker.unref();
    // Whoever waits for it hears of it; a thread may also be started for nobody.
    ready.catch(() => undefined);
    const running = { worker, ready, pending };
    return running;
  }

  #end(running: Running): void {
    if (this.#running === running) this.#running = undefined;
    void running.worker.terminate();
  }

  async #call(running: Running, rows: ModuleCall['rows'], timeout: number): Promise<Scores | undefined> {
    const id = (this.#lastId += 1);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Scores | undefined>((resolve, reject) => {
        running.pending.set(id, { resolve, reject });
        timer = setTimeout(() => {
          reject(new Error(`the module did not answer within ${timeout} ms`));
          if (rows) this.#prove(running);
        }, timeout);
        const call: ModuleCall = rows ? { id, rows } : { id };
        running.worker.postMessage(call);
      });
    } finally {
      clearTimeout(timer);
      running.pending.delete(id);
    }
  }

  /** Ends a thread that does not answer at all. */
  #prove(running: Running): void {
    this.#call(running, undefined, PROOF_TIME).catch(() => this.#end(running));
  }
}

function toError(stack: string, message?: string): Error {
  const error = new Error(message);
  error.stack = stack;
  return error;
}
