/** A thread that trains for a program. */
import { answerTraining } from './answer-training.ts';
import { toTrainingSummary } from './training-result.ts';

/** What has been learned so far, such as trees, and of how many. */
export interface TrainingProgress {
  readonly done: number;
  readonly total: number;
}

await answerTraining(
  (send) => ({ onProgress: (done, total) => send({ done, total } satisfies TrainingProgress) }),
  (result) => toTrainingSummary(result),
);
