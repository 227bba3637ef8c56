/** Reads NaiveBayesModel. */
import type { ClassList } from './class-list.ts';
import type { Expression, NaiveBayesPlan, Value } from './plan.ts';
import { castTo, findDataType, parseValue, readExpression, requireExpression, EXPRESSIONS } from './read-expression.ts';
import { expectInModel, type ModelHead } from './read-model.ts';
import { requireNumericSlot } from './read-regression.ts';
import { fail, refuse } from './place.ts';
import {
  expectOnly,
  findChild,
  listChildren,
  requireAttribute,
  requireChild,
  requireNumber,
  type XmlElement,
} from './xml-element.ts';

export function readNaiveBayesModel(head: ModelHead): Pick<NaiveBayesPlan, 'kind' | 'threshold' | 'counts' | 'inputs'> {
  const { element, classList } = head;
  expectInModel(element, ['threshold'], ['BayesInputs', 'BayesOutput']);
  if (!classList) fail(element, 'expected functionName="classification" in NaiveBayesModel');
  const output = requireChild(element, 'BayesOutput');
  expectOnly(output, ['fieldName'], ['TargetValueCounts']);
  const counts = readCounts(requireChild(output, 'TargetValueCounts'), classList);
  if (counts.length < 2 || counts.some((count) => !(count > 0)))
    fail(output, 'expected a TargetValueCount above 0 for each class');
  const list = requireChild(element, 'BayesInputs');
  expectOnly(list, [], ['BayesInput']);
  return {
    kind: 'naive-bayes',
    threshold: requireNumber(element, 'threshold'),
    counts,
    inputs: list.children.map((input) => readInput(input, head, classList, counts.length)),
  };
}

/** The counts per class; 0 for those without. */
function readCounts(element: XmlElement, classList: ClassList, width = 0): Float64Array {
  expectOnly(element, [], ['TargetValueCount']);
  const known = new Map<number, number>();
  for (const count of element.children) {
    expectOnly(count, ['value', 'count'], []);
    const index = classList.toIndex(requireAttribute(count, 'value'), count);
    const number = requireNumber(count, 'count');
    if (known.has(index) || number < 0) fail(count, 'expected one count per class, not below 0');
    known.set(index, number);
  }
  const counts = new Float64Array(width > 0 ? width : classList.values.length);
  for (const [index, number] of known) {
    if (index >= counts.length) fail(element, 'expected only classes of BayesOutput');
    counts[index] = number;
  }
  return counts;
}

function readInput(
  element: XmlElement,
  { scope, context }: ModelHead,
  classList: ClassList,
  width: number,
): NaiveBayesPlan['inputs'][number] {
  expectOnly(element, ['fieldName'], ['PairCounts', 'DerivedField', 'TargetValueStats']);
  const name = requireAttribute(element, 'fieldName');
  const stats = findChild(element, 'TargetValueStats');
  if (stats) {
    context.takeNumbers(2 * width, element, 'counts of classes');
    const of: Expression = { op: 'field', slot: requireNumericSlot(name, element, scope) };
    return { of, ...readStats(stats, classList, width) };
  }
  const derived = findChild(element, 'DerivedField');
  let of: Expression;
  let type: ReturnType<typeof findDataType>;
  if (derived) {
    expectOnly(derived, ['name', 'displayName', 'optype', 'dataType'], EXPRESSIONS);
    const typed = readExpression(requireExpression(derived), { scope });
    type = findDataType(derived) ?? typed.type;
    of = castTo(typed, type, derived);
  } else {
    const field = scope.require(name, element);
    of = { op: 'field', slot: field.slot };
    type = field.type;
  }
  const pairs = listChildren(element, 'PairCounts');
  context.takeNumbers(pairs.length * width, element, 'counts of classes');
  const values: Value[] = [];
  const rows = pairs.map((pair) => {
    expectOnly(pair, ['value'], ['TargetValueCounts']);
    values.push(parseValue(requireAttribute(pair, 'value'), type, pair));
    return readCounts(requireChild(pair, 'TargetValueCounts'), classList, width);
  });
  if (rows.length === 0) fail(element, 'expected PairCounts in BayesInput');
  if (new Set(values).size < values.length) fail(element, 'expected PairCounts once per value');
  const counts = new Float64Array(rows.length * width);
  for (const [index, row] of rows.entries()) counts.set(row, index * width);
  return { of, values, counts };
}

function readStats(
  element: XmlElement,
  classList: ClassList,
  width: number,
): { distribution: 'gaussian' | 'poisson'; mean: Float64Array; variance: Float64Array } {
  expectOnly(element, [], ['TargetValueStat']);
  const mean = new Float64Array(width).fill(NaN);
  const variance = new Float64Array(width).fill(NaN);
  const names = new Set<string>();
  for (const stat of element.children) {
    expectOnly(
      stat,
      ['value'],
      ['GaussianDistribution', 'PoissonDistribution', 'AnyDistribution', 'UniformDistribution'],
    );
    const index = classList.toIndex(requireAttribute(stat, 'value'), stat);
    const [distribution] = stat.children;
    if (!distribution || index >= width || !Number.isNaN(mean[index]))
      fail(stat, 'expected one distribution per class');
    names.add(distribution.name);
    mean[index] = requireNumber(distribution, 'mean');
    if (distribution.name === 'GaussianDistribution') {
      expectOnly(distribution, ['mean', 'variance'], []);
      variance[index] = requireNumber(distribution, 'variance');
      if (!(variance[index] > 0)) fail(distribution, 'expected a variance above 0');
    } else if (distribution.name === 'PoissonDistribution') {
      expectOnly(distribution, ['mean'], []);
      if (!(mean[index] > 0)) fail(distribution, 'expected a mean above 0');
    } else refuse(distribution, distribution.name);
  }
  if (names.size !== 1 || mean.some(Number.isNaN)) fail(element, 'expected a distribution of one kind for each class');
  return { distribution: names.has('GaussianDistribution') ? 'gaussian' : 'poisson', mean, variance };
}
