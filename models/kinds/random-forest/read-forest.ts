/**
 * Reads the JSON of ml-random-forest 2 (https://github.com/mljs/random-forest) into an ensemble of trees. Trees are
 * traversed without recursion, so any depth is fine.
 */
import { z } from 'zod';
import { SUM_TOLERANCE } from '../../check-scores.ts';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { TEST, type Tree, type TreeEnsemble } from '../../forest/tree-ensemble.ts';
import { buildNumberList } from '../../json/numeric-value.ts';
import { listOf } from '../../list-of.ts';

/** The schema of the format, except for the nodes, which readForest checks. */
export const forestSchema = z.object({
  name: z.enum(['RFClassifier', 'RFRegression']),
  selectionMethod: z.enum(['mean', 'median']).optional(),
  baseModel: z.object({
    indexes: listOf(listOf(z.int().nonnegative()), 1),
    estimators: listOf(z.object({ root: z.unknown() }), 1),
  }),
});
export type ForestJson = z.infer<typeof forestSchema>;

/**
 * Reads a forest, tree by tree. In ml-random-forest, a row goes left if the feature is less than the threshold; NaN goes right.
 * @param featureCount the number of cells in a row
 * @param outputCount the number of values in a leaf: the number of classes, or 1
 * @param estimators one after the other; by default those of the JSON
 * @throws {DeploymentError} that names the first invalid node
 */
export async function readForest(
  { baseModel }: ForestJson,
  featureCount: number,
  outputCount: number,
  aggregation: 'mean' | 'vote',
  estimators: AsyncIterable<unknown> | Iterable<unknown> = baseModel.estimators,
): Promise<TreeEnsemble> {
  const { estimators: listed, indexes } = baseModel;
  if (indexes.length !== listed.length) {
    throw new DeploymentError([`model.json.baseModel.indexes: expected ${listed.length} arrays, one per estimator`]);
  }
  const leaves = buildLeaves(outputCount);
  const trees: Tree[] = [];
  for await (const estimator of estimators) {
    const { root } = Object(estimator) as { root?: unknown };
    const place = `model.json.baseModel.estimators[${trees.length}].root`;
    const index = indexes[trees.length] as readonly number[];
    trees.push(readTree(root, index, featureCount, outputCount, leaves, place));
  }
  return {
    featureCount,
    outputCount,
    trees,
    leaves: leaves.take(),
    precision: { cells: 64, thresholds: 64, sums: 64 },
    aggregation,
  };
}

function readTree(
  root: unknown,
  index: readonly number[],
  featureCount: number,
  leafWidth: number,
  leaves: LeafList,
  place: string,
): Tree {
  const test: number[] = [];
  const feature: number[] = [];
  const threshold: number[] = [];
  /** The left child, or the leaf: no node has both. */
  const left: number[] = [];
  const right: number[] = [];
  const addNode = () => {
    feature.push(0);
    threshold.push(0);
    left.push(0);
    right.push(0);
    return test.push(TEST.leaf) - 1;
  };
  const fail = (expected: string, path: Path | undefined): never => {
    throw new DeploymentError([`${place}${toPlace(path)}: expected ${expected}`]);
  };
  const pending: { json: unknown; node: number; path: Path | undefined }[] = [
    { json: root, node: addNode(), path: undefined },
  ];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node, path } = next;
    if (typeof next.json !== 'object' || next.json === null) fail('a node', path);
    const json = next.json as Readonly<Record<string, unknown>>;
    if (json['distribution'] !== undefined) {
      const numbers =
        parseLeaf(json['distribution'], leafWidth) ??
        fail(toLeafName(leafWidth), { key: '.distribution', parent: path });
      left[node] = leaves.add(numbers);
      continue;
    }
    // A key such as "length" is not a column, although arrays have it.
    const column = Number.isInteger(json['splitColumn']) ? index[json['splitColumn'] as number] : undefined;
    if (column === undefined || column >= featureCount)
      fail(`a column of the tree, and of the ${featureCount} features`, { key: '.splitColumn', parent: path });
    if (!Number.isFinite(json['splitValue'])) fail('a number', { key: '.splitValue', parent: path });
    test[node] = TEST.less;
    feature[node] = column as number;
    threshold[node] = json['splitValue'] as number;
    left[node] = addNode();
    right[node] = addNode();
    pending.push({ json: json['right'], node: right[node], path: { key: '.right', parent: path } });
    pending.push({ json: json['left'], node: left[node], path: { key: '.left', parent: path } });
  }
  const leftOrLeaf = Int32Array.from(left);
  return {
    test: Uint8Array.from(test),
    feature: featureCount <= 2 ** 16 ? Uint16Array.from(feature) : Int32Array.from(feature),
    threshold: Float64Array.from(threshold),
    left: leftOrLeaf,
    right: Int32Array.from(right),
    value: leftOrLeaf,
  };
}

/** The values of the leaves of all trees. */
interface LeafList {
  /** Adds the values of a leaf, and returns their number. */
  add(numbers: readonly number[]): number;
  take(): Float64Array;
}

function buildLeaves(leafWidth: number): LeafList {
  const list = buildNumberList();
  let count = 0;
  /** The leaves with a single class, most of those of a deep tree, are kept once per class. */
  const pure = new Map<number, number>();
  const push = (numbers: readonly number[]): number => {
    // ml-cart omits the classes after the last one that occurs in a leaf.
    for (let place = 0; place < leafWidth; place++) list.push(numbers[place] ?? 0);
    return count++;
  };
  return {
    add: (numbers) => {
      const only = leafWidth > 1 ? numbers.indexOf(1) : -1;
      if (only < 0 || numbers.some((number, place) => number !== 0 && place !== only)) return push(numbers);
      const known = pure.get(only) ?? push(numbers);
      pure.set(only, known);
      return known;
    },
    take: () => list.take(),
  };
}

/** The path from a root to a node. It becomes a string only in an error message: one string per node would be quadratic. */
interface Path {
  readonly key: string;
  readonly parent: Path | undefined;
}

function toPlace(path: Path | undefined): string {
  const keys: string[] = [];
  for (let at = path; at; at = at.parent) keys.push(at.key);
  return keys.reverse().join('');
}

/** Parses the values of a leaf, at most leafWidth; undefined if they are invalid. */
function parseLeaf(distribution: unknown, leafWidth: number): readonly number[] | undefined {
  if (leafWidth === 1 && typeof distribution === 'number')
    return Number.isFinite(distribution) ? [distribution] : undefined;
  const numbers: unknown = Array.isArray(distribution) ? distribution[0] : undefined;
  if (!Array.isArray(numbers) || leafWidth === 1 || numbers.length > leafWidth) return undefined;
  if (!numbers.every((value) => typeof value === 'number' && value >= 0)) return undefined;
  const sum = (numbers as number[]).reduce((total, value) => total + value, 0);
  return Math.abs(sum - 1) > SUM_TOLERANCE ? undefined : (numbers as number[]);
}

function toLeafName(leafWidth: number): string {
  return leafWidth === 1 ? 'a number' : `[[p0, p1, …]], at most ${leafWidth} numbers that sum to 1, none below 0`;
}
