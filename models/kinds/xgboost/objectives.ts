/** The objectives of XGBoost: what their margins mean, and in which space a model's base_score is stored. */

/** How margins become scores; see to-scores.ts. */
export type Output = 'number' | 'exp' | 'sigmoid-number' | 'sigmoid' | 'step' | 'softprob' | 'softmax';

export interface Objective {
  readonly output: Output;
  /** How base_score, which is in the space of the predictions, becomes a margin. */
  readonly link: 'identity' | 'log' | 'logit';
}

const NUMBER: Objective = { output: 'number', link: 'identity' };
const EXP: Objective = { output: 'exp', link: 'log' };

export const OBJECTIVES: ReadonlyMap<string, Objective> = new Map<string, Objective>([
  ['reg:squarederror', NUMBER],
  ['reg:linear', NUMBER],
  ['reg:squaredlogerror', NUMBER],
  ['reg:pseudohubererror', NUMBER],
  ['reg:absoluteerror', NUMBER],
  ['reg:quantileerror', NUMBER],
  ['reg:expectileerror', NUMBER],
  ['reg:logistic', { output: 'sigmoid-number', link: 'logit' }],
  ['reg:gamma', EXP],
  ['reg:tweedie', EXP],
  ['count:poisson', EXP],
  ['survival:cox', EXP],
  ['survival:aft', EXP],
  ['rank:pairwise', NUMBER],
  ['rank:ndcg', NUMBER],
  ['rank:map', NUMBER],
  ['binary:logistic', { output: 'sigmoid', link: 'logit' }],
  ['binary:logitraw', NUMBER],
  ['binary:hinge', { output: 'step', link: 'identity' }],
  ['multi:softprob', { output: 'softprob', link: 'identity' }],
  ['multi:softmax', { output: 'softmax', link: 'identity' }],
]);

/** Whether the scores are classes: two with one margin, or one margin per class. */
export function isClassifier({ output }: Objective): boolean {
  return output === 'sigmoid' || output === 'step' || output === 'softprob' || output === 'softmax';
}

/** A version of XGBoost as a number that can be compared: 1.3.2 is 1003002. */
export function toVersionNumber([major = 0, minor = 0, patch = 0]: readonly number[]): number {
  return major * 1e6 + minor * 1e3 + patch;
}

/** What XGBoost 3.2 and newer replace 0 and 1 by, where their logit is needed. */
const NEARLY_ZERO = Math.fround(1e-6);
const NEARLY_ONE = Math.fround(1 - NEARLY_ZERO);

/**
 * Converts base_score to a margin in the arithmetic of XGBoost, 32 bits.
 * @param version of the XGBoost that has written the model, as toVersionNumber returns it
 * @returns a number that is not finite if the objective does not have such a base_score
 */
export function toMargin(baseScore: number, objectiveName: string, version: number): number {
  const { fround } = Math;
  const score = fround(baseScore);
  // Until 1.3.0, it was stored as a probability.
  const isOldRaw = objectiveName === 'binary:logitraw' && version < 1_003_001;
  const link = isOldRaw ? 'logit' : OBJECTIVES.get(objectiveName)?.link;
  if (link === 'log') return fround(Math.log(score));
  if (link !== 'logit') return score;
  const isClamped = version >= 3_002_000 && score >= 0 && score <= 1;
  const probability = isClamped ? Math.min(Math.max(score, NEARLY_ZERO), NEARLY_ONE) : score;
  return fround(-Math.log(fround(fround(1 / probability) - 1)));
}
