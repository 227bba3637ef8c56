/** Reads the last step of a model: an estimator, or a pipeline that ends with one. */
import type { Cursor } from './cursor.ts';
import { METHODS, type Calibrator, type EstimatorStep, type Method, type ReadForest } from './program.ts';
import { hasProbabilities, toDecisionWidth, toStackWidth } from './outputs.ts';
import { readEmbedded } from './libraries.ts';
import { readForest } from './read-forest.ts';
import { readLink } from './read-link.ts';
import { readNeighbors } from './read-neighbors.ts';
import { readSvm } from './read-svm.ts';
import { readTransformers } from './read-transformer.ts';
import { fail, toDerived, type Reader, type Slot } from './reader.ts';

type Step = EstimatorStep<ReadForest>;
type ReadEstimator = (reader: Reader, cursor: Cursor, slots: readonly Slot[], classes: number) => Step;

/** More classes than any list of labels has. */
export const MAX_CLASSES = 2 ** 16;

const estimators: Readonly<Record<string, ReadEstimator>> = {
  pipeline: readPipeline,
  forest: readForest,
  linear: readLinear,
  svm: readSvm,
  neighbors: readNeighbors,
  network: readNetwork,
  embedded: readEmbedded,
  gaussian_bayes: readGaussianBayes,
  isotonic: (reader, cursor, slots, classes) => {
    takeNumbers(reader, cursor, slots);
    if (slots.length !== 1 || classes !== 0) fail(cursor, 'a regression of one column');
    return { type: 'isotonic', classes, calibrator: readCalibrator(cursor) };
  },
  average: readAverage,
  vote: (reader, cursor, slots, classes) => {
    if (classes === 0) fail(cursor.at('type'), 'classes, of which one can be voted for');
    return readAverage(reader, cursor, slots, classes);
  },
  stack: readStack,
  calibrated: readCalibrated,
  target: readTarget,
};

/**
 * Reads an estimator.
 * @throws {DeploymentError} with the first problem
 */
export function readEstimator(reader: Reader, cursor: Cursor, slots: readonly Slot[]): Step {
  const type = cursor.at('type').oneOf(Object.keys(estimators));
  const classes = cursor.has('classes') ? cursor.at('classes').integer(2, MAX_CLASSES) : 0;
  return reader.nest(cursor, () => (estimators[type] as ReadEstimator)(reader, cursor, slots, classes));
}

/** An estimator that takes the matrix itself, which must be complete. */
function takeNumbers(reader: Reader, cursor: Cursor, slots: readonly Slot[]): void {
  reader.takeNumbers(slots, cursor);
  reader.requireCells(slots);
}

function readPipeline(reader: Reader, cursor: Cursor, slots: readonly Slot[]): Step {
  const all = cursor.at('steps').list();
  const { steps, slots: after } = readTransformers(reader, all.slice(0, -1), slots);
  const last = readEstimator(reader, all.at(-1) as Cursor, after);
  return { type: 'estimate', steps, last, classes: last.classes };
}

function readLinear(reader: Reader, cursor: Cursor, slots: readonly Slot[], classes: number): Step {
  takeNumbers(reader, cursor, slots);
  const { values: coefficients, count } = cursor.at('coefficients').rows(slots.length);
  const intercepts = cursor.at('intercepts').numbers(count);
  const positive = cursor.has('positive') && cursor.at('positive').flag();
  return { type: 'linear', classes, coefficients, intercepts, positive, ...readLink(cursor, classes, count) };
}

function readGaussianBayes(reader: Reader, cursor: Cursor, slots: readonly Slot[], classes: number): Step {
  takeNumbers(reader, cursor, slots);
  if (classes === 0) fail(cursor, 'classes');
  const priors = cursor.at('priors').numbers(classes);
  if (priors.some((prior) => prior < 0)) fail(cursor.at('priors'), 'probabilities');
  const means = cursor.at('means').rows(slots.length, classes).values;
  const variances = cursor.at('variances').rows(slots.length, classes).values;
  if (variances.some((variance) => variance <= 0)) fail(cursor.at('variances'), 'numbers above 0');
  return { type: 'gaussian_bayes', classes, priors, means, variances };
}

function readNetwork(reader: Reader, cursor: Cursor, slots: readonly Slot[], classes: number): Step {
  takeNumbers(reader, cursor, slots);
  const activation = cursor.at('activation').oneOf(['identity', 'logistic', 'tanh', 'relu']);
  const output = cursor.at('output').oneOf(['identity', 'logistic', 'softmax']);
  let width = slots.length;
  const layers = cursor
    .at('layers')
    .list()
    .map((layer) => {
      const { values: weights, count } = layer.at('weights').rows(width);
      width = count;
      return { weights, biases: layer.at('biases').numbers(count) };
    });
  const expected = classes === 0 ? 'identity' : width === 1 ? 'logistic' : 'softmax';
  if (output !== expected) fail(cursor.at('output'), expected);
  if (width !== (classes > 2 || output === 'softmax' ? classes : 1))
    fail(cursor.at('layers'), `a last layer with ${classes > 2 ? classes : 1} outputs`);
  return { type: 'network', classes, layers, activation, output };
}

