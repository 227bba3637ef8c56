/** From the cells of a table to values of fields, and from results to scores. */
import { EngineError } from '../../../errors/engine-error.ts';
import type { DeploymentFile } from '../../deployment-file.ts';
import type { Scores } from '../../model.ts';
import type { Table } from '../../table.ts';
import { isWithin, treat } from './build-expressions.ts';
import { buildProgram } from './build-model.ts';
import type { Evaluate, Result } from './evaluate.ts';
import { RowError, type Frame } from './frame.ts';
import type { InputPlan, Plan, Value } from './plan.ts';
import { isNumeric, toValue } from './values.ts';

/** How many rows are scored at a time: their values are kept while they are. */
const BLOCK = 1024;
/** … and how many values of their fields. */
const MAX_VALUES = 2 ** 22;

/** A cell that a model does not accept. */
export class CellError extends RowError {
  readonly input: number;

  constructor(input: number) {
    super('expected a value that the model accepts');
    this.input = input;
  }
}

/** Builds what makes the value of an input of a cell. */
export function buildInput(plan: InputPlan, index: number): (cell: unknown) => Value {
  const { name, type, invalid, invalidReplacement, treatment, intervals } = plan;
  const missing = new Set(plan.missingValues);
  const wrong = new Set(plan.invalidValues);
  const valid = plan.validValues.length > 0 ? new Set(plan.validValues) : undefined;
  const label = `the column ${JSON.stringify(name)}`;

  /** The value of a cell; undefined where it is invalid. */
  const parse = (cell: unknown): Value | undefined => {
    const value = toTyped(cell, type);
    if (value === undefined || wrong.has(value)) return undefined;
    if (valid && !valid.has(value)) {
      const trimmed = typeof value === 'string' ? value.trim() : value;
      return valid.has(trimmed) ? trimmed : undefined;
    }
    if (intervals.length > 0 && !intervals.some((interval) => isWithin(value as number, interval))) return undefined;
    return value;
  };

  return (cell) => {
    if (cell === null || missing.has(cell as Value)) return treat(null, treatment, label);
    const value = parse(cell);
    if (value !== undefined) return treat(value, treatment, label);
    if (invalid === 'missing') return treat(null, treatment, label);
    if (invalid === 'replace') return invalidReplacement;
    const typed = toTyped(cell, type);
    if (invalid === 'reject' || typed === undefined) throw new CellError(index);
    return typed;
  };
}

function toTyped(cell: unknown, type: InputPlan['type']): Exclude<Value, null> | undefined {
  if (isNumeric(type)) {
    if (typeof cell !== 'number') return undefined;
    if (type === 'integer') return Number.isInteger(cell) ? cell : undefined;
    const number = type === 'float' ? Math.fround(cell) : cell;
    return Number.isFinite(number) ? number : undefined;
  }
  if (type === 'boolean') return typeof cell === 'boolean' ? cell : undefined;
  return typeof cell === 'string' ? toValue(cell, type) : undefined;
}

/** Builds what scores a deployment's tables. */
export function buildScore(plan: Plan, { columns, label }: DeploymentFile): (table: Table) => Scores {
  const program = buildProgram(plan);
  const inputs = plan.inputs.map((input, index) => {
    const column = columns.findIndex(({ name }) => name === input.name);
    return { toValue: buildInput(input, index), slot: input.slot, column, impute: columns[column]?.impute ?? null };
  });
  const slotCount = plan.slots.length;
  const classCount = label.classes?.length ?? 0;
  const block = Math.max(1, Math.min(BLOCK, Math.floor(MAX_VALUES / slotCount)));

  const toFrame = (table: Table, row: number): Frame => {
    const frame: Frame = new Array<Value | undefined>(slotCount);
    const cells = table.rows[row] as readonly unknown[];
    for (const { toValue, slot, column, impute } of inputs)
      frame[slot] = toValue(cells[table.positions[column] as number] ?? impute);
    return frame;
  };

  return (table) => {
    const count = table.rows.length;
    const predictions = new Float64Array(count);
    const probabilities = plan.hasProbabilities ? new Float64Array(count * classCount) : undefined;
    for (let from = 0; from < count; from += block) {
      const rows = Array.from({ length: Math.min(block, count - from) }, (_, index) => from + index);
      const result = scoreBlock(
        rows,
        (row) => toFrame(table, row),
        program,
        probabilities !== undefined,
        (row, input) => {
          const column = (inputs[input] as (typeof inputs)[number]).column;
          return { place: `values[${row}][${table.positions[column] as number}]`, name: columns[column]?.name ?? '' };
        },
      );
      predictions.set(result.values, from);
      if (result.probabilities) probabilities?.set(result.probabilities, from * classCount);
    }
    if (!probabilities) return { predictions };
    // The shares in a file may have been rounded upwards.
    for (let at = 0; at < probabilities.length; at++) probabilities[at] = Math.min(1, probabilities[at] as number);
    return { predictions, probabilities };
  };
}

function scoreBlock(
  rows: readonly number[],
  toFrame: (row: number) => Frame,
  program: Evaluate,
  hasProbabilities: boolean,
  toPlace: (row: number, input: number) => { place: string; name: string },
): Result {
  const scoreRow = (row: number): void => {
    try {
      const problem = findProblem(program([toFrame(row)]), hasProbabilities)?.problem;
      if (problem !== undefined) throw new RowError(problem);
    } catch (error) {
      if (error instanceof CellError) {
        const { place, name } = toPlace(row, error.input);
        reject(place, `column ${JSON.stringify(name)}: ${error.message}`);
      }
      if (error instanceof RowError) reject(`values[${row}]`, error.message);
      throw error;
    }
  };
  try {
    const result = program(rows.map(toFrame));
    const found = findProblem(result, hasProbabilities);
    if (found) scoreRow(rows[found.index] as number);
    return result;
  } catch (error) {
    // Which row it was is found by scoring them one by one.
    if (error instanceof RowError) rows.forEach(scoreRow);
    throw error;
  }
}

/** The first row without a prediction, or with probabilities that are none: those of some links are beyond 0 and 1. */
function findProblem(
  { values, probabilities }: Result,
  hasProbabilities: boolean,
): { index: number; problem: string } | undefined {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) return { index, problem: 'the model has no prediction for this row' };
  // They sum to 1: where one is above 1, another is below 0.
  const wrong = hasProbabilities ? probabilities?.findIndex((probability) => !(probability >= 0)) : -1;
  if (probabilities === undefined || wrong === undefined || wrong < 0) return undefined;
  const width = probabilities.length / values.length;
  return {
    index: Math.floor(wrong / width),
    problem: 'the probabilities that the model computes for this row are not between 0 and 1',
  };
}

function reject(place: string, problem: string): never {
  throw new EngineError('invalid_value', `${place}: ${problem}.`, { target: { type: 'field', name: place } });
}
