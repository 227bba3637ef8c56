import { expect } from 'chai';
import {
  countByThreshold,
  toArea,
  toAveragePrecision,
  toPrecisionRecallCurve,
  toRocCurve,
} from '../../training/curves.ts';
import { toGains } from '../../training/evaluation/gains.ts';
import { toThresholdTable } from '../../training/evaluation/thresholds.ts';

/** Twelve rows, with ties; what scikit-learn 1.9 computes of them stands below. */
const TRUTH = [0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1];
const POSITIVE = [0.1, 0.4, 0.35, 0.8, 0.4, 0.9, 0.2, 0.6, 0.4, 0.7, 0.05, 0.4];
const toPairs = (scores: readonly number[]) => scores.flatMap((score) => [1 - score, score]);
const COUNTS = countByThreshold(TRUTH, toPairs(POSITIVE), 2, 1);

describe('the curves of a class', () => {
  it('count rows and hits once per distinct probability', () => {
    expect([...COUNTS.thresholds]).to.deep.equal([0.9, 0.8, 0.7, 0.6, 0.4, 0.35, 0.2, 0.1, 0.05]);
    expect([...COUNTS.rows]).to.deep.equal([1, 2, 3, 4, 8, 9, 10, 11, 12]);
    expect([...COUNTS.hits]).to.deep.equal([1, 2, 2, 3, 5, 6, 6, 6, 6]);
  });

  it('are the ROC curve of scikit-learn', () => {
    const curve = toRocCurve(COUNTS);
    const [fpr, tpr] = [
      [0, 0, 0, 1, 1, 3, 3, 4, 5, 6],
      [0, 1, 2, 2, 3, 5, 6, 6, 6, 6],
    ];
    expect(curve).to.deep.equal(fpr.map((x, at) => [x / 6, (tpr[at] as number) / 6]));
    expect(toArea(curve)).to.be.closeTo(0.7777777777777778, 1e-12);
  });

  it('are the precision-recall curve of scikit-learn, up to the threshold that finds all', () => {
    const curve = toPrecisionRecallCurve(COUNTS);
    const precision = [1, 1, 1, 2 / 3, 0.75, 0.625, 2 / 3];
    const recall = [0, 1 / 6, 1 / 3, 1 / 3, 0.5, 5 / 6, 1];
    expect(curve).to.deep.equal(recall.map((x, at) => [x, precision[at]]));
    expect(toAveragePrecision(curve)).to.be.closeTo(0.7777777777777777, 1e-12);
  });

  it('are empty where all rows, or none, are of the class', () => {
    const [all, none] = [countByThreshold([1, 1], toPairs([0.3, 0.4]), 2, 1), countByThreshold([0], [1, 0], 2, 1)];
    expect([toRocCurve(all), toRocCurve(none), toPrecisionRecallCurve(none)]).to.deep.equal([[], [], []]);
    expect(toAveragePrecision(toPrecisionRecallCurve(all))).to.equal(1);
    expect(toAveragePrecision([])).to.deep.equal(NaN);
    expect([toThresholdTable(none), toGains(none)]).to.deep.equal([[], []]);
  });
});

describe('the table of thresholds', () => {
  const table = toThresholdTable(COUNTS);
  const at = (threshold: number) => table.find((row) => row.threshold === threshold);

  it('has the figures of scikit-learn', () => {
    expect(at(0.2)).to.deep.include({ trueNegatives: 2, falsePositives: 4, falseNegatives: 0, truePositives: 6 });
    expect(at(0.4)).to.deep.include({ trueNegatives: 3, falsePositives: 3, falseNegatives: 1, truePositives: 5 });
    expect(at(0.4)).to.deep.include({ precision: 0.625, recall: 5 / 6, falsePositiveRate: 0.5, accuracy: 8 / 12 });
    expect(at(0.4)?.f1).to.be.closeTo(0.7142857142857143, 1e-12);
    expect(at(0.5)).to.deep.include({ precision: 0.75, recall: 0.5, f1: 0.6 });
  });

  it('marks the highest F1, which has a line of its own between round thresholds', () => {
    expect(table.filter(({ isBest }) => isBest).map(({ threshold, f1 }) => [threshold, f1])).to.deep.equal([
      [0.35, 0.8],
    ]);
    expect(table.map(({ threshold }) => threshold)).to.deep.equal(table.map(({ threshold }) => threshold).sort());
    expect(table.map(({ threshold }) => threshold)).to.include.members([0.01, 0.05, 0.5, 0.95, 0.99]);
  });

  it('has no precision where nothing is predicted', () => {
    expect(at(0.95)).to.deep.include({ truePositives: 0, falsePositives: 0, precision: NaN, recall: 0, f1: 0 });
  });
});

describe('the gains', () => {
  it('of 20 rows in tenths have the lift over the share of all rows', () => {
    // The four rows of the class have ranks 1, 2, 4 and 20.
    const scores = Array.from({ length: 20 }, (_, rank) => 1 - rank / 20);
    const truth = scores.map((_, rank) => ([0, 1, 3, 19].includes(rank) ? 1 : 0));
    const gains = toGains(countByThreshold(truth, toPairs(scores), 2, 1));
    expect(gains.map(({ rows, hits }) => [rows, hits])).to.deep.equal([
      [2, 2],
      [2, 1],
      ...Array.from({ length: 7 }, () => [2, 0]),
      [2, 1],
    ]);
    expect(gains[0]).to.deep.include({ lift: 5, gain: 0.5, cumulativeLift: 5, from: 0.95 });
    expect(gains[1]?.lift).to.be.closeTo(2.5, 1e-12);
    expect(gains[1]).to.deep.include({ gain: 0.75, cumulativeLift: 3.75 });
    expect(gains.at(-1)).to.deep.include({ gain: 1, cumulativeLift: 1 });
  });

  it('divide the rows of a tie in proportion, so that the order of the file does not matter', () => {
    const truth = [...Array.from({ length: 5 }, () => 1), ...Array.from({ length: 15 }, () => 0)];
    const gains = toGains(countByThreshold(truth, toPairs(truth.map(() => 0.3)), 2, 1));
    for (const { hits, lift } of gains) {
      expect(hits).to.be.closeTo(0.5, 1e-12);
      expect(lift).to.be.closeTo(1, 1e-12);
    }
  });

  it('of fewer than ten rows have fewer parts', () => {
    const gains = toGains(countByThreshold([1, 0, 1], toPairs([0.9, 0.5, 0.1]), 2, 1));
    expect(gains.map(({ rows, hits }) => [rows, hits])).to.deep.equal([
      [1, 1],
      [1, 0],
      [1, 1],
    ]);
  });
});
