/** The results that the checks of scoring look at. */
import { NotApplicable, NotRun } from '../../outcome.ts';
import type { DeploymentEvidence, Scored } from '../../evidence/deployment-evidence.ts';

export const NO_CLASSES = 'the model tells no classes';

/** The predictions of the first call. @throws {NotRun} where there is no column of them */
export async function readPredictions(deployment: DeploymentEvidence): Promise<unknown[]> {
  const { prediction, answer } = await deployment.scored();
  if (prediction === undefined) throw new NotRun('there is no column of predictions; see prediction-column');
  return answer.values.map((row) => row[prediction]);
}

/** The predictions of a classifier as labels. @throws {NotRun} where one is neither a text nor a number */
export async function readPredictedLabels(deployment: DeploymentEvidence): Promise<(string | number)[]> {
  const predictions = await readPredictions(deployment);
  if (predictions.some((value) => typeof value === 'boolean')) throw new NotRun('see prediction-boolean');
  const labels = predictions.filter((value) => typeof value === 'string' || typeof value === 'number');
  if (labels.length < predictions.length) throw new NotRun('see prediction-type');
  return labels;
}

/** The answer of a classifier. @throws {NotApplicable} where it is none */
export async function readClasses(deployment: DeploymentEvidence): Promise<Scored> {
  if (!(await deployment.isClassifier())) throw new NotApplicable(NO_CLASSES);
  return deployment.scored();
}
