/** The file that ENGINE_PAYLOAD_LOG names: whose requests are logged, where the records are kept, and where they are sent. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { toProblems } from '../../errors/to-problems.ts';
import { findSinkKind, sinkKinds } from './sinks.ts';

const milliseconds = z.int().min(1).max(86_400_000);

/** What every sink has besides the settings of its kind. */
const commonSchema = z.looseObject({
  type: z.string(),
  /** How commands and the log name it, and its part of the spool; by default its type. */
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'up to 64 letters, digits, `_` and `-`')
    .optional(),
  /** Max records per batch, and about how many bytes. */
  batch_records: z.int().min(1).max(10_000).default(200),
  batch_bytes: z
    .int()
    .min(1)
    .max(2 ** 28)
    .default(2 ** 22),
  /** The wait before the first retry, and the longest. */
  first_wait: milliseconds.default(1000),
  longest_wait: milliseconds.default(60_000),
  /** How often a record that fails while others are delivered is put behind them before it becomes a dead letter. */
  give_up_after: z.int().min(1).max(1_000_000).default(100),
});

const fileSchema = z.strictObject({
  /** Which deployments are logged: all that do not say otherwise, or those that say so. */
  deployments: z.enum(['all', 'chosen']).default('all'),
  /** The folder of the spool; relative to the file. */
  folder: z.string().min(1).default('payload-log'),
  /** How long records gather before they are written to disk together, in milliseconds. */
  gather: z.int().min(0).max(10_000).default(0),
  /** About how many bytes the spool may have. */
  max_bytes: z
    .int()
    .min(2 ** 16)
    .default(2 ** 30),
  when_full: z.enum(['refuse', 'drop_oldest']).default('refuse'),
  sinks: z.array(z.unknown()).default([]),
});

/** The settings of a sink, complete. */
export interface SinkSettings {
  readonly type: string;
  readonly name: string;
  readonly batch_records: number;
  readonly batch_bytes: number;
  readonly first_wait: number;
  readonly longest_wait: number;
  readonly give_up_after: number;
  /** Those of its kind. */
  readonly own: unknown;
}

/** The settings of the payload log, complete; its folder is absolute. */
export interface PayloadLogSettings extends Omit<z.infer<typeof fileSchema>, 'sinks'> {
  readonly sinks: readonly SinkSettings[];
}

/**
 * Checks the contents of the file.
 * @param path of the file, to which its paths are relative
 * @throws {Error} with every problem, each naming its place and what was expected there
 */
export function parsePayloadLogSettings(text: string, path: string): PayloadLogSettings {
  const file = check(fileSchema, parseJson(text), '');
  const base = dirname(resolve(path));
  const problems: string[] = [];
  const sinks = file.sinks.flatMap((sink, index) => {
    try {
      return [parseSink(sink, `sinks[${index}]`, base)];
    } catch (error) {
      problems.push((error as Error).message);
      return [];
    }
  });
  const names = sinks.map(({ name }) => name);
  names.forEach((name, index) => {
    if (names.indexOf(name) < index) problems.push(`sinks[${index}].name: expected a name that no other sink has`);
  });
  // Each would cut off what the other is writing.
  const paths = sinks.map(({ own }) => (own as { readonly path?: unknown }).path);
  paths.forEach((path, index) => {
    if (path !== undefined && paths.indexOf(path) < index)
      problems.push(`sinks[${index}].path: expected a file that no other sink has`);
  });
  if (problems.length > 0) throw new Error(problems.join('; '));
  return { ...file, folder: resolve(base, file.folder), sinks };
}

function parseSink(value: unknown, place: string, base: string): SinkSettings {
  const { type, name, batch_records, batch_bytes, first_wait, longest_wait, give_up_after, ...own } = check(
    commonSchema,
    value,
    place,
  );
  const kind = findSinkKind(type);
  if (!kind) throw new Error(`${place}.type: expected one of ${Object.keys(sinkKinds).join(', ')}`);
  const settings = check(kind.schema, own, place);
  const path = (settings as { readonly path?: unknown }).path;
  return {
    type,
    name: name ?? type,
    batch_records,
    batch_bytes,
    first_wait,
    longest_wait,
    give_up_after,
    own: typeof path === 'string' ? { ...(settings as object), path: resolve(base, path) } : settings,
  };
}

function check<Value>(schema: z.ZodType<Value>, value: unknown, place: string): Value {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new Error(
    toProblems(error, place)
      // The file as a whole has no name here.
      .map((problem) => problem.replace(/^(\.|: )/, ''))
      .join('; '),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('expected JSON');
  }
}
