import { CommandError } from '../errors/command-error.ts';

/** Ctrl-C, the end of a container, and a terminal that is closed. */
const STOPS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs work that the user can stop.
 * @param work is given a signal that is aborted with a CommandError, so that it can remove its drafts; a second signal of the user must
 * not end the process meanwhile
 */
export async function stopOnSignals<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const abort = new AbortController();
  const stop = () => abort.abort(new CommandError('Stopped; nothing was written.'));
  for (const signal of STOPS) process.on(signal, stop);
  try {
    return await work(abort.signal);
  } finally {
    for (const signal of STOPS) process.off(signal, stop);
  }
}
