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

/**
 * A failed call. Its message is for the log and for `wrap`: the request, what went wrong, and what was received instead. A reply
 * is described by its keys or its first characters.
 */
export class UpstreamError extends Error {
  override readonly name: string = 'UpstreamError';
  /** The message without the request and what was received. */
  readonly problem: string;
  readonly failure: UpstreamFailure;
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
  readonly reason: RefusalReason | undefined;
  #quote: string | undefined;
  #request: string | undefined;
  #received: string | undefined;

  constructor(failure: UpstreamFailure, message: string, options: UpstreamErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.problem = message;
    this.failure = failure;
    this.status = options.status;
    this.retryAfter = options.retryAfter;
    this.reason = options.reason;
    this.#quote = options.quote;
  }

  /** The method and the URL, without its query, of the request that failed. */
  get request(): string | undefined {
    return this.#request;
  }

  /** The upstream's own error message, which only `wrap` shows. */
  get quote(): string | undefined {
    return this.#quote;
  }

  /** What was received instead of a valid reply, see describeReply. */
  get received(): string | undefined {
    return this.#received;
  }

  /** Adds the request to the message, unless it names one already. */
  addRequest(request: string): void {
    this.#request ??= request;
    this.#updateMessage();
  }

  /**
   * Adds the reply to the message, unless it has one already.
   * @param received see describeReply
   * @param quote an error message in the reply
   */
  addReply(received: string, quote: string | undefined): void {
    this.#received ??= received;
    this.#quote ??= quote;
    this.#updateMessage();
  }

  #updateMessage(): void {
    // The stack begins with the message as it is when the stack is read for the first time.
    const { message: before, stack } = this;
    const request = this.#request === undefined ? '' : `${this.#request}: `;
    const received = this.#received === undefined ? '' : `; received ${this.#received}`;
    this.message = `${request}${this.problem}${received}`;
    if (stack !== undefined) this.stack = stack.replace(before, () => this.message);
  }
}

/** A reply that cannot be used; the message says what was expected. */
export class ReplyError extends UpstreamError {
  override readonly name = 'ReplyError';

  constructor(message: string, options: { cause?: unknown } = {}) {
    super('reply', message, options);
  }
}
