/** The results that the checks of scoring look at. */
import { NotApplicable, NotRun } from '../../check.ts';
import type { DeploymentEvidence, Scored } from '../../deployment-evidence.ts';

export const NO_CLASSES = 'the model tells no classes';

/** The predictions of the first call. @throws {NotRun} where there is no column of them */
export async function readPredictions(deployment: DeploymentEvidence): Promise<unknown[]> {
  const { prediction, answer } = await deployment.scored();
  if (prediction === undefined) throw new NotRun('there is no column of predictions; see prediction-column');
  return answer.values.map((row) => row[prediction]);
}

/** The answer of a classifier. @throws {NotApplicable} where it is none */
export async function readClasses(deployment: DeploymentEvidence): Promise<Scored> {
  if (!(await deployment.isClassifier())) throw new NotApplicable(NO_CLASSES);
  return deployment.scored();
}
