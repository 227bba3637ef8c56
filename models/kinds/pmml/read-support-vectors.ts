/** Reads SupportVectorMachineModel. */
import type { Expression, ModelCommon, SupportVectorsPlan } from './plan.ts';
import { parseValue } from './read-expression.ts';
import { expectInModel, type ModelHead } from './read-model.ts';
import { requireNumericSlot } from './read-regression.ts';
import type { FileContext } from './scope.ts';
import { fail, refuse, toName, parseNumber } from './place.ts';
import {
  expectOnly,
  findFlag,
  findInteger,
  findNumber,
  findWord,
  listChildren,
  listItems,
  listNumbers,
  requireAttribute,
  requireChild,
  requireNumber,
  type XmlElement,
} from './xml-element.ts';

type Machine = SupportVectorsPlan['machines'][number];
type VectorsBody = Omit<SupportVectorsPlan, keyof ModelCommon>;

const KERNELS = {
  LinearKernelType: 'linear',
  PolynomialKernelType: 'polynomial',
  RadialBasisKernelType: 'radialBasis',
  SigmoidKernelType: 'sigmoid',
} as const;

export function readSupportVectorMachineModel(head: ModelHead): VectorsBody {
  const { element, classList, context } = head;
  expectInModel(
    element,
    ['threshold', 'svmRepresentation', 'classificationMethod', 'maxWins', 'alternateBinaryTargetCategory'],
    [...Object.keys(KERNELS), 'VectorDictionary', 'SupportVectorMachine'],
  );
  if ('alternateBinaryTargetCategory' in element.attributes)
    refuse(element, 'alternateBinaryTargetCategory', 'set alternateTargetCategory in SupportVectorMachine');
  const isLinear = findWord(element, 'svmRepresentation', ['SupportVectors', 'Coefficients']) === 'Coefficients';
  const kernels = element.children.filter(({ name }) => Object.hasOwn(KERNELS, name));
  const [kernelElement] = kernels;
  if (!kernelElement || kernels.length > 1) fail(element, 'expected one kernel in SupportVectorMachineModel');
  const kernel = KERNELS[kernelElement.name as keyof typeof KERNELS];
  expectOnly(kernelElement, ['description', 'gamma', 'coef0', 'degree'], []);
  if (isLinear && kernel !== 'linear')
    fail(kernelElement, 'expected a linear kernel, for svmRepresentation="Coefficients"');
  const dictionary = requireChild(element, 'VectorDictionary');
  const inputs = readInputs(dictionary, head);
  const { vectors, ids } = readVectors(dictionary, inputs.length, context);
  const threshold = findNumber(element, 'threshold') ?? 0;
  const machines = listChildren(element, 'SupportVectorMachine').map((machine) =>
    readMachine(machine, head, { isLinear, ids, inputCount: inputs.length, threshold }),
  );
  const method = findWord(element, 'classificationMethod', ['OneAgainstAll', 'OneAgainstOne']) ?? 'OneAgainstAll';
  checkMachines(head, machines, method);
  if (!classList && machines.length !== 1) fail(element, 'expected one SupportVectorMachine in a regression');
  return {
    kind: 'support-vectors',
    kernel,
    gamma: findNumber(kernelElement, 'gamma') ?? 1,
    coef0: findNumber(kernelElement, 'coef0') ?? 1,
    degree: findNumber(kernelElement, 'degree') ?? 1,
    inputs,
    vectors,
    machines,
    isLinear,
    method,
    maxWins: findFlag(element, 'maxWins') ?? false,
  };
}

/** Without an alternative, which class the other side of a machine is depends on the version of PMML. */
function checkMachines({ element, classList }: ModelHead, machines: readonly Machine[], method: string): void {
  if (!classList) return;
  if (machines.length === 0) fail(element, 'expected a SupportVectorMachine');
  const places = listChildren(element, 'SupportVectorMachine');
  for (const [index, { classIndex, alternate }] of machines.entries()) {
    if (classIndex < 0)
      fail(places[index] as XmlElement, 'expected the attribute targetCategory in SupportVectorMachine');
    if (method === 'OneAgainstOne' && alternate < 0)
      fail(places[index] as XmlElement, 'expected the attribute alternateTargetCategory in SupportVectorMachine');
    if (method === 'OneAgainstAll' && machines.length > 1 && alternate >= 0)
      refuse(places[index] as XmlElement, 'alternateTargetCategory with several machines and OneAgainstAll');
  }
  if (method === 'OneAgainstAll' && machines.length === 1 && (machines[0] as Machine).alternate < 0)
    fail(element, 'expected the attribute alternateTargetCategory in the only SupportVectorMachine');
}

