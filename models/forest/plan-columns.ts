/**
 * Plans the columns of ranks of a forest, and how nodes test them. The columns of thresholds come first, then those derived
 * from them for other directions of missing values (missing-values.ts), then those of category sets (category-sets.ts).
 *
 * The test of a node is encoded in its word: the low bits hold the column, as an offset into a group of ranks, and the bits
 * above hold the rank of the threshold. Offsets and ranks share 30 bits. A feature with more thresholds than fit takes
 * several columns.
 */
import { countSetTests, layOutSets, listSetTests, type SetPages } from './category-sets.ts';
import type { NodeList } from './lay-out-trees.ts';
import {
  isLeft,
  layOutMissing,
  takesZero,
  toMissingRange,
  type MissingColumn,
  type MissingColumns,
} from './missing-values.ts';
import { findRank, LANES, layOutThresholds, toDistinct, type Thresholds } from './thresholds.ts';
import { toCut } from './to-cut.ts';
import { TEST, type TreeEnsemble } from './tree-ensemble.ts';

/** The number of bits that offsets and ranks share. */
const WORD_BITS = 30;

/** The word of a leaf: no rank is greater. */
export const LEAF = 1 << WORD_BITS;

/** The columns of a forest, and the tests of its nodes. */
export interface ColumnPlan {
  readonly thresholds: Thresholds;
  readonly missing: MissingColumns;
  /** Undefined if no node tests a set. */
  readonly sets: SetPages | undefined;
  readonly columnCount: number;
  /** By how many bits ranks are shifted to the left. */
  readonly shift: number;
  /** The word of a node that is not a leaf. */
  readonly toWord: (node: number) => number;
  /** The bits of a rank that the node compares. */
  readonly toMask: (node: number) => number;
}

/** Plans the columns of an ensemble whose nodes have been laid out. */
export function planColumns(nodes: NodeList, ensemble: TreeEnsemble): ColumnPlan {
  const toNodeCut = buildCuts(nodes, ensemble);
  const features = listFeatures(nodes, toNodeCut);
  const sets = listSetTests(nodes, ensemble);
  const counts = countSetTests(sets);
  const countSetColumns = (shift: number) => sumOf(counts.map((count) => Math.ceil(count / (WORD_BITS - shift))));
  const shift = chooseShift(
    (shift) =>
      sumOf(features.map(({ values, missing }) => countParts(values, toMost(shift)) * missing.length)) +
      countSetColumns(shift),
  );
  const most = toMost(shift);
  const { thresholds, missing, columnOf, columnCount } = layOutFeatures(features, most, ensemble);
  const { pages, bits } = layOutSets(sets, ensemble, columnCount, shift, WORD_BITS - shift);
  const valuesOf = new Map(features.map(({ feature, values }) => [feature, values]));
  const toBit = (node: number) => (nodes.test[node] === TEST.inSet ? bits[sets.testOf[node] as number] : undefined);
  return {
    thresholds,
    missing,
    sets: sets.list.length === 0 ? undefined : pages,
    columnCount: columnCount + countSetColumns(shift),
    shift,
    toWord: (node) => {
      const bit = toBit(node);
      if (bit) return bit.column * LANES;
      const feature = nodes.feature[node] as number;
      const values = valuesOf.get(feature) as Float64Array;
      const cut = toNodeCut(node);
      // If the test holds for all numbers, a rank that no number exceeds.
      const rank = Number.isNaN(cut) ? values.length : findRank(values, cut);
      const part = Math.min(Math.floor(rank / most), countParts(values, most) - 1);
      const column = (columnOf.get(feature)?.[nodes.missing[node] as number] as number) + part;
      return ((rank - part * most) << shift) | (column * LANES);
    },
    toMask: (node) => toBit(node)?.mask ?? -1,
  };
}

