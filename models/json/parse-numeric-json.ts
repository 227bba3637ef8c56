/**
 * Parses the JSON of a model, most of which is arrays of numbers: those become typed arrays without a value per number, and
 * what is not needed is not kept. Accepts NaN, Infinity and -Infinity, which C++ and Python write.
 */
import { DeploymentError } from '../../errors/deployment-error.ts';
import { buildNumberList, MAX_DEPTH, MAX_VALUES, type NumericValue, type ParseOptions } from './numeric-value.ts';

/** The greatest number of numbers at the start of an array that has something else, too. */
const MAX_MIXED = 1000;
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const [MINUS, PLUS, DOT, ZERO, NINE] = [0x2d, 0x2b, 0x2e, 0x30, 0x39];
const [SMALL_E, LARGE_E, LARGE_N, LARGE_I] = [0x65, 0x45, 0x4e, 0x49];
const [SMALL_T, SMALL_F, SMALL_N] = [0x74, 0x66, 0x6e];

/**
 * Parses a file.
 * @param place names the file in messages
 * @throws {DeploymentError} with the offset of the first byte that is wrong
 */
export function parseNumericJson(file: Uint8Array, place: string, { skip }: ParseOptions = {}): NumericValue {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
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
  const skipBlanks = (): number | undefined => {
    let byte = bytes[at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at];
    return byte;
  };
  const parseWord = <Word>(word: string, value: Word): Word => {
    if (bytes.toString('latin1', at, at + word.length) !== word) fail('a value');
    at += word.length;
    return value;
  };

  /** Moves behind a string; the first byte is its quote. */
  const skipString = (): void => {
    do {
      at = bytes.indexOf(QUOTE, at + 1);
      if (at < 0) {
        at = bytes.length;
        fail('the end of a string');
      }
    } while (isEscaped());
    at++;
  };
  /** Whether the quote is preceded by an odd number of backslashes. */
  const isEscaped = (): boolean => {
    let count = 0;
    while (bytes[at - 1 - count] === BACKSLASH) count++;
    return count % 2 === 1;
  };
  const parseString = (): string => {
    const start = at;
    skipString();
    try {
      return JSON.parse(decoder.decode(bytes.subarray(start, at))) as string;
    } catch {
      return fail('a string of JSON, in UTF-8', start);
    }
  };

  const parseNumber = (): number => {
    const start = at;
    let byte = bytes[at] as number;
    const isNegative = byte === MINUS;
    if (isNegative) byte = bytes[++at] as number;
    if (byte === LARGE_N && !isNegative) return parseWord('NaN', NaN);
    if (byte === LARGE_I) return parseWord('Infinity', isNegative ? -Infinity : Infinity);
    let mantissa = 0;
    let digits = 0;
    let exponent = 0;
    for (; byte >= ZERO && byte <= NINE; byte = bytes[++at] as number, digits++) mantissa = mantissa * 10 + byte - ZERO;
    if (digits === 0) fail('a value');
    if (byte === DOT) {
      const first = at;
      for (byte = bytes[++at] as number; byte >= ZERO && byte <= NINE; byte = bytes[++at] as number, digits++) {
        mantissa = mantissa * 10 + byte - ZERO;
        exponent--;
      }
      if (at === first + 1) fail('a digit');
    }
    if (byte === SMALL_E || byte === LARGE_E) {
      byte = bytes[++at] as number;
      const sign = byte === MINUS ? -1 : 1;
      if (byte === MINUS || byte === PLUS) byte = bytes[++at] as number;
      const first = at;
      let power = 0;
      for (; byte >= ZERO && byte <= NINE; byte = bytes[++at] as number)
        power = Math.min(9999, power * 10 + byte - ZERO);
      if (at === first) fail('a digit');
      exponent += sign * power;
    }
    // The product or quotient of two numbers that are exact is rounded once, so it is right; all others take the long way.
    if (digits > 15 || exponent < -22 || exponent > 22) return Number(bytes.toString('latin1', start, at));
    const number = exponent < 0 ? mantissa / (POWERS[-exponent] as number) : mantissa * (POWERS[exponent] as number);
    return isNegative ? -number : number;
  };

  const isNumberStart = (byte: number | undefined): boolean =>
    byte !== undefined && ((byte >= ZERO && byte <= NINE) || byte === MINUS || byte === LARGE_N || byte === LARGE_I);

  /** Parses an array of numbers. One with few elements may have others, too; then it is a list. */
  const parseNumbers = (depth: number): NumericValue => {
    for (let count = 0; ; count++) {
      const byte = skipBlanks();
      if (byte === SMALL_T) list.push(parseWord('true', 1));
      else if (byte === SMALL_F) list.push(parseWord('false', 0));
      else if (isNumberStart(byte)) list.push(parseNumber());
      else if (count > MAX_MIXED) fail('a number, as before in the array');
      else return parseElements(depth, Array.from(list.take()));
      if (!parseComma(CLOSE_ARRAY, '"," or "]"')) return list.take();
    }
  };
  const parseElements = (depth: number, elements: NumericValue[]): NumericValue => {
    do {
      skipBlanks();
      elements.push(parseValue(depth + 1));
    } while (parseComma(CLOSE_ARRAY, '"," or "]"'));
    return elements;
  };
  /** Moves behind a comma, or behind the end of the object or array. */
  const parseComma = (close: number, expected: string): boolean => {
    const byte = skipBlanks();
    if (byte !== COMMA && byte !== close) fail(expected);
    at++;
    return byte === COMMA;
  };

  const parseArray = (depth: number): NumericValue => {
    at++;
    const byte = skipBlanks();
    if (byte === CLOSE_ARRAY) {
      at++;
      return [];
    }
    if (isNumberStart(byte) || byte === SMALL_T || byte === SMALL_F) return parseNumbers(depth);
    return parseElements(depth, []);
  };
  const parseKey = (): string => {
    if (skipBlanks() !== QUOTE) fail('a key in quotes');
    const key = parseString();
    if (skipBlanks() !== COLON) fail('":"');
    at++;
    skipBlanks();
    return key;
  };
  const parseObject = (depth: number): NumericValue => {
    const members = new Map<string, NumericValue>();
    at++;
    if (skipBlanks() === CLOSE_OBJECT) {
      at++;
      return members;
    }
    do {
      const key = parseKey();
      if (skip?.has(key)) skipValue();
      else members.set(key, parseValue(depth + 1));
    } while (parseComma(CLOSE_OBJECT, '"," or "}"'));
    return members;
  };
  /** Moves behind a value, of which only strings and brackets are looked at. */
  const skipValue = (): void => {
    let depth = 0;
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined) fail('the end of a value');
      else if (byte === QUOTE) skipString();
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
        depth++;
        at++;
      } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
        if (depth === 0) return;
        depth--;
        at++;
        if (depth === 0) return;
      } else if (depth === 0 && byte === COMMA) return;
      else at++;
    }
  };
  const parseValue = (depth: number): NumericValue => {
    const byte = bytes[at];
    if (isNumberStart(byte)) return parseNumber();
    if (byte === SMALL_T) return parseWord('true', true);
    if (byte === SMALL_F) return parseWord('false', false);
    if (byte === SMALL_N) return parseWord('null', null);
    countValue();
    if (byte === QUOTE) return parseString();
    if (depth > MAX_DEPTH) fail(`at most ${MAX_DEPTH} levels of objects and arrays; there is one more`);
    if (byte === OPEN_ARRAY) return parseArray(depth);
    if (byte === OPEN_OBJECT) return parseObject(depth);
    return fail('a value');
  };

  skipBlanks();
  const value = parseValue(1);
  if (skipBlanks() !== undefined) fail('the end of the file');
  return value;
}
