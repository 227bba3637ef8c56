/** Weights by which every class counts as much as any other (scikit-learn's `class_weight="balanced"`; King and Zeng 2001). */
import { CommandError } from '../errors/command-error.ts';

/**
 * The weight of each class: rows / (classes × rows of the class), so that the mean weight of a row is 1.
 * @throws {CommandError} for a regression
 */
export function toBalancedWeights(target: Float64Array, classCount: number): Float64Array {
  if (classCount === 0)
    throw new CommandError('--class-weights balanced weighs classes, and the label is a number; leave the option out.');
  const counts = new Float64Array(classCount);
  for (const index of target) counts[index] = (counts[index] as number) + 1;
  return counts.map((count) => (count === 0 ? 0 : target.length / (classCount * count)));
}
