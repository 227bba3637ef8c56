/** Writes forests in the JSON of ml-random-forest 2.1 and ml-cart 2.1, so that both libraries can load them. */
import type { Tree } from './grow-tree.ts';

interface NodeJson {
  splitColumn?: number;
  splitValue?: number;
  left?: NodeJson;
  right?: NodeJson;
  distribution?: number | number[][];
}

/** What these libraries record about how a forest was learned. */
export interface ForestMeta {
  readonly featureCount: number;
  /** 0 for a regression. */
  readonly classCount: number;
  readonly maxDepth: number;
  readonly minLeaf: number;
  readonly seed: number;
}

/** The forest as a JSON value. */
export function toForestJson(trees: readonly Tree[], meta: ForestMeta): object {
  const isClassifier = meta.classCount > 0;
  const kind = isClassifier ? 'classifier' : 'regression';
  const options = {
    kind,
    gainFunction: isClassifier ? 'gini' : 'regression',
    splitFunction: 'mean',
    minNumSamples: meta.minLeaf,
    maxDepth: meta.maxDepth,
    gainThreshold: 0,
  };
  const all = Array.from({ length: meta.featureCount }, (_, index) => index);
  return {
    baseModel: {
      indexes: trees.map(() => all),
      n: meta.featureCount,
      replacement: false,
      maxFeatures: meta.featureCount,
      nEstimators: trees.length,
      treeOptions: options,
      isClassifier,
      seed: meta.seed,
      estimators: trees.map((tree) => ({
        options,
        root: toNode(tree, 0, meta.classCount),
        name: isClassifier ? 'DTClassifier' : 'DTRegression',
      })),
      useSampleBagging: true,
    },
    ...(isClassifier ? { name: 'RFClassifier' } : { selectionMethod: 'mean', name: 'RFRegression' }),
  };
}

function toNode(tree: Tree, node: number, classCount: number): NodeJson {
  const column = tree.feature[node] as number;
  if (column < 0) return { distribution: toDistribution(tree, node, classCount) };
  const left = tree.child[node] as number;
  return {
    splitColumn: column,
    splitValue: tree.threshold[node] as number,
    left: toNode(tree, left, classCount),
    right: toNode(tree, left + 1, classCount),
  };
}

function toDistribution({ value }: Tree, node: number, classCount: number): number | number[][] {
  if (classCount === 0) return value[node] as number;
  return [Array.from(value.subarray(node * classCount, (node + 1) * classCount))];
}
