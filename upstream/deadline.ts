/** The time that a call of an upstream may take. */
import { UpstreamError } from './upstream-error.ts';

export interface Deadline {
  /** Aborted when the time is over, or the call was given up; its reason is a UpstreamError. */
  readonly signal: AbortSignal;
  /** When it is over, as performance.now() tells it. */
  readonly endsAt: number;
}

/**
 * Does some work within a time.
 * @param timeout in milliseconds
 * @param caller aborted when nobody waits any more
 * @param work gets the deadline; when it fails, all else that goes by the deadline is given up
 */
export async function withDeadline<Value>(
  timeout: number,
  caller: AbortSignal | undefined,
  work: (deadline: Deadline) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  const giveUp = () => {
    controller.abort(
      new UpstreamError('cancelled', 'given up, for whoever asked has gone, or another part has failed'),
    );
  };
  const timer = setTimeout(() => {
    controller.abort(new UpstreamError('late', `no answer within ${timeout} ms`));
  }, timeout);
  if (caller?.aborted) giveUp();
  caller?.addEventListener('abort', giveUp);
  try {
    return await work({ signal: controller.signal, endsAt: performance.now() + timeout });
  } catch (error) {
    giveUp();
    throw error;
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', giveUp);
  }
}
