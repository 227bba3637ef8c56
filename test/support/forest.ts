/** Forests as ml-random-forest writes them, as far as it reads them again. */
import type { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';

export type NodeJson =
  | { readonly distribution: number | number[][] }
  | { readonly splitColumn: number; readonly splitValue: number; readonly left: NodeJson; readonly right: NodeJson };

/** A leaf: the shares of the classes, or the number of a regression. */
export function leaf(...distribution: number[]): NodeJson {
  return { distribution: [distribution] };
}

/** A node that goes left where the tree's column is less than the value. */
export function split(splitColumn: number, splitValue: number, left: NodeJson, right: NodeJson): NodeJson {
  return { splitColumn, splitValue, left, right };
}

/**
 * The `model.json` of a forest.
 * @param indexes the features that each tree knows as its columns
 */
export function toForestJson(
  name: 'RFClassifier' | 'RFRegression',
  trees: readonly NodeJson[],
  indexes: readonly (readonly number[])[],
  selectionMethod: 'mean' | 'median' = 'mean',
) {
  const isClassifier = name === 'RFClassifier';
  return {
    name,
    ...(!isClassifier && { selectionMethod }),
    baseModel: {
      indexes,
      isClassifier,
      nEstimators: trees.length,
      estimators: trees.map((root) => ({ name: isClassifier ? 'DTClassifier' : 'DTRegression', options: {}, root })),
    },
  };
}

/** What each tree predicts for each row, by the library itself. */
export function listVotes(forest: RandomForestClassifier | RandomForestRegression, rows: number[][]): number[][] {
  return forest.predictionValues(rows).to2DArray();
}
