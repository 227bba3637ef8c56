/**
 * An upstream: a server that the engine calls. Owns everything between a request and a good reply: credentials, connections,
 * retries where they are safe, and a circuit breaker. Each deployment has its own upstream, so that failures stay apart.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import type { Context } from '@opentelemetry/api';
import {
  circuitBreaker,
  CircuitState,
  ConstantBackoff,
  CountBreaker,
  handleWhen,
  isBrokenCircuitError,
} from 'cockatiel';
import { toUpstreamReply, type AnyUpstreamRequest, type UpstreamReply, type UpstreamRequest } from './request-reply.ts';
import { withDeadline, type Deadline } from './deadline.ts';
import type { AuthenticationSettings } from './credentials/authentication.ts';
import type { Authenticator, SendToken } from './credentials/authenticator.ts';
import { buildAuthenticator } from './credentials/build-authenticator.ts';
import { buildSendHttp, RefusedError, type HttpReply, type HttpRequest, type SendHttp } from './http.ts';
import { readFailure } from './read-failure.ts';
import { orAborted } from './or-aborted.ts';
import { RetryBudget } from './retry-budget.ts';
import { measureHttp, type UpstreamOutcome } from './measure-http.ts';
import { traceHttp } from './trace-http.ts';
import { UpstreamError } from './upstream-error.ts';
import type { UpstreamSettings } from './upstream-settings.ts';

/** The circuit opens when half of the last 20 calls failed, or of at least 5. */
const BREAKER = { size: 20, threshold: 0.5, minimumNumberOfCalls: 5 };

/** The wait before the first retry, in milliseconds; it doubles with each further one. */
const BACKOFF = 100;

/** Complete options of an upstream. */
export interface UpstreamOptions extends UpstreamSettings {
  readonly url: string;
  readonly authentication: AuthenticationSettings | undefined;
  /** The contents of the file `ca_file`. */
  readonly ca: string | undefined;
  /** Called after each request that is sent for a call; not for readiness checks and tokens. */
  readonly onRequest?: ((outcome: UpstreamOutcome) => void) | undefined;
}

/** Max bytes of a token endpoint's reply. */
const MAX_TOKEN_BYTES = 2 ** 16;

