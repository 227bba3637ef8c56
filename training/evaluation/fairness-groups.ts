/** The groups whose outcomes are compared: the values of categorical attributes, and bands of an age. */
import type { TrainingColumn } from '../load-table.ts';

/** The held-out rows of each value of an attribute. */
export interface Attribute {
  readonly name: string;
  /** The groups, with positions in the held-out rows. */
  readonly groups: readonly { readonly name: string; readonly rows: readonly number[] }[];
  /** How many more values there are, which are rarer. */
  readonly omitted: number;
  /** OpenScale takes no booleans as attributes. */
  readonly isBoolean: boolean;
}

const MAX_GROUPS = 20;
/** Numbers with at most so many values, all whole, are taken for codes of categories. */
const MAX_CODES = 10;
const AGE_NAMES = new Set(['age', 'ages', 'alter', 'edad', 'idade', 'leeftijd', 'âge', 'età']);
/** Where age bands begin. */
const AGE_BOUNDS = [18, 26, 36, 46, 56, 66];
const MAX_AGE = 130;
const MISSING = '(missing)';

/** The groups of an attribute; undefined for numbers that are neither ages nor codes, and for dates. */
export function toAttribute(column: TrainingColumn, test: Int32Array): Attribute | undefined {
  const { name, type, dates } = column.plan;
  if (dates) return undefined;
  const toName = toGroupNamer(column, test);
  if (!toName) return undefined;
  const groups = new Map<string, number[]>();
  const order = new Map<string, number>();
  test.forEach((row, at) => {
    const value = column.values[row] as number;
    const [group, rank] = Number.isNaN(value) ? [MISSING, Infinity] : toName(value);
    const rows = groups.get(group);
    if (rows) rows.push(at);
    else groups.set(group, [at]);
    order.set(group, rank);
  });
  const all = [...groups].map(([group, rows]) => ({ name: group, rows }));
  const shown = all
    .sort((a, b) => b.rows.length - a.rows.length)
    .slice(0, MAX_GROUPS)
    .sort((a, b) => (order.get(a.name) as number) - (order.get(b.name) as number) || (a.name < b.name ? -1 : 1));
  return { name, groups: shown, omitted: all.length - shown.length, isBoolean: type === 'boolean' };
}

/** Names the group of a value, and gives it its place among the groups. */
function toGroupNamer(
  { plan, values, categories }: TrainingColumn,
  test: Int32Array,
): ((value: number) => readonly [string, number]) | undefined {
  if (plan.categorical) {
    return (value) => {
      const category = categories[value];
      return [String(category), typeof category === 'number' ? category : 0];
    };
  }
  if (plan.type === 'boolean') return (value) => [value === 1 ? 'true' : 'false', value];
  const numbers = Array.from(test, (row) => values[row] as number).filter((value) => !Number.isNaN(value));
  const isAge = numbers.every((value) => value >= 0 && value <= MAX_AGE) && isNameOfAge(plan.name);
  if (isAge) return toAgeBand;
  const codes = new Set(numbers);
  return codes.size <= MAX_CODES && numbers.every(Number.isInteger) ? (value) => [String(value), value] : undefined;
}

function isNameOfAge(name: string): boolean {
  const words = name.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toLowerCase();
  return words.split(/[^\p{L}]+/u).some((word) => AGE_NAMES.has(word));
}

function toAgeBand(age: number): readonly [string, number] {
  const band = AGE_BOUNDS.findIndex((bound) => age < bound);
  const [from, to] = [AGE_BOUNDS[band - 1], AGE_BOUNDS[band]];
  if (band < 0) return [`${AGE_BOUNDS.at(-1)} and older`, AGE_BOUNDS.length];
  return [from === undefined ? `under ${to}` : `${from} to ${(to as number) - 1}`, band];
}
