/**
 * How often each outcome occurs for each value of a feature. Fairness groups are chosen when a deployment is registered, when
 * the training data may be gone, so the values are kept as fine as a file of moderate size allows: one by one where there are
 * few, else in ranges. Ranges end at round numbers where they can, because people choose round bounds for groups.
 */
import { cellAt, type TableColumn, type TypedTable } from './load-table.ts';

/** A value, or a range of numbers with both of its bounds, which occur in the data. */
export type ValueOrRange = string | number | readonly [min: number, max: number];

/** The outcomes of the complete rows. */
export interface Outcomes {
  readonly rows: number;
  /** The classes, or the values of a regression's label in ascending order. */
  readonly labels: readonly ValueOrRange[];
  readonly features: readonly OutcomesOfFeature[];
}

/** The outcomes per value of a feature; numbers in ascending order. */
export interface OutcomesOfFeature {
  readonly attribute: string;
  readonly values: readonly ValueOrRange[];
  /** For each value the pairs of an index in `labels` and the number of rows; pairs without rows are left out. */
  readonly counts: readonly (readonly (readonly [label: number, rows: number])[])[];
}

/** About how many counts a file may have. */
const MAX_COUNTS = 500_000;
const [MIN_VALUES, MAX_VALUES] = [50, 1000];
const [MIN_LABELS, MAX_LABELS] = [50, 250];

/**
 * Counts the outcomes of a table without missing cells. Booleans are left out: they cannot be fairness attributes.
 * @param maxCounts about how many counts there may be; Infinity tells all values apart
 */
export function countOutcomes(
  table: TypedTable,
  classes: readonly (string | number)[] | undefined,
  maxCounts = MAX_COUNTS,
): Outcomes {
  const columns = table.columns.filter(({ plan }) => plan.type !== 'boolean');
  const perFeature = maxCounts / Math.max(1, columns.length);
  const cuts = classes ? undefined : cutFinely(table.target, limit(perFeature / 100, MIN_LABELS, MAX_LABELS));
  const labels = cuts?.map(toValueOrRange) ?? classes ?? [];
  const maxValues = limit(perFeature / labels.length, MIN_VALUES, MAX_VALUES);
  const outcomes = cuts ? table.target.map((value) => findRange(cuts, value)) : table.target;
  return {
    rows: table.rowCount,
    labels,
    features: columns.map((column) => countByValue(column, outcomes, maxValues)),
  };
}

function countByValue(column: TableColumn, outcomes: Float64Array, maxValues: number): OutcomesOfFeature {
  const { name, type } = column.plan;
  const counts = new Map<number, Map<number, number>>();
  const count = (value: number, outcome: number) => {
    let ofValue = counts.get(value);
    if (!ofValue) counts.set(value, (ofValue = new Map<number, number>()));
    ofValue.set(outcome, (ofValue.get(outcome) ?? 0) + 1);
  };
  const toCounts = (size: number) =>
    Array.from({ length: size }, (_, value) => [...(counts.get(value) ?? [])].sort(([one], [other]) => one - other));
  if (type === 'string') {
    const { values, categories } = column;
    values.forEach((category, row) => count(category, outcomes[row] as number));
    const all = toCounts(categories.length);
    const occurring = [...categories.keys()].filter((index) => counts.has(index));
    return {
      attribute: name,
      values: occurring.map((index) => categories[index] as string),
      counts: occurring.map((index) => all[index] as [number, number][]),
    };
  }
  const numbers = Float64Array.from(outcomes, (_, row) => Number(cellAt(column, row)));
  const ranges = cutFinely(numbers, maxValues);
  numbers.forEach((number, row) => count(findRange(ranges, number), outcomes[row] as number));
  return { attribute: name, values: ranges.map(toValueOrRange), counts: toCounts(ranges.length) };
}

type Range = readonly [min: number, max: number];

function toValueOrRange([min, max]: Range): ValueOrRange {
  return min === max ? min : [min, max];
}

/**
 * The distinct values in ascending order, one by one if there are at most `count` of them, else in about as many ranges with
 * about as many values each.
 */
function cutFinely(values: Float64Array, count: number): Range[] {
  const sorted = values.slice().sort();
  const distinct = sorted.filter((value, index) => index === 0 || value !== sorted[index - 1]);
  if (distinct.length <= count) return Array.from(distinct, (value) => [value, value] as const);
  const ends = new Set<number>();
  const step = sorted.length / count;
  for (let index = 0; index < count - 1; index++) {
    const round = toRoundest(at(sorted, (index + 0.5) * step), at(sorted, (index + 1.5) * step));
    // A round number that occurs is a range of its own: one group may begin with it, and another may end with it.
    ends.add(lastIndex(distinct, (value) => value < round)).add(lastIndex(distinct, (value) => value <= round));
  }
  ends.add(distinct.length - 1).delete(-1);
  const positions = [...ends].sort((one, other) => one - other);
  return positions.map((end, index) => [
    distinct[index === 0 ? 0 : (positions[index - 1] as number) + 1] as number,
    distinct[end] as number,
  ]);
}

/** The number with the fewest digits that is greater than `low` and at most `high`; `high` if they are equal. */
function toRoundest(low: number, high: number): number {
  if (!(high > low)) return high;
  for (let exponent = Math.ceil(Math.log10(high - low)) + 1; ; exponent--) {
    for (const digit of [10, 5, 2]) {
      // Divided, because the powers below 1 are not exact.
      const round =
        exponent > 0 ? toMultiple(high, digit * 10 ** (exponent - 1)) : toFraction(high, digit, 1 - exponent);
      if (round > low && round <= high) return round;
    }
    if (exponent < -320) return high;
  }
}

function toMultiple(value: number, unit: number): number {
  return Math.floor(value / unit) * unit;
}

/** The greatest multiple of digit / 10^places that is at most the value. */
function toFraction(value: number, digit: number, places: number): number {
  const scale = 10 ** places;
  return (Math.floor((value * scale) / digit) * digit) / scale;
}

function at(sorted: Float64Array, position: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(position))] as number;
}

/** The index of the last of sorted values that satisfies a condition which all before it satisfy; -1 if none does. */
function lastIndex(values: Float64Array, satisfies: (value: number) => boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (satisfies(values[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The index of the range that a value is in. */
function findRange(ranges: readonly Range[], value: number): number {
  let low = 0;
  let high = ranges.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value > (ranges[middle] as Range)[1]) low = middle + 1;
    else high = middle;
  }
  return low;
}

function limit(value: number, min: number, max: number): number {
  if (value === Infinity) return value;
  return Math.floor(Math.min(max, Math.max(min, value)));
}
