/** What estimators answer: probabilities, a decision function, and how many numbers these are. */
import type { EstimatorStep, Method } from './program.ts';

/** How many columns an estimator of a stack becomes. */
export function toStackWidth(estimator: EstimatorStep<unknown>, method: Method): number {
  if (method === 'predict') return 1;
  return estimator.classes === 2 ? 1 : method === 'decision_function' ? toDecisionWidth(estimator) : estimator.classes;
}

/** The number of outputs of an estimator's decision function; 0 if it has none. */
export function toDecisionWidth(step: EstimatorStep<unknown>): number {
  const width = step.classes === 2 ? 1 : step.classes;
  switch (step.type) {
    case 'estimate':
      return toDecisionWidth(step.last);
    case 'linear':
    case 'forest':
      return step.link === 'probabilities' ? 0 : width;
    case 'svm':
      return step.classes > 2 && !step.ovr ? (step.classes * (step.classes - 1)) / 2 : width;
    default:
      return 0;
  }
}

/** Whether the probabilities of a row may not sum to 1: those of another library that has one for each class of its own. */
export function isUnnormalized(step: EstimatorStep<unknown>): boolean {
  switch (step.type) {
    case 'estimate':
      return isUnnormalized(step.last);
    case 'embedded':
      return step.isUnnormalized;
    case 'average':
      return step.classes > 0 && step.members.some(isUnnormalized);
    case 'stack':
      return isUnnormalized(step.final);
    default:
      return false;
  }
}

/** Whether an estimator gives the probabilities of classes. */
export function hasProbabilities(step: EstimatorStep<unknown>): boolean {
  switch (step.type) {
    case 'estimate':
      return hasProbabilities(step.last);
    case 'forest':
    case 'linear':
      return step.classes > 0 && step.link !== 'none';
    case 'svm':
      return step.probability !== undefined;
    case 'stack':
      return hasProbabilities(step.final);
    case 'vote':
    case 'isotonic':
    case 'target':
      return false;
    default:
      return step.classes > 0;
  }
}
