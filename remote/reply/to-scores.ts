/**
 * From what an upstream said of n rows to scores: as many rows as were sent, vectors as long as the classes, finite, summing to
 * 1; the prediction derived where only probabilities came, no probability where only labels came.
 */
import type { DeploymentFile, Label } from '../../models/deployment-file.ts';
import { toPredictions, type Scores } from '../../models/model.ts';
import type { RemoteAnswer } from '../adapter.ts';
import { buildFindClass } from './find-class.ts';
import { ReplyError } from '../../upstream/upstream-error.ts';
import type { OutputSettings } from '../remote-settings.ts';

/** How far a probability may be from what it is: servers round to three decimals, and compute in single precision. */
const ROUNDING = 0.000501;
/** How far the probabilities of a row may sum from 1, however many there are. What they sum to is then divided out. */
const MOST_MISSING = 0.01;

/**
 * The scores of an answer.
 * @param wantsProbabilities whether the deployment publishes probabilities
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
  const probabilities = isNeeded ? toProbabilities(answer, rowCount, classes) : undefined;
  if (!probabilities && (wantsProbabilities || output.argmax))
    throw new ReplyError('expected probabilities, as the deployment says; none came');
  const predictions =
    probabilities && isDerived
      ? toPredictions(probabilities, classes.length)
      : toClasses(checkCount(answer.predictions, rowCount, 'predictions'), classes, output);
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
        'settings.output.argmax leaves the prediction aside',
    );
  }
}

function checkCount(rows: readonly unknown[] | undefined, expected: number, name: string): readonly unknown[] {
  if (!rows) throw new ReplyError(`expected ${name}; none came`);
  if (rows.length !== expected) throw new ReplyError(`expected ${expected} ${name}, one a row; ${rows.length} came`);
  return rows;
}

function toNumbers(values: readonly unknown[]): Float64Array {
  return Float64Array.from(values, (value, row) => {
    const number = unwrap(value);
    if (typeof number === 'number' && Number.isFinite(number)) return number;
    throw new ReplyError(`expected a finite number as the prediction of row ${row}`);
  });
}

/** A value alone in an array stands for itself: many servers answer a column as a matrix of one. */
function unwrap(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
}

function toClasses(
  values: readonly unknown[],
  classes: NonNullable<Label['classes']>,
  output: OutputSettings,
): Int32Array {
  const isIndex = output.scalar === 'class_index';
  const find = buildFindClass(isIndex ? [...classes.keys()] : classes);
  return Int32Array.from(values, (value, row) => {
    const index = find(unwrap(value));
    if (index !== undefined) return index;
    const expected = isIndex ? `a number from 0 to ${classes.length - 1}` : `one of the ${classes.length} classes`;
    throw new ReplyError(`expected ${expected} as the prediction of row ${row}`);
  });
}

function toProbabilities(
  { probabilities, positive }: RemoteAnswer,
  rowCount: number,
  classes: readonly unknown[],
): Float64Array | undefined {
  const width = classes.length;
  if (positive) {
    if (width !== 2) throw new ReplyError('probabilities of one class alone need two classes');
    const second = toNumbers(checkCount(positive, rowCount, 'probabilities'));
    const both = new Float64Array(rowCount * 2);
    second.forEach((probability, row) => both.set([1 - probability, probability], row * 2));
    return normalize(both, 2);
  }
  if (!probabilities) return undefined;
  const isFlat = !Array.isArray(probabilities[0]);
  if (isFlat && probabilities.length !== rowCount * width) {
    throw new ReplyError(`expected ${rowCount} × ${width} probabilities; ${probabilities.length} came`);
  }
  if (!isFlat) checkVectors(checkCount(probabilities, rowCount, 'vectors of probabilities'), width);
  const numbers = new Float64Array(rowCount * width);
  for (let row = 0, at = 0; row < rowCount; row++) {
    const vector = isFlat ? undefined : (probabilities[row] as readonly unknown[]);
    for (let index = 0; index < width; index++, at++) {
      const value = vector ? vector[index] : probabilities[at];
      if (typeof value !== 'number') throw new ReplyError(`expected numbers as the probabilities of row ${row}`);
      numbers[at] = value;
    }
  }
  return normalize(numbers, width);
}

function checkVectors(vectors: readonly unknown[], width: number): void {
  for (const [row, vector] of vectors.entries()) {
    if (Array.isArray(vector) && vector.length === width) continue;
    const came = Array.isArray(vector) ? `${vector.length} came` : 'something else came';
    throw new ReplyError(`expected ${width} probabilities in row ${row}, one a class; ${came}`);
  }
}

/** Makes each row sum to 1. */
function normalize(probabilities: Float64Array, width: number): Float64Array {
  const mostMissing = Math.min(MOST_MISSING, ROUNDING * width);
  for (let at = 0; at < probabilities.length; at += width) {
    let sum = 0;
    for (let index = at; index < at + width; index++) {
      const value = probabilities[index] as number;
      // NaN is none of these.
      if (!(value >= -ROUNDING && value <= 1 + ROUNDING))
        throw new ReplyError(`expected numbers from 0 to 1 as the probabilities of row ${at / width}`);
      sum += probabilities[index] = Math.max(0, value);
    }
    if (Math.abs(sum - 1) > mostMissing)
      throw new ReplyError(`expected the probabilities of row ${at / width} to sum to 1`);
    for (let index = at; index < at + width; index++) probabilities[index] = (probabilities[index] as number) / sum;
  }
  return probabilities;
}
