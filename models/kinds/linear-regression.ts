/** Linear regression: y = x · w + b. `model.json` holds one row of coefficients and one intercept. */
import { DeploymentError } from '../deployment-error.ts';
import type { ModelKind } from './kind.ts';
import { loadLinearModel } from './linear-model.ts';

/** Loads a linear regression. */
export const linearRegression: ModelKind = async (source) => {
  if (source.file.problem_type !== 'regression') {
    throw new DeploymentError(['deployment.json.problem_type: expected "regression" for the kind linear-regression']);
  }
  const model = await loadLinearModel(source, 1);
  return { score: (table) => ({ predictions: model.predict(table).to1DArray() }) };
};
