/**
 * What boosting does unless it is told otherwise: LightGBM's defaults for large tables, and less for small ones, which large trees
 * learn by heart. docs/training.md has the figures that these numbers were chosen by.
 */

/** The hyperparameters whose defaults depend on the table. */
export interface BoostingDefaults {
  readonly learningRate: number;
  readonly leaves: number;
  readonly minLeaf: number;
  readonly featureFraction: number;
}

/** From this number of rows on, a smaller learning rate costs more time than it is worth. */
const MANY_ROWS = 20_000;
/** With fewer features, a part of them cannot show what several say together. */
const MANY_FEATURES = 10;

/** The defaults for a number of rows and of features. */
export function toBoostingDefaults(rows: number, features: number): BoostingDefaults {
  return {
    learningRate: rows < MANY_ROWS ? 0.05 : 0.1,
    leaves: clamp(Math.round(Math.sqrt(rows) / 4.5), 4, 31),
    minLeaf: clamp(Math.round(rows / 200), 5, 20),
    featureFraction: features < MANY_FEATURES ? 1 : 0.6,
  };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
