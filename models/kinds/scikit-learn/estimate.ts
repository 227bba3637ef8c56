/** What an estimator answers, and how its outputs become that. */
import { normalize, toSigmoid, toSoftmax } from '../../margins.ts';
import { toPredictions } from '../../model.ts';
import type { Link } from './program.ts';

/** The answer of an estimator to n rows: predict, predict_proba and decision_function. */
export interface Estimate {
  /** Numbers, or the index of each row's class. */
  readonly predictions: Float64Array | Int32Array;
  /** n × classes numbers. */
  readonly probabilities?: Float64Array | undefined;
  /** n × outputs numbers. */
  readonly decisions?: Float64Array | undefined;
}

/** The answer of a regression. */
export function toNumbers(outputs: Float64Array, link: Link): Estimate {
  return { predictions: link === 'exp' ? outputs.map(Math.exp) : outputs };
}

/**
 * The answer of a classification.
 * @param outputs one per row for `sigmoid` and `softmax_pair`, or one per class
 */
export function toClasses(
  outputs: Float64Array,
  {
    link,
    scale,
    tie,
    classes,
  }: { readonly link: Link; readonly scale: number; readonly tie: boolean; readonly classes: number },
): Estimate {
  if (link === 'probabilities') return fromProbabilities(outputs, classes);
  const isPair = classes === 2 && !(link === 'softmax' || link === 'sigmoids');
  const predictions = isPair
    ? Int32Array.from(outputs, (output) => (output > 0 || (tie && output === 0) ? 1 : 0))
    : toPredictions(outputs, classes);
  return { predictions, decisions: outputs, probabilities: toProbabilities(outputs, link, scale, classes) };
}

/** The answer of a classification that has only probabilities. */
export function fromProbabilities(probabilities: Float64Array, classes: number): Estimate {
  return { predictions: toPredictions(probabilities, classes), probabilities };
}

function toProbabilities(outputs: Float64Array, link: Link, scale: number, classes: number): Float64Array | undefined {
  const scaled = scale === 1 ? outputs : outputs.map((output) => scale * output);
  switch (link) {
    case 'sigmoid':
      return toPair(scaled.map(toSigmoid));
    case 'softmax_pair': {
      const both = new Float64Array(2 * scaled.length);
      scaled.forEach((output, row) => {
        both[2 * row] = -output;
        both[2 * row + 1] = output;
      });
      return toSoftmax(both, 2);
    }
    case 'softmax':
      return toSoftmax(scaled, classes);
    case 'sigmoids':
      return normalize(scaled.map(toSigmoid), classes);
    case 'huber': {
      const shares = scaled.map((output) => (Math.min(1, Math.max(-1, output)) + 1) / 2);
      return classes === 2 ? toPair(shares) : normalize(shares, classes);
    }
    default:
      return undefined;
  }
}

/** From the probability of the second class those of both, as scikit-learn computes them. */
export function toPair(seconds: Float64Array): Float64Array {
  const probabilities = new Float64Array(2 * seconds.length);
  seconds.forEach((second, row) => {
    probabilities[2 * row] = 1 - second;
    probabilities[2 * row + 1] = second;
  });
  return probabilities;
}
