/** Parses JSON from an untrusted engine. */
import { toText, type Reply } from './exchange.ts';

export type Parsed = { readonly value: unknown } | { readonly problem: string };

/** Deeper than any body of the contract; code that walks a parsed value needs no limit of its own. */
const MAX_DEPTH = 64;
/** Values take more memory than their text: `{}` about twenty times as much. 5000 rows of 1012 cells are half of this. */
const MAX_VALUES = 10_000_000;

/** Parsed responses, because many checks use the same one. */
const known = new WeakMap<Reply, Parsed>();

/** The value of a body, or a clause that says why it cannot be parsed. */
export function parseJson(reply: Reply): Parsed {
  const parsed = known.get(reply) ?? parse(reply);
  known.set(reply, parsed);
  return parsed;
}

function parse(reply: Reply): Parsed {
  if (reply.bytes.length === 0) return { problem: 'the body is empty' };
  const text = toText(reply);
  if (text === undefined) return { problem: 'the body is not UTF-8' };
  if (text.startsWith('\uFEFF'))
    return { problem: 'the body begins with a byte order mark, which JSON does not allow' };
  const bomb = findBomb(text);
  if (bomb !== undefined) return { problem: bomb };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    const number = /[[,:]\s*(-?Infinity|NaN)\b/.exec(text)?.[1];
    if (number !== undefined) return { problem: `the body contains ${number}, which is not JSON` };
    return { problem: `the body is not JSON: ${text.slice(0, 200)}` };
  }
}

/** Why a text is rejected without parsing it. */
function findBomb(text: string): string | undefined {
  let depth = 0;
  let values = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (quoted) {
      if (unit === 0x5c) index++;
      else if (unit === 0x22) quoted = false;
    } else if (unit === 0x22) quoted = true;
    else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > MAX_DEPTH) return `the body nests deeper than ${MAX_DEPTH} levels`;
    } else if (unit === 0x5d || unit === 0x7d) depth--;
    else if (unit === 0x2c && ++values > MAX_VALUES) return `the body has more than ${MAX_VALUES} values`;
  }
  return undefined;
}

/** Whether a value is an object, and neither null nor an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
