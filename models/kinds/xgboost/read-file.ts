/** Recognizes the files that XGBoost writes, and parses those that hold a model: JSON and UBJSON. */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { readPart, type Part } from '../../json/numeric-value.ts';
import { parseNumericJson } from '../../json/parse-numeric-json.ts';
import { parseUbjson } from '../../json/parse-ubjson.ts';

/** The formats of files from XGBoost. Only the first two can be served. */
export type FileFormat = 'JSON' | 'UBJSON' | 'binary' | 'dump';

/** What is large, and only describes how the model was trained. */
const SKIPPED = new Set(['loss_changes', 'sum_hessian', 'parents', 'leaf_child_counts', 'sorted_idx']);

const SAVE_AGAIN =
  'load it with the version of XGBoost that wrote it (1.0 to 3.0), and save it with save_model("model.json")';

/** The format of a file, from its content; undefined if it is not from XGBoost. Never throws. */
export function findFormat(file: Uint8Array): FileFormat | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const start = bytes.toString('latin1', 0, 1024);
  if (/^\s*\{/.test(start) && bytes.includes('learner') && bytes.includes('gradient_booster')) {
    return /^\{\s*["}]/.test(start.trimStart()) ? 'JSON' : 'UBJSON';
  }
  if (/^\s*\[\s*\{\s*"nodeid"/.test(start) || start.startsWith('booster[0]:')) return 'dump';
  // The raw format begins with 136 bytes of parameters, and the objective with its length.
  const isRaw = /^[^]{136}.\0{7}(?:binary|count|multi|rank|reg|survival):/s.test(start);
  return isRaw || /^(?:binf|bs64)/.test(start) ? 'binary' : undefined;
}

/**
 * Parses a file.
 * @returns its root and the name of its format
 * @throws {DeploymentError} if it holds no model
 */
export function parseFile(file: Uint8Array, place: string): { root: Part; format: string } {
  const format = findFormat(file);
  if (format === 'binary') fail(place, `the old binary format of XGBoost is not supported; ${SAVE_AGAIN}`);
  if (format === 'dump')
    fail(place, 'it is a dump, which lacks the objective and base_score; save the model with save_model("model.json")');
  if (format === undefined) fail(place, 'expected a model of XGBoost, as save_model("model.json") writes it');
  const parse = format === 'JSON' ? parseNumericJson : parseUbjson;
  return { root: readPart(parse(file, place, { skip: SKIPPED }), place), format };
}

function fail(place: string, problem: string): never {
  throw new DeploymentError([`${place}: ${problem}`]);
}
