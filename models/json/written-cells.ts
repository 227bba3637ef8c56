/**
 * The cells of tables as they were written. Where a cell goes on as JSON, its bytes are as good as its value, and copying them
 * takes a fraction of the time of writing a number anew. What is read here is the structure of a JSON text (RFC 8259) that a
 * parser has taken already: whether it is JSON at all is not looked at again.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/** The cells of a table, row by row. */
export interface WrittenCells {
  /** The JSON text that they are in, in UTF-8. */
  readonly bytes: Uint8Array;
  /** Where each begins and ends: cell n is from bytes[bounds[2 * n]] to before bytes[bounds[2 * n + 1]]. */
  readonly bounds: Int32Array;
}

/** The cells of a scoring request: those of its table, or of the tables of its envelope. */
export interface WrittenTables {
  readonly own: WrittenCells | undefined;
  readonly enveloped: readonly (WrittenCells | undefined)[];
}

/** Where a table has cells: in its own `values`, or in those of its `meta`. */
type Source = 'table' | 'meta';

/**
 * Finds the cells of the tables of a body: of `values`, or of `values` of `meta`; in the body itself and in each of
 * `input_data`. Of several members with one name the last counts, as in JSON.parse.
 * @param bytes the text, in UTF-8
 */
export function findTables(bytes: Uint8Array, source: Source = 'table'): WrittenTables {
  let own: WrittenCells | undefined;
  let enveloped: (WrittenCells | undefined)[] = [];
  const skipOther = (_name: string, value: number) => skipValue(bytes, value);
  const visitValues = (at: number, keep: (cells: WrittenCells) => void, visitOther = skipOther) =>
    visitMembers(bytes, at, (name, value) => {
      if (name !== 'values') return visitOther(name, value);
      const { cells, end } = findCells(bytes, value);
      keep(cells);
      return end;
    });
  const visitMeta = (at: number, keep: (cells: WrittenCells) => void, visitOther = skipOther) =>
    visitMembers(bytes, at, (name, value) =>
      name === 'meta' && bytes[value] === OPEN_OBJECT ? visitValues(value, keep) : visitOther(name, value),
    );
  const visitTable = source === 'table' ? visitValues : visitMeta;
  visitTable(
    skipBlanks(bytes, 0),
    (cells) => (own = cells),
    (name, value) => {
      if (name !== 'input_data') return skipOther(name, value);
      enveloped = [];
      return visitElements(bytes, value, (at) => {
        const index = enveloped.push(undefined) - 1;
        return visitTable(at, (cells) => (enveloped[index] = cells));
      });
    },
  );
  return { own, enveloped };
}

/** The cells of rows that nobody has written yet. */
export function writeCells(rows: readonly (readonly unknown[])[]): WrittenCells {
  return findCells(Buffer.from(JSON.stringify(rows)), 0).cells;
}

/** How many bounds are kept room for. */
const MOST_KEPT = 2 ** 19;
/** Where the bounds of a table are collected, for their number is not known before; kept from table to table. */
let scratch = new Int32Array(2 ** 10);

/** Finds the cells of the array of rows that begins here, and where it ends. */
function findCells(bytes: Uint8Array, start: number): { cells: WrittenCells; end: number } {
  let bounds = scratch;
  let count = 0;
  let at = toFirst(bytes, start);
  while (at < bytes.length && bytes[at] !== CLOSE_LIST) {
    at = toFirst(bytes, at);
    while (at < bytes.length && bytes[at] !== CLOSE_LIST) {
      if (count === bounds.length) bounds = grow(bounds);
      bounds[count++] = at;
      at = skipValue(bytes, at);
      bounds[count++] = at;
      at = toNext(bytes, at);
    }
    at = toNext(bytes, at + 1);
  }
  const isKept = bounds.length <= MOST_KEPT;
  if (isKept) scratch = bounds;
  return { cells: { bytes, bounds: isKept ? bounds.slice(0, count) : bounds.subarray(0, count) }, end: at + 1 };
}

function grow(bounds: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(2 * bounds.length);
  grown.set(bounds);
  return grown;
}

/** Visits the members of the object that begins here; `visit` returns where a value ends. Returns where the object ends. */
function visitMembers(bytes: Uint8Array, start: number, visit: (name: string, at: number) => number): number {
  let at = toFirst(bytes, start);
  while (at < bytes.length && bytes[at] !== CLOSE_OBJECT) {
    const end = skipValue(bytes, at);
    const name = readName(bytes, at, end);
    at = skipBlanks(bytes, end);
    if (bytes[at] !== COLON) break;
    at = toNext(bytes, visit(name, skipBlanks(bytes, at + 1)));
  }
  return at + 1;
}

/** The name of a member, without the quotes; one of a few letters is read fastest letter by letter. */
function readName(bytes: Uint8Array, start: number, end: number): string {
  let name = '';
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at] as number;
    if (byte === BACKSLASH || byte > 0x7e)
      return JSON.parse(Buffer.from(bytes.subarray(start, end)).toString()) as string;
    name += String.fromCharCode(byte);
  }
  return name;
}

/** Visits the elements of the array that begins here; `visit` returns where one ends. Returns where the array ends. */
function visitElements(bytes: Uint8Array, start: number, visit: (at: number) => number): number {
  let at = toFirst(bytes, start);
  while (at < bytes.length && bytes[at] !== CLOSE_LIST) at = toNext(bytes, visit(at));
  return at + 1;
}

/** From the bracket of an array or an object to its first member, or its end. */
function toFirst(bytes: Uint8Array, start: number): number {
  return skipBlanks(bytes, start + 1);
}

/** From the end of a member to the next one, or to the end of what they are in. */
function toNext(bytes: Uint8Array, end: number): number {
  const at = skipBlanks(bytes, end);
  return bytes[at] === COMMA ? skipBlanks(bytes, at + 1) : at;
}

/** Where the value ends that begins here: the byte after its last. */
function skipValue(bytes: Uint8Array, start: number): number {
  let at = start;
  const first = bytes[at] as number;
  if (first === QUOTE) return skipText(bytes, at);
  if (first !== OPEN_LIST && first !== OPEN_OBJECT) {
    while (at < bytes.length && !endsWord(bytes[at] as number)) at++;
    return at;
  }
  for (let depth = 0; at < bytes.length;) {
    const byte = bytes[at] as number;
    at = byte === QUOTE ? skipText(bytes, at) : at + 1;
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++;
    else if ((byte === CLOSE_LIST || byte === CLOSE_OBJECT) && --depth === 0) break;
  }
  return at;
}

/** Whether a number or a name (true, false, null) ends before a byte. */
function endsWord(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT || byte <= SPACE;
}

function skipText(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
  return at + 1;
}

/** Where the first byte is that is no blank. */
function skipBlanks(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && (bytes[at] as number) <= SPACE) at++;
  return at;
}
