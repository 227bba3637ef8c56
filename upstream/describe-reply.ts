/**
 * Describes a reply that cannot be used, for the log and for `wrap`: the keys and types of JSON, without its values, or the first
 * characters of anything else. A description is short, on one line, and has no control characters.
 */
import { tryParseReplyJson } from './parse-json.ts';

const MAX_LENGTH = 240;
const MAX_EXCERPT = 120;
const MAX_KEY = 40;
const MAX_KEYS = 8;
const MAX_DEPTH = 4;

/** Control and format characters, lone surrogates, private use, and line separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]+/gu;

/** The parts of a reply that are described. */
interface DescribedReply {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** What was received, as the end of a sentence: `{"error": string}`, or `text/html beginning "<!DOCTYPE html>…"`. */
export function describeReply({ headers, text }: DescribedReply): string {
  if (text.trim() === '') return 'an empty reply';
  const json = tryParseReplyJson(text);
  if (json !== undefined) return cut(sketch(json, MAX_DEPTH), MAX_LENGTH);
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  const excerpt = cut(toSafe(text.slice(0, 4 * MAX_EXCERPT)), MAX_EXCERPT);
  return `${cut(toSafe(type), MAX_KEY) || 'text'} beginning ${JSON.stringify(excerpt)}`;
}

/** Whether a reply would be JSON without NaN and Infinity, which Python's json module writes by default. */
export function hasNonFiniteNumbers(text: string): boolean {
  const finite = text.replace(/(?<![\w"'])-?(?:NaN|Infinity)(?![\w"'])/g, 'null');
  return finite !== text && tryParseReplyJson(finite) !== undefined;
}

/** The shape of a JSON value: keys and types, and of a list its length and first item. */
function sketch(value: unknown, depth: number): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[${value.length} × ${depth === 0 ? '…' : sketch(value[0], depth - 1)}]`;
  }
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  const keys = Object.keys(value);
  if (depth === 0 && keys.length > 0) return '{…}';
  const members = keys
    .slice(0, MAX_KEYS)
    .map(
      (key) =>
        `${JSON.stringify(cut(toSafe(key), MAX_KEY))}: ${sketch((value as Record<string, unknown>)[key], depth - 1)}`,
    );
  return `{${[...members, ...(keys.length > MAX_KEYS ? ['…'] : [])].join(', ')}}`;
}

function toSafe(text: string): string {
  return text.replace(UNSAFE, ' ').replace(/\s+/g, ' ').trim();
}

function cut(text: string, max: number): string {
  const characters = Array.from(text);
  return characters.length > max ? `${characters.slice(0, max - 1).join('')}…` : text;
}
