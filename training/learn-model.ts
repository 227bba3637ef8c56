/** From a training table to a model: the table of all learners. */
import type { LearningOptions } from './forest/learn-forest.ts';
import type { Hyperparameters, LearnedKind } from './hyperparameters.ts';
import { learnGradientBoosting } from './learn-gradient-boosting.ts';
import { learnLinearModel } from './learn-linear-model.ts';
import { learnRandomForest } from './learn-random-forest.ts';
import type { LearnedModel, Lesson } from './learned-model.ts';

type Learner = (
  lesson: Lesson,
  hyperparameters: Hyperparameters,
  options: LearningOptions,
) => LearnedModel | Promise<LearnedModel>;

const LEARNERS: Readonly<Record<LearnedKind, Learner>> = {
  'random-forest': learnRandomForest,
  'gradient-boosting': learnGradientBoosting,
  'logistic-regression': learnLinearModel,
  'linear-regression': learnLinearModel,
};

/**
 * Learns a model of a kind.
 * @param hyperparameters those that the user has chosen; the learner has defaults for the others
 * @throws {CommandError} if they do not suit the label; the signal's reason if it is aborted
 */
export async function learnModel(
  kind: LearnedKind,
  lesson: Lesson,
  hyperparameters: Hyperparameters,
  options: LearningOptions = {},
): Promise<LearnedModel> {
  return LEARNERS[kind](lesson, hyperparameters, options);
}
