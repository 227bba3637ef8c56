/**
 * An upstream: where a remote model is asked. Owns all that stands between a request and a good reply: credentials, connections,
 * retries where they are safe, and a circuit breaker. Each deployment has an upstream of its own, so that none waits for the
 * failures of another.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import {
  circuitBreaker,
  CircuitState,
  ConstantBackoff,
  CountBreaker,
  handleWhen,
  isBrokenCircuitError,
} from 'cockatiel';
import { toUpstreamReply, type UpstreamReply, type UpstreamRequest } from './request-reply.ts';
import { withDeadline, type Deadline } from './deadline.ts';
import type { AuthenticationSettings } from './credentials/authentication.ts';
import type { Authenticator, SendToken } from './credentials/authenticator.ts';
import { buildAuthenticator } from './credentials/build-authenticator.ts';
import { buildSendHttp, RefusedError, type HttpReply, type HttpRequest, type SendHttp } from './http.ts';
import { readFailure } from './read-failure.ts';
import { orAborted } from './or-aborted.ts';
import { RetryBudget } from './retry-budget.ts';
import { UpstreamError } from './upstream-error.ts';
import type { UpstreamSettings } from './upstream-settings.ts';

/** The calls that the breaker looks back on, the share of failures that opens it, and how many calls it takes to tell. */
const BREAKER = { size: 20, threshold: 0.5, minimumNumberOfCalls: 5 };

/** The first wait before a request is sent again, in milliseconds; each further one is twice as long. */
const BACKOFF = 100;

/** What an upstream is, beyond the settings of all upstreams. */
export interface UpstreamOptions extends UpstreamSettings {
  readonly url: string;
  readonly authentication: AuthenticationSettings | undefined;
  /** The certificates in the file `ca_file`. */
  readonly ca: string | undefined;
}

