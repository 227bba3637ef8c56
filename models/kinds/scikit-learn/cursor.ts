/** Reads parsed JSON that nobody has checked: every step down names its place, and says what was expected there. */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { Scalar } from '../../deployment-file.ts';

/** A value in a JSON file, and its place there. */
export class Cursor {
  readonly value: unknown;
  readonly place: string;

  constructor(value: unknown, place: string) {
    this.value = value;
    this.place = place;
  }

  /** @throws {DeploymentError} that names the place */
  fail(expected: string): never {
    throw new DeploymentError([`${this.place}: expected ${expected}`]);
  }

  /** The value of a key; undefined if the object does not have it. */
  at(key: string): Cursor {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('an object');
    return new Cursor(
      Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined,
      `${this.place}.${key}`,
    );
  }

  has(key: string): boolean {
    return this.at(key).value !== undefined;
  }

  keys(): readonly string[] {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) this.fail('an object');
    return Object.keys(this.value);
  }

  /** The entries of an array. */
  list(length?: number): Cursor[] {
    return this.array(length).map((value, index) => new Cursor(value, `${this.place}[${index}]`));
  }

  /** @param length the exact length; without it one entry or more */
  private array(length?: number): readonly unknown[] {
    if (!Array.isArray(this.value) || (length === undefined ? this.value.length === 0 : this.value.length !== length))
      this.fail(length === undefined ? 'a list that is not empty' : `a list of ${length}`);
    return this.value;
  }

  text(): string {
    return typeof this.value === 'string' ? this.value : this.fail('text');
  }

  flag(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.fail('true or false');
  }

  oneOf<Choice extends string>(choices: readonly Choice[]): Choice {
    return choices.find((choice) => choice === this.value) ?? this.fail(`one of ${choices.join(', ')}`);
  }

  number(): number {
    return typeof this.value === 'number' && Number.isFinite(this.value) ? this.value : this.fail('a finite number');
  }

  integer(min: number, max: number): number {
    const { value } = this;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    return this.fail(`an integer from ${min} to ${max}`);
  }

  scalar(): Scalar | null {
    const { value } = this;
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    return typeof value === 'number' && Number.isFinite(value) ? value : this.fail('text, a number, a boolean or null');
  }

  /** A list of finite numbers. */
  numbers(length?: number): Float64Array {
    return this.fill(Float64Array, length, (value) => Number.isFinite(value), 'a finite number');
  }

  /** A list of integers. */
  integers(min: number, max: number, length?: number): Int32Array {
    const isValid = (value: number) => Number.isInteger(value) && value >= min && value <= max;
    return this.fill(Int32Array, length, isValid, `an integer from ${min} to ${max}`);
  }

  private fill<Numbers extends Float64Array | Int32Array>(
    type: new (length: number) => Numbers,
    length: number | undefined,
    isValid: (value: number) => boolean,
    expected: string,
  ): Numbers {
    const values = this.array(length);
    const numbers = new type(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (typeof value !== 'number' || !isValid(value))
        throw new DeploymentError([`${this.place}[${index}]: expected ${expected}`]);
      numbers[index] = value;
    }
    return numbers;
  }

  /** A list of rows of finite numbers, one after the other. */
  rows(
    width: number | undefined,
    count?: number,
  ): { readonly values: Float64Array; readonly width: number; readonly count: number } {
    const rows = this.list(count);
    const first = (rows[0] as Cursor).numbers(width);
    const values = new Float64Array(first.length * rows.length);
    rows.forEach((row, index) => {
      values.set(index === 0 ? first : row.numbers(first.length), index * first.length);
    });
    return { values, width: first.length, count: rows.length };
  }
}
