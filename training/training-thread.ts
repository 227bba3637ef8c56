/** A thread that trains for a program. */
import { answerTraining } from './answer-training.ts';
import { toTrainingSummary } from './training-result.ts';

await answerTraining(
  (send) => ({ onProgress: send }),
  (result) => toTrainingSummary(result),
);
