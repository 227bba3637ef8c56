/** Reads the results that the scoring checks use. */
import { NotApplicable, NotRun } from '../../outcome.ts';
import type { DeploymentEvidence, Scored } from '../../evidence/deployment-evidence.ts';

export const NO_CLASSES = 'the model is not a classifier';

/** The predictions of the first call. @throws {NotRun} if there is no such column */
export async function readPredictions(deployment: DeploymentEvidence): Promise<unknown[]> {
  const { prediction, answer } = await deployment.scored();
  if (prediction === undefined) throw new NotRun('there is no prediction column; see prediction-column');
  return answer.values.map((row) => row[prediction]);
}

/** The predictions of a classifier as labels. @throws {NotRun} if one is neither a string nor a number */
export async function readPredictedLabels(deployment: DeploymentEvidence): Promise<(string | number)[]> {
  const predictions = await readPredictions(deployment);
  if (predictions.some((value) => typeof value === 'boolean')) throw new NotRun('see prediction-boolean');
  const labels = predictions.filter((value) => typeof value === 'string' || typeof value === 'number');
  if (labels.length < predictions.length) throw new NotRun('see prediction-type');
  return labels;
}

/** The answer of a classifier. @throws {NotApplicable} if the model is not a classifier */
export async function readClasses(deployment: DeploymentEvidence): Promise<Scored> {
  if (!(await deployment.isClassifier())) throw new NotApplicable(NO_CLASSES);
  return deployment.scored();
}
