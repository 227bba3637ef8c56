/**
 * Builds the functions of the steps that change the distribution of numbers, PowerTransformer and QuantileTransformer, and of
 * their inverses, which a TransformedTargetRegressor applies to its predictions.
 */
import { toNormalProbability, toNormalQuantile } from '../../normal-distribution.ts';
import type { Matrix, TransformerStep } from './program.ts';
import { countAtMost } from './count-at-most.ts';
import { checkNumbers, refuseRow } from './refuse-row.ts';

type Run = (matrix: Matrix) => Matrix;
type Step<Type extends TransformerStep['type']> = Extract<TransformerStep, { type: Type }>;

/** Applies a function of its own to each column. */
function mapColumns(matrix: Matrix, functions: readonly ((x: number) => number)[]): Matrix {
  const { width } = matrix;
  return {
    ...matrix,
    values: matrix.values.map((value, at) => (functions[at % width] as (x: number) => number)(value)),
  };
}

/** Builds the function of a power transformation. */
export function buildPower({ method, lambdas, inverse, precise }: Step<'power'>): Run {
  const toFunction =
    method === 'box-cox'
      ? inverse
        ? toInverseBoxCox
        : toBoxCox
      : inverse
        ? toInverseYeoJohnson
        : precise
          ? toPreciseYeoJohnson
          : toYeoJohnson;
  const functions = Array.from(lambdas, (lambda) => toFunction(lambda));
  return (matrix) => {
    checkNumbers(matrix, { missing: true });
    if (method === 'box-cox' && !inverse) checkPositive(matrix);
    return mapColumns(matrix, functions);
  };
}

function checkPositive({ values, width }: Matrix): void {
  const at = values.findIndex((value) => value <= 0);
  if (at >= 0) refuseRow(Math.floor(at / width), 'the model takes only numbers above 0 in a column');
}

const toBoxCox = (lambda: number) => (x: number) =>
  lambda === 0 ? Math.log(x) : Math.expm1(lambda * Math.log(x)) / lambda;
const toInverseBoxCox = (lambda: number) => (x: number) =>
  lambda === 0 ? Math.exp(x) : Math.exp(Math.log1p(lambda * x) / lambda);

/** Nearer to 0 than this, scikit-learn takes the limit. */
const NEAR = 2 ** -52;

/** The formula of scikit-learn before it took that of SciPy. */
const toYeoJohnson =
  (lambda: number) =>
  (x: number): number => {
    if (x >= 0) return Math.abs(lambda) < NEAR ? Math.log1p(x) : (Math.pow(x + 1, lambda) - 1) / lambda;
    const other = 2 - lambda;
    return Math.abs(other) > NEAR ? -(Math.pow(1 - x, other) - 1) / other : -Math.log1p(-x);
  };

/** SciPy's formula, which keeps the digits of numbers near 0. */
const toPreciseYeoJohnson =
  (lambda: number) =>
  (x: number): number => {
    if (x >= 0) return Math.abs(lambda) < NEAR ? Math.log1p(x) : Math.expm1(lambda * Math.log1p(x)) / lambda;
    const other = 2 - lambda;
    return Math.abs(other) > NEAR ? -Math.expm1(other * Math.log1p(-x)) / other : -Math.log1p(-x);
  };

const toInverseYeoJohnson =
  (lambda: number) =>
  (x: number): number => {
    if (x >= 0) return Math.abs(lambda) < NEAR ? Math.expm1(x) : Math.pow(x * lambda + 1, 1 / lambda) - 1;
    const other = 2 - lambda;
    return Math.abs(other) > NEAR ? 1 - Math.pow(1 - other * x, 1 / other) : -Math.expm1(-x);
  };

/** Within it, a number counts as being on the bound. */
const BOUND = 1e-7;
const MAX_NORMAL = toNormalQuantile(1 - (BOUND - NEAR));
const MIN_NORMAL = toNormalQuantile(BOUND - NEAR);

/** Builds the function of a transformation by quantiles. */
export function buildQuantiles({ quantiles, references, normal, inverse }: Step<'quantiles'>): Run {
  const functions = quantiles.map((column) =>
    inverse ? toInverseQuantile(column, references, normal) : toQuantile(column, references, normal),
  );
  return (matrix) => {
    checkNumbers(matrix, { missing: true });
    return mapColumns(matrix, functions);
  };
}

function toQuantile(quantiles: Float64Array, references: Float64Array, normal: boolean): (x: number) => number {
  const [first, last] = [quantiles[0] as number, quantiles.at(-1) as number];
  const [reversed, opposite] = [quantiles, references].map((list) => list.toReversed().map((value) => -value));
  const margin = normal ? BOUND : 0;
  return (x) => {
    if (Number.isNaN(x)) return NaN;
    let share: number;
    if (x - margin < first || x === first) share = 0;
    else if (x + margin > last || x === last) share = 1;
    // Where several quantiles are equal, the mean of the first and the last of them.
    else
      share =
        0.5 *
        (interpolate(x, quantiles, references) - interpolate(-x, reversed as Float64Array, opposite as Float64Array));
    return normal ? Math.min(MAX_NORMAL, Math.max(MIN_NORMAL, toNormalQuantile(share))) : share;
  };
}

function toInverseQuantile(quantiles: Float64Array, references: Float64Array, normal: boolean): (x: number) => number {
  const margin = normal ? BOUND : 0;
  return (x) => {
    const share = normal ? toNormalProbability(x) : x;
    if (share - margin < 0 || share === 0) return quantiles[0] as number;
    if (share + margin > 1 || share === 1) return quantiles.at(-1) as number;
    return Number.isNaN(share) ? NaN : interpolate(share, references, quantiles);
  };
}

/** numpy.interp: lines between points, constant outside of them. */
function interpolate(x: number, xs: Float64Array, ys: Float64Array): number {
  const at = countAtMost(xs, x) - 1;
  if (at < 0) return ys[0] as number;
  const [x0, y0] = [xs[at] as number, ys[at] as number];
  if (at === xs.length - 1 || x0 === x) return y0;
  return (((ys[at + 1] as number) - y0) / ((xs[at + 1] as number) - x0)) * (x - x0) + y0;
}
