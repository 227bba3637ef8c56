import { isUtf8 } from 'node:buffer';
import { EngineError } from '../../errors/engine-error.ts';
import { keepSource } from '../../models/json/json-source.ts';
import { explainJsonError } from './explain-json-error.ts';

/**
 * The value of a JSON text in UTF-8 (RFC 8259), which keeps the text, without a byte order mark.
 * @throws {EngineError} malformed_json, with the line, the column and what was expected there, and nothing of the text
 */
export function parseJson(bytes: Buffer): unknown {
  const source = withoutMark(bytes);
  // As a TextDecoder that is fatal does it, in a fraction of its time for a short text.
  if (!isUtf8(source)) throw malformed('The body is not text in UTF-8, as JSON must be (RFC 8259).');
  const text = source.toString();
  try {
    return keepSource(JSON.parse(text) as unknown, source);
  } catch {
    const explanation = explainJsonError(text);
    throw malformed(`The body is not valid JSON (RFC 8259)${explanation === undefined ? '' : `: ${explanation}`}.`);
  }
}

function malformed(message: string): EngineError {
  return new EngineError('malformed_json', message, { target: { type: 'field', name: 'body' } });
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

function withoutMark(bytes: Buffer): Buffer {
  const isMarked = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return isMarked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}
