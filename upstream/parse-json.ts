/** Parses JSON that another server sent. */
import { isDeep, MAX_DEPTH } from '../files/is-deep.ts';

/**
 * The value of a JSON text that another server sent.
 * @throws {SyntaxError} if it is not JSON, or nested more than 100 levels deep
 */
export function parseReplyJson(text: string): unknown {
  if (isDeep(text)) throw new SyntaxError(`expected JSON of at most ${MAX_DEPTH} levels`);
  return JSON.parse(text);
}

/** As parseReplyJson; undefined instead of an error. */
export function tryParseReplyJson(text: string): unknown {
  try {
    return parseReplyJson(text);
  } catch {
    return undefined;
  }
}
