/**
 * Logistic regression (Hastie, Tibshirani, Friedman: The Elements of Statistical Learning, 4.4). With two classes and one row
 * of coefficients, the sigmoid of the output is the probability of the second class. With one row per class, the
 * probabilities are the softmax of the outputs.
 */
import { z } from 'zod';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { toPredictions } from '../model.ts';
import { parsePart, toShareableKind } from './kind.ts';
import { buildLinearModel, hasCoefficientList, loadLinearData, type LinearData } from './linear-model.ts';

const rowsSchema = z.looseObject({ coefficients: z.array(z.unknown()) });

/** The kind logistic-regression, binary or multinomial. */
export const logisticRegression = toShareableKind<LinearData>(
  async (source) => {
    const { classes } = source.file.label;
    if (!classes) {
      throw new DeploymentError([
        'deployment.json.problem_type: expected "binary" or "multiclass" for the kind logistic-regression',
      ]);
    }
    const json = parsePart(rowsSchema, await source.readJson('model.json'), 'model.json');
    const rowCount = hasCoefficientList(json) ? 1 : json.coefficients.length;
    const sigmoid = classes.length === 2 && rowCount === 1;
    return loadLinearData({ ...source, readJson: () => Promise.resolve(json) }, sigmoid ? 1 : classes.length);
  },
  (file, data) => {
    const model = buildLinearModel(file, data);
    const toProbabilities = data.intercepts.length === 1 ? toPair : toSoftmax;
    const classCount = file.label.classes?.length ?? 0;
    return {
      score: (table) => {
        const probabilities = model.predict(table).to2DArray().flatMap(toProbabilities);
        return { predictions: toPredictions(probabilities, classCount), probabilities };
      },
    };
  },
);

/** The probabilities of the first and the second class, computed from the smaller exponential so that neither overflows. */
function toPair([output = NaN]: readonly number[]): number[] {
  const small = Math.exp(-Math.abs(output)) / (1 + Math.exp(-Math.abs(output)));
  return output > 0 ? [small, 1 - small] : [1 - small, small];
}

/** exp(x) / Σ exp(x), with the maximum subtracted first so that nothing overflows. */
function toSoftmax(outputs: readonly number[]): number[] {
  const max = Math.max(...outputs);
  const exponentials = outputs.map((output) => Math.exp(output - max));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}
