/** What all models' evaluators have in common. */
import type { Builder } from './build-expressions.ts';
import type { Frame } from './frame.ts';
import type { ModelPlan, Value } from './plan.ts';

/** What a model says about rows. */
export interface Result {
  /** A number per row, for a classification the index of a class; NaN where there is no prediction. */
  readonly values: Float64Array;
  /** A probability per class and row; undefined where the model has none. */
  readonly probabilities?: Float64Array | undefined;
  /** The nodes of a tree in which rows end, for their ids. */
  readonly nodes?: Int32Array | undefined;
}

/** Scores rows. */
export type Evaluate = (frames: readonly Frame[]) => Result;

/** What evaluators are built with. */
export interface ModelBuilder extends Builder {
  readonly classes: readonly (readonly Value[])[];
  /** Builds the evaluator of a model inside another. */
  readonly buildModel: (plan: ModelPlan) => Evaluate;
}

/** The number of a plan's classes. */
export function countClasses({ classes }: ModelPlan, builder: ModelBuilder): number {
  return builder.classes[classes]?.length ?? 0;
}

/** The first class with the greatest probability of each row; NaN where a probability is none. */
export function toWinners(probabilities: Float64Array, width: number): Float64Array {
  const winners = new Float64Array(probabilities.length / width);
  for (let row = 0, at = 0; row < winners.length; row++, at += width) {
    let best = 0;
    let isKnown = true;
    for (let index = 0; index < width; index++) {
      const probability = probabilities[at + index] as number;
      if (Number.isNaN(probability)) isKnown = false;
      if (probability > (probabilities[at + best] as number)) best = index;
    }
    winners[row] = isKnown ? best : NaN;
  }
  return winners;
}
