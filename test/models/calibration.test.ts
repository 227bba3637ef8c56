import { expect } from 'chai';
import fc from 'fast-check';
import { calibrate, uncalibrate } from '../../models/calibration.ts';
import { normalize } from '../../models/margins.ts';
import { toPredictions } from '../../models/model.ts';

const WIDTH = 4;
const rows = fc
  .array(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: WIDTH, maxLength: WIDTH }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((votes) => normalize(Float64Array.from(votes.flat()), WIDTH));
const calibrations = fc.record({
  temperature: fc.double({ min: 0.2, max: 5, noNaN: true }),
  smoothing: fc.double({ min: 0.001, max: 0.5, noNaN: true }),
});

describe('the calibration of probabilities', () => {
  it('keeps the most probable class, sums of 1, and can be undone', () => {
    fc.assert(
      fc.property(rows, calibrations, (votes, calibration) => {
        const calibrated = calibrate(votes.slice(), WIDTH, calibration);
        expect(toPredictions(calibrated, WIDTH)).to.deep.equal(toPredictions(votes, WIDTH));
        for (let at = 0; at < calibrated.length; at += WIDTH) {
          expect(calibrated.subarray(at, at + WIDTH).reduce((sum, share) => sum + share, 0)).to.be.closeTo(1, 1e-12);
        }
        uncalibrate(calibrated, WIDTH, calibration).forEach((share, at) =>
          expect(share).to.be.closeTo(votes[at] as number, 1e-6),
        );
      }),
      { seed: 1 },
    );
  });

  it('divides the smoothing equally, then raises to the power of 1 / temperature', () => {
    const calibrated = calibrate(Float64Array.of(0, 1), 2, { temperature: 0.5, smoothing: 0.2 });
    expect(calibrated[0]).to.be.closeTo(0.01 / 0.82, 1e-12);
    expect(calibrated[1]).to.be.closeTo(0.81 / 0.82, 1e-12);
  });

  it('finds the most probable of many classes, however low the temperature', () => {
    const votes = new Float64Array(10_000).fill(0.0001);
    votes[7] = 0.0002;
    expect(calibrate(votes, votes.length, { temperature: 0.01, smoothing: 0 })[7]).to.be.closeTo(1, 1e-12);
  });

  it('of a thousand equal classes leaves them equal at any temperature', () => {
    for (const temperature of [0.01, 100]) {
      const votes = new Float64Array(1000).fill(0.001);
      calibrate(votes, 1000, { temperature, smoothing: 0 }).forEach((share) =>
        expect(share).to.be.closeTo(0.001, 1e-12),
      );
    }
  });
});
