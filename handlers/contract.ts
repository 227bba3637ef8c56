/**
 * The contract as types: what a handler gets and what it may return, read off `operations` in generated/api.ts. A handler
 * that is missing, or left over, or that answers a status or a body which the contract does not declare, does not compile.
 */
import type { operations } from '../generated/api.ts';
import type { Deployments } from '../catalogue/catalogue.ts';
import type { JsonText } from '../models/json/json-text.ts';
import type { ScoringCall } from '../models/model.ts';

export type OperationId = keyof operations;

type Json<Content> = Content extends { content: { readonly 'application/json': infer Body } } ? Body : never;
type SuccessStatus<Responses> = Extract<keyof Responses, 200 | 201 | 202>;

/** The part of `operations` that handlers depend on; a type parameter, so that tests can add an operation. */
export interface OperationShape {
  /** Of the path alone: server/contract-request.ts gives handlers no other ones. */
  readonly parameters: {
    readonly path?: unknown;
    readonly query?: never;
    readonly header?: never;
    readonly cookie?: never;
  };
  readonly requestBody?: unknown;
  readonly responses: object;
}

/** A validated request: nothing in it can be changed. */
export interface HandlerRequest<Operation extends OperationShape> {
  readonly params: NonNullable<Operation['parameters']['path']>;
  readonly body: Json<NonNullable<Operation['requestBody']>>;
  /** The body as it was written, JSON in UTF-8; undefined where the operation takes none. */
  readonly source: [Json<NonNullable<Operation['requestBody']>>] extends [never] ? undefined : Uint8Array;
  /** The absolute URL, without a slash at its end, before the paths of the contract. */
  readonly baseUrl: string;
}

/** A declared success; its body may be JSON already. Failures are thrown: an EngineError. */
export type HandlerReply<Operation extends OperationShape> = {
  [Status in SuccessStatus<Operation['responses']>]: {
    readonly status: Status;
    readonly body: Json<Operation['responses'][Status]> | JsonText<Json<Operation['responses'][Status]>>;
  };
}[SuccessStatus<Operation['responses']>];

/** What handlers work with besides the request. */
export interface HandlerContext {
  readonly deployments: Deployments;
  /** The most rows that a scoring request may have, over all its tables. */
  readonly maxRows: number;
  /** Takes note, for the log, of the deployment that is scored and of the number of its rows. */
  readonly note: (details: { readonly deployment: string; readonly rows?: number }) => void;
  /** The request, for models that wait for others; missing in a thread, where there are none. */
  readonly call?: ScoringCall;
}

export type Handler<Operation extends OperationShape> = (
  request: HandlerRequest<Operation>,
  context: HandlerContext,
) => HandlerReply<Operation> | Promise<HandlerReply<Operation>>;

/** A handler for each operation, and no other. */
export type HandlerTable<Operations extends Record<keyof Operations, OperationShape>> = {
  readonly [Id in keyof Operations]: Handler<Operations[Id]>;
};

/** The handler of one operation of the contract. */
export type HandlerOf<Id extends OperationId> = Handler<operations[Id]>;
