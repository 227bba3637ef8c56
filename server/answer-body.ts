/**
 * From the bytes of a body to the text of a reply: JSON, the contract's validation, the handler, JSON. All that takes long
 * in a request, and nothing that needs the socket: so a long one can be done in another thread, by this very function.
 */
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { HandlerContext } from '../handlers/contract.ts';
import { JsonText } from '../models/json/json-text.ts';
import type { AnyHandler, HandlerAnswer } from './operations.ts';
import { parseJson } from './parse-json.ts';
import { toValidationError } from './validation-error.ts';

/** A request whose body is not parsed yet. */
export interface BodyRequest {
  readonly params: unknown;
  readonly bytes: Buffer;
  readonly baseUrl: string;
}

/** A reply that is ready to be written. */
export interface JsonReply {
  readonly status: number;
  readonly json: string | Uint8Array;
}

/** Answers a request with a body. Throws what parseJson, toValidationError and the handler throw. */
export type AnswerBody = (request: BodyRequest, context: HandlerContext) => Promise<JsonReply>;

/** Compiles the validator of an operation's body. */
export function buildAnswerBody(bodySchema: object, handle: AnyHandler): AnswerBody {
  // Every value of a bad table would become an error of its own, and a hundred thousand overflow the stack.
  const ajv = new Ajv({ strict: false, allErrors: false });
  addFormats.default(ajv);
  const validate = ajv.compile(bodySchema);
  return async ({ params, bytes, baseUrl }, context) => {
    const { value: body, source } = parseJson(bytes);
    if (!validate({ requestBody: body })) throw toValidationError(validate.errors ?? [], body);
    return toJsonReply(await handle({ params, body, source, baseUrl }, context));
  };
}

/** A handler's answer as JSON. */
export function toJsonReply({ status, body }: HandlerAnswer): JsonReply {
  return { status, json: body instanceof JsonText ? body.text : JSON.stringify(body) };
}
