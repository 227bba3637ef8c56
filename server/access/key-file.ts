/**
 * The file of API keys: names and SHA-256 hashes, never the keys. Keys that the engine makes have 256 random bits, which nobody can guess
 * however fast a hash is computed; so a fast one is right, and a slow one would only let strangers make the engine compute. Keys that
 * people choose must be long for the same reason.
 */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { listOf } from '../../models/list-of.ts';
import { toProblems } from '../../errors/to-problems.ts';

/** Max keys in a file: each request is compared with all of them. */
export const MAX_KEYS = 1000;
/** Min characters of a key, of which at least some differ. */
export const MIN_KEY_LENGTH = 32;
const MIN_DISTINCT = 10;
const MAX_KEY_LENGTH = 512;
/** By this, scanners for leaked secrets and people recognize a key. */
const PREFIX = 'cme_';
/** The characters of a bearer token (RFC 6750, 2.1). */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/** What a name of a key is, for messages. */
export const KEY_NAME = 'a name of at most 64 letters, digits, dots, hyphens, underscores and @';

const time = z.iso.datetime({ offset: true, error: 'a time such as 2030-01-31T12:00:00Z' });

const keySchema = z.strictObject({
  name: z.string().regex(NAME, KEY_NAME),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits in lower case'),
  created_at: time.optional(),
  expires_at: time.optional(),
});

const keyFileSchema = z.strictObject({ keys: listOf(keySchema, 0, MAX_KEYS) });

/** A key as the file has it. */
export type StoredKey = z.infer<typeof keySchema>;

/** Whether a text can name a key, and appear in the log. */
export function isKeyName(text: string): boolean {
  return NAME.test(text);
}

/**
 * Parses the text of a key file.
 * @throws an Error with every problem; none repeats a value
 */
export function parseKeyFile(text: string): StoredKey[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('expected JSON');
  }
  const parsed = keyFileSchema.safeParse(json);
  if (!parsed.success)
    throw new Error(
      toProblems(parsed.error, '')
        .join('; ')
        .replaceAll(/(^|; )[.]/g, '$1'),
    );
  const { keys } = parsed.data;
  for (const field of ['name', 'sha256'] as const) {
    const index = keys.findIndex((key, place) => keys.findIndex((other) => other[field] === key[field]) !== place);
    if (index >= 0) throw new Error(`keys[${index}].${field}: expected one that no key before it has`);
  }
  return keys;
}

/** The text of a key file. */
export function formatKeyFile(keys: readonly StoredKey[]): string {
  return `${JSON.stringify({ keys }, null, 2)}\n`;
}

/** Makes a key of 256 random bits. */
export function makeKey(): string {
  return `${PREFIX}${randomBytes(32).toString('base64url')}`;
}

/** What is wrong with a key that somebody has chosen, as an expectation; undefined if it is good. */
export function findKeyProblem(key: string): string | undefined {
  if (!TOKEN.test(key) || key.length > MAX_KEY_LENGTH)
    return `a key of at most ${MAX_KEY_LENGTH} letters, digits and -._~+/ (RFC 6750)`;
  if (key.length < MIN_KEY_LENGTH) return `a key of at least ${MIN_KEY_LENGTH} characters`;
  if (new Set(key).size < MIN_DISTINCT) return `a key of at least ${MIN_DISTINCT} different characters`;
  return undefined;
}

/** The hash of a key, 32 bytes. */
export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** Whether a key is no longer accepted at a time, in milliseconds since 1970. */
export function hasExpired({ expires_at }: Pick<StoredKey, 'expires_at'>, now: number): boolean {
  return expires_at !== undefined && Date.parse(expires_at) <= now;
}
