/** Learns a linear or a logistic regression from a training table. */
import { toFeature, toInputs } from './date-inputs.ts';
import { toColumn, toDistinct, toJsonFile, type LearnedModel, type Lesson } from './learned-model.ts';
import { buildDesignMatrix, toCoefficients } from './linear/design-matrix.ts';
import { learnLinear } from './linear/learn-linear.ts';
import { learnLogistic } from './linear/learn-logistic.ts';

/** Learns a logistic regression of classes, or a linear regression. */
export function learnLinearModel({ table, rows, classCount }: Lesson): LearnedModel {
  const inputs = toInputs(table.columns);
  const matrix = buildDesignMatrix(inputs, rows);
  const target = Float64Array.from(rows, (row) => table.target[row] as number);
  const weights = classCount === 0 ? [learnLinear(matrix, target)] : learnLogistic(matrix, target, classCount);
  const outputs = weights.map((row) => toCoefficients(matrix, row));
  return {
    kind: classCount === 0 ? 'linear-regression' : 'logistic-regression',
    files: [
      toJsonFile({
        coefficients: outputs.map(({ coefficients }) => coefficients),
        intercepts: outputs.map(({ intercept }) => intercept),
      }),
    ],
    columns: toDistinct(
      matrix.columns.map(({ input: { column }, kept, impute, imputedDate }) => ({
        ...toColumn(column, kept),
        // A text that is not a date counts as missing in any request.
        ...(!kept &&
          (column.plan.nullable || imputedDate !== undefined) && {
            impute: imputedDate ?? (column.plan.type === 'boolean' ? impute === 1 : impute),
          }),
      })),
    ),
    settings: inputs.some(({ date }) => date) ? { encoding: inputs.map(toFeature) } : {},
    hyperparameters: {},
  };
}
