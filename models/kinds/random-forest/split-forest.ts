/**
 * Splits the file of a forest into its trees, so that they can be parsed one by one: as one JSON value, a large forest would
 * take ten times the memory that it needs in service.
 */
import { DeploymentError } from '../../../errors/deployment-error.ts';

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
/** The array of trees is baseModel.estimators: two keys, and three levels of brackets. */
const KEYS = ['"baseModel"', '"estimators"'];
const LEVEL = 3;

/** The file of a forest, without its trees. */
export interface SplitForest {
  /** The JSON, with `estimators` that stand in for those of the file. */
  readonly json: unknown;
  /** Parses the estimator with an index. Throws a DeploymentError. */
  readonly parseEstimator: (index: number) => unknown;
}

/**
 * Splits a file.
 * @returns undefined for any other JSON, or another encoding than UTF-8
 * @throws {DeploymentError} if its JSON is invalid outside the trees
 */
export function splitForest(file: Uint8Array): SplitForest | undefined {
  const bounds = findEstimators(file);
  if (!bounds) return undefined;
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const [start, end] = [bounds[0] as number, bounds.at(-1) as number];
  const [before, after] = [decode(bytes.subarray(0, start)), decode(bytes.subarray(end))];
  if (before === undefined || after === undefined) return undefined;
  const count = bytes.toString('latin1', start, end).trim() === '' ? 0 : bounds.length - 1;
  const placeholders = new Array<string>(count).fill('{"root":null}').join();
  return {
    json: parse(`${before}${placeholders}${after}`),
    // Between two bounds is an element, before which there is a comma, except for the first.
    parseEstimator: (index) =>
      parse(bytes.toString('utf8', (bounds[index] as number) + (index > 0 ? 1 : 0), bounds[index + 1])),
  };
}

/** Without a byte order mark. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new DeploymentError(['model.json: expected JSON'], { cause });
  }
}

/** Where the array of estimators starts, behind its bracket; its commas; and its closing bracket. */
function findEstimators(bytes: Uint8Array): number[] | undefined {
  let bounds: number[] | undefined;
  let level = 0;
  /** At each level outside the trees, where the last string is; and the last key. */
  const strings: string[] = [];
  const keys: string[] = [];
  let inTrees = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      const start = at;
      for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
      if (level < LEVEL) strings[level] = Buffer.from(bytes.subarray(start, at + 1)).toString('latin1');
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      level++;
      if (level !== LEVEL || byte !== OPEN_ARRAY || KEYS.some((key, index) => keys[index + 1] !== key)) continue;
      // Of a key that occurs twice, the last one counts.
      if (bounds) return undefined;
      bounds = [at + 1];
      inTrees = true;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (inTrees && level === LEVEL) {
        bounds?.push(at);
        inTrees = false;
      }
      level--;
    } else if (level <= LEVEL) {
      if (byte === COLON) keys[level] = strings[level] ?? '';
      else if (byte === COMMA && inTrees && level === LEVEL) bounds?.push(at);
    }
  }
  return level === 0 && !inTrees ? bounds : undefined;
}
