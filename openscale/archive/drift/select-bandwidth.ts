/**
 * The bandwidth of a kernel density estimate by the improved Sheather-Jones method (Botev, Grotowski and Kroese 2010, Kernel density
 * estimation via diffusion), with the grid, the scale and the root that KDEpy 1.1 uses, because IBM's plugin estimates with it.
 */

/** The number of points of the grid. */
const GRID = 2 ** 10;
/** The number of stages, which the paper recommends to be five, and two. */
const STAGES = 7;

/**
 * The bandwidth for points in ascending order with positive weights that sum to 1.
 * @returns undefined if there is none, as for points that are too few
 */
export function selectBandwidth(points: Float64Array, weights: Float64Array): number | undefined {
  const [min, max] = [points[0] as number, points[points.length - 1] as number];
  const squares = toSquaredTransform(binLinearly(points, weights, min, max));
  const distinct = new Set(points).size;
  const root = findRoot((time) => toFixedPoint(time, distinct, squares), distinct);
  return root === undefined ? undefined : Math.sqrt(root) * (max - min);
}

/** Each weight is divided between the two neighbours of its point on a grid that is wider than the points. */
function binLinearly(points: Float64Array, weights: Float64Array, min: number, max: number): Float64Array {
  const margin = Math.max(0.5 * (max - min), 6);
  const [start, step] = [min - margin, (max - min + 2 * margin) / (GRID - 1)];
  const bins = new Float64Array(GRID);
  for (let index = 0; index < points.length; index++) {
    const place = ((points[index] as number) - start) / step;
    const left = Math.floor(place);
    const rest = place - left;
    bins[left] = (bins[left] as number) + (1 - rest) * (weights[index] as number);
    if (left + 1 < GRID) bins[left + 1] = (bins[left + 1] as number) + rest * (weights[index] as number);
  }
  return bins;
}

/** The cosines of the transform: cos(π k / 2 GRID) for k from 0 to 4 GRID. */
const COSINES = Float64Array.from({ length: 4 * GRID }, (_, index) => Math.cos((Math.PI * index) / (2 * GRID)));

/** The squares of the discrete cosine transform (type 2, unscaled), without the first. */
function toSquaredTransform(bins: Float64Array): Float64Array {
  const filled = [...bins.keys()].filter((index) => bins[index] !== 0);
  return Float64Array.from({ length: GRID - 1 }, (_, index) => {
    let sum = 0;
    for (const bin of filled)
      sum += (bins[bin] as number) * (COSINES[((2 * bin + 1) * (index + 1)) % (4 * GRID)] as number);
    return 4 * sum * sum;
  });
}

/** How far a time is from the one that it leads to: t − ξγ⁵(t) of the paper. */
function toFixedPoint(time: number, distinct: number, squares: Float64Array): number {
  let norm = toNorm(STAGES, time, squares);
  if (norm <= 0) return -1;
  for (let stage = STAGES - 1; stage >= 2; stage--) {
    let odd = 1;
    for (let factor = 3; factor < 2 * stage; factor += 2) odd *= factor;
    const scale = ((1 + 0.5 ** (stage + 0.5)) / 3) * 2 * (odd / Math.sqrt(2 * Math.PI));
    norm = toNorm(stage, (scale / (distinct * norm)) ** (2 / (3 + 2 * stage)), squares);
  }
  return time - (2 * distinct * Math.sqrt(Math.PI) * norm) ** (-2 / 5);
}

/** The squared norm of a derivative of the density, smoothed for a time (Plancherel). */
function toNorm(derivative: number, time: number, squares: Float64Array): number {
  const decay = Math.PI ** 2 * time;
  let sum = 0;
  for (let index = 0; index < squares.length; index++) {
    const frequency = (index + 1) ** 2;
    const exponent = frequency * decay;
    // From here on every term is 0.
    if (exponent > 746) break;
    sum += frequency ** derivative * (squares[index] as number) * Math.exp(-exponent);
  }
  return 0.5 * Math.PI ** (2 * derivative) * sum;
}

/** A root between 0 and a bound, which is doubled until there is one. */
function findRoot(of: (time: number) => number, distinct: number): number | undefined {
  const count = Math.max(Math.min(1050, distinct), 50);
  for (let bound = 1e-11 + (0.01 * (count - 50)) / 1000; bound < 1; bound *= 2) {
    const root = findRootBetween(of, 0, bound);
    if (root !== undefined && root > 0) return root;
  }
  return undefined;
}

/** Brent's method (Brent 1973, Algorithms for minimization without derivatives), as scipy.optimize.brentq stops it. */
function findRootBetween(of: (x: number) => number, low: number, high: number): number | undefined {
  const [tolerance, relative, rounds] = [2e-12, 8.881784197001252e-16, 100];
  let [previous, current] = [low, high];
  let [atPrevious, atCurrent] = [of(previous), of(current)];
  if (atPrevious === 0) return previous;
  if (atCurrent === 0) return current;
  if (!(atPrevious * atCurrent < 0)) return undefined;
  let [block, atBlock, step, lastStep] = [0, 0, 0, 0];
  for (let round = 0; round < rounds; round++) {
    if (atPrevious !== 0 && Math.sign(atPrevious) !== Math.sign(atCurrent)) {
      [block, atBlock] = [previous, atPrevious];
      step = lastStep = current - previous;
    }
    if (Math.abs(atBlock) < Math.abs(atCurrent)) {
      [previous, current, block] = [current, block, current];
      [atPrevious, atCurrent, atBlock] = [atCurrent, atBlock, atCurrent];
    }
    const delta = (tolerance + relative * Math.abs(current)) / 2;
    const half = (block - current) / 2;
    if (atCurrent === 0 || Math.abs(half) < delta) return current;
    if (Math.abs(lastStep) > delta && Math.abs(atCurrent) < Math.abs(atPrevious)) {
      const trial = extrapolate(previous, current, block, atPrevious, atCurrent, atBlock);
      const isShort = 2 * Math.abs(trial) < Math.min(Math.abs(lastStep), 3 * Math.abs(half) - delta);
      [lastStep, step] = isShort ? [step, trial] : [half, half];
    } else {
      [lastStep, step] = [half, half];
    }
    [previous, atPrevious] = [current, atCurrent];
    current += Math.abs(step) > delta ? step : half > 0 ? delta : -delta;
    atCurrent = of(current);
  }
  return undefined;
}

/** The step of the secant method, or of inverse quadratic interpolation. */
function extrapolate(a: number, b: number, c: number, atA: number, atB: number, atC: number): number {
  if (a === c) return (-atB * (b - a)) / (atB - atA);
  const [slopeA, slopeC] = [(atA - atB) / (a - b), (atC - atB) / (c - b)];
  return (-atB * (atC * slopeC - atA * slopeA)) / (slopeC * slopeA * (atC - atA));
}
