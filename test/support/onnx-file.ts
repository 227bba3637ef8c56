/** Writes small ONNX files (onnx.proto), as a converter would. */

/** TensorProto.DataType. */
const TYPES = { float32: 1, int32: 6, int64: 7, string: 8, bool: 9, float16: 10, float64: 11 } as const;
type Type = keyof typeof TYPES;

export interface ValueOptions {
  readonly name: string;
  /** A list of maps, as a ZipMap makes it, if there is none. */
  readonly type?: Type;
  /** Missing if the file does not say. */
  readonly shape?: readonly (number | string)[];
}

export type Attribute =
  string | number | readonly string[] | readonly number[] | { readonly floats: readonly number[] };

export interface NodeOptions {
  readonly operator: string;
  readonly domain?: string;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Fields of attributes that are written already. */
  readonly raw?: readonly Uint8Array[];
}

export interface ConstantOptions {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: readonly number[] | readonly string[];
  /** By default float32, or string. */
  readonly type?: 'float32' | 'int64' | 'string';
}

export interface FileOptions {
  readonly inputs: readonly ValueOptions[];
  readonly outputs: readonly ValueOptions[];
  readonly nodes: readonly NodeOptions[];
  readonly constants?: readonly ConstantOptions[];
  readonly irVersion?: number;
  /** Fields of the graph and of the model that are written already. */
  readonly graph?: readonly Uint8Array[];
  readonly model?: readonly Uint8Array[];
}

/** A whole file. */
export function writeOnnx({ irVersion = 10, ...options }: FileOptions): Uint8Array {
  return join([
    integer(1, irVersion),
    text(2, 'a converter'),
    text(3, '1.2'),
    field(7, writeGraph(options)),
    field(8, integer(2, 21)),
    field(8, join([text(1, 'ai.onnx.ml'), integer(2, 3)])),
    ...(options.model ?? []),
  ]);
}

/** A GraphProto. */
export function writeGraph({
  inputs,
  outputs,
  nodes,
  constants = [],
  graph = [],
}: Omit<FileOptions, 'model'>): Uint8Array {
  return join([
    ...nodes.map((node) => field(1, writeNode(node))),
    text(2, 'graph'),
    ...constants.map((constant) => field(5, writeConstant(constant))),
    ...inputs.map((value) => field(11, writeValue(value))),
    ...outputs.map((value) => field(12, writeValue(value))),
    ...graph,
  ]);
}

/** A NodeProto. */
export function writeNode({
  operator,
  domain,
  inputs = [],
  outputs = [],
  attributes = {},
  raw = [],
}: NodeOptions): Uint8Array {
  return join([
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) => field(5, writeAttribute(name, value))),
    ...(domain === undefined ? [] : [text(7, domain)]),
    ...raw,
  ]);
}

/** An AttributeProto, whose field 20 says which of its fields has the value. */
function writeAttribute(name: string, value: Attribute): Uint8Array {
  if (typeof value === 'string') return join([text(1, name), text(4, value), integer(20, 3)]);
  if (typeof value === 'number') return join([text(1, name), integer(3, value), integer(20, 2)]);
  if ('floats' in value)
    return join([text(1, name), ...value.floats.map((number) => float(7, number)), integer(20, 6)]);
  const type = typeof value[0] === 'string' ? 8 : 7;
  return join([
    text(1, name),
    ...value.map((one) => (typeof one === 'string' ? text(9, one) : integer(8, one))),
    integer(20, type),
  ]);
}

function writeValue({ name, type, shape }: ValueOptions): Uint8Array {
  const dims = (shape ?? []).map((size) => field(1, typeof size === 'number' ? integer(1, size) : text(2, size)));
  const tensor = type && join([integer(1, TYPES[type]), ...(shape ? [field(2, join(dims))] : [])]);
  // A sequence of maps from int64 to float.
  const map = field(5, join([integer(1, 7), field(2, field(1, integer(1, 1)))]));
  return join([text(1, name), field(2, tensor ? field(1, tensor) : field(4, field(1, map)))]);
}

/** A TensorProto. */
export function writeConstant({ name, dims, values, type }: ConstantOptions): Uint8Array {
  const texts = values.filter((value) => typeof value === 'string');
  const numbers = values.filter((value) => typeof value === 'number');
  const chosen = type ?? (texts.length > 0 ? 'string' : 'float32');
  const raw =
    chosen === 'int64'
      ? new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer)
      : new Uint8Array(Float32Array.from(numbers).buffer);
  return join([
    ...dims.map((size) => integer(1, size)),
    integer(2, TYPES[chosen]),
    ...texts.map((value) => text(6, value)),
    text(8, name),
    ...(chosen === 'string' ? [] : [field(9, raw)]),
  ]);
}

/** A field with a message or bytes. */
export function field(number: number, content: Uint8Array): Uint8Array {
  return join([varint(BigInt(number * 8 + 2)), varint(BigInt(content.length)), content]);
}

export function text(number: number, content: string): Uint8Array {
  return field(number, Buffer.from(content));
}

export function integer(number: number, value: number): Uint8Array {
  return join([varint(BigInt(number * 8)), varint(BigInt.asUintN(64, BigInt(value)))]);
}

function float(number: number, value: number): Uint8Array {
  return join([varint(BigInt(number * 8 + 5)), new Uint8Array(Float32Array.of(value).buffer)]);
}

export function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return Uint8Array.from([...bytes, Number(left)]);
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
