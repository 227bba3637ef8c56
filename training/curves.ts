/** ROC and calibration curves of a classifier's probabilities. */

/** A point of a curve. */
export type Point = readonly [x: number, y: number];

/**
 * The ROC curve of a class against the rest: false positive rate and true positive rate at every threshold, from (0, 0) to
 * (1, 1). Empty if all rows, or no rows, are of the class.
 */
export function toRocCurve(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classCount: number,
  positive: number,
): Point[] {
  const rows = Array.from({ length: truth.length }, (_, row) => ({
    score: probabilities[row * classCount + positive] as number,
    hit: truth[row] === positive ? 1 : 0,
  })).sort((a, b) => b.score - a.score);
  const hits = toSum(rows.map(({ hit }) => hit));
  const misses = rows.length - hits;
  if (hits === 0 || misses === 0) return [];
  const curve: Point[] = [[0, 0]];
  let seen = 0;
  rows.forEach(({ score, hit }, index) => {
    seen += hit;
    if (rows[index + 1]?.score !== score) curve.push([(index + 1 - seen) / misses, seen / hits]);
  });
  return curve;
}

/**
 * The calibration curve of a class: for each tenth of the probability range, the mean probability and the share of the rows
 * that are of the class. Tenths without rows are left out.
 */
export function toCalibration(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classCount: number,
  positive: number,
): Point[] {
  const tenths = Array.from({ length: 10 }, () => ({ rows: 0, probability: 0, hits: 0 }));
  for (let row = 0; row < truth.length; row++) {
    const probability = probabilities[row * classCount + positive] as number;
    const tenth = tenths[Math.min(9, Math.floor(probability * 10))] as {
      rows: number;
      probability: number;
      hits: number;
    };
    tenth.rows += 1;
    tenth.probability += probability;
    tenth.hits += truth[row] === positive ? 1 : 0;
  }
  return tenths.filter(({ rows }) => rows > 0).map(({ rows, probability, hits }) => [probability / rows, hits / rows]);
}

/** The area under a curve, by trapezoids. */
export function toArea(curve: readonly Point[]): number {
  return toSum(
    curve.slice(1).map(([x, y], index) => {
      const [before, height] = curve[index] as Point;
      return ((x - before) * (y + height)) / 2;
    }),
  );
}

function toSum(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
