/** The hyperparameters of all learners: their limits, and which learner has which. */
import { CommandError } from '../errors/command-error.ts';
import type { ProblemType } from '../models/deployment-file.ts';
import { OBJECTIVES, type ObjectiveName } from './boosting/boosting-data.ts';
import { MAX_BINS } from './forest/bin-feature.ts';

/** The model kinds that `train` can learn, the quickest and simplest first. */
export const LEARNED_KINDS = [
  'logistic-regression',
  'linear-regression',
  'random-forest',
  'gradient-boosting',
] as const;
export type LearnedKind = (typeof LEARNED_KINDS)[number];
/** What a comparison chooses: a kind, or a weighted mean of several. */
export type TrainedKind = LearnedKind | 'blend';
/** What the user chooses: a kind, or to have the kinds compared. */
export const KIND_CHOICES = ['auto', ...LEARNED_KINDS] as const;
export type KindChoice = (typeof KIND_CHOICES)[number];

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
  /** Whether probabilities are calibrated where that helps out of bag. */
  readonly calibration?: boolean;
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
  /** Of one that says what is learned, not how: the usual aim. Only kinds that have it can be compared with another. */
  readonly usualAim?: string;
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
  calibration: { kinds: FOREST },
  learningRate: { kinds: BOOSTING, limits: [0.001, 1], isFraction: true },
  leaves: { kinds: BOOSTING, limits: [2, 4096] },
  l2: { kinds: BOOSTING, limits: [0, 1_000_000], isFraction: true },
  featureFraction: { kinds: BOOSTING, limits: [0.01, 1], isFraction: true },
  rowFraction: { kinds: BOOSTING, limits: [0.01, 1], isFraction: true },
  objective: { kinds: BOOSTING, usualAim: 'squared-error' },
  classWeights: { kinds: TREES, usualAim: 'none' },
} as const satisfies Record<keyof Hyperparameters, Rule>;

const KINDS: readonly (readonly [key: keyof Hyperparameters, rule: Rule])[] = Object.entries(HYPERPARAMETERS).map(
  ([key, rule]) => [key as keyof Hyperparameters, rule],
);

/**
 * The kinds that are learned and compared: the one that was chosen, or those that suit the problem and what was given.
 * @throws {CommandError} if the kind does not suit the problem, or has no such hyperparameters
 */
export function listKinds(
  choice: KindChoice,
  problemType: ProblemType,
  given: Hyperparameters,
): readonly [LearnedKind, ...LearnedKind[]] {
  checkHyperparameters(choice, given);
  const isRegression = problemType === 'regression';
  const suitable = LEARNED_KINDS.filter(
    (kind) => kind !== (isRegression ? 'logistic-regression' : 'linear-regression'),
  );
  const compared = suitable.filter((kind) =>
    KINDS.every(
      ([key, { kinds, usualAim }]) =>
        usualAim === undefined || (given[key] ?? usualAim) === usualAim || kinds.includes(kind),
    ),
  );
  // Gradient boosting has everything that restricts the kinds.
  if (choice === 'auto') return compared as [LearnedKind, ...LearnedKind[]];
  if (suitable.includes(choice)) return [choice];
  throw new CommandError(`--kind ${choice} cannot learn a ${problemType} problem.`);
}

/** The hyperparameters that a kind has, of those that are given. */
export function selectHyperparameters(kind: LearnedKind, given: Hyperparameters): Hyperparameters {
  const own = KINDS.filter(([key, { kinds }]) => given[key] !== undefined && kinds.includes(kind));
  return Object.fromEntries(own.map(([key]) => [key, given[key]]));
}

/**
 * Checks that a learner has the hyperparameters that are given.
 * @throws {CommandError} that names those that it does not have, as options of the command line
 */
export function checkHyperparameters(choice: KindChoice, given: Hyperparameters): void {
  if (choice === 'auto') return;
  const wrong = KINDS.filter(([key, { kinds }]) => given[key] !== undefined && !kinds.includes(choice));
  const [first] = wrong;
  if (first === undefined) return;
  const kinds = first[1].kinds.join(' or ');
  const names = wrong
    .map(([key]) => {
      const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      return `--${given[key] === false ? 'no-' : ''}${name}`;
    })
    .join(', ');
  throw new CommandError(`${names}: does not apply to --kind ${choice}, only to ${kinds}.`);
}
