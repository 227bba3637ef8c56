/**
 * The functions that PMML has: the types that each takes and gives, and how it is computed. Where types or missing values
 * leave a choice that engines make differently, a file is refused, or a row.
 */
import { toErf, toNormalProbability, toNormalQuantile } from '../../normal-distribution.ts';
import type { DataType, Typed, Value } from './plan.ts';
import { isNumeric, isOrdered, toValue } from './values.ts';
import { fail, refuse, type Place } from './place.ts';

export interface BuiltIn {
  readonly min: number;
  readonly max: number;
  /** Checks the types of arguments, and finds that of the result. */
  readonly type: (
    parts: readonly Typed[],
    at: Place,
  ) => { readonly type: DataType; readonly args: readonly Typed[]; readonly float?: boolean };
  /** Whether it takes missing values; otherwise the result is missing where an argument is. */
  readonly takesMissing?: boolean;
  /** Computes the result; undefined or NaN where there is none. */
  readonly run: (values: readonly Value[], types: readonly DataType[]) => Value | undefined;
}

type Numbers = readonly number[];

const SECONDS_OF_DAY = 86_400;

/** The type of a result that is computed from numbers: double where one is double, and float before integer. */
function toCommonType(types: readonly DataType[]): DataType {
  return types.includes('double') ? 'double' : types.includes('float') ? 'float' : 'integer';
}

function requireNumeric(parts: readonly Typed[], at: Place): void {
  const wrong = parts.find(({ type }) => !isNumeric(type));
  if (wrong) fail(at, `expected arguments of numeric types, not ${wrong.type}`);
}

/** A function of numbers, whose result has the type of its arguments, or the given one. */
function numeric(
  min: number,
  max: number,
  run: (numbers: Numbers) => number,
  result?: DataType | ((type: DataType) => DataType),
): BuiltIn {
  return {
    min,
    max,
    type: (parts, at) => {
      requireNumeric(parts, at);
      const common = toCommonType(parts.map((part) => part.type));
      const type = typeof result === 'function' ? result(common) : (result ?? common);
      return { type, args: parts, float: type === 'float' };
    },
    run: (values) => run(values as Numbers),
  };
}

/** The same, which leaves missing values out. */
function aggregate(run: (numbers: Numbers) => number, toType: (type: DataType) => DataType): BuiltIn {
  return {
    min: 1,
    max: Infinity,
    type: (parts, at) => {
      requireNumeric(parts, at);
      const type = toType(toCommonType(parts.map((part) => part.type)));
      return { type, args: parts, float: type === 'float' };
    },
    takesMissing: true,
    run: (values, types) => {
      const numbers = values.filter((value) => value !== null) as Numbers;
      if (numbers.length === 0) return null;
      // The type is that of the numbers that are there.
      const isFloat = toCommonType(types.filter((_, index) => values[index] !== null)) === 'float';
      return isFloat ? Math.fround(run(numbers)) : run(numbers);
    },
  };
}

const one = (run: (x: number) => number, result?: DataType | ((type: DataType) => DataType)) =>
  numeric(1, 1, ([x = NaN]) => run(x), result);
const two = (run: (x: number, y: number) => number, result?: DataType | ((type: DataType) => DataType)) =>
  numeric(2, 2, ([x = NaN, y = NaN]) => run(x, y), result);
const real = (type: DataType): DataType => (type === 'integer' ? 'double' : type);
const same = (type: DataType): DataType => type;
const sum = (numbers: Numbers) => numbers.reduce((total, number) => total + number, 0);

/** Halves go to the even neighbor. */
export function roundToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

/**
 * Gives two or more arguments one type that can be compared. A constant without a declared type takes that of the first
 * argument; numbers compare as numbers, but a float and a double that is no constant do not.
 */
