/** scikit-learn raises an error for what a step cannot take; here the row is refused. */
import { EngineError } from '../../../errors/engine-error.ts';
import type { Matrix } from './program.ts';

/** @throws {EngineError} that names the row */
export function refuseRow(row: number, expected: string): never {
  const place = `values[${row}]`;
  throw new EngineError('invalid_value', `${place}: ${expected}.`, { target: { type: 'field', name: place } });
}

/**
 * Checks that the numbers of a matrix are finite.
 * @param options `missing`: whether NaN is let through; `single`: whether numbers must be finite in 32 bits
 * @throws {EngineError} that names the row
 */
export function checkNumbers({ values, width }: Matrix, { missing = false, single = false } = {}): void {
  for (let at = 0; at < values.length; at++) {
    const value = single ? Math.fround(values[at] as number) : (values[at] as number);
    if (value - value === 0 || (missing && Number.isNaN(value))) continue;
    const what = Number.isNaN(value)
      ? 'a missing cell, or a result that is not a number,'
      : 'a number that is too large';
    refuseRow(Math.floor(at / width), `the model got ${what} where it cannot take one`);
  }
}
