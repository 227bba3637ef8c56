/**
 * From margins to scores, in the arithmetic of XGBoost: 32 bits (src/common/math.h). With more bits, a margin of 1e-9 would be
 * more probable than 0.5, and XGBoost would predict the other class.
 */
import { toSoftmax } from '../../margins.ts';
import { toPredictions, type Scores } from '../../model.ts';
import type { Output } from './objectives.ts';

const { exp, fround } = Math;

/** exp(x) overflows in 32 bits beyond it. */
const MAX_EXPONENT = fround(88.7);

/**
 * Converts margins to scores.
 * @param margins one per row, or one per row and class for `softprob` and `softmax`
 * @param classCount undefined for a regression
 */
export function toScores(margins: Float64Array, output: Output, classCount = 1): Scores {
  switch (output) {
    case 'number':
      return { predictions: margins };
    case 'exp':
      return { predictions: margins.map((margin) => fround(exp(margin))) };
    case 'sigmoid-number':
      return { predictions: margins.map(toSigmoid) };
    case 'sigmoid':
      return toPairs(margins.map(toSigmoid));
    case 'step':
      return toPairs(margins.map((margin) => (margin > 0 ? 1 : 0)));
    case 'softprob':
      return toClasses(toSingleSoftmax(margins, classCount), classCount);
    case 'softmax':
      // The class is that of the greatest margin, before anything is rounded.
      return toClasses(toSoftmax(margins, classCount), classCount);
  }
}

/** 1 / (1 + e⁻ˣ) */
export function toSigmoid(x: number): number {
  return fround(1 / fround(fround(exp(Math.min(-x, MAX_EXPONENT))) + 1));
}

/** The probabilities of two classes from that of the second. */
function toPairs(second: Float64Array): Scores {
  const probabilities = new Float64Array(2 * second.length);
  for (let row = 0; row < second.length; row++) {
    probabilities[2 * row] = 1 - (second[row] as number);
    probabilities[2 * row + 1] = second[row] as number;
  }
  return toClasses(probabilities, 2);
}

function toClasses(probabilities: Float64Array, classCount: number): Scores {
  return { predictions: toPredictions(probabilities, classCount), probabilities };
}

/** The softmax of 32 bits; then each row is divided by its sum, because rounded probabilities do not sum to 1 exactly. */
function toSingleSoftmax(margins: Float64Array, classCount: number): Float64Array {
  const probabilities = new Float64Array(margins.length);
  for (let row = 0; row < margins.length; row += classCount) {
    const end = row + classCount;
    let max = -Infinity;
    for (let at = row; at < end; at++) max = Math.max(max, margins[at] as number);
    let sum = 0;
    for (let at = row; at < end; at++) sum += probabilities[at] = fround(exp(fround((margins[at] as number) - max)));
    sum = fround(sum);
    let rounded = 0;
    for (let at = row; at < end; at++) rounded += probabilities[at] = fround((probabilities[at] as number) / sum);
    for (let at = row; at < end; at++) probabilities[at] = (probabilities[at] as number) / rounded;
  }
  return probabilities;
}
