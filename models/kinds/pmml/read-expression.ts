/** Reads expressions: the transformations and functions of PMML. The type of each is known when it is read. */
import { BUILT_INS, findBuiltIn } from './built-ins.ts';
import {
  DATA_TYPES,
  type Branch,
  type DataType,
  type Expression,
  type IntervalPlan,
  type Typed,
  type Value,
} from './plan.ts';
import type { Scope } from './scope.ts';
import { isCastable, isNumeric, toValue } from './values.ts';
import { fail, refuse, toName, toNumber, type Place } from './place.ts';
import {
  expectOnly,
  findChild,
  findNumber,
  findWord,
  listChildren,
  requireAttribute,
  requireChild,
  requireNumber,
  type XmlElement,
} from './xml-element.ts';

/** Where names are looked up: fields, and the parameters of a function that is being read. */
export interface Names {
  readonly scope: Scope;
  readonly parameters?: ReadonlyMap<string, { readonly index: number; readonly type: DataType }>;
  /** How many definitions of functions are open. */
  readonly depth?: number;
}

const MAX_DEFINITIONS = 20;

export const EXPRESSIONS: readonly string[] = [
  'Constant',
  'FieldRef',
  'NormContinuous',
  'NormDiscrete',
  'Discretize',
  'MapValues',
  'Apply',
  'TextIndex',
  'Aggregate',
  'Lag',
];

/** The expression among the children of an element. */
export function requireExpression(element: XmlElement): XmlElement {
  const found = element.children.filter(({ name }) => EXPRESSIONS.includes(name));
  if (found.length !== 1) fail(element, `expected one expression in ${element.name}`);
  return found[0] as XmlElement;
}

export function findDataType(element: XmlElement): DataType | undefined {
  const name = element.attributes['dataType'];
  if (name === undefined) return undefined;
  return DATA_TYPES.find((type) => type === name) ?? refuse(element, `the data type ${toName(name)}`);
}

/** Casts an expression to a type. */
export function castTo({ expression, type, text }: Typed, to: DataType, at: Place): Expression {
  if (type === to) return expression;
  if (text !== undefined) return { op: 'constant', value: parseValue(text, to, at) };
  if (!isCastable(type, to)) refuse(at, `the conversion of a ${type} to a ${to}`);
  if (type === 'integer' && to === 'double') return expression;
  return { op: 'cast', from: type, to, of: expression };
}

export function parseValue(text: string, type: DataType, at: Place): Exclude<Value, null> {
  return toValue(text, type) ?? fail(at, `expected a value of type ${type}`);
}

/** Reads an expression. */
export function readExpression(element: XmlElement, names: Names): Typed {
  return names.scope.context.enter(element, () => readKind(element, names));
}

function readKind(element: XmlElement, names: Names): Typed {
  switch (element.name) {
    case 'Constant':
      return readConstant(element);
    case 'FieldRef':
      expectOnly(element, ['field', 'mapMissingTo'], []);
      return mapMissing(element, readField(requireAttribute(element, 'field'), element, names));
    case 'NormContinuous':
      return readNormContinuous(element, names);
    case 'NormDiscrete':
      return readNormDiscrete(element, names);
    case 'Discretize':
      return readDiscretize(element, names);
    case 'MapValues':
      return readMapValues(element, names);
    case 'Apply':
      return readApply(element, names);
    default:
      return refuse(element, element.name);
  }
}

function readField(name: string, at: Place, { scope, parameters }: Names): Typed {
  const parameter = parameters?.get(name);
  if (parameter) return { expression: { op: 'argument', index: parameter.index }, type: parameter.type };
  if (parameters) fail(at, `expected a parameter of the function, not ${toName(name)}`);
  const { slot, type } = scope.require(name, at);
  return { expression: { op: 'field', slot }, type };
}