export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #send: SendHttp;
  /** For readiness checks, which must not queue behind calls that hang. */
  readonly #sendAside: SendHttp;
  /** Token endpoints are usually public even if the upstream is not, so the usual authorities are trusted as well. */
  readonly #sendForToken: SendHttp;
  readonly #authenticator: Authenticator;
  readonly #budget = new RetryBudget();
  readonly #breaker;
  #posts = 0;
  #isClosed = false;
  #aside = new AbortController();

  constructor(options: UpstreamOptions) {
    this.#options = options;
    const http = {
      ca: options.ca,
      connectTimeout: options.connect_timeout,
      timeout: options.timeout,
      maxReplyBytes: options.max_reply_bytes,
    };
    const wrap = (send: SendHttp) => measureHttp(traceHttp(send), options.onRequest);
    this.#send = buildSendHttp({ ...http, connections: options.max_connections, wrap });
    this.#sendAside = buildSendHttp({ ...http, connections: 2 });
    const ca = options.ca === undefined ? undefined : [...rootCertificates, options.ca];
    this.#sendForToken = buildSendHttp({ ...http, ca, connections: 2, maxReplyBytes: MAX_TOKEN_BYTES });
    this.#authenticator = buildAuthenticator(options.authentication, {
      send: this.#sendToken,
      timeout: options.timeout,
    });
    this.#breaker = circuitBreaker(
      // A cancelled trial call says nothing about the upstream's health; counted as a success, it would close the circuit.
      handleWhen((error) => isUnhealthy(error) || this.#breaker.state === CircuitState.HalfOpen),
      { halfOpenAfter: new ConstantBackoff(options.pause), breaker: new CountBreaker(BREAKER) },
    );
  }

  /**
   * Posts a request, with retries where they are safe and in time.
   * @param context the trace that it belongs to
   * @throws {UpstreamError} or the reason of the deadline's signal
   */
  post(request: UpstreamRequest, deadline: Deadline, context?: Context): Promise<UpstreamReply> {
    return this.send({ method: 'POST', ...request }, deadline, context);
  }

  /**
   * Sends a request of any method, with retries: in time, and only where they are safe, which `isRepeatable` extends to requests
   * that the upstream may have processed already.
   * @throws {UpstreamError} or the reason of the deadline's signal
   */
  async send(
    { method, path, headers, body, isRepeatable = method === 'GET' }: AnyUpstreamRequest,
    { signal, endsAt }: Deadline,
    context?: Context,
  ): Promise<UpstreamReply> {
    const request: HttpRequest = {
      method,
      url: new URL(`${this.#options.url}${path}`),
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        accept: 'application/json',
        ...headers,
      },
      ...(body !== undefined && { body }),
      context,
    };
    this.#posts += 1;
    try {
      const reply = await this.#sendWithRetries(request, isRepeatable, { signal, endsAt });
      return toUpstreamReply(reply, describeRequest(request));
    } finally {
      this.#posts -= 1;
      this.#abortAsideIfDone();
    }
  }

  /**
   * Gets a path once, whether the circuit is open or not: for readiness checks.
   * @throws {UpstreamError} unless it answers 2xx
   */
  get(path: string, signal?: AbortSignal): Promise<UpstreamReply> {
    const url = new URL(`${this.#options.url}${path}`);
    const request: HttpRequest = { method: 'GET', url, headers: { accept: 'application/json' } };
    return withDeadline(this.#options.timeout, signal, async (deadline) =>
      toUpstreamReply(await this.#sendAuthorized(request, deadline.signal, this.#sendAside), describeRequest(request)),
    );
  }

  /** Whether calls are paused, because the upstream failed repeatedly; a trial call may be in progress. */
  get isCircuitOpen(): boolean {
    return this.#breaker.state === CircuitState.Open || this.#breaker.state === CircuitState.HalfOpen;
  }

  /** Cancels background work such as fetching a token. Current and later calls still work. */
  close(): void {
    this.#isClosed = true;
    this.#abortAsideIfDone();
  }

  #abortAsideIfDone(): void {
    if (!this.#isClosed || this.#posts > 0) return;
    this.#aside.abort();
    this.#aside = new AbortController();
  }

  async #sendWithRetries(
    request: HttpRequest,
    isRepeatable: boolean,
    { signal, endsAt }: Deadline,
  ): Promise<HttpReply> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#sendThroughBreaker(attempt === 0 ? request : { ...request, attempt }, signal);
      } catch (error) {
        const delay = error instanceof UpstreamError ? this.#toDelay(error, attempt, isRepeatable) : undefined;
        if (delay === undefined || performance.now() + delay >= endsAt) throw error;
        await sleep(delay, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  async #sendThroughBreaker(request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    // cockatiel would have other calls wait for the trial call, which may take as long as any call.
    if (this.#breaker.state === CircuitState.HalfOpen) throw this.#toCircuitOpen();
    try {
      const answer = await this.#breaker.execute(() => this.#sendAuthorized(request, signal).catch(keepIfAnswered));
      if (answer instanceof UpstreamError) throw answer;
      this.#budget.succeed();
      return answer;
    } catch (error) {
      throw isBrokenCircuitError(error) ? this.#toCircuitOpen() : error;
    }
  }

  /** Sends a request with credentials, and once more if a token was rejected: it may have been revoked before it expired. */
  async #sendAuthorized(request: HttpRequest, signal: AbortSignal, send = this.#send): Promise<HttpReply> {
    const authenticator = this.#authenticator;
    try {
      for (let isFirst = true; ; isFirst = false) {
        const credentials = await orAborted(authenticator.authorize(request), signal);
        const reply = await send({ ...request, headers: { ...request.headers, ...credentials } }, signal);
        if (isSuccess(reply)) return reply;
        if ((reply.status === 401 || reply.status === 403) && isFirst && authenticator.reject(credentials, reply))
          continue;
        throw readFailure(reply);
      }
    } catch (error) {
      throw noteRequest(error, request);
    }
  }

  /** Milliseconds until a failed request may be retried; undefined if it may not. */
  #toDelay(error: UpstreamError, attempt: number, isRepeatable: boolean): number | undefined {
    const { failure, status, retryAfter } = error;
    const isSafe =
      error instanceof RefusedError ||
      (failure === 'busy' && (status === 429 || retryAfter !== undefined)) ||
      (isRepeatable && (failure === 'busy' || failure === 'dropped' || failure === 'late' || (status ?? 0) >= 500));
    if (!isSafe || !this.#budget.fail() || attempt >= this.#options.retries) return undefined;
    // Jitter, so that calls that failed together do not retry together.
    const backoff = BACKOFF * 2 ** attempt * (0.5 + Math.random() / 2);
    return Math.max(backoff, (retryAfter ?? 0) * 1000);
  }

  #toCircuitOpen(): UpstreamError {
    return new UpstreamError('circuit_open', 'circuit open: the upstream failed repeatedly, calls are paused', {
      retryAfter: this.#options.pause / 1000,
    });
  }

  /** Requests to token endpoints carry no credentials and have their own time limit. */
  readonly #sendToken: SendToken = (request) =>
    withDeadline(this.#options.timeout, this.#aside.signal, async ({ signal }) => {
      try {
        const reply = await this.#sendForToken(request, signal);
        if (isSuccess(reply)) return toUpstreamReply(reply, describeRequest(request)).json();
        const { failure, message, quote, retryAfter } = readFailure(reply);
        const isRejected = failure === 'status' || failure === 'unauthorized';
        const description = `the token endpoint answered with ${message}`;
        throw new UpstreamError(isRejected ? 'unauthorized' : failure, description, { quote, retryAfter });
      } catch (error) {
        throw noteRequest(error, request);
      }
    });
}

/** Records the request that failed, unless the error names one already. */
function noteRequest(error: unknown, request: HttpRequest): unknown {
  if (error instanceof UpstreamError) error.addRequest(describeRequest(request));
  return error;
}

/** A request as messages name it, without its query, which may contain a key. */
function describeRequest({ method, url }: HttpRequest): string {
  return `${method} ${url.origin}${url.pathname}`;
}

function isSuccess({ status }: HttpReply): boolean {
  return status >= 200 && status < 300;
}

/** Whether a failure is about the health of the upstream rather than about one request. */
function isUnhealthy(error: unknown): boolean {
  if (!(error instanceof UpstreamError)) return false;
  const { failure, status } = error;
  if (failure === 'refused' || failure === 'dropped' || failure === 'late') return true;
  return status === 502 || status === 503;
}

/** An error that the upstream answered with is a sign of life, as good as a reply, unless its status says otherwise. */
function keepIfAnswered(error: unknown): UpstreamError {
  const isAnswer = error instanceof UpstreamError && (error.status !== undefined || error.failure === 'reply');
  if (isAnswer && !isUnhealthy(error)) return error;
  throw error;
}
