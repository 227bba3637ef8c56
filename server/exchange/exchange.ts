/** One request and its reply: its id, the one place where a reply is written, and the outcome that observers see. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { toEngineError, toErrorReply, type ErrorFormat } from './error-reply.ts';
import type { EngineError } from '../../errors/engine-error.ts';
import { endTrace } from './end-trace.ts';
import { discardBody } from '../bodies/discard-body.ts';
import type { EndedExchange, ExchangeDetails, ExchangeObserver } from './exchange-observer.ts';
import { REQUEST_ID_HEADERS, toRequestId } from './request-id.ts';
import { startTrace, type RequestTrace } from './request-trace.ts';

/** A request listener that makes an exchange of every request. */
export type ExchangeListener = (request: IncomingMessage, response: ServerResponse) => Exchange;

export class Exchange implements EndedExchange {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly details: ExchangeDetails = {};
  readonly trace: RequestTrace | undefined;
  status: number | undefined = undefined;
  error: EngineError | undefined = undefined;
  duration: number | undefined = undefined;
  /** The body of an error reply; the contract's by default. */
  errorFormat: ErrorFormat = 'contract';
  requestBytes = 0;
  replyBytes = 0;
  readonly #start = performance.now();
  #gone: AbortController | undefined;
  #hasHungUp = false;

  /** From here on the request has an id, and its end is observed. */
  constructor(request: IncomingMessage, response: ServerResponse, observe: ExchangeObserver) {
    this.id = toRequestId(request.headers);
    this.request = request;
    this.response = response;
    this.trace = startTrace(request);
    response.once('close', () => {
      if (response.writableFinished && !this.#hasHungUp) this.status = response.statusCode;
      else this.#gone?.abort();
      this.duration = performance.now() - this.#start;
      observe(this);
      endTrace(this);
    });
  }

  /** Whether the reply has been sent, or the client has disconnected. */
  get hasEnded(): boolean {
    return this.duration !== undefined;
  }

  /** Aborted when the client disconnects before it has its reply. */
  get gone(): AbortSignal {
    this.#gone ??= new AbortController();
    if (this.response.destroyed) this.#gone.abort();
    return this.#gone.signal;
  }

  /** Adds details for the observers. */
  readonly note = (details: ExchangeDetails): void => {
    Object.assign(this.details, details);
  };

  /** Sends a reply in one write: JSON, unless the headers say otherwise. */
  send(status: number, json: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): void {
    if (this.response.headersSent || this.response.destroyed) return;
    this.replyBytes = typeof json === 'string' ? Buffer.byteLength(json) : json.length;
    this.response.writeHead(status, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      ...headers,
      // Of a 304, it would be the length of what is not sent (RFC 9110, 8.6).
      ...(status !== 304 && { 'Content-Length': this.replyBytes }),
      'X-Content-Type-Options': 'nosniff',
      [REQUEST_ID_HEADERS[0]]: this.id,
      [REQUEST_ID_HEADERS[1]]: this.id,
    });
    // Before end(), which makes Node read the rest of an unread body without a limit.
    discardBody(this.request);
    // Node writes a string together with the headers, but bytes separately.
    this.response.end(json);
  }

  /** Sends the error reply for a failure. */
  sendError(failure: unknown): void {
    this.error = toEngineError(failure);
    const { status, headers, body } = toErrorReply(this.error, this.id, this.errorFormat);
    this.send(status, JSON.stringify(body), headers);
  }

  /** Sends the error reply to a client that hung up in the middle of its request and may still read. Observers see no status. */
  sendToHungUp(failure: EngineError): void {
    this.sendError(failure);
    this.#hasHungUp = true;
    this.error = undefined;
    this.replyBytes = 0;
  }
}
