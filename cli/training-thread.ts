/** The thread of the command `train`: what is printed is written here, because plans have functions, which cannot be sent. */
import { workerData } from 'node:worker_threads';
import { answerTraining } from '../training/answer-training.ts';
import type { ThreadTask } from '../training/train-in-thread.ts';
import { toTrainingSummary } from '../training/training-result.ts';
import type { ArchiveContent } from '../openscale/archive/write-archive.ts';
import { checkArchive, fillTrainedArchive, type ArchiveNews, type TrainedArchive } from './trained-archive.ts';
import { toResultText } from './training-result-text.ts';
import { toPlanText } from './training-text.ts';

/** What the command shows while it trains: the plan, then how much of a phase is done, and what it should know of the archive. */
export type TrainingNews =
  | ArchiveNews
  | { readonly plan: string }
  | { readonly unit: 'models compared' | 'trees' | 'features'; readonly done: number; readonly total: number };

/** What it prints at the end, as JSON or as text, and what the archive has or why it could not be written. */
export interface TrainingReply {
  readonly summary: ReturnType<typeof toTrainingSummary>;
  readonly text: string;
  readonly archive?: ArchiveContent | { readonly problem: string };
}

const archive = (workerData as ThreadTask).also as TrainedArchive | undefined;

await answerTraining(
  (send) => ({
    onPlan: (plan, survey) => {
      send({ plan: toPlanText(plan, survey) } satisfies TrainingNews);
      // Before anything is learned, which may take long.
      if (archive) checkArchive(archive, plan);
    },
    onComparison: (done, total) => send({ unit: 'models compared', done, total } satisfies TrainingNews),
    onProgress: (done, total) => send({ unit: 'trees', done, total } satisfies TrainingNews),
    onImportance: (done, total) => send({ unit: 'features', done, total } satisfies TrainingNews),
  }),
  async (result, { options, draft }, send) => {
    const text = toResultText(result, options.out);
    const filled = archive && (await fillTrainedArchive(archive, options, draft, (news) => send(news)));
    return { summary: toTrainingSummary(result), text, ...(filled && { archive: filled }) } satisfies TrainingReply;
  },
);