function toComparable(parts: readonly Typed[], at: Place): readonly Typed[] {
  const [first] = parts as [Typed];
  if (first.text !== undefined && parts.length === 2) {
    const [, second] = parts as [Typed, Typed];
    if (second.text === undefined && !(isNumeric(first.type) && isNumeric(second.type)))
      return [toConstant(first, second.type, at), second];
  }
  const args = parts.map((part, index) => {
    if (index === 0 || part.text === undefined || first.text !== undefined) return part;
    // 7 is compared with 6.5 as it is.
    return first.type === 'integer' && isNumeric(part.type) ? part : toConstant(part, first.type, at);
  });
  for (const { type, text } of args) {
    const areNumbers = isNumeric(type) && isNumeric(first.type);
    if (!areNumbers && type !== first.type) fail(at, `expected arguments of one type, not ${first.type} and ${type}`);
    if (
      areNumbers &&
      text === undefined &&
      first.text === undefined &&
      (type === 'float') !== (first.type === 'float') &&
      type !== 'integer' &&
      first.type !== 'integer'
    )
      refuse(at, 'a comparison of a float with a double', 'declare both as one type');
  }
  return args;
}

function toConstant({ text = '' }: Typed, type: DataType, at: Place): Typed {
  const value = toValue(text, type) ?? fail(at, `expected a constant of type ${type}`);
  return { expression: { op: 'constant', value }, type };
}

function comparison(run: (x: number, y: number) => boolean): BuiltIn {
  return {
    min: 2,
    max: 2,
    type: (parts, at) => {
      const args = toComparable(parts, at);
      const wrong = args.find(({ type }) => !isOrdered(type));
      if (wrong) fail(at, `expected arguments of types that have an order, not ${wrong.type}`);
      return { type: 'boolean', args };
    },
    run: ([x, y]) => run(x as number, y as number),
  };
}

function equality(expected: boolean): BuiltIn {
  return {
    min: 2,
    max: 2,
    type: (parts, at) => ({ type: 'boolean', args: toComparable(parts, at) }),
    run: ([x, y]) => (x === y) === expected,
  };
}

function membership(expected: boolean): BuiltIn {
  return {
    min: 2,
    max: Infinity,
    type: (parts, at) => ({ type: 'boolean', args: toComparable(parts, at) }),
    takesMissing: true,
    // Whether nothing is a member, engines disagree.
    run: ([x, ...others]) =>
      x === null || others.includes(null) ? undefined : others.includes(x as Value) === expected,
  };
}

function test(run: (value: Value) => boolean): BuiltIn {
  return {
    min: 1,
    max: 1,
    type: (parts) => ({ type: 'boolean', args: parts }),
    takesMissing: true,
    run: ([value]) => run(value as Value),
  };
}

function logical(min: number, max: number, run: (values: readonly Value[]) => Value): BuiltIn {
  return {
    min,
    max,
    type: (parts, at) => {
      const args = parts.map((part) =>
        part.text !== undefined && part.type === 'string' ? toConstant(part, 'boolean', at) : part,
      );
      if (args.some(({ type }) => type !== 'boolean')) fail(at, 'expected arguments of type boolean');
      return { type: 'boolean', args };
    },
    takesMissing: true,
    run,
  };
}

/** A function of texts and integers. */
function textual(
  types: readonly DataType[],
  result: DataType,
  run: (...values: never[]) => Value | undefined,
): BuiltIn {
  return {
    min: types.length,
    max: types.length,
    type: (parts, at) => ({
      type: result,
      args: parts.map((part, index) => {
        const type = types[index] as DataType;
        if (part.type === type) return part;
        return part.text === undefined
          ? fail(at, `expected an argument of type ${type}, not ${part.type}`)
          : toConstant(part, type, at);
      }),
    }),
    run: (values) => run(...(values as never[])),
  };
}

/** A number of days or seconds since the first day of a year. */
function sinceYear(perDay: number): BuiltIn {
  return {
    min: 2,
    max: 2,
    type: (parts, at) => {
      const [date, year] = parts as [Typed, Typed];
      const isDay = date.type === 'date' || date.type === 'dateTime';
      if (!isDay || year.type !== 'integer') fail(at, 'expected a date and a year');
      return { type: 'integer', args: parts };
    },
    run: ([date, year], [type]) => {
      const first = Date.UTC(year as number, 0, 1) / (1000 * SECONDS_OF_DAY);
      if (!((year as number) >= 100)) return undefined;
      if (type === 'dateTime') return Math.floor((date as number) / (SECONDS_OF_DAY / perDay)) - first * perDay;
      return ((date as number) - first) * perDay;
    },
  };
}

