/**
 * Reads what serving needs to know of an ONNX file (onnx.proto, IR 3 to 13): versions, inputs, outputs, and the nodes of the
 * main graph with the attributes that name classes. Weights are skipped. Nested graphs are visited for one reason: a file must
 * not make the runtime read other files.
 */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { BYTES, FieldReader, VARINT, type Range } from './field-reader.ts';

/** A type of tensors: onnxruntime's name of it. */
export type ElementType = 'float32' | 'float64' | 'int64' | 'int32' | 'string' | 'bool';

/** TensorProto.DataType. */
const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  1: 'float32',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  11: 'float64',
};

/** An input or output of the main graph. */
export interface ValueInfo {
  readonly name: string;
  /** Undefined where it is no tensor, or of a type that no table has. */
  readonly type: ElementType | undefined;
  /** Undefined where the file does not say; so is a dimension that is not fixed. */
  readonly shape: readonly (number | undefined)[] | undefined;
  /** Where its field is in the file, with its key. */
  readonly range: Range;
}

/** A node of the main graph. */
export interface Node {
  readonly operator: string;
  /** '' is the standard one. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The attributes classlabels_strings, classlabels_int64s and classlabels_ints. */
  readonly classes: readonly (string | number)[] | undefined;
  readonly attributes: readonly string[];
  readonly range: Range;
}

/** A constant tensor of the main graph. */
export interface Initializer {
  readonly name: string;
  readonly range: Range;
}

export interface OnnxModel {
  readonly irVersion: number;
  /** Such as "skl2onnx 1.20.0"; may be empty. */
  readonly producer: string;
  /** The version of each operator set by its domain, such as ["", 21]. */
  readonly operatorSets: readonly (readonly [domain: string, version: number])[];
  /** Without those that are constants. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
  /** The field of the main graph, and its content. */
  readonly graphField: Range;
  readonly graph: Range;
}

/**
 * How many nodes, constants, inputs, outputs, attributes and nested graphs a file may have in all: the time that the runtime
 * takes to read a file grows with the square of their number. Trees have a few: all nodes of an ensemble are one of a graph.
 */
const MAX_PARTS = 100_000;
/** How many inputs and outputs the main graph may have. */
const MAX_VALUES = 4096;
const MAX_CLASSES = 10_000;
const MAX_NAME = 4096;
/** ONNX 1.22 writes 13; the runtime says which it reads. */
const MAX_IR_VERSION = 1000;

/** Whether a file is in ONNX format: the fields of a ModelProto to its end, a version and a graph among them. */
export function isOnnx(bytes: Uint8Array): boolean {
  try {
    const fields = new FieldReader(bytes, { start: 0, end: bytes.length }, '');
    let [hasVersion, hasGraph] = [false, false];
    for (let count = 0; fields.next(); count++) {
      if (count > 10_000 || fields.number > 30) return false;
      if (fields.number === 1) hasVersion = fields.toInteger() > 0 && fields.toInteger() <= MAX_IR_VERSION;
      if (fields.number === 7) hasGraph = fields.wireType === BYTES && fields.end > fields.start;
    }
    return hasVersion && hasGraph;
  } catch {
    return false;
  }
}

/**
 * Reads a file.
 * @param place its name
 * @throws {DeploymentError} when it is damaged, or has what cannot be served
 */
