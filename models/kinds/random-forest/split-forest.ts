/**
 * Splits the file of a forest into its trees, so that they can be read and parsed one by one: as one JSON value, a large forest
 * would take ten times the memory that it needs in service.
 */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { Pieces } from '../kind.ts';

const [SPACE, QUOTE, BACKSLASH, COMMA, COLON] = [0x20, 0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
/** The array of trees is baseModel.estimators: two keys, and three levels of brackets. */
const KEYS = ['"baseModel"', '"estimators"'];
const LEVEL = 3;

/** The file of a forest, without its trees. */
export interface SplitForest {
  /** The JSON, with `estimators` that stand in for those of the file. */
  readonly json: unknown;
  /** Reads the file again, and parses its estimators one after the other. Throws a DeploymentError. */
  readonly parseEstimators: () => AsyncIterable<unknown>;
}

/**
 * Splits a file.
 * @param read reads the file
 * @returns undefined for any other JSON, or another encoding than UTF-8
 * @throws {DeploymentError} if its JSON is invalid outside the trees
 */
export async function splitForest(read: () => Pieces): Promise<SplitForest | undefined> {
  const scan = new Scan();
  for await (const piece of read()) scan.add(piece);
  const { bounds, around } = scan.finish() ?? {};
  if (!bounds || !around) return undefined;
  const [before, after] = around.map(decode);
  if (before === undefined || after === undefined) return undefined;
  const isEmpty = bounds.length === 2 && scan.isBlank;
  const placeholders = new Array<string>(isEmpty ? 0 : bounds.length - 1).fill('{"root":null}').join();
  return {
    json: parse(`${before}${placeholders}${after}`),
    parseEstimators: async function* () {
      if (isEmpty) return;
      let index = 0;
      // Between two bounds is an element, before which there is a comma, except for the first.
      for await (const element of cut(read(), bounds)) yield parse(element.toString('utf8', index++ > 0 ? 1 : 0));
    },
  };
}

/** Cuts what is between the bounds out of a file. */
async function* cut(pieces: Pieces, bounds: readonly number[]): AsyncIterable<Buffer> {
  let next = 1;
  let parts: Uint8Array[] = [];
  let offset = 0;
  for await (const piece of pieces) {
    let from = Math.max(0, (bounds[next - 1] as number) - offset);
    for (; next < bounds.length && (bounds[next] as number) <= offset + piece.length; next++) {
      const to = (bounds[next] as number) - offset;
      yield Buffer.concat([...parts, piece.subarray(from, to)]);
      parts = [];
      from = to;
    }
    if (next === bounds.length) return;
    if (from < piece.length) parts.push(piece.subarray(from));
    offset += piece.length;
  }
}

/** Without a byte order mark. */
function decode(parts: readonly Uint8Array[]): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
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

/** Finds the array of estimators, piece by piece. */
class Scan {
  /** Where the array starts, behind its bracket; its commas; and its closing bracket. */
  readonly #bounds: number[] = [];
  /** What is before the array, and what is after it. */
  readonly #around: [Uint8Array[], Uint8Array[]] = [[], []];
  /** At each level outside the trees, the last string; and the last key. */
  readonly #strings: string[] = [];
  readonly #keys: string[] = [];
  #offset = 0;
  #level = 0;
  /** In a string: 1, or 2 behind a backslash. */
  #inString = 0;
  #inTrees = false;
  #isTwice = false;
  #isBlank = true;

  /** Whether there is nothing in the array. */
  get isBlank(): boolean {
    return this.#isBlank;
  }

  add(piece: Uint8Array): void {
    // Where what is not in the array starts in the piece.
    let outside = 0;
    for (let at = 0; at < piece.length; at++) {
      if (this.#inString > 0) {
        at = this.#skipString(piece, at);
        continue;
      }
      const byte = piece[at] as number;
      if (byte === QUOTE) {
        this.#inString = 1;
        this.#isBlank &&= !this.#inTrees;
        if (this.#level < LEVEL) this.#strings[this.#level] = '"';
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        this.#isBlank &&= !this.#inTrees;
        this.#level++;
        if (!this.#isStart(byte)) continue;
        // Of a key that occurs twice, the last one counts.
        this.#isTwice ||= this.#bounds.length > 0;
        this.#inTrees = true;
        this.#bounds.push(this.#offset + at + 1);
        this.#around[0].push(piece.subarray(outside, at + 1));
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        if (this.#inTrees && this.#level === LEVEL) {
          this.#bounds.push(this.#offset + at);
          this.#inTrees = false;
          outside = at;
        }
        this.#level--;
      } else if (this.#level <= LEVEL) this.#addOther(byte, this.#offset + at);
    }
    if (!this.#inTrees) this.#around[this.#bounds.length > 0 ? 1 : 0].push(piece.subarray(outside));
    this.#offset += piece.length;
  }

  /** What was found; undefined unless there is one such array. */
  finish(): { readonly bounds: readonly number[]; readonly around: readonly (readonly Uint8Array[])[] } | undefined {
    if (this.#level !== 0 || this.#inTrees || this.#isTwice || this.#bounds.length === 0) return undefined;
    return { bounds: this.#bounds, around: this.#around };
  }

  /** Returns where a string ends, or the piece. */
  #skipString(piece: Uint8Array, start: number): number {
    let at = start;
    for (; at < piece.length && this.#inString > 0; at++) {
      if (this.#inString === 2) this.#inString = 1;
      else if (piece[at] === BACKSLASH) this.#inString = 2;
      else if (piece[at] === QUOTE) this.#inString = 0;
    }
    if (this.#level < LEVEL) {
      const text = Buffer.from(piece.buffer, piece.byteOffset + start, at - start).toString('latin1');
      this.#strings[this.#level] = (this.#strings[this.#level] ?? '') + text;
    }
    return at - 1;
  }

  #isStart(byte: number): boolean {
    return this.#level === LEVEL && byte === OPEN_ARRAY && KEYS.every((key, index) => this.#keys[index + 1] === key);
  }

  #addOther(byte: number, at: number): void {
    if (byte === COLON) this.#keys[this.#level] = this.#strings[this.#level] ?? '';
    if (!this.#inTrees || this.#level < LEVEL) return;
    if (byte === COMMA) this.#bounds.push(at);
    this.#isBlank &&= byte <= SPACE;
  }
}
