/** Reads the JSON that a stranger sends. */
import { toText, type Reply } from './exchange.ts';

export type Parsed = { readonly value: unknown } | { readonly problem: string };

/** Deeper than any body of the contract; what walks a value afterwards needs no guard of its own. */
const MOST_DEPTH = 64;

/** The value of a body, or in a clause why it has none. */
export function parseJson(reply: Reply): Parsed {
  if (reply.bytes.length === 0) return { problem: 'the body is empty' };
  const text = toText(reply);
  if (text === undefined) return { problem: 'the body is not UTF-8' };
  if (text.startsWith('\uFEFF')) return { problem: 'the body begins with a byte order mark, which JSON has not' };
  if (isTooDeep(text)) return { problem: `the body nests deeper than ${MOST_DEPTH} levels` };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    const number = /[[,:]\s*(-?Infinity|NaN)\b/.exec(text)?.[1];
    if (number !== undefined) return { problem: `the body has ${number}, which is no JSON` };
    return { problem: `the body is not JSON: ${text.slice(0, 200)}` };
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (quoted) {
      if (unit === 0x5c) index++;
      else if (unit === 0x22) quoted = false;
    } else if (unit === 0x22) quoted = true;
    else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > MOST_DEPTH) return true;
    } else if (unit === 0x5d || unit === 0x7d) depth--;
  }
  return false;
}

/** Whether a value is an object, neither null nor an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
