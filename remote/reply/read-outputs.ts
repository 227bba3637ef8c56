/**
 * Reads replies whose results have names chosen by the model: one list per output, or one object per row. If neither the
 * settings nor usual names (read-rows.ts) identify the results, their shapes do.
 */
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { RemoteAnswer } from '../adapter.ts';
import { readNamed, readRows } from './read-rows.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';
import type { OutputSettings } from '../remote-settings.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * The answer under a key of a reply: a list with one value per row, or an object with one list per output.
 * @throws {ReplyError} if it is neither, or does not match the settings
 */
export function readKey(
  reply: unknown,
  key: string,
  rowCount: number,
  file: DeploymentFile,
  output: OutputSettings,
): RemoteAnswer {
  if (!isRow(reply) || !Object.hasOwn(reply, key)) throw new ReplyError(`expected an object with the key "${key}"`);
  const value = reply[key];
  if (isRow(value)) return readOutputs(Object.entries(value), rowCount, file, output);
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  return readRows(value, file, isRow(first) ? nameOutputs(first, file, output) : output);
}

/**
 * The answer in named lists. Lists with another length than the number of rows are ignored.
 * @throws {ReplyError} if none is left, or the values do not match the settings
 */
export function readOutputs(
  outputs: Iterable<readonly [string, unknown]>,
  rowCount: number,
  file: DeploymentFile,
  output: OutputSettings,
): RemoteAnswer {
  const lists = new Map<string, readonly unknown[]>();
  for (const [name, list] of outputs) if (Array.isArray(list) && list.length === rowCount) lists.set(name, list);
  if (lists.size === 0) throw new ReplyError(`expected an output of ${rowCount} values, one per row`);
  const first = Object.fromEntries([...lists].map(([name, list]) => [name, list[0]]));
  const named = { has: (name: string) => lists.has(name), get: (name: string) => lists.get(name) ?? [] };
  return readNamed(named, rowCount, file, nameOutputs(first, file, output));
}

/**
 * Completes the settings: the only single value is the prediction, the only vector of all classes the probabilities. Without a
 * prediction, the only vector is taken for the probabilities whatever its length; toScores, or `wrap`, reports the mismatch.
 */
function nameOutputs(row: Row, { label }: DeploymentFile, output: OutputSettings): OutputSettings {
  const width = label.classes?.length;
  const prediction = output.prediction ?? findOnly(row, isSingle);
  const probability =
    output.probability ??
    findOnly(row, (value) => Array.isArray(value) && value.length === width) ??
    (prediction === undefined ? findOnly(row, Array.isArray) : undefined);
  return {
    ...output,
    ...(prediction !== undefined && { prediction }),
    ...(probability !== undefined && { probability }),
  };
}

function findOnly(row: Row, fits: (value: unknown) => boolean): string | undefined {
  const fitting = Object.keys(row).filter((key) => fits(row[key]));
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** A value alone in an array counts as a single value, as in to-scores.ts. */
function isSingle(value: unknown): boolean {
  const alone: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof alone === 'string' || typeof alone === 'number' || typeof alone === 'boolean';
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
