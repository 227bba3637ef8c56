import { CommandError } from '../errors/command-error.ts';
import { isSettings, mergeSettings, type Settings } from '../wrapping/merge-settings.ts';

const KEY = /^[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*$/;
/** Keys that would reach a prototype. */
const RESERVED = ['__proto__', 'constructor', 'prototype'];

/**
 * Parses `--set key=value` options: dots in a key lead into objects; a value is JSON if it parses as JSON, else text.
 * @throws {CommandError} that repeats no value, because it may be a misplaced secret
 */
export function parseSettings(texts: readonly string[]): Settings {
  let settings: Settings = {};
  const given = new Set<string>();
  for (const [index, text] of texts.entries()) {
    const [, key, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined || !KEY.test(key))
      throw toUsageError(`--set (number ${index + 1}): expected key=value, such as model=iris or output.argmax=true.`);
    const keys = key.split('.');
    if (keys.some((part) => RESERVED.includes(part)))
      throw toUsageError(`--set ${key}: there is no setting with this name.`);
    for (const [depth] of keys.entries()) {
      const upper = keys.slice(0, depth + 1).join('.');
      if (given.has(upper)) throw toUsageError(`--set ${key}: ${upper} is set already.`);
    }
    if ([...given].some((other) => other.startsWith(`${key}.`)))
      throw toUsageError(`--set ${key}: a part of it is set already.`);
    given.add(key);
    const nested = keys.reduceRight<unknown>((inner, part) => ({ [part]: inner }), parseValue(key, value));
    settings = mergeSettings(settings, nested as Settings);
  }
  return settings;
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
