/** Builds the function that runs the last step of a program: a matrix becomes an answer, as scikit-learn computes it. */
import { listLeaves, scoreForest } from '../../forest/score-forest.ts';
import { toSigmoid, toSoftmax } from '../../margins.ts';
import { countAtMost } from './count-at-most.ts';
import { fromProbabilities, toClasses, toNumbers, toPair, type Estimate } from './estimate.ts';
import { buildEmbedded } from './libraries.ts';
import type { AverageStep, Calibrator, EstimatorStep, Matrix, Method } from './program.ts';
import { toStackWidth } from './outputs.ts';
import { checkNumbers, refuseRow } from './refuse-row.ts';
import { buildNeighbors } from './run-neighbors.ts';
import { buildSvm } from './run-svm.ts';
import { buildTransformers, join } from './run-transformer.ts';

type Run = (matrix: Matrix) => Estimate;
type Step<Type extends EstimatorStep['type']> = Extract<EstimatorStep, { type: Type }>;

/** Builds the function of an estimator. */
export function buildEstimator(step: EstimatorStep): Run {
  switch (step.type) {
    case 'estimate': {
      const transform = buildTransformers(step.steps);
      const estimate = buildEstimator(step.last);
      return (matrix) => estimate(transform(matrix));
    }
    case 'forest':
      return buildForest(step);
    case 'linear':
      return buildLinear(step);
    case 'svm':
      return buildSvm(step);
    case 'neighbors':
      return buildNeighbors(step);
    case 'embedded':
      return buildEmbedded(step);
    case 'network':
      return buildNetwork(step);
    case 'gaussian_bayes':
      return buildGaussianBayes(step);
    case 'isotonic': {
      const calibrate = buildCalibrator(step.calibrator);
      return (matrix) => {
        checkNumbers(matrix);
        return { predictions: matrix.values.map(calibrate) };
      };
    }
    case 'average':
      return buildAverage(step);
    case 'vote':
      return buildVote(step);
    case 'stack':
      return buildStack(step);
    case 'calibrated':
      return buildCalibrated(step);
    case 'target':
      return buildTarget(step);
  }
}

function buildForest(step: Step<'forest'>): Run {
  const { forest, single, missing, codes, divide, difference, median, classes, link } = step;
  return (matrix) => {
    if (single || !missing) checkNumbers(matrix, { single, missing });
    checkCodes(matrix, codes);
    if (median) return { predictions: toWeightedMedians(listLeaves(forest, matrix.values), median) };
    const sums = scoreForest(forest, matrix.values);
    const scaled = divide === 1 ? sums : sums.map((sum) => sum / divide);
    const outputs = difference ? toDifference(scaled) : scaled;
    return classes === 0 ? toNumbers(outputs, link) : toClasses(outputs, step);
  };
}

/** HistGradientBoosting keeps categories in 8 bits; what does not fit has no meaning. */
function checkCodes({ rowCount, width, values }: Matrix, codes: Float64Array): void {
  for (const feature of codes) {
    for (let row = 0; row < rowCount; row++) {
      if ((values[row * width + feature] as number) >= 256) refuseRow(row, 'expected a category below 256');
    }
  }
}

/** Two outputs per row become the second minus the first. */
function toDifference(outputs: Float64Array): Float64Array {
  return new Float64Array(outputs.length / 2).map(
    (_, row) => -(outputs[2 * row] as number) + (outputs[2 * row + 1] as number),
  );
}

/** Of each row's values in ascending order, the first whose weights up to it are half of all or more: AdaBoostRegressor. */
function toWeightedMedians(values: Float64Array, weights: Float64Array): Float64Array {
  const count = weights.length;
  const order = Array.from({ length: count }, (_, index) => index);
  return new Float64Array(values.length / count).map((_, row) => {
    const at = row * count;
    const sorted = order.toSorted((a, b) => (values[at + a] as number) - (values[at + b] as number));
    let total = 0;
    const sums = sorted.map((index) => (total += weights[index] as number));
    const found = sums.findIndex((sum) => sum >= 0.5 * total);
    return values[at + (sorted[found] as number)] as number;
  });
}

function buildLinear(step: Step<'linear'>): Run {
  const { coefficients, intercepts, positive, classes, link } = step;
  return (matrix) => {
    checkNumbers(matrix);
    if (positive) checkPositive(matrix);
    const outputs = multiply(matrix, coefficients, intercepts).values;
    return classes === 0 ? toNumbers(outputs, link) : toClasses(outputs, step);
  };
}

