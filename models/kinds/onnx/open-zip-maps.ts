/**
 * Rewrites graphs whose probabilities leave through a ZipMap, as scikit-learn's converter makes them by default. A ZipMap turns
 * a matrix into a list of maps from class to probability, which onnxruntime cannot hand over to JavaScript.
 */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { Range } from './field-reader.ts';
import type { Node, OnnxModel, ValueInfo } from './read-model.ts';

/** A graph without ZipMaps. */
export interface OpenedModel extends OnnxModel {
  /** The classes of each matrix that fed a ZipMap, by its name. */
  readonly zipped: ReadonlyMap<string, readonly (string | number)[]>;
  /** The file, in pieces: what is unchanged is not copied. */
  readonly pieces: readonly Uint8Array[];
}

/**
 * Makes the matrix that feeds a ZipMap an output of the graph, in the place of the ZipMap's.
 * @throws {DeploymentError} when another output is not a tensor
 */
export function openZipMaps(bytes: Uint8Array, model: OnnxModel, place: string): OpenedModel {
  const zipMaps = new Map<string, Node>();
  for (const node of model.nodes) {
    if (node.operator === 'ZipMap' && node.domain === 'ai.onnx.ml')
      for (const name of node.outputs.slice(0, 1)) zipMaps.set(name, node);
  }
  if (zipMaps.size === 0) return { ...model, zipped: new Map(), pieces: [bytes] };
  for (const { inputs } of model.nodes) {
    if (inputs.some((name) => zipMaps.has(name)))
      throw new DeploymentError([
        `${place}.graph: the result of a ZipMap is used by another node; export the model with options={'zipmap': False}`,
      ]);
  }
  const zipped = new Map<string, readonly (string | number)[]>();
  const cuts: (Range & { readonly replacement: Uint8Array })[] = [];
  const outputs: ValueInfo[] = [];
  const names = new Set(model.outputs.map(({ name }) => name));
  for (const output of model.outputs) {
    const node = zipMaps.get(output.name);
    if (!node) {
      outputs.push(output);
      continue;
    }
    const [matrix = ''] = node.inputs;
    if (!node.classes) throw new DeploymentError([`${place}.graph: expected a ZipMap to have its classes`]);
    zipped.set(matrix, node.classes);
    const replacement = names.has(matrix) ? new Uint8Array() : writeOutput(matrix);
    if (!names.has(matrix))
      outputs.push({ name: matrix, type: 'float32', shape: [undefined, node.classes.length], range: output.range });
    names.add(matrix);
    cuts.push({ ...output.range, replacement });
  }
  const removed = new Set(zipMaps.values());
  for (const { range } of removed) cuts.push({ ...range, replacement: new Uint8Array() });
  cuts.sort((one, other) => one.start - other.start);
  const nodes = model.nodes.filter((node) => !removed.has(node));
  return { ...model, nodes, outputs, zipped, pieces: cut(bytes, model, cuts) };
}

function cut(
  bytes: Uint8Array,
  { graph, graphField }: OnnxModel,
  cuts: readonly (Range & { readonly replacement: Uint8Array })[],
): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = graph.start;
  for (const { start, end, replacement } of cuts) {
    pieces.push(bytes.subarray(at, start), replacement);
    at = end;
  }
  pieces.push(bytes.subarray(at, graph.end));
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const head = Uint8Array.of(...writeKey(7), ...writeLength(length));
  return [bytes.subarray(0, graphField.start), head, ...pieces, bytes.subarray(graphField.end)];
}

/** A GraphProto's field output: a ValueInfoProto of a float tensor, without a shape. */
function writeOutput(name: string): Uint8Array {
  const tensor = writeMessage(1, Uint8Array.of(0x08, 1));
  const value = [...writeMessage(1, new TextEncoder().encode(name)), ...writeMessage(2, tensor)];
  return writeMessage(12, Uint8Array.from(value));
}

function writeMessage(number: number, content: Uint8Array): Uint8Array {
  return Uint8Array.of(...writeKey(number), ...writeLength(content.length), ...content);
}

function writeKey(number: number): number[] {
  return [(number << 3) | 2];
}

function writeLength(length: number): number[] {
  const bytes: number[] = [];
  let left = length;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return [...bytes, left];
}
