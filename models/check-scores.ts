/** What a model may answer: no score leaves the engine that has not passed here. */
import { EngineError } from '../errors/engine-error.ts';
import type { DeploymentFile } from './deployment-file.ts';
import type { Scores } from './model.ts';

/** How far the probabilities of a row may sum from 1. */
export const SUM_TOLERANCE = 1e-6;

/**
 * Checks the scores of a table: as many as it has rows, classes that exist, probabilities in 0..1 that sum to 1 and whose
 * greatest is the prediction's, finite numbers.
 * @throws {EngineError} model_failed, whose cause says what was wrong
 */
export function checkScores(scores: Scores, rowCount: number, file: DeploymentFile): void {
  const { predictions, probabilities } = scores;
  if (predictions.length !== rowCount) fail(`${predictions.length} predictions for ${rowCount} rows`);
  const classCount = file.label.classes?.length;
  for (let row = 0; row < rowCount; row++) {
    const prediction = predictions[row] as number;
    if (classCount === undefined) {
      if (!Number.isFinite(prediction)) fail(`the prediction of row ${row} is not a finite number`);
    } else if (!Number.isInteger(prediction) || prediction < 0 || prediction >= classCount) {
      fail(`the prediction of row ${row} is none of the ${classCount} classes`);
    }
  }
  if (probabilities === undefined) return;
  if (classCount === undefined) fail('a regression with probabilities');
  if (probabilities.length !== rowCount * classCount) {
    fail(`${probabilities.length} probabilities for ${rowCount} rows of ${classCount} classes`);
  }
  for (let row = 0, at = 0; row < rowCount; row++, at += classCount) {
    let sum = 0;
    const predicted = probabilities[at + (predictions[row] as number)] as number;
    for (let index = 0; index < classCount; index++) {
      const probability = probabilities[at + index] as number;
      if (!(probability >= 0 && probability <= 1)) fail(`a probability of row ${row} is not within 0 and 1`);
      if (probability > predicted) fail(`the prediction of row ${row} is not its most probable class`);
      sum += probability;
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE) fail(`the probabilities of row ${row} do not sum to 1`);
  }
}

function fail(detail: string): never {
  throw new EngineError('model_failed', 'The model of this deployment gave an answer that is not valid.', {
    cause: new Error(detail),
  });
}
