/**
 * What can go wrong between the engine and an upstream, and what a caller is told of it: never a URL, a credential, or a word of
 * what the upstream said.
 */

/**
 * How a call of an upstream failed. `refused`: no connection. `dropped`: a connection that broke. `late`: no answer in time.
 * `busy`: it said so, or has too many calls. `broken`: the circuit breaker is open. `unauthorized`: it does not take our
 * credentials, or they could not be had. `status`: another status than 2xx. `reply`: an answer that cannot be used.
 */
export type UpstreamFailure =
  'refused' | 'dropped' | 'late' | 'busy' | 'broken' | 'unauthorized' | 'status' | 'reply' | 'cancelled';

/** Why there is no connection, where that is known: no such host, a certificate that is not believed, or no TLS. */
export type RefusalReason = 'host' | 'certificate' | 'tls';

interface UpstreamErrorOptions {
  readonly cause?: unknown;
  readonly status?: number | undefined;
  /** Seconds after which it may be asked again. */
  readonly retryAfter?: number | undefined;
  /** What the upstream said, for whoever sets it up (`wrap`); it goes into no reply and no log. */
  readonly said?: string | undefined;
  readonly reason?: RefusalReason | undefined;
}

/** A failed call. The message is for the log: it names statuses and codes, and holds no data. */
export class UpstreamError extends Error {
  override readonly name: string = 'UpstreamError';
  readonly failure: UpstreamFailure;
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
  readonly said: string | undefined;
  readonly reason: RefusalReason | undefined;
  /** The method and the URL, without its query, of the request that failed; for whoever sets it up, as `said` is. */
  asked: string | undefined;

  constructor(failure: UpstreamFailure, message: string, options: UpstreamErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.failure = failure;
    this.status = options.status;
    this.retryAfter = options.retryAfter;
    this.said = options.said;
    this.reason = options.reason;
  }
}

/** An answer that cannot be used; the message says what was expected and what came, without its values. */
export class ReplyError extends UpstreamError {
  override readonly name = 'ReplyError';

  constructor(message: string, options: { cause?: unknown } = {}) {
    super('reply', message, options);
  }
}
