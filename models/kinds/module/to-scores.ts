import { z } from 'zod';
import { listOf } from '../../list-of.ts';
import { toPredictions, type Scores } from '../../model.ts';

const answerSchema = z.union([
  // A schema would take twice as long for the vectors of many rows.
  z.strictObject({ probabilities: z.custom<number[][]>(isMatrix) }),
  z.strictObject({ predictions: listOf(z.union([z.string(), z.number()])) }),
]);

/**
 * The scores in what a module returned.
 * @param classes undefined for a regression
 * @throws {Error} for anything that cannot be scores
 */
export function toScores(answer: unknown, classes: readonly (string | number)[] | undefined): Scores {
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) throw new Error('the module returned neither {probabilities: [[…]]} nor {predictions: […]}');
  if ('predictions' in parsed.data) {
    const { predictions } = parsed.data;
    // A prediction that is not a class becomes -1, or NaN in a regression; checkScores rejects both.
    if (classes) return { predictions: predictions.map((prediction) => classes.indexOf(prediction)) };
    return { predictions: predictions.map((prediction) => (typeof prediction === 'number' ? prediction : NaN)) };
  }
  const { probabilities } = parsed.data;
  if (!classes) throw new Error('the module returned probabilities for a regression');
  if (probabilities.some((vector) => vector.length !== classes.length)) {
    throw new Error(
      `the module returned probability vectors that do not have one value for each of the ${classes.length} classes`,
    );
  }
  const flat = probabilities.flat();
  return { predictions: toPredictions(flat, classes.length), probabilities: flat };
}

function isMatrix(value: unknown): boolean {
  const isVector = (vector: unknown) => Array.isArray(vector) && isEvery(vector, Number.isFinite);
  return Array.isArray(value) && isEvery(value, isVector);
}

/** Array.every, which does not skip what an array from a module may lack. */
function isEvery(values: readonly unknown[], test: (value: unknown) => boolean): boolean {
  return values.findIndex((value) => !test(value)) < 0;
}