export function readModel(bytes: Uint8Array, place: string): OnnxModel {
  const fields = new FieldReader(bytes, { start: 0, end: bytes.length }, place);
  const names = { producer: '', version: '' };
  const operatorSets: (readonly [string, number])[] = [];
  const functions: Range[] = [];
  let irVersion = 0;
  let graphField: Range | undefined;
  let graph: Range | undefined;
  while (fields.next()) {
    if (fields.number === 1) irVersion = fields.toInteger();
    else if (fields.number === 2) names.producer = readName(fields, place);
    else if (fields.number === 3) names.version = readName(fields, place);
    else if (fields.number === 8) operatorSets.push(readOperatorSet(bytes, fields.toRange(), place));
    else if (fields.number === 25) functions.push(fields.toRange());
    else if (fields.number === 7) {
      if (graph) refuse(`${place}: expected one graph`);
      graph = fields.toRange();
      graphField = { start: fields.fieldStart, end: fields.end };
    }
    if (operatorSets.length + functions.length > MAX_VALUES) refuse(`${place}: expected fewer operator sets`);
  }
  if (!graph || !graphField) refuse(`${place}: expected an ONNX file, with a graph`);
  if (irVersion < 3) refuse(`${place}.ir_version: expected 3 or more; save the model with a version of onnx since 1.0`);
  const producer = `${names.producer} ${names.version}`.trim();
  const parts = readGraph(bytes, graph, `${place}.graph`);
  // A file that is cut off lacks what comes last: the versions.
  const domains = new Set(operatorSets.map(([domain]) => domain));
  const lost = parts.nodes.find(({ domain }) => !domains.has(domain));
  if (lost || domains.size === 0)
    refuse(`${place}.opset_import: expected the version of each domain of operators; is the file complete?`);
  checkSelfContained(bytes, graph, functions, place);
  return { irVersion, producer, operatorSets, ...parts, graphField, graph };
}

function readOperatorSet(bytes: Uint8Array, range: Range, place: string): readonly [string, number] {
  const fields = new FieldReader(bytes, range, place);
  let [domain, version] = ['', 0];
  while (fields.next()) {
    if (fields.number === 1) domain = readName(fields, place);
    else if (fields.number === 2) version = fields.toInteger();
  }
  return [toDomain(domain), version];
}

function readGraph(
  bytes: Uint8Array,
  range: Range,
  place: string,
): Pick<OnnxModel, 'inputs' | 'outputs' | 'nodes' | 'initializers'> {
  const fields = new FieldReader(bytes, range, place);
  const [inputs, outputs, nodes, initializers]: [ValueInfo[], ValueInfo[], Node[], Initializer[]] = [[], [], [], []];
  while (fields.next()) {
    const field = { start: fields.fieldStart, end: fields.end };
    if (fields.number === 1) nodes.push(readNode(bytes, fields.toRange(), field, `${place}.node[${nodes.length}]`));
    else if (fields.number === 5) {
      const content = fields.toRange();
      initializers.push({ name: readTensorName(bytes, content, place), range: content });
    } else if (fields.number === 11 || fields.number === 12) {
      const [list, name] = fields.number === 11 ? [inputs, 'input'] : [outputs, 'output'];
      list.push(readValue(bytes, fields.toRange(), field, `${place}.${name}[${list.length}]`));
      if (list.length > MAX_VALUES) refuse(`${place}.${name}: expected at most ${MAX_VALUES}`);
    }
    if (nodes.length + initializers.length > MAX_PARTS) refuse(`${place}: expected at most ${MAX_PARTS} parts`);
  }
  // Before IR 4, constants were inputs as well.
  const constants = new Set(initializers.map(({ name }) => name));
  return { inputs: inputs.filter(({ name }) => !constants.has(name)), outputs, nodes, initializers };
}

function readNode(bytes: Uint8Array, content: Range, range: Range, place: string): Node {
  const fields = new FieldReader(bytes, content, place);
  const [inputs, outputs, attributes]: [string[], string[], string[]] = [[], [], []];
  let [operator, domain] = ['', ''];
  let classes: readonly (string | number)[] | undefined;
  while (fields.next()) {
    if (fields.number === 1) inputs.push(readName(fields, place));
    else if (fields.number === 2) outputs.push(readName(fields, place));
    else if (fields.number === 4) operator = readName(fields, place);
    else if (fields.number === 7) domain = readName(fields, place);
    else if (fields.number === 5) {
      const name = readAttributeName(bytes, fields.toRange(), place);
      attributes.push(name);
      // An empty list is as good as none: converters write both kinds of classes, one of them empty.
      if (/^classlabels_(?:strings|int64s|ints)$/.test(name)) {
        const found = readClasses(bytes, fields.toRange(), `${place}.attribute.${name}`);
        if (found.length > 0 && classes) refuse(`${place}: expected classes that are either texts or integers`);
        if (found.length > 0) classes = found;
      }
    }
    if (inputs.length + outputs.length + attributes.length > MAX_PARTS) refuse(`${place}: expected a smaller node`);
  }
  return { operator, domain: toDomain(domain), inputs, outputs, attributes, classes, range };
}

