/** From the outputs of a graph to scores. */
import { normalize, toSigmoid, toSoftmax } from '../../margins.ts';
import { toPredictions, type Scores } from '../../model.ts';
import type { OutputPlan } from './plan-outputs.ts';
import type { Tensor } from './tensor.ts';

/** How far the sum of a row's probabilities may be from 1: sums of many 32-bit numbers are not exact. */
const MAX_SUM_ERROR = 1e-3;
/** How much less probable than the most probable class a label may be: the difference of two 32-bit numbers around 0.5. */
const TIE = 1e-6;

/** Converts the outputs of a number of rows, by name, to scores. Throws an Error where they are not what their roles need. */
export type ToScores = (outputs: Readonly<Record<string, Tensor>>, rowCount: number) => Scores;

/**
 * Plans the conversion.
 * @param classes of the deployment; undefined for a regression
 */
export function buildToScores({ roles }: OutputPlan, classes: readonly (string | number)[] | undefined): ToScores {
  const { probabilities, logits, labels, prediction } = roles;
  if (prediction !== undefined || !classes)
    return (outputs, rowCount) => ({ predictions: toNumbers(outputs, prediction ?? '', rowCount, 1) });
  const indices = new Map(classes.map((value, index) => [value, index]));
  const readLabels = (outputs: Readonly<Record<string, Tensor>>, rowCount: number) =>
    labels === undefined ? undefined : toIndices(outputs, labels, rowCount, indices);
  const scores = probabilities ?? logits;
  if (scores === undefined) return (outputs, rowCount) => ({ predictions: readLabels(outputs, rowCount) ?? [] });
  const count = classes.length;
  return (outputs, rowCount) => {
    const values = toNumbers(outputs, scores, rowCount, count);
    const vectors =
      logits === undefined ? toProbabilities(values, rowCount, count) : toLogistic(values, rowCount, count);
    const predictions = toPredictions(vectors, count);
    const predicted = readLabels(outputs, rowCount);
    if (predicted) checkLabels(predicted, vectors, count);
    return { predictions, probabilities: vectors };
  };
}

/** The numbers of an output: one per row, or `width`. */
function toNumbers(
  outputs: Readonly<Record<string, Tensor>>,
  name: string,
  rowCount: number,
  width: number,
): Float64Array {
  const { dims, data } = find(outputs, name);
  const [rows, columns = 1] = dims;
  const isBinary = width === 2 && columns === 1;
  if (dims.length > 2 || rows !== rowCount || (columns !== width && !isBinary))
    throw new Error(
      `the output ${name} has the dimensions ${dims.join(' × ')}, for ${rowCount} rows of ${width} values`,
    );
  if (data.length !== rowCount * columns || typeof data[0] === 'string')
    throw new Error(`the output ${name} has other values than ${rowCount * columns} numbers`);
  return Float64Array.from(data as ArrayLike<number | bigint>, Number);
}

function toIndices(
  outputs: Readonly<Record<string, Tensor>>,
  name: string,
  rowCount: number,
  indices: ReadonlyMap<string | number, number>,
): Int32Array {
  const { dims, data } = find(outputs, name);
  if (data.length !== rowCount || dims[0] !== rowCount)
    throw new Error(`the output ${name} has the dimensions ${dims.join(' × ')}, for ${rowCount} labels`);
  return Int32Array.from(data as ArrayLike<string | number | bigint>, (value) => {
    const index = indices.get(typeof value === 'string' ? value : Number(value));
    if (index === undefined) throw new Error(`the output ${name} has a label that is not a class`);
    return index;
  });
}

function find(outputs: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = Object.hasOwn(outputs, name) ? outputs[name] : undefined;
  if (!tensor) throw new Error(`the model has no output ${name}`);
  return tensor;
}

/** Probabilities as the graph gives them, or of one number per row both sides. Sums that are inexact become 1. */
function toProbabilities(values: Float64Array, rowCount: number, count: number): Float64Array {
  if (values.length === rowCount * count) {
    for (let row = 0, at = 0; row < rowCount; row++, at += count) {
      let sum = 0;
      for (let index = at; index < at + count; index++) sum += values[index] as number;
      if (!(Math.abs(sum - 1) <= MAX_SUM_ERROR))
        throw new Error(
          `the probabilities of row ${row} sum to ${sum}; if the output has logits, settings.output.logits must name it`,
        );
    }
    return normalize(values, count);
  }
  const both = new Float64Array(2 * rowCount);
  values.forEach((value, row) => both.set([1 - value, value], 2 * row));
  return both;
}

function toLogistic(values: Float64Array, rowCount: number, count: number): Float64Array {
  if (values.length === rowCount * count) return toSoftmax(values, count);
  const both = new Float64Array(2 * rowCount);
  values.forEach((value, row) => both.set([toSigmoid(-value), toSigmoid(value)], 2 * row));
  return both;
}

/** A label that is not the most probable class would be lost without a word. */
function checkLabels(labels: Int32Array, vectors: Float64Array, count: number): void {
  for (const [row, label] of labels.entries()) {
    const vector = vectors.subarray(row * count, (row + 1) * count);
    if (!((vector[label] as number) >= Math.max(...vector) - TIE)) {
      throw new Error(
        `the label of row ${row} is not the most probable class; settings.output must name either the labels or the probabilities`,
      );
    }
  }
}