/** The members of an ensemble, which all answer the same question. */
function readMember(reader: Reader, cursor: Cursor, slots: readonly Slot[], classes: number): Step {
  const member = readEstimator(reader, cursor, slots);
  if (member.classes !== classes) fail(cursor, classes === 0 ? 'a regression' : `an estimator of ${classes} classes`);
  return member;
}

function readAverage(reader: Reader, cursor: Cursor, slots: readonly Slot[], classes: number): Step {
  const members = cursor
    .at('members')
    .list()
    .map((member) => readMember(reader, member, slots, classes));
  const type = cursor.at('type').oneOf(['average', 'vote']);
  if (type === 'average' && classes > 0)
    members.forEach((member, index) => {
      if (!hasProbabilities(member))
        fail(cursor.at('members').list()[index] as Cursor, 'an estimator with probabilities');
    });
  const weights = cursor.has('weights')
    ? cursor.at('weights').numbers(members.length)
    : new Float64Array(members.length).fill(1);
  if (weights.some((weight) => weight < 0) || weights.every((weight) => weight === 0))
    fail(cursor.at('weights'), 'weights of 0 or more, not all 0');
  return { type, classes, members, weights };
}

function readStack(reader: Reader, cursor: Cursor, slots: readonly Slot[], classes: number): Step {
  let width = 0;
  const members = cursor
    .at('members')
    .list()
    .map((member) => {
      const estimator = readEstimator(reader, member.at('estimator'), slots);
      const method = readMethod(member, estimator);
      width += toStackWidth(estimator, method);
      const isClass = method === 'predict' && estimator.classes > 0;
      const values = isClass ? member.at('values').numbers(estimator.classes) : undefined;
      return { estimator, method, values };
    });
  const pass = cursor.at('pass').flag();
  if (pass) {
    reader.takeNumbers(slots, cursor);
    reader.requireCells(slots);
    width += slots.length;
  }
  const final = readMember(reader, cursor.at('final'), toDerived(width), classes);
  return { type: 'stack', classes, members, pass, final };
}

function readMethod(cursor: Cursor, estimator: Step): Method {
  const method = cursor.at('method').oneOf(METHODS);
  if (method === 'predict_proba' && !hasProbabilities(estimator))
    fail(cursor.at('method'), 'another method, as the estimator has no probabilities');
  if (method === 'decision_function' && toDecisionWidth(estimator) === 0)
    fail(cursor.at('method'), 'another method, as the estimator has no decision function');
  return method;
}

function readCalibrated(reader: Reader, cursor: Cursor, slots: readonly Slot[], classes: number): Step {
  const members = cursor
    .at('members')
    .list()
    .map((member) => {
      const estimator = readEstimator(reader, member.at('estimator'), slots);
      const method = readMethod(member, estimator);
      if (method === 'predict') fail(member.at('method'), 'decision_function or predict_proba');
      if (estimator.classes < 2 || (classes === 2 && estimator.classes !== 2))
        fail(member, 'a classifier of these classes');
      const positions = Float64Array.from(member.at('classes').integers(0, classes - 1, estimator.classes));
      if (new Set(positions).size < positions.length) fail(member.at('classes'), 'positions that are different');
      const count = estimator.classes === 2 ? 1 : estimator.classes;
      if (method === 'decision_function' && toDecisionWidth(estimator) !== count)
        fail(member.at('method'), 'a decision function with one output per class');
      return {
        estimator,
        method,
        classes: positions,
        calibrators: member.at('calibrators').list(count).map(readCalibrator),
      };
    });
  return { type: 'calibrated', classes, members };
}

function readCalibrator(cursor: Cursor): Calibrator {
  const type = cursor.at('type').oneOf(['sigmoid', 'isotonic']);
  if (type === 'sigmoid') return { type, slope: cursor.at('slope').number(), offset: cursor.at('offset').number() };
  const x = cursor.at('x').numbers();
  if (x.some((value, index) => index > 0 && value <= (x[index - 1] as number)))
    fail(cursor.at('x'), 'ascending numbers');
  const single = cursor.has('single') && cursor.at('single').flag();
  return { type, x, y: cursor.at('y').numbers(x.length), single };
}

function readTarget(reader: Reader, cursor: Cursor, slots: readonly Slot[], classes: number): Step {
  if (classes !== 0) fail(cursor.at('classes'), 'none, for a regression');
  return {
    type: 'target',
    classes,
    estimator: readMember(reader, cursor.at('estimator'), slots, 0),
    inverse: readTransformers(reader, cursor.at('inverse').list(), toDerived(1)).steps,
  };
}
