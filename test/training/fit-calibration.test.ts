import { expect } from 'chai';
import { calibrate } from '../../models/calibration.ts';
import { normalize } from '../../models/margins.ts';
import { toPredictions } from '../../models/model.ts';
import { fitCalibration } from '../../training/fit-calibration.ts';
import { measureProbabilities } from '../../training/metrics.ts';
import { buildUniform } from '../support/training.ts';

/** Rows whose classes are drawn by their probabilities; the votes are those probabilities at a temperature. */
function draw(rowCount: number, classCount: number, temperature: number) {
  const next = buildUniform(rowCount + classCount);
  const logits = Float64Array.from({ length: rowCount * classCount }, () => 6 * next());
  const probabilities = normalize(logits.map(Math.exp), classCount);
  const truth = Float64Array.from({ length: rowCount }, (_, row) => {
    let rest = next();
    for (let index = 0; index < classCount - 1; index++) {
      rest -= probabilities[row * classCount + index] as number;
      if (rest < 0) return index;
    }
    return classCount - 1;
  });
  return {
    votes: normalize(
      logits.map((logit) => Math.exp(temperature * logit)),
      classCount,
    ),
    truth,
  };
}

describe('the fit of a calibration', () => {
  for (const [rowCount, classCount, temperature] of [
    [4000, 2, 0.5],
    [4000, 10, 0.4],
    [4000, 3, 2],
    // More votes than are looked at.
    [12_000, 100, 0.5],
  ] as const) {
    it(`of ${classCount} classes finds the temperature ${temperature}, and removes the error`, () => {
      const { votes, truth } = draw(rowCount, classCount, temperature);
      const calibration = fitCalibration(votes, truth, classCount);
      if (!calibration) expect.fail('nothing was fitted');
      expect(calibration.temperature).to.be.closeTo(temperature, 0.15 * temperature);
      const after = calibrate(votes.slice(), classCount, calibration);
      const [before, now] = [votes, after].map((probabilities) =>
        measureProbabilities(
          truth,
          { predictions: toPredictions(probabilities, classCount), probabilities },
          classCount,
        ),
      );
      expect(now?.log_loss).to.be.below(before?.log_loss ?? 0);
      expect(now?.calibration_error).to.be.below(0.03);
    });
  }

  it('gives a class without votes a probability', () => {
    const truth = Float64Array.from({ length: 1000 }, (_, row) => (row % 50 === 0 ? 1 : 0));
    const votes = Float64Array.from({ length: 2000 }, (_, at) => (at % 2 === 0 ? 1 : 0));
    const calibration = fitCalibration(votes, truth, 2);
    if (!calibration) expect.fail('nothing was fitted');
    expect(calibrate(Float64Array.of(1, 0), 2, calibration)[1]).to.be.closeTo(0.02, 0.002);
  });

  it('is left out where probabilities are right, and where few rows do not show that they are wrong', () => {
    const right = draw(4000, 3, 1);
    expect(fitCalibration(right.votes, right.truth, 3)).to.equal(undefined);
    const few = draw(10, 2, 0.9);
    expect(fitCalibration(few.votes, few.truth, 2)).to.equal(undefined);
  });
});
