/** Reads the JSON that a stranger sends. */
import { toText, type Reply } from './exchange.ts';

export type Parsed = { readonly value: unknown } | { readonly problem: string };

/** Deeper than any body of the contract; what walks a value afterwards needs no guard of its own. */
const MOST_DEPTH = 64;
/** Values take more room than their text: `{}` about twenty times as much. 5000 rows of 1012 cells are half of this. */
const MOST_VALUES = 10_000_000;

/** What a reply was parsed to, for many checks look at the same one. */
const known = new WeakMap<Reply, Parsed>();

/** The value of a body, or in a clause why it has none. */
export function parseJson(reply: Reply): Parsed {
  const parsed = known.get(reply) ?? parse(reply);
  known.set(reply, parsed);
  return parsed;
}

function parse(reply: Reply): Parsed {
  if (reply.bytes.length === 0) return { problem: 'the body is empty' };
  const text = toText(reply);
  if (text === undefined) return { problem: 'the body is not UTF-8' };
  if (text.startsWith('\uFEFF')) return { problem: 'the body begins with a byte order mark, which JSON has not' };
  const bomb = findBomb(text);
  if (bomb !== undefined) return { problem: bomb };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    const number = /[[,:]\s*(-?Infinity|NaN)\b/.exec(text)?.[1];
    if (number !== undefined) return { problem: `the body has ${number}, which is no JSON` };
    return { problem: `the body is not JSON: ${text.slice(0, 200)}` };
  }
}

/** Why a text is not even parsed. */
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
      if (++depth > MOST_DEPTH) return `the body nests deeper than ${MOST_DEPTH} levels`;
    } else if (unit === 0x5d || unit === 0x7d) depth--;
    else if (unit === 0x2c && ++values > MOST_VALUES) return `the body has more than ${MOST_VALUES} values`;
  }
  return undefined;
}

/** Whether a value is an object, neither null nor an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
