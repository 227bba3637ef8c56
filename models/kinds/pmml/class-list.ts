import type { DataType, Value } from './plan.ts';
import { toValue } from './values.ts';
import { fail, toName, type Place } from './place.ts';

/** The most classes that a model may have. */
const MAX_CLASSES = 10_000;

/**
 * The classes of a target, in the order of its values in the data dictionary; where that has none, in the order in which the
 * model names them.
 */
export class ClassList {
  readonly type: DataType;
  readonly values: Value[] = [];
  /** Where it is among the lists of the file; undefined until it is there. */
  index: number | undefined;
  private readonly isClosed: boolean;
  private readonly indexes = new Map<Value, number>();

  constructor(type: DataType, values: readonly Value[] = []) {
    this.type = type;
    for (const value of values) this.add(value);
    this.isClosed = values.length > 0;
  }

  private add(value: Value): number {
    const index = this.values.push(value) - 1;
    this.indexes.set(value, index);
    return index;
  }

  /** The index of the class that a text names. */
  toIndex(text: string, at: Place): number {
    const value = toValue(text, this.type);
    if (value === undefined)
      fail(at, `the class ${toName(text)}: expected a value of type ${this.type}, as the target`);
    const index = this.indexes.get(value);
    if (index !== undefined) return index;
    if (this.isClosed) fail(at, `the class ${toName(text)}: expected one of the target's values in DataDictionary`);
    if (this.values.length >= MAX_CLASSES) fail(at, `expected at most ${MAX_CLASSES} classes`);
    return this.add(value);
  }
}
