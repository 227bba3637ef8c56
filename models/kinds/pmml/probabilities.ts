/**
 * Whether a model's probabilities can be part of the engine's answer, where they sum to 1 and the prediction is the most
 * probable class. PMML demands neither: the score of a node may be another class than its distribution says.
 */
import { SUM_TOLERANCE } from '../../check-scores.ts';
import { findGreatest } from './read-tree.ts';
import type { ModelPlan, NetworkPlan, RegressionPlan, TreeModelPlan } from './plan.ts';

/** Whether the predictions of a model are always its most probable classes, with probabilities that sum to 1. */
export function hasMostProbable(model: ModelPlan): boolean {
  if (!hasValidPriors(model)) return false;
  switch (model.kind) {
    case 'tree':
      return checkNodes(model, true);
    case 'mining':
      if (model.method === 'selectFirst' || model.method === 'modelChain') {
        const given = model.segments.filter(({ gives }) => gives);
        return given.every((segment) => hasMostProbable(segment.model));
      }
      return hasSums(model);
    default:
      return hasSums(model);
  }
}

function hasValidPriors({ target }: ModelPlan): boolean {
  const priors = target?.priors ?? new Float64Array(0);
  return priors.length === 0 || isOne(priors, 0, priors.length);
}

/** Whether a classifier's probabilities always sum to 1. */
function hasSums(model: ModelPlan): boolean {
  switch (model.kind) {
    case 'tree':
      return checkNodes(model, false);
    case 'mining':
      return ['average', 'weightedAverage', 'max'].includes(model.method)
        ? model.segments.every((segment) => hasSums(segment.model))
        : model.method.endsWith('Vote') || hasMostProbable(model);
    case 'regression':
      // Without a link, the numbers may be of any size, unless they are what an earlier model has calibrated.
      return model.link !== 'none' || isCalibrated(model);
    case 'network':
      return isNormalized(model);
    case 'general-regression':
    case 'naive-bayes':
      return true;
    default:
      return false;
  }
}

/** Whether a regression of two classes takes over one field as the probability of the first class. */
function isCalibrated({ tables }: RegressionPlan): boolean {
  const [first] = tables;
  if (!first || tables.length > 2) return false;
  const { intercept, slots, coefficients, exponents, categories, products } = first.terms;
  const isOne = slots.length === 1 && coefficients[0] === 1 && exponents[0] === 1;
  return isOne && intercept === 0 && categories.length === 0 && products.length === 0;
}

function checkNodes({ tree, missing }: TreeModelPlan, isMostProbable: boolean): boolean {
  const { shares, score, width, probabilities, confidences } = tree;
  for (let node = 0; node < shares.length; node++) {
    const winner = score[node] as number;
    if (Number.isNaN(winner)) continue;
    const from = (shares[node] as number) * width;
    if (from < 0 || !isOne(probabilities, from, width)) return false;
    // The first of equally probable classes.
    if (isMostProbable && findGreatest(probabilities, from, width) !== winner) return false;
  }
  if (missing !== 'weightedConfidence') return true;
  return confidences.every((confidence, at) => Math.abs(confidence - (probabilities[at] as number)) < SUM_TOLERANCE);
}

function isOne(numbers: Float64Array, from: number, width: number): boolean {
  let sum = 0;
  for (let at = from; at < from + width; at++) {
    if (!((numbers[at] as number) >= 0)) return false;
    sum += numbers[at] as number;
  }
  return Math.abs(sum - 1) <= SUM_TOLERANCE / 2;
}

/** Whether the outputs are a softmax, or a probability and what it leaves of 1. */
function isNormalized({ layers, ends, neuronCount }: NetworkPlan): boolean {
  const last = layers.at(-1);
  if (!last) return false;
  const count = last.bias.length;
  const first = neuronCount - count;
  const neurons = new Set(ends.map(({ neuron }) => neuron));
  if (neurons.size !== count || [...neurons].some((neuron) => neuron < first)) return false;
  if (last.normalization !== 'none') return true;
  const previous = layers.at(-2);
  if (count !== 2 || last.activation !== 'identity' || previous?.activation !== 'logistic') return false;
  const { from, weight, bias, starts } = last;
  const isPair = starts[1] === 1 && starts[2] === 2 && from[0] === from[1];
  return (
    isPair &&
    (from[0] as number) >= first - previous.bias.length &&
    (bias[0] as number) + (bias[1] as number) === 1 &&
    (weight[0] as number) === -(weight[1] as number)
  );
}
