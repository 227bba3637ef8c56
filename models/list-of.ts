/**
 * Lists and records in what comes from outside, files and replies. `z.array` and `z.record` collect the problems of all items, at 500
 * times their bytes, and inside an object they overflow the stack on some 100,000 of them; so a rule of eslint.config.js keeps them for
 * items that cannot be wrong.
 */
import { z } from 'zod';

/** After so many problems the rest is not checked. */
const MAX_PROBLEMS = 10;
/** How many items are checked at a time. */
const SLICE = 1000;

/** An array of `min` to `max` items that match a schema. Of many problems, the first are reported. */
export function listOf<Item extends z.ZodType>(
  item: Item,
  min = 0,
  max = Infinity,
): z.ZodType<z.output<Item>[], z.input<Item>[]> {
  // eslint-disable-next-line no-restricted-syntax -- of a slice
  const slice = z.array(item);
  const any = z.array(z.unknown());
  const atLeast = min > 0 ? any.min(min) : any;
  return (max < Infinity ? atLeast.max(max) : atLeast).transform((values, { issues }): z.output<Item>[] => {
    if (values.length <= SLICE) {
      const { data } = slice.safeParse(values);
      if (data) return data;
    }
    const items: z.output<Item>[] = [];
    const problems = new Problems(issues);
    for (let start = 0; start < values.length && !problems.areMany; start += SLICE) {
      const { data = [], error } = slice.safeParse(values.slice(start, start + SLICE));
      for (const one of data) items.push(one);
      problems.add(error, ([index, ...path]) => [start + (index as number), ...path]);
    }
    return problems.count > 0 ? z.NEVER : items;
  }) as unknown as z.ZodType<z.output<Item>[], z.input<Item>[]>;
}

/** An object whose keys and values match schemas. Of many problems, the first are reported. */
export function recordOf<Value extends z.ZodType>(
  key: z.core.$ZodRecordKey,
  value: Value,
): z.ZodType<Record<string, z.output<Value>>, Record<string, z.input<Value>>> {
  // eslint-disable-next-line no-restricted-syntax -- of a slice
  const slice = z.record(key, value);
  return z.record(z.string(), z.unknown()).transform((record, { issues }): Record<string, z.output<Value>> => {
    const entries = Object.entries(record);
    const parsed: [string, z.output<Value>][] = [];
    const problems = new Problems(issues);
    for (let start = 0; start < entries.length && !problems.areMany; start += SLICE) {
      const { data = {}, error } = slice.safeParse(Object.fromEntries(entries.slice(start, start + SLICE)));
      for (const entry of Object.entries(data)) parsed.push(entry);
      problems.add(error, (path) => [...path]);
    }
    return problems.count > 0 ? z.NEVER : Object.fromEntries(parsed);
  }) as unknown as z.ZodType<Record<string, z.output<Value>>, Record<string, z.input<Value>>>;
}

/** Passes the first problems of slices on. */
class Problems {
  readonly #issues: z.core.$ZodRawIssue[];
  count = 0;

  constructor(issues: z.core.$ZodRawIssue[]) {
    this.#issues = issues;
  }

  get areMany(): boolean {
    return this.count >= MAX_PROBLEMS;
  }

  /** @param toPath the place in the whole of a place in the slice */
  add(error: z.ZodError | undefined, toPath: (path: readonly PropertyKey[]) => PropertyKey[]): void {
    for (const issue of error?.issues.slice(0, MAX_PROBLEMS - this.count) ?? []) {
      this.#issues.push({ ...issue, path: toPath(issue.path) } as z.core.$ZodRawIssue);
      this.count += 1;
    }
  }
}
