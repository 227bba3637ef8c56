/**
 * What a forest does unless it is told otherwise. docs/training.md has the figures that these numbers were chosen by.
 */

/** The hyperparameters whose defaults depend on the problem. */
export interface ForestDefaults {
  readonly maxDepth: number;
  readonly minLeaf: number;
  readonly maxFeatures: number;
}

/** The defaults for a number of classes, 0 for a regression, and of features. */
export function toForestDefaults(classCount: number, featureCount: number): ForestDefaults {
  return classCount > 0
    ? {
        // It takes log2(classes) splits just to tell the classes apart.
        maxDepth: Math.min(20, Math.round(14 + 1.5 * Math.log2(classCount))),
        minLeaf: 1,
        maxFeatures: Math.max(1, Math.floor(Math.sqrt(featureCount))),
      }
    : { maxDepth: 20, minLeaf: 3, maxFeatures: Math.max(1, Math.round((2 / 3) * featureCount)) };
}
