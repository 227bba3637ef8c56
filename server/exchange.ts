/** One request and its reply: its id, its one log line, and the one way a reply is written. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { toEngineError, toErrorReply } from './error-reply.ts';
import type { EngineError } from '../errors/engine-error.ts';
import { discardBody } from './discard-body.ts';
import type { Log } from './log.ts';
import { REQUEST_ID_HEADERS, toRequestId } from './request-id.ts';

/** What the log line of a request tells beside its id, status and time; never a value of a table. */
export interface ExchangeDetails {
  operation?: string;
  deployment?: string;
  rows?: number;
  /** The parts in which a remote model was asked, and how long all of them took, in milliseconds. */
  target_calls?: number;
  target_ms?: number;
}

export class Exchange {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly #start = performance.now();
  readonly #details: ExchangeDetails = {};
  #error: EngineError | undefined;
  #gone: AbortController | undefined;

  /** Begins the exchange: from here on the request has an id, and a log line when it ends. */
  constructor(request: IncomingMessage, response: ServerResponse, log: Log) {
    this.id = toRequestId(request.headers);
    this.request = request;
    this.response = response;
    response.once('close', () => {
      if (!response.writableFinished) this.#gone?.abort();
      this.#log(log);
    });
  }

  /** Aborted when the client hangs up before it has its reply. */
  get gone(): AbortSignal {
    this.#gone ??= new AbortController();
    if (this.response.destroyed) this.#gone.abort();
    return this.#gone.signal;
  }

  /** Adds to the log line. */
  readonly note = (details: ExchangeDetails): void => {
    Object.assign(this.#details, details);
  };

  /** Sends a reply of JSON, in one write. */
  send(status: number, json: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): void {
    if (this.response.headersSent || this.response.destroyed) return;
    this.response.writeHead(status, {
      ...headers,
      'Content-Type': 'application/json',
      'Content-Length': typeof json === 'string' ? Buffer.byteLength(json) : json.length,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      [REQUEST_ID_HEADERS[0]]: this.id,
      [REQUEST_ID_HEADERS[1]]: this.id,
    });
    // Before the end, at which Node takes over the rest of a body that nobody reads, and reads it without a bound.
    discardBody(this.request);
    // Node writes a text together with the headers, but bytes for themselves.
    this.response.end(json);
  }

  /** Sends the reply to a failure. */
  sendError(failure: unknown): void {
    this.#error = toEngineError(failure);
    const { status, headers, body } = toErrorReply(this.#error, this.id);
    this.send(status, JSON.stringify(body), headers);
  }

  #log(log: Log): void {
    const { writableFinished, statusCode } = this.response;
    const error = this.#error;
    const line = {
      id: this.id,
      ...this.#details,
      ...(writableFinished ? { status: statusCode } : { aborted: true }),
      ms: Math.round((performance.now() - this.#start) * 100) / 100,
      ...(error && { code: error.code }),
      // A model may throw undefined, too.
      ...(error && 'cause' in error && { cause: toCause(error.cause) }),
    };
    if (error && statusCode >= 500) log.error(line, 'request');
    else if (this.#details.operation === undefined && statusCode < 400) log.debug(line, 'request');
    else log.info(line, 'request');
  }
}

/** A cause as the log shows it: the stack of an error, whose first line is its message. */
function toCause(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : `a thrown ${typeof cause}`;
}
