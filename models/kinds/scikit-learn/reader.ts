/** What the readers of steps share: the columns of the file, and what each column of a matrix between two steps holds. */
import type { Column, Scalar } from '../../deployment-file.ts';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { Cursor } from './cursor.ts';

/** A column of the model's input. */
export interface InputColumn {
  readonly name: string;
  readonly type: Column['type'];
  /** The number of each category; undefined if the model takes the column as a number. */
  readonly codes: ReadonlyMap<Scalar, number> | undefined;
}

/** A column of the matrix between two steps. */
export interface Slot {
  /** Its place in the matrix; -1 for a column of the input that the model does not use. */
  readonly at: number;
  /** The column of the input whose cells it still holds. */
  readonly column: InputColumn | undefined;
  /** The columns of the input that make it NaN when their cell is missing. */
  readonly missing: ReadonlySet<InputColumn>;
}

/** How deep steps may be nested. */
const MAX_DEPTH = 32;
const NONE: ReadonlySet<InputColumn> = new Set();

/** Reads one model. */
export class Reader {
  /** The columns whose cells must not be missing. */
  readonly required = new Set<InputColumn>();
  /** What the user should know, one sentence each. */
  readonly notices = new Set<string>();
  private depth = 0;

  /** Reads a nested step. */
  nest<Step>(cursor: Cursor, read: () => Step): Step {
    if (this.depth >= MAX_DEPTH) cursor.fail(`steps that are nested at most ${MAX_DEPTH} deep`);
    this.depth += 1;
    const step = read();
    this.depth -= 1;
    return step;
  }

  /** The slots of a step that takes numbers, which must be all columns of the matrix. */
  takeNumbers(slots: readonly Slot[], cursor: Cursor): void {
    for (const slot of this.takeAll(slots, cursor)) {
      if (slot.column?.codes)
        fail(cursor, `numbers, not the categories of the column ${JSON.stringify(slot.column.name)}`);
    }
  }

  takeAll(slots: readonly Slot[], cursor: Cursor): readonly Slot[] {
    slots.forEach((slot, index) => {
      if (slot.at === index) return;
      const { name } = slot.column as InputColumn;
      fail(cursor, `a step that takes all columns, but the column ${JSON.stringify(name)} is marked as not used`);
    });
    return slots;
  }

  /** Missing cells do not get past this step. */
  requireCells(slots: readonly Slot[]): void {
    for (const { missing } of slots) for (const column of missing) this.required.add(column);
  }
}

/** Slots that hold nothing of the input any more. */
export function toDerived(count: number): readonly Slot[] {
  return Array.from({ length: count }, (_, at) => ({ at, column: undefined, missing: NONE }));
}

/** The same slots, after numbers have changed: what was missing is still missing. */
export function toChanged(slots: readonly Slot[]): readonly Slot[] {
  return slots.map(({ missing }, at) => ({ at, column: undefined, missing }));
}

/** Slots of which no cell is missing any more. */
export function toFilled(slots: readonly Slot[]): readonly Slot[] {
  return slots.map(({ column }, at) => ({ at, column, missing: NONE }));
}

/** The number that a category or another value is in the matrix; NaN for a missing cell. */
export function toKey(slot: Slot, cursor: Cursor): number {
  const value = cursor.scalar();
  if (value === null) return NaN;
  const { codes } = slot.column ?? {};
  if (codes) return codes.get(value) ?? cursor.fail('a category of the column, as `columns` lists them');
  return typeof value === 'string' ? cursor.fail('a number, because the column is one of numbers') : Number(value);
}

/** @throws {DeploymentError} that names the place */
export function fail(cursor: Cursor, expected: string): never {
  throw new DeploymentError([`${cursor.place}: expected ${expected}`]);
}
