/**
 * Reads replies whose results have names chosen by the model: one list per output, or one object per row. If neither the
 * settings nor usual names (read-named.ts) identify the results, their shapes do, but never the length of a list.
 */
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { Outputs, RemoteAnswer } from '../adapter.ts';
import { isScalar } from './find-class.ts';
import { findNames, readNamed, type NamedLists, type ResultNames } from './read-named.ts';
import { isRecord, readRows } from './read-rows.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';
import type { OutputSettings } from '../remote-settings.ts';

/**
 * The answer under a key of a reply: a list with one value per row, or an object with one list per output.
 * @throws {ReplyError} if it is neither, or does not match the settings
 */
export function readKey(reply: unknown, key: string, file: DeploymentFile, output: OutputSettings): RemoteAnswer {
  if (!isRecord(reply) || !Object.hasOwn(reply, key)) throw new ReplyError(`expected an object with the key "${key}"`);
  const outputs = listOutputs(reply, key);
  return outputs ? readOutputs(outputs, file, output) : readRows(reply[key], file, output, findOwnNames);
}

/** The lists of an object under a key of a reply; undefined if there is no object. */
export function listOutputs(reply: unknown, key: string): Outputs | undefined {
  const value = isRecord(reply) && Object.hasOwn(reply, key) ? reply[key] : undefined;
  if (!isRecord(value)) return undefined;
  return new Map(Object.entries(value).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1])));
}

/**
 * The answer in outputs.
 * @throws {ReplyError} if neither the settings nor names and shapes identify the results, or values do not match the settings
 */
export function readOutputs(outputs: Outputs, file: DeploymentFile, output: OutputSettings): RemoteAnswer {
  if (outputs.size === 0) throw new ReplyError('expected outputs with one value per row; there are none');
  const lists = { names: [...outputs.keys()], get: (name: string) => outputs.get(name) ?? [] };
  const missing = listNamed(output).find((name) => !outputs.has(name));
  if (missing !== undefined)
    throw new ReplyError(`expected the output ${JSON.stringify(missing)}, which settings.output names`);
  const names = findOutputNames(lists, file, output);
  if (names.prediction === undefined && names.probability === undefined && !names.pair) {
    const list = lists.names.map((name) => JSON.stringify(name)).join(', ');
    throw new ReplyError(`expected settings.output.prediction or settings.output.probability to name one of ${list}`);
  }
  return readNamed(lists, names, file, output);
}

function listNamed({ prediction, probability, confidence }: OutputSettings): string[] {
  return [prediction, probability, confidence].flat().filter((name) => name !== undefined);
}

/** Probabilities that the settings name make any prediction redundant, so none is looked for then. */
function findOutputNames(lists: NamedLists, file: DeploymentFile, output: OutputSettings): ResultNames {
  const { prediction, probability, confidence } = output;
  if (probability !== undefined && file.label.classes) return { prediction, probability, confidence };
  return findOwnNames(lists, file, output);
}

/**
 * The names of the results: usual ones, else the only single value is the prediction and the only vector of all classes the
 * probabilities. Without a prediction, the only vector is taken for the probabilities whatever its length; toScores, or `wrap`,
 * reports the mismatch.
 */
function findOwnNames(lists: NamedLists, file: DeploymentFile, output: OutputSettings): ResultNames {
  const usual = findNames(lists, file, output);
  const findOnly = (fits: (value: unknown) => boolean) => {
    const fitting = lists.names.filter((name) => fits(lists.get(name)[0]));
    return fitting.length === 1 ? fitting[0] : undefined;
  };
  const prediction = usual.prediction ?? findOnly(isSingle);
  const width = file.label.classes?.length;
  if (width === undefined) return { prediction };
  const isDecided = usual.probability !== undefined || usual.pair !== undefined || usual.confidence !== undefined;
  const vectors = isDecided
    ? undefined
    : (findOnly((value) => Array.isArray(value) && value.length === width) ??
      (prediction === undefined ? findOnly(Array.isArray) : undefined));
  return { ...usual, prediction, probability: usual.probability ?? vectors };
}

/** Whether a value is a single one. A value alone in an array counts as one, as in to-scores.ts. */
export function isSingle(value: unknown): boolean {
  return isScalar(Array.isArray(value) && value.length === 1 ? value[0] : value);
}