function checkPositive({ values, width }: Matrix): void {
  const at = values.findIndex((value) => value < 0);
  if (at >= 0) refuseRow(Math.floor(at / width), 'the model cannot take a negative number');
}

/** The matrix times the transposed weights, plus the offsets. */
function multiply({ rowCount, width, values }: Matrix, weights: Float64Array, offsets: Float64Array): Matrix {
  const count = offsets.length;
  const product = new Float64Array(rowCount * count);
  for (let row = 0, to = 0; row < rowCount; row++) {
    for (let output = 0; output < count; output++, to++) {
      let sum = 0;
      for (let index = 0, at = row * width, weight = output * width; index < width; index++, at++, weight++) {
        sum += (values[at] as number) * (weights[weight] as number);
      }
      product[to] = sum + (offsets[output] as number);
    }
  }
  return { rowCount, width: count, values: product };
}

const ACTIVATIONS = {
  identity: (x: number) => x,
  logistic: toSigmoid,
  tanh: Math.tanh,
  relu: (x: number) => (x > 0 ? x : 0),
} as const;

function buildNetwork({ layers, activation, output, classes }: Step<'network'>): Run {
  const activate = ACTIVATIONS[activation];
  return (matrix) => {
    checkNumbers(matrix);
    let current = matrix;
    layers.forEach(({ weights, biases }, index) => {
      const next = multiply(current, weights, biases);
      current = index < layers.length - 1 ? { ...next, values: next.values.map(activate) } : next;
    });
    if (output === 'identity') return { predictions: current.values };
    return fromProbabilities(
      output === 'logistic' ? toPair(current.values.map(toSigmoid)) : toSoftmax(current.values, classes),
      classes,
    );
  };
}

function buildGaussianBayes({ priors, means, variances, classes }: Step<'gaussian_bayes'>): Run {
  const width = means.length / classes;
  const starts = Array.from(priors, (prior, index) => {
    let sum = 0;
    for (const variance of variances.subarray(index * width, (index + 1) * width))
      sum += Math.log(2 * Math.PI * variance);
    return { log: Math.log(prior), half: -0.5 * sum };
  });
  return (matrix) => {
    checkNumbers(matrix);
    const { rowCount, values } = matrix;
    const outputs = new Float64Array(rowCount * classes);
    for (let row = 0, to = 0; row < rowCount; row++) {
      for (let index = 0; index < classes; index++, to++) {
        let sum = 0;
        for (let column = 0; column < width; column++) {
          const distance = (values[row * width + column] as number) - (means[index * width + column] as number);
          sum += (distance * distance) / (variances[index * width + column] as number);
        }
        const { log, half } = starts[index] as (typeof starts)[number];
        outputs[to] = log + (half - 0.5 * sum);
      }
    }
    return toClasses(outputs, { link: 'softmax', scale: 1, tie: false, classes });
  };
}

function buildCalibrator(calibrator: Calibrator): (x: number) => number {
  if (calibrator.type === 'sigmoid') {
    const { slope, offset } = calibrator;
    return (x) => toSigmoid(-(slope * x + offset));
  }
  const { x: xs, y: ys, single } = calibrator;
  const round = single ? Math.fround : (x: number) => x;
  const last = xs.length - 1;
  return (value) => {
    const x = Math.min(Math.max(round(value), xs[0] as number), xs[last] as number);
    if (last === 0) return ys[0] as number;
    // scipy's interp1d: the interval whose end is the first point that is not below x.
    const high = Math.min(Math.max(countBelow(xs, x), 1), last);
    const [x0, x1] = [xs[high - 1] as number, xs[high] as number];
    const [y0, y1] = [ys[high - 1] as number, ys[high] as number];
    const slope = round(round(y1 - y0) / round(x1 - x0));
    return round(round(slope * round(x - x0)) + y0);
  };
}

/** How many of the different ascending numbers are below x. */
function countBelow(ascending: Float64Array, x: number): number {
  const count = countAtMost(ascending, x);
  return count > 0 && ascending[count - 1] === x ? count - 1 : count;
}

