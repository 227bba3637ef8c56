/**
 * Turns an upstream's answer into scores and checks them: as many rows as were sent, vectors as long as the classes, numbers
 * that are finite and sum to 1. Predictions are derived if there are only probabilities; probabilities are never invented.
 */
import type { DeploymentFile, Label } from '../../models/deployment-file.ts';
import { toPredictions, type Scores } from '../../models/model.ts';
import type { RemoteAnswer } from '../adapter.ts';
import { buildFindClass } from './find-class.ts';
import { isNumeric } from './is-numeric.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';
import type { OutputSettings } from '../remote-settings.ts';

/** The tolerance for one probability: servers round to three decimals, and compute in single precision. */
const ROUNDING = 0.000501;
/** The max deviation of a row's sum from 1, however many classes there are. Rows are then divided by their sum. */
const MAX_DEVIATION = 0.01;

/**
 * The scores in an answer.
 * @param wantsProbabilities whether the deployment publishes probabilities; if undefined, whatever the answer has
 * @throws {ReplyError} that names the row and what was expected
 */
export function toScores(
  answer: RemoteAnswer,
  rowCount: number,
  file: DeploymentFile,
  output: OutputSettings,
  wantsProbabilities: boolean | undefined,
): Scores {
  const { classes } = file.label;
  if (!classes) return { predictions: toNumbers(checkCount(answer.predictions, rowCount, 'predictions')) };
  const isDerived = output.argmax || !answer.predictions;
  const isNeeded = isDerived || wantsProbabilities !== false;
  const probabilities = isNeeded ? toProbabilities(answer, rowCount, classes, output) : undefined;
  if (!probabilities && (wantsProbabilities || output.argmax))
    throw new ReplyError('expected probabilities, as in the recorded example; the reply has none');
  const predictions =
    probabilities && isDerived
      ? toPredictions(probabilities, classes.length)
      : toClasses(answer.predictions, rowCount, classes, output);
  if (!probabilities || wantsProbabilities === false) return { predictions };
  checkArgmax(predictions, probabilities, classes.length);
  return { predictions, probabilities };
}

function checkArgmax(predictions: Int32Array, probabilities: Float64Array, width: number): void {
  const best = toPredictions(probabilities, width);
  for (let row = 0, at = 0; row < best.length; row++, at += width) {
    const greatest = probabilities[at + (best[row] as number)] as number;
    if ((probabilities[at + (predictions[row] as number)] as number) >= greatest) continue;
    throw new ReplyError(
      `the prediction of row ${row} is not its most probable class: are the classes in the order of the probabilities? ` +
        'settings.output.argmax ignores the prediction',
    );
  }
}

function checkCount(rows: readonly unknown[] | undefined, expected: number, name: string): readonly unknown[] {
  if (!rows) throw new ReplyError(`expected ${name}; the reply has none`);
  if (rows.length !== expected)
    throw new ReplyError(`expected ${expected} ${name}, one per row; the reply has ${rows.length}`);
  return rows;
}

function toNumbers(values: readonly unknown[]): Float64Array {
  return Float64Array.from(values, (value, row) => {
    const number = toNumber(unwrap(value));
    if (typeof number === 'number' && Number.isFinite(number)) return number;
    throw new ReplyError(`expected a finite number as the prediction of row ${row}`);
  });
}

/** Some servers write numbers as text: Protobuf's JSON does so with 64-bit numbers, and Python programs with `str`. */
function toNumber(value: unknown): unknown {
  return typeof value === 'string' && isNumeric(value) ? Number(value) : value;
}

/** A value alone in an array counts as a single value: many servers answer a column as a matrix with one column. */
function unwrap(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
}

function toClasses(
  predictions: RemoteAnswer['predictions'],
  rowCount: number,
  classes: NonNullable<Label['classes']>,
  output: OutputSettings,
): Int32Array {
  const values = checkCount(predictions, rowCount, 'predictions');
  const isIndex = output.scalar === 'class_index';
  const find = isIndex ? buildFindClass([...classes.keys()], undefined) : buildFindClass(classes, output.labels);
  return Int32Array.from(values, (value, row) => {
    const index = find(unwrap(value));
    if (index !== undefined) return index;
    const expected = isIndex ? `a number from 0 to ${classes.length - 1}` : `one of the ${classes.length} classes`;
    throw new ReplyError(`expected ${expected} as the prediction of row ${row}`);
  });
}

function toProbabilities(
  { predictions, probabilities, positive, confidences }: RemoteAnswer,
  rowCount: number,
  classes: NonNullable<Label['classes']>,
  output: OutputSettings,
): Float64Array | undefined {
  const width = classes.length;
  const single = positive ?? confidences;
  if (single) {
    if (width !== 2) throw new ReplyError('one probability per row requires exactly two classes');
    const numbers = toNumbers(checkCount(single, rowCount, 'probabilities'));
    const predicted = confidences && toClasses(predictions, rowCount, classes, output);
    const both = new Float64Array(rowCount * 2);
    for (const [row, probability] of numbers.entries()) {
      const index = predicted?.[row] ?? 1;
      both[2 * row + index] = probability;
      both[2 * row + 1 - index] = 1 - probability;
    }
    return normalize(both, 2);
  }
  if (!probabilities) return undefined;
  const isFlat = !Array.isArray(probabilities[0]);
  if (isFlat && probabilities.length !== rowCount * width) {
    throw new ReplyError(`expected ${rowCount} × ${width} probabilities; the reply has ${probabilities.length}`);
  }
  if (!isFlat) checkVectors(checkCount(probabilities, rowCount, 'vectors of probabilities'), width);
  const numbers = new Float64Array(rowCount * width);
  for (let row = 0, at = 0; row < rowCount; row++) {
    const vector = isFlat ? undefined : (probabilities[row] as readonly unknown[]);
    for (let index = 0; index < width; index++, at++) {
      const value = toNumber(vector ? vector[index] : probabilities[at]);
      if (typeof value !== 'number') throw new ReplyError(`expected numbers as the probabilities of row ${row}`);
      numbers[at] = value;
    }
  }
  return normalize(numbers, width);
}

function checkVectors(vectors: readonly unknown[], width: number): void {
  for (const [row, vector] of vectors.entries()) {
    if (Array.isArray(vector) && vector.length === width) continue;
    const actual = Array.isArray(vector) ? `it has ${vector.length}` : 'it is not a vector';
    throw new ReplyError(`expected ${width} probabilities in row ${row}, one per class; ${actual}`);
  }
}

/** Checks each row and makes it sum to 1. */
function normalize(probabilities: Float64Array, width: number): Float64Array {
  const maxDeviation = Math.min(MAX_DEVIATION, ROUNDING * width);
  for (let at = 0; at < probabilities.length; at += width) {
    let sum = 0;
    for (let index = at; index < at + width; index++) {
      const value = probabilities[index] as number;
      // Written so that it also catches NaN.
      if (!(value >= -ROUNDING && value <= 1 + ROUNDING))
        throw new ReplyError(`expected numbers from 0 to 1 as the probabilities of row ${at / width}`);
      sum += probabilities[index] = Math.max(0, value);
    }
    if (Math.abs(sum - 1) > maxDeviation)
      throw new ReplyError(`expected the probabilities of row ${at / width} to sum to 1`);
    for (let index = at; index < at + width; index++) probabilities[index] = (probabilities[index] as number) / sum;
  }
  return probabilities;
}
