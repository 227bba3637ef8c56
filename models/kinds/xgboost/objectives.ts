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

/** Converts base_score to a margin in the arithmetic of XGBoost, 32 bits. */
export function toMargin(baseScore: number, link: Objective['link']): number {
  const { fround } = Math;
  const score = fround(baseScore);
  if (link === 'log') return fround(Math.log(score));
  if (link === 'logit') return fround(-Math.log(fround(fround(1 / score) - 1)));
  return score;
}
