/**
 * The seam at which requests are observed: each observer is called once per exchange, at its end, with what came of it. The
 * request log is one; another is one more entry of the list in engine.ts, and nothing on the path of a request changes.
 */
import type { IncomingMessage } from 'node:http';
import type { EngineError } from '../errors/engine-error.ts';
import type { Log } from './log.ts';

/** What the path of a request learns about it; never a value of a table. */
export interface ExchangeDetails {
  /** The id of the operation, once the request is authorized. */
  operation?: string;
  /** The id of the deployment, once it is found. */
  deployment?: string;
  /** The rows to score, over all tables. */
  rows?: number;
  /** The parts in which a remote model was called, and how long all of them took, in milliseconds. */
  target_calls?: number;
  target_ms?: number;
}

/** An exchange that has ended. */
export interface EndedExchange {
  /** The id of the request. */
  readonly id: string;
  /** The request, for its method and headers; undefined where what arrived was not a request of HTTP. */
  readonly request: IncomingMessage | undefined;
  readonly details: Readonly<ExchangeDetails>;
  /** Undefined when the client hung up before it had the whole reply. */
  readonly status: number | undefined;
  /** Why it failed, where it did. */
  readonly error: EngineError | undefined;
  /** Milliseconds from the headers of the request to the last byte of the reply; undefined where there were no headers. */
  readonly duration: number | undefined;
  /** The size of the request's body after inflating, 0 where it was not read; and of the reply's body, which HEAD leaves out. */
  readonly requestBytes: number;
  readonly replyBytes: number;
}

/** Is called once for each exchange, when it has ended. */
export type ExchangeObserver = (exchange: EndedExchange) => void;

/** Makes one observer of several. One that throws is logged and keeps neither the others nor the engine from their work. */
export function joinObservers(observers: readonly ExchangeObserver[], log: Log): ExchangeObserver {
  return (exchange) => {
    for (const observe of observers) {
      try {
        observe(exchange);
      } catch (error) {
        log.error({ id: exchange.id, cause: error instanceof Error ? error.stack : typeof error }, 'observer failed');
      }
    }
  };
}