/** The functions by name. */
export const BUILT_INS: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  ['+', two((x, y) => x + y)],
  ['-', two((x, y) => x - y)],
  ['*', two((x, y) => x * y)],
  [
    '/',
    {
      ...two((x, y) => x / y),
      type: (parts, at) => {
        requireNumeric(parts, at);
        const type = toCommonType(parts.map((part) => part.type));
        if (type === 'integer')
          refuse(at, 'the division of an integer by an integer', 'engines round it differently; declare one as double');
        return { type, args: parts, float: type === 'float' };
      },
    },
  ],
  ['min', aggregate((numbers) => numbers.reduce((x, y) => Math.min(x, y)), same)],
  ['max', aggregate((numbers) => numbers.reduce((x, y) => Math.max(x, y)), same)],
  ['sum', aggregate(sum, same)],
  ['product', aggregate((numbers) => numbers.reduce((x, y) => x * y, 1), same)],
  ['avg', aggregate((numbers) => sum(numbers) / numbers.length, real)],
  [
    'median',
    aggregate((numbers) => {
      const sorted = Float64Array.from(numbers).sort();
      const middle = sorted.length >> 1;
      const upper = sorted[middle] as number;
      return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
    }, real),
  ],
  ['log10', one(Math.log10, 'double')],
  ['ln', one(Math.log, 'double')],
  ['ln1p', one(Math.log1p, 'double')],
  ['exp', one(Math.exp, 'double')],
  ['expm1', one(Math.expm1, 'double')],
  ['sqrt', one(Math.sqrt, 'double')],
  ['abs', one(Math.abs)],
  [
    'pow',
    {
      ...two((x, y) => x ** y),
      run: ([x, y], types) => {
        const power = (x as number) ** (y as number);
        // An integer to the power of a negative one is none.
        return types.every((type) => type === 'integer') && !Number.isSafeInteger(power) ? undefined : power;
      },
    },
  ],
  ['threshold', two((x, y) => (x > y ? 1 : 0), 'integer')],
  ['floor', one(Math.floor, 'integer')],
  ['ceil', one(Math.ceil, 'integer')],
  ['round', one((x) => Math.floor(x + 0.5), 'integer')],
  ['rint', one(roundToEven)],
  ['modulo', two((x, y) => x - Math.floor(x / y) * y)],
  ['sin', one(Math.sin, 'double')],
  ['cos', one(Math.cos, 'double')],
  ['tan', one(Math.tan, 'double')],
  ['asin', one(Math.asin, 'double')],
  ['acos', one(Math.acos, 'double')],
  ['atan', one(Math.atan, 'double')],
  ['sinh', one(Math.sinh, 'double')],
  ['cosh', one(Math.cosh, 'double')],
  ['tanh', one(Math.tanh, 'double')],
  ['hypot', two(Math.hypot, 'double')],
  ['atan2', two(Math.atan2, 'double')],
  ['erf', one(toErf, 'double')],
  ['stdNormalCDF', one(toNormalProbability, 'double')],
  ['stdNormalPDF', one((x) => normalPdf(x), 'double')],
  ['stdNormalIDF', one(toNormalQuantile, 'double')],
  ['normalCDF', numeric(3, 3, ([x = 0, mean = 0, sigma = 1]) => toNormalProbability((x - mean) / sigma), 'double')],
  ['normalPDF', numeric(3, 3, ([x = 0, mean = 0, sigma = 1]) => normalPdf((x - mean) / sigma) / sigma, 'double')],
  ['normalIDF', numeric(3, 3, ([p = 0, mean = 0, sigma = 1]) => mean + sigma * toNormalQuantile(p), 'double')],
  ['equal', equality(true)],
  ['notEqual', equality(false)],
  ['lessThan', comparison((x, y) => x < y)],
  ['lessOrEqual', comparison((x, y) => x <= y)],
  ['greaterThan', comparison((x, y) => x > y)],
  ['greaterOrEqual', comparison((x, y) => x >= y)],
  ['isIn', membership(true)],
  ['isNotIn', membership(false)],
  ['isMissing', test((value) => value === null)],
  ['isNotMissing', test((value) => value !== null)],
  ['and', logical(2, Infinity, (values) => (values.includes(false) ? false : values.includes(null) ? null : true))],
  ['or', logical(2, Infinity, (values) => (values.includes(true) ? true : values.includes(null) ? null : false))],
  ['not', logical(1, 1, ([value]) => (value === null ? null : value !== true))],
  [
    'if',
    {
      min: 2,
      max: 3,
      type: (parts, at) => {
        const [condition, ...results] = parts as [Typed, Typed, Typed | undefined];
        if (condition.type !== 'boolean') fail(at, 'expected a condition of type boolean');
        const [first, second = first] = results;
        if (isNumeric(first.type) && isNumeric(second.type))
          return { type: toCommonType([first.type, second.type]), args: parts };
        if (first.type === second.type) return { type: first.type, args: parts };
        // A constant such as 1 is a text beside a text.
        if (first.text !== undefined)
          return { type: second.type, args: [condition, toConstant(first, second.type, at), second] };
        if (second.text !== undefined)
          return { type: first.type, args: [condition, first, toConstant(second, first.type, at)] };
        return fail(at, `expected results of one type, not ${first.type} and ${second.type}`);
      },
      takesMissing: true,
      // Evaluated by build-expression.ts, as only one of the results is.
      run: () => undefined,
    },
  ],
  ['uppercase', textual(['string'], 'string', (text: string) => text.toUpperCase())],
  ['lowercase', textual(['string'], 'string', (text: string) => text.toLowerCase())],
  ['trimBlanks', textual(['string'], 'string', (text: string) => text.trim())],
  ['stringLength', textual(['string'], 'integer', (text: string) => text.length)],
  [
    'substring',
    textual(['string', 'integer', 'integer'], 'string', (text: string, start: number, length: number) =>
      start < 1 || length < 0 ? undefined : text.slice(start - 1, start - 1 + length),
    ),
  ],
  [
    'concat',
    {
      min: 2,
      max: Infinity,
      type: (parts, at) => {
        const wrong = parts.find(({ type }) => type !== 'string' && type !== 'integer' && type !== 'boolean');
        if (wrong) refuse(at, `concat of a ${wrong.type}`, 'engines write it differently');
        return { type: 'string', args: parts };
      },
      takesMissing: true,
      // Whether nothing is an empty text, engines disagree.
      run: (values) => (values.includes(null) ? undefined : values.join('')),
    },
  ],
  ['dateDaysSinceYear', sinceYear(1)],
  ['dateSecondsSinceYear', sinceYear(SECONDS_OF_DAY)],
  [
    'dateSecondsSinceMidnight',
    {
      min: 1,
      max: 1,
      type: (parts, at) => {
        const [{ type }] = parts as [Typed];
        if (type !== 'time' && type !== 'dateTime') fail(at, 'expected a time');
        return { type: 'integer', args: parts };
      },
      run: ([time]) => Math.floor((((time as number) % SECONDS_OF_DAY) + SECONDS_OF_DAY) % SECONDS_OF_DAY),
    },
  ],
]);

function normalPdf(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/** Functions that became standard in PMML 4.4, and that older files have with the prefix of vendors. */
const VENDOR_NAMES = 'expm1 ln1p hypot rint modulo sin cos tan asin acos atan atan2 sinh cosh tanh'.split(' ');

/** Finds a function by its name, with the prefix x- of older files or without. */
export function findBuiltIn(name: string): BuiltIn | undefined {
  const standard = name.slice(2);
  const isVendors = name.startsWith('x-') && VENDOR_NAMES.includes(standard);
  return BUILT_INS.get(isVendors ? standard : name);
}
