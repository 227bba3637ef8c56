/** The kinds of models that run in this process, one file and one line each. catalogue/kinds.ts adds the remote kinds. */
import type { ModelKind } from './kind.ts';
import { linearRegression } from './linear-regression.ts';
import { logisticRegression } from './logistic-regression.ts';
import { module } from './module.ts';
import { onnx } from './onnx/onnx.ts';
import { randomForest } from './random-forest/random-forest.ts';
import { xgboost } from './xgboost/xgboost.ts';

export const localKinds = {
  'linear-regression': linearRegression,
  'logistic-regression': logisticRegression,
  module,
  onnx,
  'random-forest': randomForest,
  xgboost,
} satisfies Readonly<Record<string, ModelKind>>;
