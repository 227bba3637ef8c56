import { CommandError } from '../errors/command-error.ts';
import { isSettings, mergeSettings, type Settings } from '../wrapping/merge-settings.ts';

const KEY = /^[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*$/;
/** What is no key of anything that came from JSON. */
const RESERVED = ['__proto__', 'constructor', 'prototype'];

/**
 * The settings that `--set key=value` gives: dots in a key lead into objects; a value is JSON where it is some, and a text
 * otherwise.
 * @throws {CommandError} that repeats no value: one may be a secret, at the wrong place
 */
export function parseSettings(texts: readonly string[]): Settings {
  let settings: Settings = {};
  const given = new Set<string>();
  for (const [index, text] of texts.entries()) {
    const [, key, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined || !KEY.test(key))
      throw wrongUse(`--set (number ${index + 1}): expected key=value, such as model=iris or output.argmax=true.`);
    const keys = key.split('.');
    if (keys.some((part) => RESERVED.includes(part))) throw wrongUse(`--set ${key}: no setting has this name.`);
    for (const [depth] of keys.entries()) {
      const upper = keys.slice(0, depth + 1).join('.');
      if (given.has(upper)) throw wrongUse(`--set ${key}: ${upper} is set already.`);
    }
    if ([...given].some((other) => other.startsWith(`${key}.`)))
      throw wrongUse(`--set ${key}: a part of it is set already.`);
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
  if (hasReservedKey(value)) throw wrongUse(`--set ${key}: it has a key that no setting has.`);
  return value;
}

function hasReservedKey(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasReservedKey);
  return (
    isSettings(value) && Object.entries(value).some(([key, inner]) => RESERVED.includes(key) || hasReservedKey(inner))
  );
}

function wrongUse(message: string): CommandError {
  return new CommandError(message, { exitCode: 2 });
}
