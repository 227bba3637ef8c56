/** ModelVerification: rows that the file has with the results that its producer computed. A model must reproduce them. */
import { buildProgram } from './build-model.ts';
import { RowError, type Frame } from './frame.ts';
import type { Plan, Value } from './plan.ts';
import type { ModelHead } from './read-model.ts';
import { buildInput } from './score-rows.ts';
import { isNumeric, toValue } from './values.ts';
import type { ScoredRows } from '../model-file.ts';
import { fail, toName, toNumber } from './place.ts';
import {
  expectOnly,
  findChild,
  findInteger,
  findNumber,
  listChildren,
  requireAttribute,
  requireChild,
  type XmlElement,
} from './xml-element.ts';

/** How many values all rows may have, those of derived fields among them. */
const MAX_VALUES = 50_000_000;

/** A result that the rows have. */
interface Expected {
  readonly name: string;
  readonly column: string;
  /** The index of the class whose probability it is; -1 for the prediction, and -2 for the probability of the prediction. */
  readonly classIndex: number;
  readonly precision: number;
  readonly zeroThreshold: number;
}

/**
 * Checks that a model reproduces the rows of its ModelVerification.
 * @returns the rows; undefined without a ModelVerification
 * @throws {DeploymentError} that names the first row and result that differ
 */
export function checkVerification(plan: Plan, head: ModelHead): ScoredRows | undefined {
  const element = findChild(head.element, 'ModelVerification');
  if (!element) return undefined;
  expectOnly(element, ['recordCount', 'fieldCount'], ['VerificationFields', 'InlineTable']);
  const columns = new Map<string, string>();
  const expected = readExpected(requireChild(element, 'VerificationFields'), plan, head, columns);
  const table = requireChild(element, 'InlineTable');
  expectOnly(table, [], ['row']);
  const rows = table.children;
  const count = findInteger(element, 'recordCount', 0, 2 ** 31);
  if (count !== undefined && count !== rows.length) fail(element, `expected ${count} rows, as recordCount says`);
  if (rows.length === 0) return undefined;
  if (rows.length * (plan.slots.length + expected.length) > MAX_VALUES)
    fail(table, `expected at most ${MAX_VALUES} values in the rows of ModelVerification`);
  const cells = rows.map((row) => new Map(row.children.map((cell) => [cell.name, cell.text])));
  const values = cells.map((row) =>
    plan.inputs.map(({ name, type }) => toCell(row.get(columns.get(name) ?? name), type)),
  );
  checkRows(plan, rows, cells, values, expected);
  return { fields: plan.inputs.map(({ name }) => name), values, ...toScored(plan, cells, expected) };
}

function readExpected(element: XmlElement, plan: Plan, head: ModelHead, columns: Map<string, string>): Expected[] {
  expectOnly(element, [], ['VerificationField']);
  const outputs = new Map(
    listChildren(findChild(head.element, 'Output'), 'OutputField').map((field) => [
      requireAttribute(field, 'name'),
      field,
    ]),
  );
  const inputs = new Set(plan.inputs.map((input) => input.name));
  const expected: Expected[] = [];
  for (const field of element.children) {
    expectOnly(field, ['field', 'column', 'precision', 'zeroThreshold'], []);
    const name = requireAttribute(field, 'field');
    const column = field.attributes['column'] ?? name;
    columns.set(name, column);
    const output = outputs.get(name);
    const classIndex = output ? toClassIndex(output, head) : name === head.schema.target?.name ? -1 : undefined;
    if (classIndex === undefined) {
      if (!inputs.has(name))
        head.context.notices.add(
          `ModelVerification: ${toName(name)} is no input or result of the engine, and not compared.`,
        );
      continue;
    }
    expected.push({
      name,
      column,
      classIndex,
      precision: findNumber(field, 'precision') ?? 1e-6,
      zeroThreshold: findNumber(field, 'zeroThreshold') ?? 1e-16,
    });
  }
  return expected;
}

