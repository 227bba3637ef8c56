/**
 * What can go wrong between the engine and an upstream. Callers of the engine never see a URL, a credential, or any text that
 * the upstream sent.
 */

/**
 * How a call of an upstream failed. `refused`: no connection. `dropped`: the connection broke. `late`: no answer in time.
 * `busy`: it says so, or too many calls are waiting. `circuit_open`: it failed repeatedly and calls are paused. `unauthorized`:
 * it rejected our credentials, or they could not be obtained. `status`: any other status than 2xx. `reply`: an invalid reply.
 * `cancelled`: the caller has gone, or another part of the call failed.
 */
export type UpstreamFailure =
  'refused' | 'dropped' | 'late' | 'busy' | 'circuit_open' | 'unauthorized' | 'status' | 'reply' | 'cancelled';

/** Why there is no connection, if known: an unknown host, an untrusted certificate, or no TLS. */
export type RefusalReason = 'host' | 'certificate' | 'tls';

interface UpstreamErrorOptions {
  readonly cause?: unknown;
  readonly status?: number | undefined;
  /** Seconds after which the call may be repeated. */
  readonly retryAfter?: number | undefined;
  /** The upstream's own error message, shown by `wrap` only: it may contain data, so it never reaches a caller or the log. */
  readonly quote?: string | undefined;
  readonly reason?: RefusalReason | undefined;
}

/** A failed call. The message is for the log: it names statuses and codes, and contains no data. */
export class UpstreamError extends Error {
  override readonly name: string = 'UpstreamError';
  readonly failure: UpstreamFailure;
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
  readonly quote: string | undefined;
  readonly reason: RefusalReason | undefined;
  /** The method and the URL, without its query, of the request that failed; shown by `wrap`. */
  request: string | undefined;

  constructor(failure: UpstreamFailure, message: string, options: UpstreamErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.failure = failure;
    this.status = options.status;
    this.retryAfter = options.retryAfter;
    this.quote = options.quote;
    this.reason = options.reason;
  }
}

/** A reply that cannot be used; the message says what was expected. */
export class ReplyError extends UpstreamError {
  override readonly name = 'ReplyError';

  constructor(message: string, options: { cause?: unknown } = {}) {
    super('reply', message, options);
  }
}
