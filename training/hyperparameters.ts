/** The hyperparameters of all learners: their limits, and which learner has which. */
import { CommandError } from '../errors/command-error.ts';
import { OBJECTIVES, type ObjectiveName } from './boosting/boosting-data.ts';
import { MAX_BINS } from './forest/bin-feature.ts';

/** The model kinds that `train` can learn. */
export const LEARNED_KINDS = [
  'random-forest',
  'gradient-boosting',
  'logistic-regression',
  'linear-regression',
] as const;
export type LearnedKind = (typeof LEARNED_KINDS)[number];

export const CLASS_WEIGHTS = ['none', 'balanced'] as const;
export const REGRESSION_OBJECTIVES = OBJECTIVES.filter((name) => name === 'squared-error' || name === 'poisson');

/** What the user has chosen; a learner has its own defaults for the rest. */
export interface Hyperparameters {
  /** The number of trees; of boosting, the maximum number of iterations. */
  readonly trees?: number;
  readonly maxDepth?: number;
  readonly minLeaf?: number;
  /** Features tried per split. */
  readonly maxFeatures?: number;
  /** The maximum number of bins per feature. */
  readonly bins?: number;
  readonly learningRate?: number;
  /** The maximum number of leaves per tree. */
  readonly leaves?: number;
  readonly l2?: number;
  /** The shares of the features and rows that are drawn for each tree. */
  readonly featureFraction?: number;
  readonly rowFraction?: number;
  /** What a regression minimises. */
  readonly objective?: Extract<ObjectiveName, 'squared-error' | 'poisson'>;
  readonly classWeights?: (typeof CLASS_WEIGHTS)[number];
}

/** The learners that have a hyperparameter, and the limits of a number. */
interface Rule {
  readonly kinds: readonly LearnedKind[];
  readonly limits?: readonly [min: number, max: number];
  /** Whether fractions are allowed. */
  readonly isFraction?: boolean;
}

const FOREST = ['random-forest'] as const;
const BOOSTING = ['gradient-boosting'] as const;
const TREES = [...FOREST, ...BOOSTING] as const;

export const HYPERPARAMETERS = {
  trees: { kinds: TREES, limits: [1, 10_000] },
  maxDepth: { kinds: TREES, limits: [1, 64] },
  minLeaf: { kinds: TREES, limits: [1, 1_000_000] },
  maxFeatures: { kinds: FOREST, limits: [1, 1012] },
  bins: { kinds: TREES, limits: [2, MAX_BINS] },
  learningRate: { kinds: BOOSTING, limits: [0.001, 1], isFraction: true },
  leaves: { kinds: BOOSTING, limits: [2, 4096] },
  l2: { kinds: BOOSTING, limits: [0, 1_000_000], isFraction: true },
  featureFraction: { kinds: BOOSTING, limits: [0.01, 1], isFraction: true },
  rowFraction: { kinds: BOOSTING, limits: [0.01, 1], isFraction: true },
  objective: { kinds: BOOSTING },
  classWeights: { kinds: BOOSTING },
} as const satisfies Record<keyof Hyperparameters, Rule>;

/**
 * Checks that a learner has the hyperparameters that are given.
 * @throws {CommandError} that names those that it does not have, as options of the command line
 */
export function checkHyperparameters(kind: LearnedKind, given: Hyperparameters): void {
  const wrong = (Object.keys(HYPERPARAMETERS) as (keyof Hyperparameters)[]).filter(
    (key) => given[key] !== undefined && !(HYPERPARAMETERS[key].kinds as readonly LearnedKind[]).includes(kind),
  );
  const [first] = wrong;
  if (first === undefined) return;
  const kinds = HYPERPARAMETERS[first].kinds.join(' or ');
  const names = wrong.map((key) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`).join(', ');
  throw new CommandError(`${names}: does not apply to --kind ${kind}, only to ${kinds}.`);
}
