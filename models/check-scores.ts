/** Checks what a model answers: every score passes here before it leaves the engine. */
import { EngineError } from '../errors/engine-error.ts';
import type { DeploymentFile } from './deployment-file.ts';
import type { Scores } from './model.ts';

/** How far the sum of a row's probabilities may be from 1. */
export const SUM_TOLERANCE = 1e-6;

/**
 * Checks the scores of a table: one per row, existing classes, finite numbers, probabilities in 0..1 that sum to 1, the
 * prediction being the most probable class.
 * @throws {EngineError} model_failed, whose cause says what is wrong
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
      fail(`the prediction of row ${row} is not one of the ${classCount} classes`);
    }
  }
  if (probabilities === undefined) return;
  if (classCount === undefined) fail('probabilities for a regression');
  if (probabilities.length !== rowCount * classCount) {
    fail(`${probabilities.length} probabilities for ${rowCount} rows of ${classCount} classes`);
  }
  for (let row = 0, at = 0; row < rowCount; row++, at += classCount) {
    let sum = 0;
    const predicted = probabilities[at + (predictions[row] as number)] as number;
    for (let index = 0; index < classCount; index++) {
      const probability = probabilities[at + index] as number;
      if (!(probability >= 0 && probability <= 1)) fail(`a probability of row ${row} is not between 0 and 1`);
      if (probability > predicted) fail(`the prediction of row ${row} is not its most probable class`);
      sum += probability;
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE) fail(`the probabilities of row ${row} do not sum to 1`);
  }
}

function fail(detail: string): never {
  throw new EngineError('model_failed', 'The model of this deployment returned an invalid answer.', {
    cause: new Error(detail),
  });
}