function mapMissing(element: XmlElement, typed: Typed): Typed {
  const text = element.attributes['mapMissingTo'];
  if (text === undefined) return typed;
  const value = parseValue(text, typed.type, element);
  if (typed.type === 'float' && value !== toNumber(text))
    refuse(element, 'mapMissingTo of a float with a number that is none', 'engines round it or not');
  return { type: typed.type, expression: { op: 'orElse', of: typed.expression, value } };
}

function readConstant(element: XmlElement): Typed {
  expectOnly(element, ['dataType', 'missing'], []);
  const { text } = element;
  const declared = findDataType(element);
  if (element.attributes['missing'] === 'true') {
    return {
      expression: { op: 'constant', value: null },
      type: declared ?? refuse(element, 'a missing Constant without a data type'),
    };
  }
  if (declared) return { expression: { op: 'constant', value: parseValue(text, declared, element) }, type: declared };
  const number = toNumber(text);
  if (number === undefined) return { expression: { op: 'constant', value: text }, type: 'string', text };
  const type = /^\s*[+-]?\d+\s*$/.test(text) && Number.isSafeInteger(number) ? 'integer' : 'double';
  return { expression: { op: 'constant', value: number }, type, text };
}

/** The value of a field as a number that can be computed with. */
function readNumericField(element: XmlElement, names: Names): Expression {
  const { expression, type } = readField(requireAttribute(element, 'field'), element, names);
  if (!isNumeric(type)) fail(element, `${element.name}: expected a field of a numeric type, not ${type}`);
  return expression;
}

/** The line segments of a NormContinuous, whose expression is that of a field. */
export function readSegments(element: XmlElement): {
  orig: Float64Array;
  norm: Float64Array;
  outliers: 'asIs' | 'asMissingValues' | 'asExtremeValues';
} {
  expectOnly(element, ['field', 'outliers', 'mapMissingTo'], ['LinearNorm']);
  const norms = listChildren(element, 'LinearNorm');
  if (norms.length < 2) fail(element, 'expected two LinearNorm or more in NormContinuous');
  for (const norm of norms) expectOnly(norm, ['orig', 'norm'], []);
  const orig = Float64Array.from(norms, (norm) => requireNumber(norm, 'orig'));
  if (orig.some((number, index) => index > 0 && number <= (orig[index - 1] as number)))
    fail(element, 'expected LinearNorm in the order of orig');
  return {
    orig,
    norm: Float64Array.from(norms, (norm) => requireNumber(norm, 'norm')),
    outliers: findWord(element, 'outliers', ['asIs', 'asMissingValues', 'asExtremeValues']) ?? 'asIs',
  };
}

function readNormContinuous(element: XmlElement, names: Names): Typed {
  const segments = readSegments(element);
  const of = readNumericField(element, names);
  const expression: Expression = { op: 'norm', of, ...segments };
  return { expression: whenMissing(of, findNumber(element, 'mapMissingTo') ?? null, expression), type: 'double' };
}

/** An expression whose input may be missing: mapMissingTo is not for an output that is missing although the input is not. */
function whenMissing(input: Expression, value: Value, expression: Expression): Expression {
  if (value === null) return expression;
  const apply = { op: 'apply', types: [], float: false, missing: null, invalid: 'reject' } as const;
  const condition: Expression = { ...apply, name: 'isMissing', of: [input] };
  return { ...apply, name: 'if', of: [condition, { op: 'constant', value }, expression] };
}

function readNormDiscrete(element: XmlElement, names: Names): Typed {
  expectOnly(element, ['field', 'value', 'mapMissingTo', 'method'], []);
  findWord(element, 'method', ['indicator']);
  const { expression, type } = readField(requireAttribute(element, 'field'), element, names);
  const value = parseValue(requireAttribute(element, 'value'), type, element);
  const missing = findNumber(element, 'mapMissingTo');
  return {
    expression: { op: 'map', of: [expression], rows: [[value, 1]], other: 0, missing: missing ?? null },
    type: 'double',
  };
}

