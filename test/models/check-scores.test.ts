import { expect } from 'chai';
import { EngineError } from '../../errors/engine-error.ts';
import { checkScores } from '../../models/check-scores.ts';
import type { Scores } from '../../models/model.ts';
import { catchError, toClassifier, toFile } from '../support/deployment.ts';

const regression = toFile();
const classifier = toFile(toClassifier('a', 'b', 'c'));

/** Returns what is wrong with the scores of two rows. */
async function findFault(scores: Scores, file = classifier): Promise<string> {
  const { code, message, cause } = await catchError(EngineError, () => checkScores(scores, 2, file));
  expect(code).to.equal('model_failed');
  expect(message).to.equal('The model of this deployment returned an invalid answer.');
  return (cause as Error).message;
}

/** Scores of two rows, the second of which is valid. */
function toScores(prediction: number, ...probabilities: number[]): Scores {
  return { predictions: [prediction, 2], probabilities: [...probabilities, 0, 0.25, 0.75] };
}

describe('the check of scores', () => {
  it('accepts finite numbers from a regression', () => {
    checkScores({ predictions: [-1e300, 0] }, 2, regression);
  });

  it('accepts classes, with and without probabilities', () => {
    checkScores({ predictions: Int32Array.of(0, 2) }, 2, classifier);
    checkScores(toScores(0, 0.5, 0.25, 0.25), 2, classifier);
    checkScores(toScores(1, 0, 1, 0), 2, classifier);
  });

  it('accepts the scores of no rows', () => {
    checkScores({ predictions: [], probabilities: [] }, 0, classifier);
  });

  it('accepts a sum that is off by a rounding error', () => {
    checkScores(toScores(0, 1 - 1e-9, 0, 0), 2, classifier);
  });

  it('accepts any of the most probable classes as the prediction', () => {
    checkScores(toScores(1, 0.5, 0.5, 0), 2, classifier);
  });

  for (const value of [NaN, Infinity, -Infinity]) {
    it(`rejects ${value} from a regression`, async () => {
      expect(await findFault({ predictions: [0, value] }, regression)).to.equal(
        'the prediction of row 1 is not a finite number',
      );
    });
  }

  it('rejects probabilities from a regression', async () => {
    expect(await findFault({ predictions: [0, 0], probabilities: [1, 1] }, regression)).to.equal(
      'probabilities for a regression',
    );
  });

  for (const count of [1, 3]) {
    it(`rejects ${count} predictions for 2 rows`, async () => {
      expect(await findFault({ predictions: new Float64Array(count) })).to.equal(`${count} predictions for 2 rows`);
    });
  }

  for (const prediction of [-1, 3, 0.5, NaN]) {
    it(`rejects ${prediction} as the index of one of 3 classes`, async () => {
      expect(await findFault({ predictions: [prediction, 0] })).to.equal(
        'the prediction of row 0 is not one of the 3 classes',
      );
    });
  }

  for (const count of [5, 7]) {
    it(`rejects ${count} probabilities for 2 rows of 3 classes`, async () => {
      expect(await findFault({ predictions: [0, 0], probabilities: new Float64Array(count) })).to.equal(
        `${count} probabilities for 2 rows of 3 classes`,
      );
    });
  }

  for (const probability of [-0.25, 1.25, NaN]) {
    it(`rejects the probability ${probability}`, async () => {
      expect(await findFault(toScores(0, 0.5, 0.5, probability))).to.equal(
        'a probability of row 0 is not between 0 and 1',
      );
    });
  }

  it('rejects probabilities that do not sum to 1', async () => {
    expect(await findFault(toScores(0, 0.5, 0.25, 0.2))).to.equal('the probabilities of row 0 do not sum to 1');
    expect(await findFault(toScores(0, 0.5, 0.5, 0.1))).to.equal('the probabilities of row 0 do not sum to 1');
  });

  it('rejects a prediction that is not the most probable class', async () => {
    expect(await findFault(toScores(1, 0.5, 0.25, 0.25))).to.equal(
      'the prediction of row 0 is not its most probable class',
    );
  });
});
