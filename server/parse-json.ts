import { EngineError } from '../errors/engine-error.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The value of a JSON text in UTF-8 (RFC 8259).
 * @throws {EngineError} malformed_json, with the position and nothing of the text
 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    // V8's message may quote the body, which may look like a position; the real one, at the end, is all that may go back.
    const position = / JSON at position (\d+)(?: \(line \d+ column \d+\))?$/.exec((error as Error).message)?.[1];
    const where = position === undefined ? '' : `: unexpected at position ${position}`;
    throw new EngineError('malformed_json', `The body is not JSON in UTF-8 (RFC 8259)${where}.`, {
      target: { type: 'field', name: 'body' },
    });
  }
}