/** Builds a function that returns the cut of a node that compares a number; for others it is NaN. */
function buildCuts({ test, threshold }: NodeList, { precision }: TreeEnsemble): (node: number) => number {
  return (node) => {
    const code = test[node];
    if (code === TEST.less) return toCut('less', threshold[node] as number, precision);
    return code === TEST.atMost ? toCut('atMost', threshold[node] as number, precision) : NaN;
  };
}

/** A feature that is compared: its cuts, ascending and distinct, and the codes of MISSING that its nodes have. */
interface ComparedFeature {
  readonly feature: number;
  readonly values: Float64Array;
  readonly missing: readonly number[];
}

function listFeatures({ test, feature, missing }: NodeList, toNodeCut: (node: number) => number): ComparedFeature[] {
  const isCompared = (node: number) => test[node] === TEST.less || test[node] === TEST.atMost;
  const counts = new Map<number, number>();
  feature.forEach((column, node) => {
    if (isCompared(node)) counts.set(column, (counts.get(column) ?? 0) + 1);
  });
  const all = new Map(
    [...counts].map(([column, count]) => [column, { values: new Float64Array(count), length: 0, codes: 0 }]),
  );
  feature.forEach((column, node) => {
    if (!isCompared(node)) return;
    const list = all.get(column) as { values: Float64Array; length: number; codes: number };
    list.codes |= 1 << (missing[node] as number);
    const cut = toNodeCut(node);
    if (!Number.isNaN(cut)) list.values[list.length++] = cut;
  });
  return [...all]
    .map(([feature, { values, length, codes }]) => ({
      feature,
      // A column needs a threshold, even if all tests hold for all numbers.
      values: length === 0 ? Float64Array.of(0) : toDistinct(values.subarray(0, length)),
      missing: [0, 1, 2, 3].filter((code) => (codes & (1 << code)) !== 0),
    }))
    .sort((a, b) => a.feature - b.feature);
}

interface FeatureColumns {
  readonly thresholds: Thresholds;
  readonly missing: MissingColumns;
  /** The first column of a feature, by the code of MISSING. */
  readonly columnOf: ReadonlyMap<number, Readonly<Record<number, number>>>;
  readonly columnCount: number;
}

function layOutFeatures(features: readonly ComparedFeature[], most: number, ensemble: TreeEnsemble): FeatureColumns {
  const thresholds = layOutThresholds(
    features.map(({ feature, values, missing }) => ({ feature, values, nanBelow: isLeft(missing[0] as number) })),
    most,
  );
  const made: MissingColumn[] = [];
  const columnOf = new Map<number, Record<number, number>>();
  let first = 0;
  let columnCount = thresholds.feature.length;
  for (const { feature, values, missing } of features) {
    const partCount = countParts(values, most);
    const columns: Record<number, number> = {};
    for (const code of missing) {
      const isFirst = code === missing[0];
      const column = (columns[code] = isFirst ? first : columnCount);
      if (!isFirst) columnCount += partCount;
      // rankRows has ranked NaN in the first column; only numbers that are missing must be overwritten.
      if (isFirst && !takesZero(code)) continue;
      const range = toMissingRange(code, ensemble.precision);
      for (let part = 0; part < partCount; part++) {
        const length = Math.min(most, values.length - part * most);
        const rank = isLeft(code) ? 0 : length + 1;
        made.push({ feature, source: first + part, target: column + part, range, rank });
      }
    }
    columnOf.set(feature, columns);
    first += partCount;
  }
  return { thresholds, missing: layOutMissing(made), columnOf, columnCount };
}

/** The smallest number of bits that holds the offsets of all columns, if the remaining bits hold the ranks. */
function chooseShift(countColumns: (shift: number) => number): number {
  let shift = Math.log2(LANES);
  while (countColumns(shift) * LANES > 2 ** shift) shift++;
  return shift;
}

/** The maximum number of thresholds in a column: one of the ranks is reserved for missing values. */
function toMost(shift: number): number {
  return 2 ** (WORD_BITS - shift) - 1;
}

/** The number of columns for some thresholds, if a column has at most so many. */
function countParts(values: Float64Array, most: number): number {
  return Math.ceil(values.length / most);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
