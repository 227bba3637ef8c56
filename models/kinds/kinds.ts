/** The model kinds that compute in this process: one file and one line each. catalogue/kinds.ts adds those elsewhere. */
import type { ModelKind } from './kind.ts';
import { linearRegression } from './linear-regression.ts';
import { logisticRegression } from './logistic-regression.ts';
import { module } from './module.ts';
import { randomForest } from './random-forest.ts';

export const localKinds = {
  'linear-regression': linearRegression,
  'logistic-regression': logisticRegression,
  module,
  'random-forest': randomForest,
} satisfies Readonly<Record<string, ModelKind>>;
