import type { ParsedRequest } from 'openapi-backend';
import type { SharedDeployment } from '../models/deployment.ts';
import type { Exchange } from './exchange.ts';

/** A long body and the deployment that it is for, where there is one: a thread parses, validates and answers it. */
export interface LongBody {
  readonly bytes: Buffer;
  readonly shared: SharedDeployment | undefined;
}

/**
 * A request as openapi-backend hands it from hook to hook: parsed already, so that no hook parses it again. The operations of
 * the contract take path parameters and a body of JSON (handlers/contract.ts holds them to it): query and cookies stay empty.
 */
export class ContractRequest implements ParsedRequest {
  readonly exchange: Exchange;
  /** In lower case. RFC 9110, 9.3.2: HEAD is GET without the body, which Node leaves out. */
  readonly method: string;
  /** Below the engine's root, without the query. */
  readonly path: string;
  readonly headers: Record<string, string | string[]>;
  readonly query = {};
  readonly cookies = {};
  /** Of the path, decoded: set by the router when the operation is known. */
  params: Readonly<Record<string, string>> = {};
  /** The URL before the contract's paths, as the sender is to know it. This and what follows is set after authentication. */
  baseUrl = '';
  /** Whether the request holds a slot, which is given back when it has been answered. */
  isAdmitted = false;
  /** The parsed body; undefined where the operation takes none, or a thread takes it. */
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
