/** The thread of the command `train`: what is printed is written here, because plans have functions, which cannot be sent. */
import { answerTraining } from '../training/answer-training.ts';
import { toTrainingSummary } from '../training/training-result.ts';
import { toResultText } from './training-result-text.ts';
import { toPlanText } from './training-text.ts';

/** What the command shows while it trains: the plan, then how much of a phase is done. */
export type TrainingNews =
  | { readonly plan: string }
  | { readonly unit: 'models compared' | 'trees' | 'features'; readonly done: number; readonly total: number };

/** What it prints at the end, as JSON or as text. */
export interface TrainingReply {
  readonly summary: ReturnType<typeof toTrainingSummary>;
  readonly text: string;
}

await answerTraining(
  (send) => ({
    onPlan: (plan, survey) => send({ plan: toPlanText(plan, survey) } satisfies TrainingNews),
    onComparison: (done, total) => send({ unit: 'models compared', done, total } satisfies TrainingNews),
    onProgress: (done, total) => send({ unit: 'trees', done, total } satisfies TrainingNews),
    onImportance: (done, total) => send({ unit: 'features', done, total } satisfies TrainingNews),
  }),
  (result, { out }) =>
    ({ summary: toTrainingSummary(result), text: toResultText(result, out) }) satisfies TrainingReply,
);