function readInputs(dictionary: XmlElement, { scope }: ModelHead): Expression[] {
  expectOnly(dictionary, ['numberOfVectors'], ['VectorFields', 'VectorInstance']);
  const fields = requireChild(dictionary, 'VectorFields');
  expectOnly(fields, ['numberOfFields'], ['FieldRef', 'CategoricalPredictor']);
  return fields.children.map((field): Expression => {
    if (field.name === 'FieldRef') {
      expectOnly(field, ['field'], []);
      return { op: 'field', slot: requireNumericSlot(requireAttribute(field, 'field'), field, scope) };
    }
    expectOnly(field, ['name', 'value', 'coefficient'], []);
    const { slot, type } = scope.require(requireAttribute(field, 'name'), field);
    const value = parseValue(requireAttribute(field, 'value'), type, field);
    const coefficient = requireNumber(field, 'coefficient');
    return { op: 'map', of: [{ op: 'field', slot }], rows: [[value, coefficient]], other: 0, missing: null };
  });
}

function readVectors(
  dictionary: XmlElement,
  width: number,
  context: FileContext,
): { vectors: Float64Array; ids: ReadonlyMap<string, number> } {
  const ids = new Map<string, number>();
  const instances = listChildren(dictionary, 'VectorInstance');
  context.takeNumbers(instances.length * width, dictionary, 'numbers in the vectors');
  const vectors = new Float64Array(instances.length * width);
  for (const instance of instances) {
    expectOnly(instance, ['id'], ['Array', 'REAL-SparseArray']);
    const id = requireAttribute(instance, 'id');
    if (ids.has(id)) fail(instance, `expected each VectorInstance once, not ${toName(id)} again`);
    const at = ids.size * width;
    ids.set(id, ids.size);
    const [array] = instance.children;
    if (!array || instance.children.length > 1) fail(instance, 'expected one array in VectorInstance');
    const vector = array.name === 'Array' ? listNumbers(array) : readSparse(array, width);
    if (vector.length !== width) fail(array, `expected ${width} numbers, as there are VectorFields`);
    vectors.set(vector, at);
  }
  return { vectors, ids };
}

function readSparse(element: XmlElement, width: number): Float64Array {
  expectOnly(element, ['n', 'defaultValue'], ['Indices', 'REAL-Entries']);
  const length = findInteger(element, 'n', 0, 2 ** 31);
  if (length !== undefined && length !== width) fail(element, `expected n to be ${width}, as there are VectorFields`);
  const values = new Float64Array(width).fill(findNumber(element, 'defaultValue') ?? 0);
  const [indices, entries] = ['Indices', 'REAL-Entries'].map((name) => {
    const child = element.children.find((one) => one.name === name);
    if (child) expectOnly(child, [], []);
    return child ? listItems(child).map((item) => parseNumber(item, child, `an item of ${name}`)) : [];
  }) as [number[], number[]];
  if (indices.length !== entries.length) fail(element, 'expected as many REAL-Entries as Indices');
  for (const [place, index] of indices.entries()) {
    if (!Number.isInteger(index) || index < 1 || index > width) fail(element, `expected Indices from 1 to ${width}`);
    values[index - 1] = entries[place] as number;
  }
  return values;
}

function readMachine(
  machine: XmlElement,
  { classList }: ModelHead,
  common: { isLinear: boolean; ids: ReadonlyMap<string, number>; inputCount: number; threshold: number },
): Machine {
  expectOnly(machine, ['targetCategory', 'alternateTargetCategory', 'threshold'], ['SupportVectors', 'Coefficients']);
  const { isLinear, ids, inputCount } = common;
  const toIndex = (name: string) => {
    const text = machine.attributes[name];
    return text === undefined || !classList ? -1 : classList.toIndex(text, machine);
  };
  const coefficients = requireChild(machine, 'Coefficients');
  expectOnly(coefficients, ['numberOfCoefficients', 'absoluteValue'], ['Coefficient']);
  for (const coefficient of coefficients.children) expectOnly(coefficient, ['value'], []);
  const numbers = Float64Array.from(coefficients.children, (coefficient) => findNumber(coefficient, 'value') ?? 0);
  const vectors = listChildren(machine, 'SupportVectors').flatMap((list) => {
    expectOnly(list, ['numberOfSupportVectors', 'numberOfAttributes'], ['SupportVector']);
    return list.children.map((vector) => {
      expectOnly(vector, ['vectorId'], []);
      return ids.get(requireAttribute(vector, 'vectorId')) ?? fail(vector, 'expected the id of a VectorInstance');
    });
  });
  const expected = isLinear ? inputCount : vectors.length;
  if (numbers.length !== expected) fail(coefficients, `expected ${expected} Coefficient`);
  return {
    classIndex: toIndex('targetCategory'),
    alternate: toIndex('alternateTargetCategory'),
    threshold: findNumber(machine, 'threshold') ?? common.threshold,
    vectors: Int32Array.from(isLinear ? [] : vectors),
    coefficients: numbers,
    intercept: findNumber(coefficients, 'absoluteValue') ?? 0,
  };
}
