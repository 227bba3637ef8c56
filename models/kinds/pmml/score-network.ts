/** Scores rows with a neural network. */
import { toSigmoid } from '../../margins.ts';
import { interpolate } from './build-expressions.ts';
import { countClasses, toWinners, type Evaluate, type ModelBuilder } from './evaluate.ts';
import type { Frame } from './frame.ts';
import { applySoftmax, divideBySum } from './links.ts';
import type { Activation, NetworkPlan } from './plan.ts';

export function buildNetwork(plan: NetworkPlan, builder: ModelBuilder): Evaluate {
  const inputs = plan.inputs.map((input) => builder.build(input, 'NeuralInput'));
  const { layers, ends, neuronCount } = plan;
  const outputs = new Float64Array(neuronCount);
  const round = plan.float ? Math.fround : (x: number) => x;

  /** Whether all inputs are there. */
  const run = (frame: Frame): boolean => {
    for (let index = 0; index < inputs.length; index++) {
      const value = inputs[index]?.(frame) ?? null;
      if (value === null) return false;
      outputs[index] = round(value as number);
    }
    let at = inputs.length;
    for (const layer of layers) {
      const count = layer.bias.length;
      computeLayer(layer, outputs, at, round);
      const values = outputs.subarray(at, at + count);
      if (layer.normalization === 'softmax') applySoftmax(values, round);
      else if (layer.normalization === 'simplemax') divideBySum(values, round);
      at += count;
    }
    return true;
  };

  if (!plan.isClassifier) {
    const [end] = ends as [NetworkPlan['ends'][number]];
    return (frames) => ({
      values: Float64Array.from(frames, (frame) => {
        if (!run(frame)) return NaN;
        const value = outputs[end.neuron] as number;
        return end.orig.length > 0 ? (interpolate(value, end) ?? NaN) : value;
      }),
    });
  }
  const classCount = countClasses(plan, builder);
  return (frames) => {
    const probabilities = new Float64Array(frames.length * classCount);
    for (const [row, frame] of frames.entries()) {
      const isKnown = run(frame);
      for (const { neuron, classIndex } of ends)
        probabilities[row * classCount + classIndex] = isKnown ? (outputs[neuron] as number) : NaN;
    }
    return { values: toWinners(probabilities, classCount), probabilities };
  };
}

function computeLayer(
  layer: NetworkPlan['layers'][number],
  outputs: Float64Array,
  first: number,
  round: (x: number) => number,
): void {
  const { activation, threshold, starts, from, weight, bias, width, altitude } = layer;
  for (let neuron = 0; neuron < bias.length; neuron++) {
    const begin = starts[neuron] as number;
    const end = starts[neuron + 1] as number;
    if (activation === 'radialBasis') {
      let distance = 0;
      for (let at = begin; at < end; at++) {
        const difference = (outputs[from[at] as number] as number) - (weight[at] as number);
        distance += difference * difference;
      }
      // altitude^fan-in · exp(-distance / (2 · width²))
      const fan = end - begin;
      const scaled = distance / (2 * (width[neuron] as number) ** 2);
      outputs[first + neuron] = round(Math.exp(fan * Math.log(altitude[neuron] as number) - scaled));
      continue;
    }
    let sum = round(bias[neuron] as number);
    for (let at = begin; at < end; at++)
      sum = round(sum + round((outputs[from[at] as number] as number) * round(weight[at] as number)));
    outputs[first + neuron] = round(activate(activation, sum, threshold));
  }
}

function activate(activation: Activation, z: number, threshold: number): number {
  switch (activation) {
    case 'threshold':
      return z > threshold ? 1 : 0;
    case 'logistic':
      return toSigmoid(z);
    case 'tanh':
      return Math.tanh(z);
    case 'exponential':
      return Math.exp(z);
    case 'reciprocal':
      return 1 / z;
    case 'square':
      return z * z;
    case 'Gauss':
      return Math.exp(-z * z);
    case 'sine':
      return Math.sin(z);
    case 'cosine':
      return Math.cos(z);
    case 'Elliott':
      return z / (1 + Math.abs(z));
    case 'arctan':
      return (2 * Math.atan(z)) / Math.PI;
    case 'rectifier':
      return Math.max(0, z);
    default:
      return z;
  }
}
