/**
 * Observers of requests. Each observer is called once per exchange, at its end, with the outcome. The request log is one; to add
 * another, add it to the list in engine.ts. Nothing on the path of a request has to change.
 */
import type { IncomingMessage } from 'node:http';
import type { EngineError } from '../../errors/engine-error.ts';
import type { Log } from '../log/log.ts';
import type { RequestTrace } from './request-trace.ts';

/** What is learned about a request while it is processed; never a value of a table. */
export interface ExchangeDetails {
  /** The address of the caller, by what trusted proxies say. */
  client?: string;
  /** The name in the client certificate that authenticated the request. */
  certificate?: string;
  /** The user who authenticated, or the name of the API key. */
  user?: string;
  key?: string;
  /** The operation's id; set once the request is authorized. */
  operation?: string;
  /** The path with parameters in braces; set with the operation, or for a route beside the contract. */
  route?: string;
  /** The deployment's id; set once it is found. */
  deployment?: string;
  /** The version of the deployment that has scored. */
  version?: string;
  /** The number of rows to score, over all tables. */
  rows?: number;
  /** The kind of the model, and how long checking, scoring and answering took, in milliseconds; set once all rows are scored. */
  kind?: string;
  scoring_ms?: number;
  /** When a scoring thread worked on the request, in milliseconds since 1970. */
  thread?: { readonly start: number; readonly end: number };
  /** The number of requests to a remote model, and their total time in milliseconds. */
  target_calls?: number;
  target_ms?: number;
}

/** An exchange that has ended. */
export interface EndedExchange {
  /** The id of the request. */
  readonly id: string;
  /** The request, for its method and headers; undefined if what arrived was not an HTTP request. */
  readonly request: IncomingMessage | undefined;
  readonly details: Readonly<ExchangeDetails>;
  /** The trace that it belongs to, if any. */
  readonly trace?: RequestTrace | undefined;
  /** Undefined if the client disconnected before it had the whole reply. */
  readonly status: number | undefined;
  /** Why the request failed, if it did. */
  readonly error: EngineError | undefined;
  /** Milliseconds from the request's headers to the last byte of the reply; undefined if there were no headers. */
  readonly duration: number | undefined;
  /** The size of the request's body, inflated; 0 if it was not read. */
  readonly requestBytes: number;
  /** The size of the reply's body; for HEAD, of the body that is omitted. */
  readonly replyBytes: number;
}

/** Is called once per exchange, when it has ended. */
export type ExchangeObserver = (exchange: EndedExchange) => void;

/** Combines observers. An error that one of them throws is logged, and affects neither the other observers nor the engine. */
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