/** Reads an Interval. */
export function readInterval(element: XmlElement): IntervalPlan {
  expectOnly(element, ['closure', 'leftMargin', 'rightMargin'], []);
  const closure = findWord(element, 'closure', ['openOpen', 'openClosed', 'closedOpen', 'closedClosed']);
  if (!closure) fail(element, 'expected the attribute closure in Interval');
  return {
    low: findNumber(element, 'leftMargin') ?? -Infinity,
    high: findNumber(element, 'rightMargin') ?? Infinity,
    openLow: closure.startsWith('open'),
    openHigh: closure.endsWith('Open'),
  };
}

function readDiscretize(element: XmlElement, names: Names): Typed {
  expectOnly(element, ['field', 'mapMissingTo', 'defaultValue', 'dataType'], ['DiscretizeBin']);
  const of = readNumericField(element, names);
  const type = findDataType(element) ?? 'string';
  const toOptional = (name: string): Value => {
    const text = element.attributes[name];
    return text === undefined ? null : parseValue(text, type, element);
  };
  const bins = listChildren(element, 'DiscretizeBin').map((bin) => {
    expectOnly(bin, ['binValue'], ['Interval']);
    return {
      interval: readInterval(requireChild(bin, 'Interval')),
      value: parseValue(requireAttribute(bin, 'binValue'), type, bin),
    };
  });
  checkBins(bins, element);
  const expression: Expression = { op: 'discretize', of, bins, other: toOptional('defaultValue') };
  return { expression: whenMissing(of, toOptional('mapMissingTo'), expression), type };
}

/** Rejects bins that overlap: which of them counts, engines disagree. */
function checkBins(bins: readonly Branch[], at: Place): void {
  const sorted = bins
    .map(({ interval }) => interval)
    .sort((one, other) => one.low - other.low || one.high - other.high);
  for (const [index, { low, openLow }] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before && (before.high > low || (before.high === low && !before.openHigh && !openLow)))
      fail(at, 'expected DiscretizeBin that do not overlap');
  }
}

function readMapValues(element: XmlElement, names: Names): Typed {
  expectOnly(element, ['mapMissingTo', 'defaultValue', 'outputColumn', 'dataType'], ['FieldColumnPair', 'InlineTable']);
  const type = findDataType(element) ?? 'string';
  const output = requireAttribute(element, 'outputColumn');
  const pairs = listChildren(element, 'FieldColumnPair').map((pair) => {
    expectOnly(pair, ['field', 'column'], []);
    return { column: requireAttribute(pair, 'column'), typed: readField(requireAttribute(pair, 'field'), pair, names) };
  });
  if (pairs.length === 0) fail(element, 'expected a FieldColumnPair in MapValues');
  const table = findChild(element, 'InlineTable') ?? refuse(element, 'MapValues without an InlineTable');
  expectOnly(table, [], ['row']);
  const keys = new Set<string>();
  const rows = table.children.map((row) => {
    const cells = new Map(row.children.map((child) => [child.name, child]));
    const cell = (column: string) => cells.get(column) ?? fail(row, `expected the column ${toName(column)} in row`);
    const values: Value[] = pairs.map(({ column, typed }) => parseValue(cell(column).text, typed.type, cell(column)));
    const key = JSON.stringify(values);
    if (keys.has(key)) fail(row, 'expected each row of the InlineTable once');
    keys.add(key);
    return [...values, parseValue(cell(output).text, type, cell(output))];
  });
  const toOptional = (name: string): Value => {
    const text = element.attributes[name];
    return text === undefined ? null : parseValue(text, type, element);
  };
  return {
    expression: {
      op: 'map',
      of: pairs.map(({ typed }) => typed.expression),
      rows,
      other: toOptional('defaultValue'),
      missing: toOptional('mapMissingTo'),
    },
    type,
  };
}

