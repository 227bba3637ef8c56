import type { HandlerContext } from '../handlers/contract.ts';
import { JsonText } from '../models/json/json-text.ts';

/** A handler of any operation; handlers/contract.ts checks the types of each. */
export type AnyHandler = (
  request: {
    readonly params: unknown;
    readonly body: unknown;
    readonly baseUrl: string;
  },
  context: HandlerContext,
) => HandlerReply | Promise<HandlerReply>;

interface HandlerReply {
  readonly status: number;
  readonly body: unknown;
}

/** A reply that is ready to be sent. */
export interface JsonReply {
  readonly status: number;
  readonly json: string | Uint8Array;
}

/** A handler's reply as JSON. */
export function toJsonReply({ status, body }: HandlerReply): JsonReply {
  return { status, json: body instanceof JsonText ? body.text : JSON.stringify(body) };
}
