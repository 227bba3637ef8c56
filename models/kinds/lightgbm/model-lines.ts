/**
 * The lines of a LightGBM model file: a header, one block per tree, and what follows the trees. A line is `key=value`. The
 * values stay bytes until they are parsed, so a file that is longer than the longest string can be read.
 */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { Slice } from './parse-numbers.ts';

/** The value of a line. */
export interface LineValue extends Slice {
  /** The number of the line, counted from 1. */
  readonly line: number;
}

/** Some lines by their keys. */
export type Block = ReadonlyMap<string, LineValue>;

/** What a file consists of, besides its trees. */
export interface ModelLines {
  readonly header: Block;
  readonly treeCount: number;
  /** The training parameters, by name; empty if the file has none. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The JSON with the categories of a pandas DataFrame. */
  readonly pandasCategorical: LineValue | undefined;
  /** Whether something that LightGBM writes after the trees is complete. */
  readonly hasEnd: boolean;
}

const NEWLINE = 10;
const RETURN = 13;
/** No key is longer, nor a parameter that is of interest. */
const MAX_KEY = 64;

/** The keys of a header, and those of a tree. */
const HEADER_KEYS =
  'version num_class num_tree_per_iteration label_index max_feature_idx objective average_output feature_names ' +
  'monotone_constraints feature_infos tree_sizes';
const TREE_KEYS =
  'Tree num_leaves num_cat split_feature split_gain threshold decision_type left_child right_child leaf_parent leaf_value ' +
  'leaf_weight leaf_count internal_value internal_weight internal_count cat_boundaries cat_threshold is_linear leaf_const ' +
  'num_features leaf_features leaf_coeff shrinkage';

/** Makes an error that names a line of the file, and what was expected there. */
export function toLineError(place: string, line: number, message: string): DeploymentError {
  return new DeploymentError([`${place}, line ${line}: ${message}`]);
}

/** The text of a value. */
export function toText({ bytes, from, to }: Slice): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');
}

/** Called while lines are read. */
export interface ModelEvents {
  readonly onHeader: (header: Block) => void;
  /** Called for each tree in order, with its lines, which must not be kept, and the number of the first. */
  readonly onTree: (tree: Block, line: number) => void;
}

/**
 * Reads the lines of a file.
 * @throws {DeploymentError} that names the first line that is not LightGBM's
 */
export function readModelLines(bytes: Uint8Array, place: string, { onHeader, onTree }: ModelEvents): ModelLines {
  const reader = new LineReader(bytes);
  if (toText(reader.next() ?? { bytes, from: 0, to: 0 }) !== 'tree') throw toLineError(place, 1, 'expected "tree"');
  const header = readBlock(reader, place, new Set(HEADER_KEYS.split(' ')), new Map());
  onHeader(header);
  const treeKeys = new Set(TREE_KEYS.split(' '));
  const tree = new Map<string, LineValue>();
  let treeCount = 0;
  for (;;) {
    const start = reader.skipBlank();
    if (!start) throw toLineError(place, reader.line, 'expected "end of trees": the file is incomplete; copy it again');
    if (isText(start, 'end of trees')) break;
    reader.back(start);
    tree.clear();
    readBlock(reader, place, treeKeys, tree);
    const index = tree.get('Tree');
    if (!index || toText(index) !== String(treeCount))
      throw toLineError(place, start.line, `expected "Tree=${treeCount}" or "end of trees"`);
    onTree(tree, start.line);
    treeCount++;
  }
  return { header, treeCount, ...readEnd(reader, place) };
}

/** Reads lines up to an empty one. */
function readBlock(reader: LineReader, place: string, keys: ReadonlySet<string>, block: Map<string, LineValue>): Block {
  for (let line = reader.next(); line && line.to > line.from; line = reader.next()) {
    const { bytes, from, to } = line;
    const equals = bytes.subarray(from, Math.min(to, from + MAX_KEY)).indexOf(61);
    const end = equals < 0 ? to : from + equals;
    const key = end - from > MAX_KEY ? '' : toText({ bytes, from, to: end });
    // A new key may change what the model predicts, as is_linear did.
    if (!keys.has(key) || equals < 0 !== (key === 'average_output'))
      throw toLineError(place, line.line, `expected one of ${[...keys].join(', ')}`);
    if (block.has(key)) throw toLineError(place, line.line, `expected no second "${key}"`);
    block.set(key, { ...line, from: Math.min(to, end + 1) });
  }
  return block;
}

function readEnd(reader: LineReader, place: string): Pick<ModelLines, 'parameters' | 'pandasCategorical' | 'hasEnd'> {
  const parameters = new Map<string, string>();
  let pandasCategorical: LineValue | undefined;
  let isParameter = false;
  let hasEnd = false;
  for (let line = reader.next(); line; line = reader.next()) {
    if (isText(line, 'parameters:')) isParameter = true;
    else if (isText(line, 'end of parameters')) {
      isParameter = false;
      hasEnd = true;
    } else if (isParameter) {
      const [, name, value] = /^\[([a-z_0-9]+): (.*)\]$/.exec(toText(clip(line))) ?? [];
      if (name !== undefined && value !== undefined) parameters.set(name, value);
    } else if (toText(clip(line)).startsWith('pandas_categorical:')) {
      pandasCategorical = { ...line, from: line.from + 'pandas_categorical:'.length };
      hasEnd = true;
    }
  }
  if (isParameter)
    throw toLineError(place, reader.line, 'expected "end of parameters": the file is incomplete; copy it again');
  return { parameters, pandasCategorical, hasEnd };
}

/** The start of a line, which is enough for what is read after the trees; a list of columns may be longer. */
function clip<Line extends Slice>(line: Line): Line {
  return { ...line, to: Math.min(line.to, line.from + 65_536) };
}

function isText(slice: Slice, text: string): boolean {
  return slice.to - slice.from === text.length && toText(slice) === text;
}

/** Goes through the lines of a file. */
class LineReader {
  /** The number of the line that was read last. */
  line = 0;
  #at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next line, without its end; undefined after the last one. */
  next(): LineValue | undefined {
    const bytes = this.#bytes;
    const from = this.#at;
    if (from >= bytes.length) return undefined;
    const newline = bytes.indexOf(NEWLINE, from);
    const end = newline < 0 ? bytes.length : newline;
    this.#at = end + 1;
    return { bytes, line: ++this.line, from, to: end > from && bytes[end - 1] === RETURN ? end - 1 : end };
  }

  /** The next line that is not empty. */
  skipBlank(): LineValue | undefined {
    let line = this.next();
    while (line && line.to === line.from) line = this.next();
    return line;
  }

  /** Goes back to the start of a line. */
  back({ from, line }: LineValue): void {
    this.#at = from;
    this.line = line - 1;
  }
}
