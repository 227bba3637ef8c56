/** Runs a module that computes metrics, in a thread of its own, which is ended when the run is. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { listOf, recordOf } from '../../../models/list-of.ts';
import { ProviderError, type MetricGroup, type ProviderInput } from '../provider-kind.ts';

export interface ProviderModuleCall {
  readonly file: string;
  readonly folder: string;
  /** Max heap in MiB. */
  readonly memory: number;
  readonly input: ProviderInput;
  readonly parameters: unknown;
}

/** What the thread starts with. */
export interface ProviderModuleData {
  readonly path: string;
  /** The name of the file, for problems. */
  readonly name: string;
  readonly input: ProviderInput;
  readonly parameters: unknown;
}

/** What the thread answers: what the module returned, or why it failed, described for the log. */
export type FromProviderModule = { readonly groups: unknown } | { readonly failure: string };

const groupsSchema = listOf(recordOf(z.string(), z.union([z.number(), z.string()])));

/**
 * Runs a module; a signal that is aborted ends it at any instruction.
 * @throws {ProviderError} if it fails, or returns anything but groups of metrics; the reason of the signal
 */
export async function runProviderModule(
  { file, folder, memory, input, parameters }: ProviderModuleCall,
  signal: AbortSignal,
): Promise<readonly MetricGroup[]> {
  signal.throwIfAborted();
  const workerData: ProviderModuleData = { path: join(folder, file), name: file, input, parameters };
  // Run from its sources, the project has no run-provider-module.js.
  const worker = new Worker(new URL(`run-provider-module${import.meta.url.slice(-3)}`, import.meta.url), {
    workerData,
    name: 'metrics module',
    resourceLimits: { maxOldGenerationSizeMb: memory },
  });
  let stop: () => void = () => undefined;
  try {
    const answer = await new Promise<FromProviderModule>((resolve, reject) => {
      stop = () => reject(signal.reason as Error);
      signal.addEventListener('abort', stop, { once: true });
      worker.on('message', resolve);
      worker.on('error', (cause) => reject(toError('it ended its thread', cause)));
      worker.on('exit', (code) => reject(toError('it ended its thread', new Error(`exit code ${code}`))));
    });
    if ('failure' in answer) {
      const cause = new Error();
      cause.stack = answer.failure;
      throw toError('it threw an error', cause);
    }
    const groups = groupsSchema.safeParse(answer.groups);
    if (!groups.success)
      throw toError('it did not return a list of objects that have numbers, and texts for tags', groups.error);
    return groups.data;
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

function toError(why: string, cause: unknown): ProviderError {
  return new ProviderError(
    `The module of the provider failed: ${why}. The log of the engine has the cause.`,
    'module_failed',
    {
      cause,
    },
  );
}
