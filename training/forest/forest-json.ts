/**
 * Writes forests in the JSON of ml-random-forest 2.1 and ml-cart 2.1, so that both libraries can load them. A forest is
 * written tree by tree, each in the thread that grew it: as one string, a large one would be longer than a string can be.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { listLeafValues, type Tree } from './grow-tree.ts';

/** What these libraries record about how a forest was learned. */
export interface ForestMeta {
  readonly featureCount: number;
  /** 0 for a regression. */
  readonly classCount: number;
  readonly maxDepth: number;
  readonly minLeaf: number;
  readonly seed: number;
}

type TreeMeta = Pick<ForestMeta, 'classCount' | 'maxDepth' | 'minLeaf'>;

/** The JSON of a tree, in UTF-8. */
export function toTreeJson(tree: Tree, meta: TreeMeta): Uint8Array<ArrayBuffer> {
  const parts = [`{"options":${JSON.stringify(toOptions(meta))},"root":`];
  // Nodes, and texts that follow them. A stack instead of recursion, so that any depth is fine.
  const pending: (number | string)[] = [0];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next === 'string') parts.push(next);
    else if ((tree.feature[next] as number) < 0) parts.push(toLeafJson(listLeafValues(tree, next), meta));
    else {
      const left = tree.child[next] as number;
      parts.push(`{"splitColumn":${tree.feature[next]},"splitValue":${tree.threshold[next]},"left":`);
      pending.push('}', left + 1, ',"right":', left);
    }
  }
  parts.push(`,"name":"${meta.classCount > 0 ? 'DTClassifier' : 'DTRegression'}"}`);
  return new TextEncoder().encode(parts.join(''));
}

/** Compresses the JSON of a tree to an eighth, in less time than it takes to write it. */
export function compressTree(json: Uint8Array): Uint8Array {
  return deflateRawSync(json, { level: 1 });
}

/**
 * The JSON of a forest in parts, to be written one after the other.
 * @param trees the compressed JSON of each
 */
export function* toForestJson(trees: readonly Uint8Array[], meta: ForestMeta): Iterable<Uint8Array> {
  const isClassifier = meta.classCount > 0;
  const all = JSON.stringify(Array.from({ length: meta.featureCount }, (_, index) => index));
  const base = {
    n: meta.featureCount,
    replacement: false,
    maxFeatures: meta.featureCount,
    nEstimators: trees.length,
    treeOptions: toOptions(meta),
    isClassifier,
    seed: meta.seed,
    useSampleBagging: true,
  };
  const rest = isClassifier ? { name: 'RFClassifier' } : { selectionMethod: 'mean', name: 'RFRegression' };
  yield Buffer.from(`{"baseModel":{"indexes":[`);
  yield* separate(trees, () => Buffer.from(all));
  yield Buffer.from(`],${JSON.stringify(base).slice(1, -1)},"estimators":[`);
  yield* separate(trees, (tree) => inflateRawSync(tree));
  yield Buffer.from(`]},${JSON.stringify(rest).slice(1, -1)}}\n`);
}

function* separate(trees: readonly Uint8Array[], toText: (tree: Uint8Array) => Uint8Array): Iterable<Uint8Array> {
  for (const [index, tree] of trees.entries()) {
    if (index > 0) yield Buffer.from(',');
    yield toText(tree);
  }
}

function toOptions({ classCount, maxDepth, minLeaf }: TreeMeta): object {
  return {
    kind: classCount > 0 ? 'classifier' : 'regression',
    gainFunction: classCount > 0 ? 'gini' : 'regression',
    splitFunction: 'mean',
    minNumSamples: minLeaf,
    maxDepth,
    gainThreshold: 0,
  };
}

function toLeafJson(values: Float64Array, { classCount }: TreeMeta): string {
  return classCount > 0 ? `{"distribution":[[${values.join(',')}]]}` : `{"distribution":${values[0]}}`;
}
