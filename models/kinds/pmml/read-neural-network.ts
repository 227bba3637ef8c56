/** Reads NeuralNetwork. */
import { GrowingFloats, GrowingIntegers } from './growing-numbers.ts';
import { ACTIVATIONS, type Expression, type NetworkPlan } from './plan.ts';
import { castTo, readExpression, readSegments, requireExpression, EXPRESSIONS } from './read-expression.ts';
import { expectInModel, type ModelHead } from './read-model.ts';
import { fail, refuse, toName } from './place.ts';
import {
  expectOnly,
  findNumber,
  findWord,
  listChildren,
  requireAttribute,
  requireChild,
  requireNumber,
  type XmlElement,
} from './xml-element.ts';

type NetworkBody = Pick<NetworkPlan, 'kind' | 'inputs' | 'layers' | 'neuronCount' | 'ends'>;

const NORMALIZATIONS = ['none', 'simplemax', 'softmax'] as const;

export function readNeuralNetwork(head: ModelHead): NetworkBody {
  const { element } = head;
  expectInModel(
    element,
    ['activationFunction', 'normalizationMethod', 'threshold', 'width', 'altitude', 'numberOfLayers'],
    ['NeuralInputs', 'NeuralLayer', 'NeuralOutputs'],
  );
  const neurons = new Map<string, number>();
  const add = (at: XmlElement) => {
    const id = requireAttribute(at, 'id');
    if (neurons.has(id)) fail(at, `expected each id of a neuron once, not ${toName(id)} again`);
    neurons.set(id, neurons.size);
  };
  const inputs = readInputs(requireChild(element, 'NeuralInputs'), head, add);
  const layers = listChildren(element, 'NeuralLayer').map((layer) => readLayer(layer, element, neurons, add));
  return {
    kind: 'network',
    inputs,
    layers,
    neuronCount: neurons.size,
    ends: readEnds(requireChild(element, 'NeuralOutputs'), head, neurons),
  };
}

function readInputs(element: XmlElement, { scope }: ModelHead, add: (at: XmlElement) => void): Expression[] {
  expectOnly(element, ['numberOfInputs'], ['NeuralInput']);
  return element.children.map((input) => {
    expectOnly(input, ['id'], ['DerivedField']);
    add(input);
    const derived = requireChild(input, 'DerivedField');
    expectOnly(derived, ['name', 'displayName', 'optype', 'dataType'], EXPRESSIONS);
    return castTo(readExpression(requireExpression(derived), { scope }), 'double', derived);
  });
}

function readLayer(
  element: XmlElement,
  network: XmlElement,
  neurons: ReadonlyMap<string, number>,
  add: (at: XmlElement) => void,
): NetworkPlan['layers'][number] {
  expectOnly(
    element,
    ['numberOfNeurons', 'activationFunction', 'threshold', 'width', 'altitude', 'normalizationMethod'],
    ['Neuron'],
  );
  const starts = new GrowingIntegers();
  const from = new GrowingIntegers();
  const weight = new GrowingFloats();
  const bias = new GrowingFloats();
  const width = new GrowingFloats();
  const altitude = new GrowingFloats();
  const activation =
    findWord(element, 'activationFunction', ACTIVATIONS) ??
    findWord(network, 'activationFunction', ACTIVATIONS) ??
    fail(element, 'expected the attribute activationFunction');
  const common = (name: string) => findNumber(element, name) ?? findNumber(network, name);
  for (const neuron of element.children) {
    expectOnly(neuron, ['id', 'bias', 'width', 'altitude'], ['Con']);
    starts.push(from.length);
    for (const con of neuron.children) {
      expectOnly(con, ['from', 'weight'], []);
      // A neuron of the same layer is not known yet: there are no cycles.
      const source = neurons.get(requireAttribute(con, 'from'));
      from.push(source ?? fail(con, 'expected the id of a neuron of an earlier layer, or of an input'));
      weight.push(requireNumber(con, 'weight'));
    }
    bias.push(findNumber(neuron, 'bias') ?? 0);
    const own = findNumber(neuron, 'width') ?? common('width');
    if (activation === 'radialBasis' && !(own !== undefined && own > 0))
      fail(neuron, 'expected a width above 0, for the activation function radialBasis');
    width.push(own ?? 1);
    altitude.push(findNumber(neuron, 'altitude') ?? common('altitude') ?? 1);
  }
  for (const neuron of element.children) add(neuron);
  starts.push(from.length);
  const threshold = common('threshold') ?? 0;
  return {
    activation,
    normalization:
      findWord(element, 'normalizationMethod', NORMALIZATIONS) ??
      findWord(network, 'normalizationMethod', NORMALIZATIONS) ??
      'none',
    threshold,
    starts: starts.toArray(),
    from: from.toArray(),
    weight: weight.toArray(),
    bias: bias.toArray(),
    width: width.toArray(),
    altitude: altitude.toArray(),
  };
}

function readEnds(element: XmlElement, head: ModelHead, neurons: ReadonlyMap<string, number>): NetworkPlan['ends'] {
  const { classList, schema } = head;
  expectOnly(element, ['numberOfOutputs'], ['NeuralOutput']);
  const none = new Float64Array(0);
  const ends = element.children.map((output): NetworkPlan['ends'][number] => {
    expectOnly(output, ['outputNeuron'], ['DerivedField']);
    const neuron = neurons.get(requireAttribute(output, 'outputNeuron')) ?? fail(output, 'expected the id of a neuron');
    const derived = requireChild(output, 'DerivedField');
    expectOnly(derived, ['name', 'displayName', 'optype', 'dataType'], EXPRESSIONS);
    const expression = requireExpression(derived);
    const base = { neuron, classIndex: -1, orig: none, norm: none, outliers: 'asIs' as const };
    const field = requireAttribute(expression, 'field');
    if (schema.target && field !== schema.target.name) fail(expression, `expected the target, not ${toName(field)}`);
    if (expression.name === 'NormDiscrete' && classList) {
      expectOnly(expression, ['field', 'value', 'method'], []);
      return { ...base, classIndex: classList.toIndex(requireAttribute(expression, 'value'), expression) };
    }
    if (expression.name === 'NormContinuous' && !classList) {
      const segments = readSegments(expression);
      // The other way round: from the norm to the original.
      const isUp = segments.norm.every((norm, index) => index === 0 || norm > (segments.norm[index - 1] as number));
      if (!isUp) refuse(expression, 'an output whose norms do not rise');
      return { ...base, orig: segments.norm, norm: segments.orig, outliers: segments.outliers };
    }
    if (expression.name === 'FieldRef' && !classList) {
      expectOnly(expression, ['field'], []);
      return base;
    }
    return refuse(
      expression,
      `${expression.name} in a NeuralOutput of a ${classList ? 'classification' : 'regression'}`,
    );
  });
  if (!classList && ends.length !== 1) fail(element, 'expected one NeuralOutput in a regression');
  if (classList && (new Set(ends.map(({ classIndex }) => classIndex)).size < ends.length || ends.length < 2))
    fail(element, 'expected a NeuralOutput for each class');
  return ends;
}
