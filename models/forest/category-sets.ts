/**
 * Category sets, in the form that the walk uses. Each distinct test "is this feature's value in that set" is one bit in a
 * column of ranks: 1 if the value is not in the set, so that the row goes right. A column holds as many tests as a rank has
 * bits, and a node masks all bits but its own (walk-with-sets.ts). The bits of a column depend only on which of the
 * feature's sets contain the value, so they are tabulated when the forest is compiled. To score a row, the place of its cell
 * among all set members is looked up once, the way ranks are, and that line of the table is copied into the columns.
 *
 * A page is a few columns that share one table. A single table for hundreds of sets of thousands of categories would grow
 * quadratically; the tables of pages grow linearly with the total size of the sets.
 */
import { toSharedIntegers } from '../to-shared.ts';
import type { NodeList } from './lay-out-trees.ts';
import { isLeft, takesZero, toMissingRange } from './missing-values.ts';
import { findRank, LANES, layOutThresholds, toDistinct, type Thresholds } from './thresholds.ts';
import { roundThreshold, toCut } from './to-cut.ts';
import { TEST, type TreeEnsemble } from './tree-ensemble.ts';

/** The maximum number of columns in a page. */
const PAGE = 8;

/** A distinct test: whether the value of a feature is in a set, and where the row goes if it is missing. */
interface SetTest {
  readonly feature: number;
  /** The distinct members. */
  readonly members: readonly number[];
  readonly missing: number;
}

/** The distinct tests, sorted by feature, and for each node that tests a set the index of its test. */
export interface SetTests {
  readonly list: readonly SetTest[];
  readonly testOf: Int32Array;
}

/** Lists the distinct set tests of all nodes. */
export function listSetTests(nodes: NodeList, { sets = [], precision }: TreeEnsemble): SetTests {
  const { test, feature, threshold, missing } = nodes;
  const names = new Map<number, { members: number[]; name: string }>();
  const nameSet = (index: number) => {
    // A Set stores -0 as 0.
    const distinct = new Set(Array.from(sets[index] ?? [], (member) => roundThreshold(member, precision)));
    const members = [...distinct].sort((a, b) => a - b);
    return { members, name: members.join() };
  };
  const found = new Map<string, SetTest & { readonly nodes: number[] }>();
  test.forEach((code, node) => {
    if (code !== TEST.inSet) return;
    const index = threshold[node] as number;
    const { members, name } = names.get(index) ?? nameSet(index);
    names.set(index, { members, name });
    const setTest = { feature: feature[node] as number, members, missing: missing[node] as number };
    const key = `${setTest.feature}/${setTest.missing}/${name}`;
    const known = found.get(key);
    if (known) known.nodes.push(node);
    else found.set(key, { ...setTest, nodes: [node] });
  });
  const list = [...found.values()].sort((a, b) => a.feature - b.feature);
  const testOf = new Int32Array(list.length === 0 ? 0 : test.length);
  list.forEach((setTest, number) => setTest.nodes.forEach((node) => (testOf[node] = number)));
  return { list, testOf };
}

/** The number of distinct tests per feature. */
export function countSetTests({ list }: SetTests): readonly number[] {
  const counts = new Map<number, number>();
  for (const { feature } of list) counts.set(feature, (counts.get(feature) ?? 0) + 1);
  return [...counts.values()];
}

/** The pages of a compiled forest, in shared memory. */
export type SetPages = Readonly<{
  /** Finds the place of a cell among the members of a page's sets: one column per page. */
  cuts: Thresholds;
  /** The first column of ranks of each page, and its number of columns. */
  column: Int32Array;
  columnCount: Int32Array;
  /** Where the table of each page begins in `bits`: a line of columnCount ranks per place, and a last line for NaN. */
  start: Int32Array;
  bits: Int32Array;
}>;

/** Where the bit of a test is. */
export interface SetBit {
  readonly column: number;
  /** The bit within a shifted rank. */
  readonly mask: number;
}

/**
 * Lays the tests out in pages.
 * @param firstColumn the first column of ranks to use
 * @param shift by how many bits ranks are shifted to the left
 * @param room the number of tests in a column
 * @returns the pages, and the bit of each test
 */