function buildAverage({ members, weights, classes }: AverageStep): Run {
  const runs = members.map(buildEstimator);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return (matrix) => {
    let sums: Float64Array | undefined;
    runs.forEach((run, index) => {
      const weight = weights[index] as number;
      const { predictions, probabilities } = run(matrix);
      const values = classes > 0 ? (probabilities as Float64Array) : predictions;
      sums ??= new Float64Array(values.length);
      for (let at = 0; at < values.length; at++) sums[at] = (sums[at] as number) + weight * (values[at] as number);
    });
    const mean = (sums as Float64Array).map((sum) => sum / total);
    return classes > 0 ? fromProbabilities(mean, classes) : { predictions: mean };
  };
}

function buildVote({ members, weights, classes }: AverageStep): Run {
  const runs = members.map(buildEstimator);
  return (matrix) => {
    const votes = new Float64Array(matrix.rowCount * classes);
    runs.forEach((run, index) => {
      run(matrix).predictions.forEach((winner, row) => {
        votes[row * classes + winner] = (votes[row * classes + winner] as number) + (weights[index] as number);
      });
    });
    return { predictions: fromProbabilities(votes, classes).predictions };
  };
}

/** The outputs of an estimator by a method, as columns. */
function toOutputs({ predictions, probabilities, decisions }: Estimate, method: Method): Float64Array {
  if (method === 'predict') return Float64Array.from(predictions);
  return (method === 'predict_proba' ? probabilities : decisions) as Float64Array;
}

/** Every second number: the second class's. */
function toSeconds(pairs: Float64Array): Float64Array {
  return new Float64Array(pairs.length / 2).map((_, row) => pairs[2 * row + 1] as number);
}

function buildStack({ members, pass, final }: Step<'stack'>): Run {
  const runs = members.map(({ estimator, method, values: classes }) => {
    const run = buildEstimator(estimator);
    return (matrix: Matrix): Matrix => {
      const found = toOutputs(run(matrix), method);
      const outputs = classes ? found.map((index) => classes[index] as number) : found;
      const values = method === 'predict_proba' && estimator.classes === 2 ? toSeconds(outputs) : outputs;
      return { rowCount: matrix.rowCount, width: toStackWidth(estimator, method), values };
    };
  });
  const estimate = buildEstimator(final);
  return (matrix) => {
    const columns = runs.map((run) => run(matrix));
    return estimate(join(pass ? [...columns, matrix] : columns));
  };
}

function buildCalibrated({ members, classes }: Step<'calibrated'>): Run {
  const runs = members.map((member) => {
    const run = buildEstimator(member.estimator);
    const calibrators = member.calibrators.map(buildCalibrator);
    const isPair = member.estimator.classes === 2;
    return (matrix: Matrix): Float64Array => {
      const outputs = toOutputs(run(matrix), member.method);
      const inputs = isPair && member.method === 'predict_proba' ? toSeconds(outputs) : outputs;
      const count = calibrators.length;
      const shares = new Float64Array(matrix.rowCount * classes);
      inputs.forEach((input, at) => {
        const index = at % count;
        // Of two classes, the one calibrator is that of the second.
        const position = classes === 2 ? 1 : (member.classes[isPair ? 1 : index] as number);
        shares[Math.floor(at / count) * classes + position] = (calibrators[index] as (x: number) => number)(input);
      });
      return toShares(shares, classes);
    };
  });
  return (matrix) => {
    const sums = new Float64Array(matrix.rowCount * classes);
    for (const run of runs) {
      const shares = run(matrix);
      for (let at = 0; at < sums.length; at++) sums[at] = (sums[at] as number) + (shares[at] as number);
    }
    return fromProbabilities(
      sums.map((sum) => sum / runs.length),
      classes,
    );
  };
}

/** Two classes: the first has what the second leaves. More: divided by their sum, or equal parts of 0. */
function toShares(shares: Float64Array, classes: number): Float64Array {
  for (let row = 0; row < shares.length; row += classes) {
    let sum = 0;
    for (let at = row; at < row + classes; at++) sum += shares[at] as number;
    for (let at = row; at < row + classes; at++) {
      if (classes > 2) shares[at] = sum === 0 ? 1 / classes : (shares[at] as number) / sum;
    }
    if (classes === 2) shares[row] = 1 - (shares[row + 1] as number);
  }
  return shares.map((share) => (share > 1 && share <= 1 + 1e-5 ? 1 : share));
}

function buildTarget({ estimator, inverse }: Step<'target'>): Run {
  const run = buildEstimator(estimator);
  const transform = buildTransformers(inverse);
  return (matrix) => {
    const values = Float64Array.from(run(matrix).predictions);
    return { predictions: transform({ rowCount: matrix.rowCount, width: 1, values }).values };
  };
}
