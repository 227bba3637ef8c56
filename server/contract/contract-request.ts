import type { ParsedRequest } from 'openapi-backend';
import type { Deployment } from '../../models/deployment.ts';
import type { Slot } from '../admission.ts';
import type { BodyShare } from '../bodies/body-memory.ts';
import type { Exchange } from '../exchange/exchange.ts';

/** A long body, which a thread parses, validates and answers, and the deployment to score with, if it exists. */
export interface LongBody {
  readonly bytes: Buffer;
  readonly deployment: Deployment | undefined;
}

/**
 * A request in the form that openapi-backend passes to its hooks: already parsed, so that it is not parsed again. Operations have
 * path parameters, headers and a JSON body only, which the types in handlers/contract.ts enforce; so query and cookies are empty.
 */
export class ContractRequest implements ParsedRequest {
  readonly exchange: Exchange;
  /** In lower case; HEAD is dispatched as GET (RFC 9110, 9.3.2), and Node omits the body. */
  readonly method: string;
  /** Relative to the engine's root, without the query. */
  readonly path: string;
  readonly headers: Record<string, string | string[]>;
  readonly query = {};
  readonly cookies = {};
  /** Decoded path parameters, set by the router once the operation is known. */
  params: Readonly<Record<string, string>> = {};
  /** The headers that the operation declares, by the names that it has there. */
  declaredHeaders: Readonly<Record<string, string>> = {};
  /** The absolute URL that precedes the contract's paths. This and the following properties are set after authentication. */
  baseUrl = '';
  /** The slot that the request holds, which must be returned when it has been answered. */
  slot: Slot | undefined = undefined;
  /** What the body takes of the memory for bodies, to be given back when the request has been answered. */
  share: BodyShare | undefined = undefined;
  /** The parsed body; undefined if the operation has none or a thread handles it. */
  requestBody: unknown = undefined;
  longBody: LongBody | undefined = undefined;

  constructor(exchange: Exchange, path: string) {
    const { method = '', headers } = exchange.request;
    this.exchange = exchange;
    this.method = method === 'HEAD' ? 'get' : method.toLowerCase();
    this.path = path;
    this.headers = headers as Record<string, string | string[]>;
  }
}
