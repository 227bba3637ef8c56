/** The side of the thread in train-in-thread.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { CommandError } from '../errors/command-error.ts';
import { trainDraft } from './train.ts';
import type { TrainingOptions } from './training-options.ts';
import type { ThreadMessage, ThreadTask } from './train-in-thread.ts';
import type { TrainingResult } from './training-result.ts';

/**
 * Trains what this thread was started for.
 * @param listen the callbacks of the training, which send what happens
 * @param toReply what is sent of the result, and what else is to be done with the draft; functions cannot be sent
 */
export async function answerTraining(
  listen: (
    send: (news: unknown) => void,
  ) => Pick<TrainingOptions, 'learn' | 'onPlan' | 'onProgress' | 'onComparison' | 'onImportance'>,
  toReply: (result: TrainingResult, task: ThreadTask, send: (news: unknown) => void) => unknown,
): Promise<void> {
  const task = workerData as ThreadTask;
  const { options, draft } = task;
  const send = (message: ThreadMessage<unknown, unknown>) => parentPort?.postMessage(message);
  try {
    const sendNews = (news: unknown) => send({ news });
    const result = await trainDraft({ ...options, ...listen(sendNews) }, draft);
    send({ reply: await toReply(result, task, sendNews) });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    send({ failure: error.message });
  }
}
