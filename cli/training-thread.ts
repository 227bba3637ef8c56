/** The thread of the command `train`: what is printed is written here, because plans have functions, which cannot be sent. */
import { answerTraining } from '../training/answer-training.ts';
import { toTrainingSummary } from '../training/training-result.ts';
import { toPlanText, toResultText } from './training-text.ts';

/** What the command shows while it trains: the plan, then the number of trees so far. */
export type TrainingNews = { readonly plan: string } | { readonly trees: number };

/** What it prints at the end, as JSON or as text. */
export interface TrainingReply {
  readonly summary: ReturnType<typeof toTrainingSummary>;
  readonly text: string;
}

await answerTraining(
  (send) => ({
    onPlan: (plan, survey) => send({ plan: toPlanText(plan, survey) } satisfies TrainingNews),
    onProgress: (trees) => send({ trees } satisfies TrainingNews),
  }),
  (result, { out }) =>
    ({ summary: toTrainingSummary(result), text: toResultText(result, out) }) satisfies TrainingReply,
);
