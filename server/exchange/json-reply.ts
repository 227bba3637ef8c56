import type { HandlerContext } from '../../handlers/contract.ts';
import { JsonText } from '../../models/json/json-text.ts';
import { toLine } from '../../records/record-line.ts';
import type { LoggedRecord } from '../../records/sink.ts';

/** A handler of any operation; handlers/contract.ts checks the types of each. */
export type AnyHandler = (
  request: {
    readonly params: unknown;
    readonly body: unknown;
    readonly headers: unknown;
    readonly baseUrl: string;
  },
  context: HandlerContext,
) => HandlerReply | Promise<HandlerReply>;

interface HandlerReply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly records?: readonly LoggedRecord[];
}

/** A reply that is ready to be sent. */
export interface JsonReply {
  readonly status: number;
  readonly json: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Lines of the spool (records/record-line.ts), which are on disk before the reply is sent. */
  readonly lines?: Uint8Array | undefined;
}

/** A handler's reply as JSON. */
export function toJsonReply({ status, body, headers, records }: HandlerReply): JsonReply {
  return {
    status,
    json: body instanceof JsonText ? body.text : JSON.stringify(body),
    headers,
    lines: records?.length ? Buffer.concat(records.map((record) => toLine({ record }))) : undefined,
  };
}
