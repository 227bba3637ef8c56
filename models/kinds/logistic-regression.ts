/**
 * Logistic regression (Hastie, Tibshirani, Friedman: The Elements of Statistical Learning, 4.4). Two classes: one row of
 * coefficients, whose sigmoid is the probability of the second class. More classes, or a row for each of the two: the
 * softmax of a row of coefficients a class.
 */
import { z } from 'zod';
import { DeploymentError } from '../deployment-error.ts';
import { toPredictions } from '../model.ts';
import { parsePart, type ModelKind } from './kind.ts';
import { loadLinearModel } from './linear-model.ts';

const rowsSchema = z.object({ coefficients: z.array(z.unknown()) });

/** Loads a logistic regression, binary or multinomial. */
export const logisticRegression: ModelKind = async (source) => {
  const { classes } = source.file.label;
  if (!classes) {
    throw new DeploymentError([
      'deployment.json.problem_type: expected "binary" or "multiclass" for the kind logistic-regression',
    ]);
  }
  const json = parsePart(rowsSchema, await source.readJson('model.json'), 'model.json');
  const sigmoid = classes.length === 2 && json.coefficients.length === 1;
  const model = await loadLinearModel(source, sigmoid ? 1 : classes.length);
  return {
    score: (table) => {
      const outputs = model.predict(table).to2DArray();
      const probabilities = outputs.flatMap((row) => (sigmoid ? toPair(row[0] as number) : toSoftmax(row)));
      return { predictions: toPredictions(probabilities, classes.length), probabilities };
    },
  };
};

/** The probabilities of the first and the second class; both from the smaller exponential, so that neither overflows. */
function toPair(output: number): [number, number] {
  const small = Math.exp(-Math.abs(output)) / (1 + Math.exp(-Math.abs(output)));
  return output > 0 ? [small, 1 - small] : [1 - small, small];
}

/** exp(x) / Σ exp(x), with the greatest subtracted first, so that nothing overflows. */
function toSoftmax(outputs: readonly number[]): number[] {
  const greatest = Math.max(...outputs);
  const exponentials = outputs.map((output) => Math.exp(output - greatest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}