export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #send: SendHttp;
  /** What is asked beside the scoring, for readiness: it does not queue behind calls that hang. */
  readonly #sendAside: SendHttp;
  /** Token endpoints are public, as a rule, where the upstream is not: the usual authorities are believed as well. */
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
    this.#send = buildSendHttp({ ...http, connections: options.max_connections });
    this.#sendAside = buildSendHttp({ ...http, connections: 2 });
    const ca = options.ca === undefined ? undefined : [...rootCertificates, options.ca];
    this.#sendForToken = buildSendHttp({ ...http, ca, connections: 2 });
    this.#authenticator = buildAuthenticator(options.authentication, {
      send: this.#sendToken,
      timeout: options.timeout,
    });
    this.#breaker = circuitBreaker(
      // A trial that was given up tells nothing of the upstream's health; taken for a success it would close the breaker.
      handleWhen((error) => isUnhealthy(error) || this.#breaker.state === CircuitState.HalfOpen),
      { halfOpenAfter: new ConstantBackoff(options.pause), breaker: new CountBreaker(BREAKER) },
    );
  }

  /**
   * Posts a request, again where that is safe and in time, and gives the reply to it.
   * @throws {UpstreamError} or the reason of the deadline's signal
   */
  async post({ path, headers, body }: UpstreamRequest, { signal, endsAt }: Deadline): Promise<UpstreamReply> {
    const request: HttpRequest = {
      method: 'POST',
      url: new URL(`${this.#options.url}${path}`),
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body,
    };
    this.#posts += 1;
    try {
      return toUpstreamReply(await this.#insist(request, { signal, endsAt }));
    } finally {
      this.#posts -= 1;
      this.#letGo();
    }
  }

  /**
   * Gets a path, once, past the breaker: for looking whether the upstream is ready.
   * @throws {UpstreamError} unless it answers 2xx
   */
  get(path: string, signal?: AbortSignal): Promise<UpstreamReply> {
    const url = new URL(`${this.#options.url}${path}`);
    const request: HttpRequest = { method: 'GET', url, headers: { accept: 'application/json' } };
    return withDeadline(this.#options.timeout, signal, async (deadline) =>
      toUpstreamReply(await this.#authorized(request, deadline.signal, this.#sendAside)),
    );
  }

  /** Gives up what nobody waits for any more, such as a token. Calls under way, and later ones, are answered as ever. */
  close(): void {
    this.#isClosed = true;
    this.#letGo();
  }

  #letGo(): void {
    if (!this.#isClosed || this.#posts > 0) return;
    this.#aside.abort();
    this.#aside = new AbortController();
  }

  async #insist(request: HttpRequest, { signal, endsAt }: Deadline): Promise<HttpReply> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#pass(request, signal);
      } catch (error) {
        const delay = error instanceof UpstreamError ? this.#toDelay(error, attempt) : undefined;
        if (delay === undefined || performance.now() + delay >= endsAt) throw error;
        await sleep(delay, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  async #pass(request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    // Others would wait for the trial; it may take as long as a call may.
    if (this.#breaker.state === CircuitState.HalfOpen) throw this.#toBroken();
    try {
      const answer = await this.#breaker.execute(() => this.#authorized(request, signal).catch(keepIfAnswered));
      if (answer instanceof UpstreamError) throw answer;
      this.#budget.succeed();
      return answer;
    } catch (error) {
      throw isBrokenCircuitError(error) ? this.#toBroken() : error;
    }
  }

  /** Sends a request with credentials, once more where a token was refused: it may have been revoked before its time. */
  async #authorized(request: HttpRequest, signal: AbortSignal, send = this.#send): Promise<HttpReply> {
    const authenticator = this.#authenticator;
    try {
      for (let isFirst = true; ; isFirst = false) {
        const given = await orAborted(authenticator.authorize(request), signal);
        const reply = await send({ ...request, headers: { ...request.headers, ...given } }, signal);
        if (isSuccess(reply)) return reply;
        if ((reply.status === 401 || reply.status === 403) && isFirst && authenticator.refuse(given, reply)) continue;
        throw readFailure(reply);
      }
    } catch (error) {
      throw noteRequest(error, request);
    }
  }

  /** Milliseconds until a failed request may be sent again; undefined where it may not. */
  #toDelay(error: UpstreamError, attempt: number): number | undefined {
    const { failure, status, retryAfter } = error;
    const isSafe =
      error instanceof RefusedError || (failure === 'busy' && (status === 429 || retryAfter !== undefined));
    if (!isSafe || !this.#budget.fail() || attempt >= this.#options.retries) return undefined;
    // Full jitter, so that those who failed together do not return together.
    const backoff = BACKOFF * 2 ** attempt * (0.5 + Math.random() / 2);
    return Math.max(backoff, (retryAfter ?? 0) * 1000);
  }

  #toBroken(): UpstreamError {
    return new UpstreamError('broken', 'the circuit breaker is open', { retryAfter: this.#options.pause / 1000 });
  }

  /** Token endpoints are asked as the upstream is, without credentials and with a time limit of their own. */
  readonly #sendToken: SendToken = (request) =>
    withDeadline(this.#options.timeout, this.#aside.signal, async ({ signal }) => {
      try {
        const reply = await this.#sendForToken(request, signal);
        if (isSuccess(reply)) return toUpstreamReply(reply).json();
        const { failure, message, said, retryAfter } = readFailure(reply);
        const isRefused = failure === 'status' || failure === 'unauthorized';
        const told = `the token endpoint answered ${message}`;
        throw new UpstreamError(isRefused ? 'unauthorized' : failure, told, { said, retryAfter });
      } catch (error) {
        throw noteRequest(error, request);
      }
    });
}

/** Has a failure tell of the request that it is of, unless it tells of another one. */
function noteRequest(error: unknown, { method, url }: HttpRequest): unknown {
  if (error instanceof UpstreamError) error.asked ??= `${method} ${url.origin}${url.pathname}`;
  return error;
}

function isSuccess({ status }: HttpReply): boolean {
  return status >= 200 && status < 300;
}

/** Whether a failure speaks of the health of the upstream, rather than of one request. */
function isUnhealthy(error: unknown): boolean {
  if (!(error instanceof UpstreamError)) return false;
  const { failure, status } = error;
  if (failure === 'refused' || failure === 'dropped' || failure === 'late') return true;
  return status === 502 || status === 503;
}

/** A failure that the upstream answered with is a sign of life, as good as a reply, unless its status says otherwise. */
function keepIfAnswered(error: unknown): UpstreamError {
  const isAnswer = error instanceof UpstreamError && (error.status !== undefined || error.failure === 'reply');
  if (isAnswer && !isUnhealthy(error)) return error;
  throw error;
}