function readApply(element: XmlElement, names: Names): Typed {
  expectOnly(element, ['function', 'mapMissingTo', 'defaultValue', 'invalidValueTreatment'], EXPRESSIONS);
  const name = requireAttribute(element, 'function');
  const invalid = findWord(element, 'invalidValueTreatment', ['returnInvalid', 'asMissing', 'asIs']) ?? 'returnInvalid';
  if (invalid === 'asIs') refuse(element, 'invalidValueTreatment="asIs" of Apply');
  const parts = element.children.map((child) => readExpression(child, names));
  const { definitions } = names.scope.context;
  const definition = definitions.get(name);
  if (definition) return applyDefinition(element, definition, parts, names);
  const builtIn = findBuiltIn(name) ?? refuse(element, `the function ${toName(name)}`);
  if (parts.length < builtIn.min || parts.length > builtIn.max)
    fail(element, `the function ${toName(name)}: expected ${toCount(builtIn.min, builtIn.max)}`);
  const { type, args, float = false } = builtIn.type(parts, element);
  const map = element.attributes['mapMissingTo'];
  const other = element.attributes['defaultValue'];
  const expression: Expression = {
    op: 'apply',
    name,
    types: args.map((part) => part.type),
    of: args.map((part) => part.expression),
    float,
    missing: map === undefined ? null : parseValue(map, type, element),
    invalid: invalid === 'asMissing' ? 'missing' : 'reject',
  };
  if (other === undefined) return { expression, type };
  return { expression: { op: 'orElse', of: expression, value: parseValue(other, type, element) }, type };
}

function toCount(min: number, max: number): string {
  if (max === Infinity) return `${min} arguments or more`;
  return min === max ? `${min} ${min === 1 ? 'argument' : 'arguments'}` : `${min} to ${max} arguments`;
}

/** A call of a function that the file defines. It is read anew for each call, as its types may depend on the arguments. */
function applyDefinition(element: XmlElement, definition: XmlElement, parts: readonly Typed[], names: Names): Typed {
  const { context } = names.scope;
  const depth = (names.depth ?? 0) + 1;
  const name = requireAttribute(definition, 'name');
  if (depth > MAX_DEFINITIONS)
    fail(element, `the function ${toName(name)}: expected at most ${MAX_DEFINITIONS} calls in calls`);
  if (context.functions.length >= MAX_FUNCTIONS) fail(element, `expected at most ${MAX_FUNCTIONS} calls of functions`);
  const fields = listChildren(definition, 'ParameterField');
  if (fields.length !== parts.length)
    fail(element, `the function ${toName(name)}: expected ${fields.length} arguments`);
  const parameters = new Map<string, { index: number; type: DataType }>();
  const args = fields.map((field, index) => {
    expectOnly(field, ['name', 'optype', 'dataType', 'displayName'], []);
    const part = parts[index] as Typed;
    const type = findDataType(field) ?? part.type;
    parameters.set(requireAttribute(field, 'name'), { index, type });
    return castTo(part, type, element);
  });
  const body = readExpression(requireExpression(definition), { scope: names.scope, parameters, depth });
  const type = findDataType(definition) ?? body.type;
  const call = context.functions.push({ name, expression: castTo(body, type, definition) }) - 1;
  for (const key of ['mapMissingTo', 'defaultValue'] as const)
    if (element.attributes[key] !== undefined) refuse(element, `${key} for a function that the file defines`);
  return { expression: { op: 'call', function: call, of: args }, type };
}

const MAX_FUNCTIONS = 20_000;

/** Reads the definitions of functions, which are read again where they are called. */
export function readDefinitions(elements: readonly XmlElement[], definitions: Map<string, XmlElement>): void {
  for (const element of elements) {
    expectOnly(element, ['name', 'optype', 'dataType'], ['ParameterField', ...EXPRESSIONS]);
    const name = requireAttribute(element, 'name');
    if (definitions.has(name) || BUILT_INS.has(name))
      fail(element, `expected a new name for the function, not ${toName(name)}`);
    requireExpression(element);
    definitions.set(name, element);
  }
}
