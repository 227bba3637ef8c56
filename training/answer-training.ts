/** The side of the thread in train-in-thread.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { CommandError } from '../errors/command-error.ts';
import { trainDraft } from './train.ts';
import type { TrainingOptions } from './training-options.ts';
import type { ThreadMessage, ThreadOptions, ThreadTask } from './train-in-thread.ts';
import type { TrainingResult } from './training-result.ts';

/**
 * Trains what this thread was started for.
 * @param listen the callbacks of the training, which send what happens
 * @param toReply what is sent of the result; functions cannot be sent
 */
export async function answerTraining(
  listen: (
    send: (news: unknown) => void,
  ) => Pick<TrainingOptions, 'learn' | 'onPlan' | 'onProgress' | 'onComparison' | 'onImportance'>,
  toReply: (result: TrainingResult, options: ThreadOptions) => unknown,
): Promise<void> {
  const { options, draft } = workerData as ThreadTask;
  const send = (message: ThreadMessage<unknown, unknown>) => parentPort?.postMessage(message);
  try {
    const result = await trainDraft({ ...options, ...listen((news) => send({ news })) }, draft);
    send({ reply: toReply(result, options) });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    send({ failure: error.message });
  }
}
