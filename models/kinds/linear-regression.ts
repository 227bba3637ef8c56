/** Linear regression: y = x · w + b. */
import { DeploymentError } from '../../errors/deployment-error.ts';
import { toShareableKind } from './kind.ts';
import { buildLinearModel, loadLinearData, type LinearData } from './linear-model.ts';

/** The kind linear-regression. */
export const linearRegression = toShareableKind<LinearData>(
  async (source) => {
    if (source.file.problem_type !== 'regression') {
      throw new DeploymentError(['deployment.json.problem_type: expected "regression" for the kind linear-regression']);
    }
    return loadLinearData(source, 1);
  },
  (file, data) => {
    const model = buildLinearModel(file, data);
    return { score: (table) => ({ predictions: model.predict(table).to1DArray() }) };
  },
);