/** The standard domain has two names. */
function toDomain(name: string): string {
  return name === 'ai.onnx' ? '' : name;
}

function readAttributeName(bytes: Uint8Array, range: Range, place: string): string {
  const fields = new FieldReader(bytes, range, place);
  while (fields.next()) if (fields.number === 1) return readName(fields, place);
  return '';
}

function readClasses(bytes: Uint8Array, range: Range, place: string): readonly (string | number)[] {
  const fields = new FieldReader(bytes, range, place);
  const classes: (string | number)[] = [];
  while (fields.next()) {
    if (fields.number === 9) classes.push(readName(fields, place));
    else if (fields.number === 8) {
      // Ten bytes is the longest integer.
      if (fields.end - fields.start > 10 * MAX_CLASSES) refuse(`${place}: expected at most ${MAX_CLASSES} classes`);
      for (const integer of fields.toIntegers()) classes.push(integer);
    }
    if (classes.length > MAX_CLASSES) refuse(`${place}: expected at most ${MAX_CLASSES} classes`);
  }
  return classes;
}

/** ValueInfoProto: name, and TypeProto: tensor_type {elem_type, shape}. */
function readValue(bytes: Uint8Array, content: Range, range: Range, place: string): ValueInfo {
  const fields = new FieldReader(bytes, content, place);
  let name = '';
  let type: Range | undefined;
  while (fields.next()) {
    if (fields.number === 1) name = readName(fields, place);
    else if (fields.number === 2) type = once(type, fields, place);
  }
  if (name === '') refuse(`${place}.name: expected a name`);
  const tensor = type && findOnly(bytes, type, 1, place);
  if (!tensor) return { name, type: undefined, shape: undefined, range };
  const parts = new FieldReader(bytes, tensor, place);
  let elementType = 0;
  let shape: Range | undefined;
  while (parts.next()) {
    if (parts.number === 1) elementType = parts.toInteger();
    else if (parts.number === 2) shape = once(shape, parts, place);
  }
  return { name, type: ELEMENT_TYPES[elementType], shape: shape && readShape(bytes, shape, place), range };
}

/** TensorShapeProto: dim {dim_value or dim_param}. */
function readShape(bytes: Uint8Array, range: Range, place: string): readonly (number | undefined)[] {
  const fields = new FieldReader(bytes, range, place);
  const shape: (number | undefined)[] = [];
  while (fields.next()) {
    if (fields.number !== 1) continue;
    if (shape.length === 16) refuse(`${place}.type: expected fewer dimensions`);
    const parts = new FieldReader(bytes, fields.toRange(), place);
    let size: number | undefined;
    while (parts.next()) if (parts.number === 1) size = parts.toInteger();
    // Converters write -1 and 0 where a dimension is not fixed.
    shape.push(size !== undefined && size > 0 ? size : undefined);
  }
  return shape;
}

/** The field of a message with one field, if it has this number. */
function findOnly(bytes: Uint8Array, range: Range, number: number, place: string): Range | undefined {
  const fields = new FieldReader(bytes, range, place);
  let found: Range | undefined;
  while (fields.next()) if (fields.number === number) found = once(found, fields, place);
  return found;
}

/** A message that comes twice would be merged; no converter writes such files. */
function once(before: Range | undefined, fields: FieldReader, place: string): Range {
  if (before) refuse(`${place}.type: expected one type`);
  return fields.toRange();
}

