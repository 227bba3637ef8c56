import type { z } from 'zod';
import { CommandError } from '../errors/command-error.ts';
import { isSettings, mergeSettings, type Settings } from '../wrapping/merge-settings.ts';

const KEY = /^[A-Za-z][\w-]*(\.[\w-]+)*$/;
/** Keys that would reach a prototype. */
const RESERVED = ['__proto__', 'constructor', 'prototype'];

/** An option `--set key=value`. */
interface Assignment {
  readonly keys: readonly string[];
  readonly text: string;
  readonly value: unknown;
}

/**
 * Parses `--set key=value` options: dots in a key lead into objects; a value is JSON if it parses as JSON, else text. A number,
 * true, false or null stays text where the settings require text: an id may consist of digits, more than a number can hold.
 * @param schema of the settings; some may still be missing
 * @throws {CommandError} that repeats no value, because it may be a misplaced secret
 */
export function parseSettings(texts: readonly string[], schema: z.ZodType): Settings {
  const assignments = texts.map(parseAssignment);
  const given = new Set<string>();
  for (const { keys } of assignments) {
    const key = keys.join('.');
    for (const [depth] of keys.entries()) {
      const upper = keys.slice(0, depth + 1).join('.');
      if (given.has(upper)) throw toUsageError(`--set ${key}: ${upper} is set already.`);
    }
    if ([...given].some((other) => other.startsWith(`${key}.`)))
      throw toUsageError(`--set ${key}: a part of it is set already.`);
    given.add(key);
  }
  return toSettings(keepText(assignments, schema));
}

function parseAssignment(option: string, index: number): Assignment {
  const [, key, text] = /^([^=]*)=(.*)$/s.exec(option) ?? [];
  if (key === undefined || text === undefined || !KEY.test(key))
    throw toUsageError(`--set (number ${index + 1}): expected key=value, such as model=iris or output.argmax=true.`);
  const keys = key.split('.');
  if (keys.some((part) => RESERVED.includes(part)))
    throw toUsageError(`--set ${key}: there is no setting with this name.`);
  return { keys, text, value: parseValue(key, text) };
}

function toSettings(assignments: readonly Assignment[]): Settings {
  return assignments.reduce<Settings>((settings, { keys, value }) => {
    const nested = keys.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
    return mergeSettings(settings, nested as Settings);
  }, {});
}

/** Keeps values as text that the schema rejects as JSON, and accepts as text. */
function keepText(assignments: readonly Assignment[], schema: z.ZodType): Assignment[] {
  const kept = [...assignments];
  const isRejected = ({ keys }: Assignment) => {
    const issues = schema.safeParse(toSettings(kept)).error?.issues ?? [];
    return issues.some(({ path }) => path.join('.') === keys.join('.'));
  };
  for (const [index, assignment] of assignments.entries()) {
    const { text, value } = assignment;
    const isWord = typeof value !== 'string' && (typeof value !== 'object' || value === null);
    if (!isWord || !isRejected(assignment)) continue;
    kept[index] = { ...assignment, value: text };
    if (isRejected(assignment)) kept[index] = assignment;
  }
  return kept;
}

function parseValue(key: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  if (hasReservedKey(value)) throw toUsageError(`--set ${key}: its value has an unknown key.`);
  return value;
}

function hasReservedKey(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasReservedKey);
  return (
    isSettings(value) && Object.entries(value).some(([key, inner]) => RESERVED.includes(key) || hasReservedKey(inner))
  );
}

function toUsageError(message: string): CommandError {
  return new CommandError(message, { exitCode: 2 });
}
