import type { SendHttp } from './http.ts';
import { UpstreamError, type UpstreamFailure } from './upstream-error.ts';

/** What a request to an upstream came to. */
export interface UpstreamOutcome {
  /** The status of its reply; undefined if there was none. */
  readonly status: number | undefined;
  /** Why there is no reply; undefined if there is one. */
  readonly failure: UpstreamFailure | 'error' | undefined;
  /** In milliseconds, without the wait for a connection. */
  readonly time: number;
  /** Whether it repeats one that failed. */
  readonly isRetry: boolean;
}

/** Reports what each request came to, whatever its status. */
export function measureHttp(send: SendHttp, onRequest: ((outcome: UpstreamOutcome) => void) | undefined): SendHttp {
  if (!onRequest) return send;
  return async (request, signal) => {
    const start = performance.now();
    let status: number | undefined;
    let failure: UpstreamOutcome['failure'];
    try {
      const reply = await send(request, signal);
      ({ status } = reply);
      return reply;
    } catch (error) {
      failure = error instanceof UpstreamError ? error.failure : 'error';
      throw error;
    } finally {
      onRequest({ status, failure, time: performance.now() - start, isRetry: request.attempt !== undefined });
    }
  };
}
