/**
 * Fits the weights of a blend: those with which the mean of several models' probabilities, or predictions, has the smallest loss on
 * rows that the models have not learned from (Wolpert 1992; with weights that are not negative and sum to 1, Breiman 1996).
 */

/** What models answered to rows that they have not learned from. */
export interface OutOfFold {
  /** Per model: rows × classes probabilities, or one prediction per row. */
  readonly answers: readonly Float64Array[];
  /** One class index, or number, per row. */
  readonly truth: Float64Array;
  /** 0 for a regression. */
  readonly classCount: number;
}

/** Members with less would cost their time and say next to nothing. */
const MIN_WEIGHT = 0.05;
/** What a blend must lower the loss by: it costs the time of several models, … */
const MIN_GAIN = 0.01;
/** … and so many standard errors. */
const CLEAR = 1;
/** The rows are divided into so many parts: the weights of each come from the others. */
const PARTS = 5;
/** Fitted on at most this many rows: a few weights need no more. */
const MAX_ROWS = 2 ** 15;
const STEPS = 300;
/** Fitting ends when no weight moves by more. */
const STILL = 1e-5;
const MIN_PROBABILITY = Number.EPSILON;

/**
 * Fits weights, and compares the blend with the best of its members: by weights that were fitted on other rows.
 * @returns a weight per model, some of them 0; undefined if a single model does as well
 */
export function fitBlend(outOfFold: OutOfFold): number[] | undefined {
  const { answers, truth } = outOfFold;
  const step = Math.ceil(truth.length / MAX_ROWS);
  const rows = Int32Array.from(truth.keys()).filter((row) => row % step === 0);
  const parts = answers.map((answer) => toParts(answer, rows, outOfFold));
  const all = Int32Array.from(rows.keys());
  const losses = parts.map((part) => all.reduce((total, at) => total + toLoss([part], [1], at, outOfFold), 0));
  const single = parts[losses.indexOf(Math.min(...losses))];
  if (!single) return undefined;
  const gains = new Float64Array(rows.length);
  for (let part = 0; part < PARTS; part++) {
    const others = all.filter((at) => at % PARTS !== part);
    const weights = fitWeights(parts, others, outOfFold);
    for (let at = part; at < gains.length; at += PARTS)
      gains[at] = toLoss([single], [1], at, outOfFold) - toLoss(parts, weights, at, outOfFold);
  }
  const loss = Math.min(...losses) / gains.length;
  const gain = sum(gains) / gains.length;
  const error = Math.sqrt(sum(gains.map((own) => (own - gain) ** 2))) / gains.length;
  // Of the root of a mean square, a share is half as large.
  const share = outOfFold.classCount > 0 ? gain / loss : 1 - Math.sqrt(1 - gain / loss);
  if (!(share >= MIN_GAIN && gain > CLEAR * error)) return undefined;
  const weights = dropSmall(parts, fitWeights(parts, all, outOfFold), all, outOfFold);
  return weights.filter((weight) => weight > 0).length > 1 ? weights : undefined;
}

/** What decides the loss of each row: the probability of the true class, or the error. */
function toParts(answer: Float64Array, rows: Int32Array, { truth, classCount }: OutOfFold): Float64Array {
  return Float64Array.from(rows, (row) => {
    const value = truth[row] as number;
    return classCount > 0
      ? Math.max(MIN_PROBABILITY, answer[row * classCount + value] as number)
      : (answer[row] as number) - value;
  });
}

function toLoss(
  parts: readonly Float64Array[],
  weights: readonly number[],
  row: number,
  { classCount }: OutOfFold,
): number {
  let mean = 0;
  for (const [index, weight] of weights.entries()) mean += weight * ((parts[index] as Float64Array)[row] as number);
  return classCount > 0 ? -Math.log(mean) : mean * mean;
}

function fitWeights(parts: readonly Float64Array[], rows: Int32Array, { classCount }: OutOfFold): number[] {
  return classCount > 0 ? fitShares(parts, rows) : fitErrors(parts, rows);
}

/** The mixture with the greatest likelihood, by expectation maximisation (Dempster, Laird, Rubin 1977). */
function fitShares(parts: readonly Float64Array[], rows: Int32Array): number[] {
  let weights = parts.map(() => 1 / parts.length);
  for (let step = 0; step < STEPS; step++) {
    const shares = parts.map(() => 0);
    for (const row of rows) {
      let total = 0;
      for (let index = 0; index < parts.length; index++)
        total += (weights[index] as number) * ((parts[index] as Float64Array)[row] as number);
      for (let index = 0; index < parts.length; index++)
        shares[index] = (shares[index] as number) + ((parts[index] as Float64Array)[row] as number) / total;
    }
    const next = weights.map((weight, index) => (weight * (shares[index] as number)) / rows.length);
    const moved = Math.max(...next.map((weight, index) => Math.abs(weight - (weights[index] as number))));
    weights = next;
    if (moved < STILL) break;
  }
  return weights;
}

/** The smallest mean square of the mean error: weight moves from one member to another as long as that lowers it. */
function fitErrors(parts: readonly Float64Array[], rows: Int32Array): number[] {
  const products = parts.map((one) =>
    parts.map((other) => rows.reduce((total, row) => total + (one[row] as number) * (other[row] as number), 0)),
  );
  const at = (i: number, j: number) => (products[i] as number[])[j] as number;
  const weights = parts.map(() => 1 / parts.length);
  for (let step = 0; step < STEPS; step++) {
    for (let to = 0; to < parts.length; to++) {
      for (let from = 0; from < parts.length; from++) {
        const curvature = at(to, to) - 2 * at(to, from) + at(from, from);
        if (!(curvature > 0)) continue;
        const slope = weights.reduce((total, weight, index) => total + weight * (at(to, index) - at(from, index)), 0);
        const moved = Math.min(weights[from] as number, Math.max(-(weights[to] as number), -slope / curvature));
        weights[to] = (weights[to] as number) + moved;
        weights[from] = (weights[from] as number) - moved;
      }
    }
  }
  return weights;
}

/** Leaves out members with small weights, and fits those of the others again; with three digits. */
function dropSmall(parts: readonly Float64Array[], weights: number[], rows: Int32Array, task: OutOfFold): number[] {
  const kept = [...weights.keys()].filter((index) => (weights[index] as number) >= MIN_WEIGHT);
  const fitted = fitWeights(
    kept.map((index) => parts[index] as Float64Array),
    rows,
    task,
  );
  return weights.map((_, index) =>
    kept.includes(index) ? Number((fitted[kept.indexOf(index)] as number).toFixed(3)) : 0,
  );
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
