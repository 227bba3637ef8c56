/** The kinds of models that run in this process, one file and one line each. catalogue/kinds.ts adds the remote kinds. */
import type { ModelKind } from './kind.ts';
import { blend } from './blend.ts';
import { catboost } from './catboost/catboost.ts';
import { lightgbm } from './lightgbm/lightgbm.ts';
import { linearRegression } from './linear-regression.ts';
import { logisticRegression } from './logistic-regression.ts';
import { module } from './module/module.ts';
import { onnx } from './onnx/onnx.ts';
import { pmml } from './pmml/pmml.ts';
import { randomForest } from './random-forest/random-forest.ts';
import { scikitLearn } from './scikit-learn/scikit-learn.ts';
import { xgboost } from './xgboost/xgboost.ts';

export const localKinds = {
  blend,
  catboost,
  lightgbm,
  'linear-regression': linearRegression,
  'logistic-regression': logisticRegression,
  module,
  onnx,
  pmml,
  'random-forest': randomForest,
  'scikit-learn': scikitLearn,
  xgboost,
} satisfies Readonly<Record<string, ModelKind>>;
