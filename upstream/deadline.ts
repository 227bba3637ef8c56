/** Time limits for calls to upstreams. */
import { UpstreamError } from './upstream-error.ts';

export interface Deadline {
  /** Aborted when the time is up or the call is cancelled; its reason is an UpstreamError. */
  readonly signal: AbortSignal;
  /** When the time is up, in terms of performance.now(). */
  readonly endsAt: number;
}

/**
 * Runs work within a time limit.
 * @param timeout in milliseconds
 * @param caller aborted when the caller has gone
 * @param work is given the deadline; when it fails, everything else under the same deadline is cancelled
 */
export async function withDeadline<Value>(
  timeout: number,
  caller: AbortSignal | undefined,
  work: (deadline: Deadline) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  const cancel = () => {
    controller.abort(new UpstreamError('cancelled', 'cancelled: the caller has gone, or another part has failed'));
  };
  const timer = setTimeout(() => {
    controller.abort(new UpstreamError('late', `no answer within ${timeout} ms`));
  }, timeout);
  if (caller?.aborted) cancel();
  caller?.addEventListener('abort', cancel);
  try {
    return await work({ signal: controller.signal, endsAt: performance.now() + timeout });
  } catch (error) {
    cancel();
    throw error;
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', cancel);
  }
}