function readName(fields: FieldReader, place: string): string {
  if (fields.end - fields.start > MAX_NAME) refuse(`${place}: expected shorter names`);
  return fields.toText();
}

function readTensorName(bytes: Uint8Array, range: Range, place: string): string {
  const fields = new FieldReader(bytes, range, place);
  let name = '';
  while (fields.next()) if (fields.number === 8) name = readName(fields, place);
  return name;
}

/** What a message that is still to be visited is, and the fields of each that lead to tensors. */
type Message = 'graph' | 'function' | 'node' | 'attribute' | 'tensor' | 'sparse tensor';
const CHILDREN: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse tensor' },
  function: { 7: 'node', 11: 'attribute' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse tensor', 23: 'sparse tensor' },
  tensor: {},
  'sparse tensor': { 1: 'tensor', 2: 'tensor' },
};

/**
 * Refuses tensors whose numbers are in another file: a path in a model must not decide what is read. Every message is visited
 * once, from a list and not by calls, for graphs may be nested as deep as the file likes.
 */
function checkSelfContained(bytes: Uint8Array, graph: Range, functions: readonly Range[], place: string): void {
  const pending: { readonly message: Message; readonly range: Range }[] = [
    { message: 'graph', range: graph },
    ...functions.map((range) => ({ message: 'function' as const, range })),
  ];
  let count = 0;
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { message, range } = next;
    const fields = new FieldReader(bytes, range, place);
    while (fields.next()) {
      // external_data, and data_location other than DEFAULT.
      const isExternal = fields.number === 13 || (fields.number === 14 && fields.toInteger() !== 0);
      if (message === 'tensor' && isExternal) {
        refuse(
          `${place}: expected all weights in the file, but some are in another one; save the model as one file: ` +
            'onnx.save_model(onnx.load(path), path, save_as_external_data=False), or torch.onnx.export(…, external_data=False)',
        );
      }
      const child = CHILDREN[message][fields.number];
      if (!child) continue;
      if (++count > MAX_PARTS) refuse(`${place}: expected at most ${MAX_PARTS} parts`);
      pending.push({ message: child, range: fields.toRange() });
    }
  }
}

/**
 * Reads a constant of one dimension that has integers or texts, such as the classes from which a graph picks a label.
 * @returns undefined where it is something else
 */
export function readConstants(bytes: Uint8Array, { range }: Initializer): readonly (string | number)[] | undefined {
  const fields = new FieldReader(bytes, range, '');
  const values: (string | number)[] = [];
  const dimensions: number[] = [];
  let type: ElementType | undefined;
  while (fields.next()) {
    // A constant of weights has millions of values.
    if (values.length > MAX_CLASSES || (fields.number !== 9 && fields.end - fields.start > 10 * MAX_CLASSES))
      return undefined;
    if (fields.number === 1) for (const integer of fields.toIntegers()) dimensions.push(integer);
    else if (fields.number === 2 && fields.wireType === VARINT) type = ELEMENT_TYPES[fields.toInteger()];
    else if (fields.number === 5 || fields.number === 7)
      for (const integer of fields.toIntegers()) values.push(integer);
    else if (fields.number === 6) values.push(fields.toText());
    else if (fields.number === 9) {
      const size = type === 'int64' ? 8 : type === 'int32' ? 4 : undefined;
      const length = fields.end - fields.start;
      if (size === undefined || length % size !== 0 || length > size * MAX_CLASSES) return undefined;
      const view = new DataView(bytes.buffer, bytes.byteOffset + fields.start, length);
      for (let at = 0; at < length; at += size)
        values.push(size === 8 ? Number(view.getBigInt64(at, true)) : view.getInt32(at, true));
    }
  }
  const isClasses = type === 'int64' || type === 'int32' || type === 'string';
  return isClasses && dimensions.length === 1 && dimensions[0] === values.length ? values : undefined;
}

function refuse(problem: string): never {
  throw new DeploymentError([problem]);
}