function toClassIndex({ attributes }: XmlElement, { classList, element }: ModelHead): number | undefined {
  const { value, segmentId } = attributes;
  const feature = attributes['feature'] ?? 'predictedValue';
  if (segmentId !== undefined) return undefined;
  if (feature === 'predictedValue') return -1;
  if (feature !== 'probability' || !classList) return undefined;
  return value === undefined ? -2 : classList.toIndex(value, element);
}

/** A cell as a table has it. */
function toCell(text: string | undefined, type: Plan['inputs'][number]['type']): Exclude<Value, undefined> {
  if (text === undefined) return null;
  if (isNumeric(type)) return toNumber(text) ?? null;
  if (type === 'boolean') return toValue(text, type) ?? null;
  return text;
}

function checkRows(
  plan: Plan,
  rows: readonly XmlElement[],
  cells: readonly ReadonlyMap<string, string>[],
  values: readonly (readonly Value[])[],
  expected: readonly Expected[],
): void {
  const program = buildProgram(plan);
  const inputs = plan.inputs.map(buildInput);
  const classes = plan.classes[plan.model.classes] ?? [];
  for (const [index, row] of rows.entries()) {
    const frame: Frame = new Array<Value | undefined>(plan.slots.length);
    let value: number;
    let probabilities: Float64Array | undefined;
    try {
      for (const [at, { slot }] of plan.inputs.entries())
        frame[slot] = (inputs[at] as (typeof inputs)[number])(values[index]?.[at] ?? null);
      const result = program([frame]);
      value = result.values[0] as number;
      probabilities = result.probabilities;
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      fail(row, `row ${index} of ModelVerification: the engine does not score it: ${error.message}`);
    }
    for (const { name, column, classIndex, precision, zeroThreshold } of expected) {
      const text = cells[index]?.get(column);
      if (text === undefined) continue;
      const differs = () =>
        fail(row, `row ${index} of ModelVerification: the engine computes another ${toName(name)} than the file has`);
      if (classIndex === -1 && plan.model.isClassifier) {
        const own = classes[value];
        const wanted = own === undefined || own === null ? undefined : toValue(text, toTypeOf(own));
        if (wanted === undefined || wanted !== own) differs();
        continue;
      }
      const actual = classIndex === -1 ? value : probabilities?.[classIndex === -2 ? value : classIndex];
      const wanted = toNumber(text);
      if (wanted === undefined) fail(row, `row ${index} of ModelVerification: expected a number as ${toName(name)}`);
      const isZero = Math.abs(wanted) <= zeroThreshold && Math.abs(actual ?? NaN) <= zeroThreshold;
      if (!isZero && !(Math.abs((actual ?? NaN) - wanted) <= precision * Math.abs(wanted))) differs();
    }
  }
}

function toTypeOf(value: string | number | boolean): 'string' | 'double' | 'boolean' {
  return typeof value === 'number' ? 'double' : typeof value === 'boolean' ? 'boolean' : 'string';
}

/** The predictions and probabilities of the rows, where all rows have them. */
function toScored(
  plan: Plan,
  cells: readonly ReadonlyMap<string, string>[],
  expected: readonly Expected[],
): Pick<ScoredRows, 'predictions' | 'probabilities'> {
  const classes = plan.classes[plan.model.classes] ?? [];
  const prediction = expected.find(({ classIndex }) => classIndex === -1);
  const shares = classes.map((_, index) => expected.find(({ classIndex }) => classIndex === index));
  const predictions = prediction && cells.map((row) => row.get(prediction.column));
  const probabilities =
    plan.hasProbabilities && shares.every((share) => share !== undefined)
      ? cells.map((row) => shares.map((share) => toNumber(row.get(share.column) ?? '')))
      : undefined;
  const first = classes[0];
  const isNumber = !plan.model.isClassifier || typeof first === 'number';
  return {
    ...(predictions?.every((text) => text !== undefined) && {
      predictions: predictions.map((text) => (isNumber ? (toNumber(text) ?? NaN) : text)),
    }),
    ...(probabilities?.every((row): row is number[] => row.every((share) => share !== undefined)) && { probabilities }),
  };
}
