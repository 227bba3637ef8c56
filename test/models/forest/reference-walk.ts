/**
 * The reference for the kernel: scores rows by the definitions in tree-ensemble.ts and missing-values.ts, slowly, one
 * comparison at a time, using nothing of the kernel but the codes. The kernel must agree to the last bit.
 */
import { MISSING, NEARLY_ZERO } from '../../../models/forest/missing-values.ts';
import { TEST, type Tree, type TreeEnsemble } from '../../../models/forest/tree-ensemble.ts';

function toRound(bits: 32 | 64): (x: number) => number {
  return bits === 32 ? Math.fround : (x) => x;
}

/** Returns a function that finds the leaf that a row reaches in a tree. */
function toLeafFinder({
  sets = [],
  categories = 'equal',
  precision,
}: TreeEnsemble): (tree: Tree, row: readonly number[]) => number {
  const roundCell = toRound(precision.cells);
  const roundThreshold = toRound(precision.thresholds);
  const toCategory = { equal: (x: number) => x, floor: Math.floor, truncated: Math.trunc }[categories];
  // A Set treats -0 as 0; NaN is never looked up.
  const members = sets.map((set) => new Set(Array.from(set, roundThreshold)));
  const goesLeft = (tree: Tree, node: number, row: readonly number[]): boolean => {
    const x = roundCell(row[tree.feature[node] as number] as number);
    const missing = tree.missing?.[node] ?? MISSING.right;
    const zeroIsMissing = missing === MISSING.leftWithZero || missing === MISSING.rightWithZero;
    if (Number.isNaN(x) || (zeroIsMissing && Math.abs(x) <= NEARLY_ZERO)) {
      return missing === MISSING.left || missing === MISSING.leftWithZero;
    }
    const threshold = tree.threshold[node] as number;
    if (tree.test[node] === TEST.less) return x < roundThreshold(threshold);
    if (tree.test[node] === TEST.atMost) return x <= roundThreshold(threshold);
    return (members[threshold] as Set<number>).has(toCategory(x));
  };
  return (tree, row) => {
    let node = 0;
    while (tree.test[node] !== TEST.leaf)
      node = (goesLeft(tree, node, row) ? tree.left[node] : tree.right[node]) as number;
    return node;
  };
}

/** Lists the values of the leaves that each row reaches, for trees whose leaves have one value. */
export function listLeavesByDefinition(ensemble: TreeEnsemble, rows: readonly (readonly number[])[]): number[][] {
  const round = toRound(ensemble.precision.sums);
  const findLeaf = toLeafFinder(ensemble);
  return rows.map((row) => ensemble.trees.map((tree) => round(tree.value[findLeaf(tree, row)] as number)));
}

/** Scores each row. */
export function scoreByDefinition(ensemble: TreeEnsemble, rows: readonly (readonly number[])[]): number[][] {
  const { trees, outputCount, aggregation, base, precision } = ensemble;
  const findLeaf = toLeafFinder(ensemble);
  const round = toRound(precision.sums);
  return rows.map((row) => {
    const sums = Array.from({ length: outputCount }, (_, output) => round(base?.[output] ?? 0));
    const counts = new Array<number>(outputCount).fill(0);
    for (const tree of trees) {
      const leaf = findLeaf(tree, row);
      const first = tree.output ?? 0;
      const width = tree.output === undefined ? outputCount : 1;
      const numbers = Array.from({ length: width }, (_, place) => round(tree.value[leaf * width + place] as number));
      const greatest = numbers.indexOf(Math.max(...numbers));
      numbers.forEach((number, place) => {
        const added = aggregation === 'vote' ? (place === greatest ? 1 : 0) : number;
        sums[first + place] = round((sums[first + place] as number) + added);
        counts[first + place] = (counts[first + place] as number) + 1;
      });
    }
    return aggregation === 'sum' ? sums : sums.map((sum, output) => round(sum / Math.max(1, counts[output] as number)));
  });
}
