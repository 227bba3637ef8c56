/** How the loss function of a CatBoost model says that margins become scores. */
import type { Transform } from '../../margins.ts';

/** How a model's margins become scores. */
export interface Loss {
  readonly transform: Transform;
  readonly isClassifier: boolean;
  /** What the user should know. */
  readonly notices: readonly string[];
}

const RANKING = 'The scores are those of a ranking: only their order means something.';
const EXPONENT =
  'The scores are e to the power of the margin, as CatBoostRegressor.predict returns them; CatBoost.predict without ' +
  'prediction_type="Exponent" returns margins.';
const RAW = 'The scores are raw margins, as predict returns them.';
const OVA =
  'The loss function MultiClassOneVsAll gives each class a probability of its own, and they do not sum to 1. The engine ' +
  'divides them by their sum, because a reply must have probabilities that sum to 1: they are those of predict_proba divided ' +
  'by the sum of the row. The predicted class is the same.';

const toRegression = (transform: Transform, ...notices: string[]): Loss => ({
  transform,
  isClassifier: false,
  notices,
});
const toClassifier = (transform: Transform, ...notices: string[]): Loss => ({ transform, isClassifier: true, notices });

/** The loss functions with one margin per row, and those of classes. */
const LOSSES: ReadonlyMap<string, Loss> = new Map([
  ...['RMSE', 'MAE', 'MAPE', 'Quantile', 'GroupQuantile', 'Lq', 'Huber', 'Expectile', 'LogCosh', 'RMSPE'].map(
    (name) => [name, toRegression('identity')] as const,
  ),
  ...['LogLinQuantile', 'Cox', 'SurvivalAft'].map((name) => [name, toRegression('identity', RAW)] as const),
  ...['Poisson', 'Tweedie'].map((name) => [name, toRegression('exp', EXPONENT)] as const),
  ...[
    'YetiRank',
    'YetiRankPairwise',
    'PairLogit',
    'PairLogitPairwise',
    'QueryRMSE',
    'QuerySoftMax',
    'StochasticRank',
    'StochasticFilter',
    'LambdaMart',
  ].map((name) => [name, toRegression('identity', RANKING)] as const),
  ['PythonUserDefinedPerObject', toRegression('identity', RAW)],
  ...['Logloss', 'CrossEntropy', 'Focal'].map((name) => [name, toClassifier('sigmoid')] as const),
  ['MultiClass', toClassifier('softmax')],
  ['MultiClassOneVsAll', toClassifier('sigmoids', OVA)],
]);

/** How margins become scores with a loss function; undefined if it is unknown or has several targets. */
export function findLoss(name: string, outputCount: number): Loss | undefined {
  const loss = LOSSES.get(name);
  const isMulti = loss?.transform === 'softmax' || loss?.transform === 'sigmoids';
  return isMulti === outputCount > 1 ? loss : undefined;
}
