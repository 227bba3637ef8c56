/** The model kinds that a deployment.json can name: one file and one line each. */
import type { ModelKind } from './kind.ts';
import { linearRegression } from './linear-regression.ts';
import { logisticRegression } from './logistic-regression.ts';
import { module } from './module.ts';
import { randomForest } from './random-forest.ts';

export const kinds: Readonly<Record<string, ModelKind>> = {
  'linear-regression': linearRegression,
  'logistic-regression': logisticRegression,
  module,
  'random-forest': randomForest,
};
