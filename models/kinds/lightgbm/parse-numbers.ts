/**
 * Numbers in a text, parsed straight from its bytes into typed arrays: a large model has millions, and a string for each would
 * take most of the time.
 */

const SPACE = 32;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const LOWER_E = 101;
const UPPER_E = 69;

/** The powers of ten that are exact. */
const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Up to 2⁵³, digits are an exact number. */
const MAX_EXACT = 2 ** 53;

/** A part of a text: the bytes `from` to `to`. */
export interface Slice {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/**
 * Parses numbers that are separated by spaces.
 * @param hasInfinity whether inf and -inf are accepted
 * @returns as many as `count` says; undefined if there are more, fewer, or something else
 */
export function parseNumbers(slice: Slice, count: number, hasInfinity = false): Float64Array | undefined {
  let text: string | undefined;
  const toToken = (from: number, to: number) => {
    text ??= toLatin(slice);
    return text.slice(from - slice.from, to - slice.from);
  };
  const parse = (bytes: Uint8Array, from: number, to: number) => {
    const number = parseNumber(bytes, from, to) ?? Number(toToken(from, to));
    if (Number.isFinite(number)) return number;
    return hasInfinity ? INFINITIES[toToken(from, to)] : undefined;
  };
  return parseList(slice, count, (length) => new Float64Array(length), parse);
}

const INFINITIES: Readonly<Record<string, number>> = { __proto__: null as never, inf: Infinity, '-inf': -Infinity };

/**
 * Parses integers that are separated by spaces.
 * @param min the least that is accepted; none may be above `max`
 * @returns as many as `count` says; undefined if there are more, fewer, or something else
 */
export function parseIntegers(
  slice: Slice,
  count: number,
  min = -(2 ** 31),
  max = 2 ** 31 - 1,
): Int32Array | undefined {
  const parse = (bytes: Uint8Array, from: number, to: number) => {
    const value = parseInteger(bytes, from, to);
    return value >= min && value <= max ? value : undefined;
  };
  return parseList(slice, count, (length) => new Int32Array(length), parse);
}

function parseList<List extends Float64Array | Int32Array>(
  { bytes, from, to }: Slice,
  count: number,
  make: (length: number) => List,
  parse: (bytes: Uint8Array, from: number, to: number) => number | undefined,
): List | undefined {
  // A number takes a byte, and another separates it from the next: no more memory is taken than the text has.
  if (2 * count > to - from + 1) return undefined;
  const list = make(count);
  let length = 0;
  for (let at = from; at < to;) {
    if (bytes[at] === SPACE) {
      at++;
      continue;
    }
    let end = at + 1;
    while (end < to && bytes[end] !== SPACE) end++;
    const value = parse(bytes, at, end);
    if (length === count || value === undefined) return undefined;
    list[length++] = value;
    at = end;
  }
  return length === count ? list : undefined;
}

/** Parses an integer of up to 15 digits; NaN if it is none. */
function parseInteger(bytes: Uint8Array, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  if (first === to || to - first > 15) return NaN;
  let value = 0;
  for (let at = first; at < to; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    value = 10 * value + digit;
  }
  return isNegative ? -value : value;
}

/** Parses a decimal number, correctly rounded; NaN if it is none, undefined if it has too many digits to do it here. */
function parseNumber(bytes: Uint8Array, from: number, to: number): number | undefined {
  let at = bytes[from] === MINUS || bytes[from] === PLUS ? from + 1 : from;
  let digits = 0;
  let exponent = 0;
  let digitCount = 0;
  let isFraction = false;
  for (; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte >= ZERO && byte <= ZERO + 9) {
      digits = 10 * digits + byte - ZERO;
      digitCount++;
      if (isFraction) exponent--;
    } else if (byte === DOT && !isFraction) isFraction = true;
    else break;
  }
  if (digitCount === 0) return NaN;
  if (at < to) {
    if (bytes[at] !== LOWER_E && bytes[at] !== UPPER_E) return NaN;
    const power = parseInteger(bytes, bytes[at + 1] === PLUS ? at + 2 : at + 1, to);
    if (Number.isNaN(power)) return NaN;
    exponent += power;
  }
  // An exact number times or by an exact power of ten is rounded once. All else takes the slower way.
  if (digits <= MAX_EXACT && exponent >= -22 && exponent <= 22) {
    const value = exponent < 0 ? digits / (POWERS[-exponent] as number) : digits * (POWERS[exponent] as number);
    return bytes[from] === MINUS ? -value : value;
  }
  return undefined;
}

function toLatin({ bytes, from, to }: Slice): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}