export function layOutSets(
  { list }: SetTests,
  ensemble: TreeEnsemble,
  firstColumn: number,
  shift: number,
  room: number,
): { pages: SetPages; bits: SetBit[] } {
  const pages = list.reduce<SetTest[][]>((all, setTest) => {
    const last = all.at(-1);
    if (last && last[0]?.feature === setTest.feature && last.length < PAGE * room) last.push(setTest);
    else all.push([setTest]);
    return all;
  }, []);
  const bits: SetBit[] = [];
  const columns: number[] = [];
  const tables: Int32Array[] = [];
  let column = firstColumn;
  const cuts = pages.map((tests) => {
    const made = listCuts(tests, ensemble);
    const columnCount = Math.ceil(tests.length / room);
    // At first, all tests go right everywhere: the bits of a rank above its shift are set.
    const table = new Int32Array((made.values.length + 2) * columnCount).fill(2 ** (shift + room) - 2 ** shift);
    tests.forEach((setTest, index) => {
      const place = Math.floor(index / room);
      const mask = 2 ** (shift + (index % room));
      bits.push({ column: column + place, mask });
      fillColumn(table.subarray(place), columnCount, mask, setTest, made);
    });
    columns.push(column);
    tables.push(table);
    column += columnCount;
    return { feature: (tests[0] as SetTest).feature, values: made.values, nanBelow: false };
  });
  const start: number[] = [];
  const end = tables.reduce((sum, table) => (start.push(sum), sum + table.length), 0);
  const all = new Int32Array(new SharedArrayBuffer(end * Int32Array.BYTES_PER_ELEMENT));
  tables.forEach((table, page) => all.set(table, start[page]));
  return {
    pages: {
      cuts: layOutThresholds(cuts),
      column: toSharedIntegers(columns),
      columnCount: toSharedIntegers(pages.map((tests) => Math.ceil(tests.length / room))),
      start: toSharedIntegers(start),
      bits: all,
    },
    bits,
  };
}

/** The places of a range of numbers among the cuts: from the first, up to but not including the second. */
type PlaceRange = readonly [from: number, to: number];

/** The cuts between values that some test of a page distinguishes, and the places of members and missing values. */
interface Cuts {
  readonly values: Float64Array;
  /** The places of each member. */
  readonly places: ReadonlyMap<number, PlaceRange>;
  /** The places of near-zero numbers, for tests that treat them as missing. */
  readonly nearZero: PlaceRange;
}

function listCuts(tests: readonly SetTest[], ensemble: TreeEnsemble): Cuts {
  const members = new Set<number>();
  for (const setTest of tests) for (const member of setTest.members) members.add(member);
  const ranges = new Map(Array.from(members, (member) => [member, toRange(member, ensemble)]));
  const zero = tests.find(({ missing }) => takesZero(missing));
  const zeroRange = zero ? toMissingRange(zero.missing, ensemble.precision) : [];
  const cuts = [...ranges.values(), zeroRange].flat();
  // A column needs a threshold, even if all sets are empty.
  const values = cuts.length > 0 ? toDistinct(Float64Array.from(cuts)) : Float64Array.of(0);
  // The place of a number is the count of cuts that are not above it.
  const toPlace = (cut: number) => findRank(values, cut) + 1;
  const toPlaces = ([low, high]: readonly number[]): PlaceRange => [toPlace(low as number), toPlace(high as number)];
  return {
    values,
    places: new Map(Array.from(ranges, ([member, range]) => [member, toPlaces(range)])),
    nearZero: zero ? toPlaces(zeroRange) : [0, 0],
  };
}

/** The range of cells that equal a member: from the first number, up to but not including the second. */
function toRange(member: number, { categories = 'equal', precision }: TreeEnsemble): [number, number] {
  if (categories === 'equal') return [toCut('less', member, precision), toCut('atMost', member, precision)];
  if (categories === 'floor' || member > 0)
    return [toCut('less', member, precision), toCut('less', member + 1, precision)];
  const above = member === 0 ? toCut('less', 1, precision) : toCut('atMost', member, precision);
  return [toCut('atMost', member - 1, precision), above];
}

/** Clears the bit of a test in its column of a table, at the places that go left. */
function fillColumn(table: Int32Array, step: number, mask: number, setTest: SetTest, cuts: Cuts): void {
  const write = ([from, to]: PlaceRange, goesLeft: boolean) => {
    for (let place = from, at = from * step; place < to; place++, at += step) {
      table[at] = goesLeft ? (table[at] as number) & ~mask : (table[at] as number) | mask;
    }
  };
  const { members, missing } = setTest;
  const nan = cuts.values.length + 1;
  for (const member of members) write(cuts.places.get(member) as PlaceRange, true);
  if (takesZero(missing)) write(cuts.nearZero, isLeft(missing));
  if (isLeft(missing)) write([nan, nan + 1], true);
}

/**
 * Writes the columns of all pages for some rows, in groups of LANES rows like rankRows.
 * @param places the places of the cells: what rankRows writes for `cuts`, without a shift
 * @param groupSize the number of ranks in a group, including those of other columns
 */
export function copySetBits(
  { column, columnCount, start, bits }: SetPages,
  places: Int32Array,
  rowCount: number,
  ranks: Int32Array,
  groupSize: number,
): void {
  const pageCount = column.length;
  for (let row = 0; row < rowCount; row++) {
    const lane = row % LANES;
    const group = (row - lane) / LANES;
    const from = group * pageCount * LANES + lane;
    const to = group * groupSize + lane;
    for (let page = 0; page < pageCount; page++) {
      const count = columnCount[page] as number;
      let line = (start[page] as number) + (places[from + page * LANES] as number) * count;
      let at = to + (column[page] as number) * LANES;
      for (const end = line + count; line < end; line++, at += LANES) ranks[at] = bits[line] as number;
    }
  }
}
