/**
 * The contract as types: what a handler receives and may return, derived from `operations` in generated/api.ts. A missing
 * or superfluous handler does not compile, nor one that returns a status or body that the contract does not declare.
 */
import type { operations } from '../generated/api.ts';
import type { Deployments } from '../catalogue/catalogue.ts';
import type { JsonText } from '../models/json/json-text.ts';
import type { ScoringCall } from '../models/model.ts';
import type { LoggedRecord } from '../records/sink.ts';
import type { Logging } from './logging.ts';
import type { MetricsProviders } from './metrics-providers.ts';

export type OperationId = keyof operations;

type Json<Content> = Content extends { content: { readonly 'application/json': infer Body } } ? Body : never;
type SuccessStatus<Responses> = Extract<keyof Responses, 200 | 201 | 202>;

/** The part of `operations` that handlers depend on; a type parameter so that tests can add an operation. */
export interface OperationShape {
  /** Of the path and of headers: server/contract/contract-request.ts gives handlers no other ones. */
  readonly parameters: {
    readonly path?: unknown;
    readonly query?: never;
    readonly header?: unknown;
    readonly cookie?: never;
  };
  readonly requestBody?: unknown;
  readonly responses: object;
}

type Headers<Operation extends OperationShape> = [NonNullable<Operation['parameters']['header']>] extends [never]
  ? object
  : NonNullable<Operation['parameters']['header']>;

/** A validated, immutable request. */
export interface HandlerRequest<Operation extends OperationShape> {
  readonly params: NonNullable<Operation['parameters']['path']>;
  readonly body: Json<NonNullable<Operation['requestBody']>>;
  /** The headers that the operation declares. */
  readonly headers: Headers<Operation>;
  /** The absolute URL that precedes the paths of the contract, without a trailing slash. */
  readonly baseUrl: string;
}

/** A declared success; its body may already be JSON text. Failures are thrown as EngineError. */
export type HandlerReply<Operation extends OperationShape> = {
  [Status in SuccessStatus<Operation['responses']>]: {
    readonly status: Status;
    readonly body: Json<Operation['responses'][Status]> | JsonText<Json<Operation['responses'][Status]>>;
    readonly headers?: Readonly<Record<string, string>>;
    /** What is on disk before the reply is sent. */
    readonly records?: readonly LoggedRecord[];
  };
}[SuccessStatus<Operation['responses']>];

/** What a handler learns about a request; never a value of a table. */
export interface RequestNotes {
  readonly deployment?: string;
  /** The version of the deployment. */
  readonly version?: string;
  readonly rows?: number;
  /** The kind of the model, and how long it took to check the rows, score them and write the answer, in milliseconds. */
  readonly kind?: string;
  readonly scoring_ms?: number;
}

/** What handlers need besides the request. */
export interface HandlerContext {
  readonly deployments: Deployments;
  /** The max number of rows per scoring request, over all its tables. */
  readonly maxRows: number;
  /** Which deployments are logged. */
  readonly logging: Logging;
  /** Evaluates runs of custom monitors; missing where there are no providers, and in threads. */
  readonly metricsProviders?: MetricsProviders | undefined;
  /** Adds to what is known of the request: for the log, metrics and traces. */
  readonly note: (details: RequestNotes) => void;
  /** The request, for models that call other servers; missing in threads, which have no such models. */
  readonly call?: ScoringCall;
}

export type Handler<Operation extends OperationShape> = (
  request: HandlerRequest<Operation>,
  context: HandlerContext,
) => HandlerReply<Operation> | Promise<HandlerReply<Operation>>;

/** One handler for each operation, and no others. */
export type HandlerTable<Operations extends Record<keyof Operations, OperationShape>> = {
  readonly [Id in keyof Operations]: Handler<Operations[Id]>;
};

/** The handler of one operation of the contract. */
export type HandlerOf<Id extends OperationId> = Handler<operations[Id]>;
