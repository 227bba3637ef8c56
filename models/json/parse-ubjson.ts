/** Parses Universal Binary JSON (https://ubjson.org, draft 12), in which XGBoost saves models: arrays of numbers are typed. */
import { DeploymentError } from '../../errors/deployment-error.ts';
import {
  buildNumberList,
  MAX_DEPTH,
  MAX_VALUES,
  type NumericValue,
  type Numbers,
  type ParseOptions,
} from './numeric-value.ts';

/** How each type of number is stored, big-endian. */
const NUMBER_TYPES: ReadonlyMap<string, { size: number; read: (view: DataView, at: number) => number }> = new Map([
  ['i', { size: 1, read: (view, at) => view.getInt8(at) }],
  ['U', { size: 1, read: (view, at) => view.getUint8(at) }],
  ['I', { size: 2, read: (view, at) => view.getInt16(at) }],
  ['l', { size: 4, read: (view, at) => view.getInt32(at) }],
  ['L', { size: 8, read: (view, at) => view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4) }],
  ['d', { size: 4, read: (view, at) => view.getFloat32(at) }],
  ['D', { size: 8, read: (view, at) => view.getFloat64(at) }],
]);

/** An array that holds the numbers of a type exactly. */
function allocate(type: string, count: number): Numbers {
  if (type === 'i') return new Int8Array(count);
  if (type === 'U') return new Uint8Array(count);
  if (type === 'I' || type === 'l') return new Int32Array(count);
  return type === 'd' ? new Float32Array(count) : new Float64Array(count);
}

/**
 * Parses a file.
 * @param place names the file in messages
 * @throws {DeploymentError} with the offset of the first byte that is wrong
 */
export function parseUbjson(file: Uint8Array, place: string, { skip }: ParseOptions = {}): NumericValue {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const list = buildNumberList();
  let at = 0;
  let valueCount = 0;

  const fail = (expected: string, where = at): never => {
    const end = where >= bytes.length ? ', where the file ends' : '';
    throw new DeploymentError([`${place}: expected ${expected} at byte ${where}${end}`]);
  };
  const countValue = () => {
    if (++valueCount > MAX_VALUES) fail(`at most ${MAX_VALUES} objects, arrays and strings; there is one more`);
  };
  /** Moves behind a number of bytes and returns where they start. */
  const take = (size: number): number => {
    const start = at;
    if (size > bytes.length - at) fail(`${size} more bytes`, bytes.length);
    at += size;
    return start;
  };
  const peek = (): string => String.fromCharCode(bytes[at] ?? 0);
  const parseMarker = (): string => String.fromCharCode(bytes[take(1)] as number);

  const parseNumber = (type: string): number | undefined => {
    const number = NUMBER_TYPES.get(type);
    return number?.read(view, take(number.size));
  };
  const parseCount = (): number => {
    const start = at;
    const type = parseMarker();
    const count = type === 'd' || type === 'D' ? undefined : parseNumber(type);
    return count !== undefined && count >= 0 && Number.isSafeInteger(count) ? count : fail('a length', start);
  };
  const parseString = (): string => {
    const start = take(parseCount());
    try {
      return decoder.decode(bytes.subarray(start, at));
    } catch {
      return fail('a string in UTF-8', start);
    }
  };

  /** An array whose elements have one type: [$type#count. */
  const parseTyped = (isKept: boolean): NumericValue => {
    at++;
    const start = at;
    const type = parseMarker();
    const number = NUMBER_TYPES.get(type) ?? fail('an array of numbers', start);
    if (parseMarker() !== '#') fail('"#", and the length of the array', at - 1);
    const count = parseCount();
    const first = take(count * number.size);
    if (!isKept) return null;
    const numbers = allocate(type, count);
    for (let index = 0, offset = first; index < count; index++, offset += number.size) {
      numbers[index] = number.read(view, offset);
    }
    return numbers;
  };
  const parseArray = (depth: number, isKept: boolean): NumericValue => {
    if (peek() === '$') return parseTyped(isKept);
    let left = Infinity;
    if (peek() === '#') {
      at++;
      left = parseCount();
    }
    const isOver = (): boolean => {
      if (left < Infinity) return left-- === 0;
      if (peek() !== ']') return false;
      at++;
      return true;
    };
    if (isOver()) return [];
    if (NUMBER_TYPES.has(peek()) || peek() === 'T' || peek() === 'F') {
      do {
        const start = at;
        const type = parseMarker();
        const number = type === 'T' ? 1 : type === 'F' ? 0 : parseNumber(type);
        list.push(number ?? fail('a number, as before in the array', start));
      } while (!isOver());
      return list.take();
    }
    const elements: NumericValue[] = [];
    do elements.push(parseValue(depth + 1, isKept));
    while (!isOver());
    return elements;
  };
  const parseObject = (depth: number, isKept: boolean): NumericValue => {
    const members = new Map<string, NumericValue>();
    if (peek() === '$') fail('an object whose members have their own types');
    let left = Infinity;
    if (peek() === '#') {
      at++;
      left = parseCount();
    }
    for (;;) {
      if (left === 0) return members;
      if (left === Infinity && peek() === '}') {
        at++;
        return members;
      }
      left--;
      const key = parseString();
      const isMemberKept = isKept && skip?.has(key) !== true;
      const value = parseValue(depth + 1, isMemberKept);
      if (isMemberKept) members.set(key, value);
    }
  };
  const parseValue = (depth: number, isKept: boolean): NumericValue => {
    const start = at;
    const type = parseMarker();
    if (type === 'T' || type === 'F') return type === 'T';
    if (type === 'Z') return null;
    const number = parseNumber(type);
    if (number !== undefined) return number;
    countValue();
    if (type === 'S') return parseString();
    if (depth > MAX_DEPTH) fail(`at most ${MAX_DEPTH} levels of objects and arrays; there is one more`, start);
    if (type === '[') return parseArray(depth, isKept);
    if (type === '{') return parseObject(depth, isKept);
    return fail('a value of UBJSON', start);
  };

  const value = parseValue(1, true);
  if (at < bytes.length) fail('the end of the file');
  return value;
}
