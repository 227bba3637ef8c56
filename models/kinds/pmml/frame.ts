/** The values of a row's fields while it is scored, and what goes wrong with a row. */
import type { Value } from './plan.ts';

/** The values of a row by slot: null is missing, and undefined has not been computed yet. */
export type Frame = (Value | undefined)[];

/** Gives a value of a row, computed when it is first asked for. */
export type Getter = (frame: Frame) => Value;

/** A row that the model does not score; the message is for callers and has no values. */
export class RowError extends Error {
  override readonly name = 'RowError';
}

/** Rejects a row. */
export function rejectRow(reason: string): never {
  throw new RowError(reason);
}
