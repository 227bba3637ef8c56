/**
 * Trains in a thread of its own, so that it can be stopped at any moment, whatever it is doing, and so that running out of memory ends
 * the thread and not the process. This thread owns the draft folder: it creates it, moves it into place and removes it.
 */
import { Worker } from 'node:worker_threads';
import { checkFree, placeDeployment } from '../catalogue/write-deployment.ts';
import { CommandError } from '../errors/command-error.ts';
import { checkHyperparameters } from './hyperparameters.ts';
import type { TrainingOptions } from './training-options.ts';

/** The options that can be sent to a thread. */
export type ThreadOptions = Omit<
  TrainingOptions,
  'learn' | 'onPlan' | 'onProgress' | 'onComparison' | 'onImportance' | 'signal'
>;

/** What a thread is given. */
export interface ThreadTask {
  readonly options: ThreadOptions;
  /** The folder that it fills. */
  readonly draft: string;
  /** What the file of the thread is told besides. */
  readonly also?: unknown;
}

/** What a thread sends: news while it works, then a reply or the message of a CommandError. */
export type ThreadMessage<News, Reply> =
  { readonly news: News } | { readonly reply: Reply } | { readonly failure: string };

export interface ThreadListeners<News> {
  readonly signal?: AbortSignal;
  readonly onNews: (news: News) => void;
  /** What the file of the thread is told besides. */
  readonly also?: unknown;
}

/**
 * Trains and writes a deployment.
 * @param thread the file of the thread, which calls answerTraining
 * @returns its reply
 * @throws {CommandError} if the file or the options are wrong, or the memory does not suffice; the signal's reason if it is aborted
 */
export async function trainInThread<News, Reply>(
  thread: URL,
  options: ThreadOptions,
  listeners: ThreadListeners<News>,
): Promise<Reply> {
  const { signal, also } = listeners;
  checkHyperparameters(options.kind, options.hyperparameters);
  const destination = { ...options, id: options.deployment.id, ...(signal && { signal }) };
  await checkFree(destination);
  return placeDeployment(destination, (draft) =>
    run(new Worker(thread, { workerData: { options, draft, also } satisfies ThreadTask }), listeners),
  );
}

async function run<News, Reply>(worker: Worker, { signal, onNews }: ThreadListeners<News>): Promise<Reply> {
  // A thread that is terminated ends at once, or after JSON.parse (5 ms per MB) if it is there, and takes its own threads with it.
  const stop = () => void worker.terminate();
  signal?.addEventListener('abort', stop);
  try {
    return await new Promise<Reply>((resolve, reject) => {
      worker.on('message', (message: ThreadMessage<News, Reply>) => {
        if ('news' in message) onNews(message.news);
        else if ('reply' in message) resolve(message.reply);
        else reject(new CommandError(message.failure));
      });
      worker.on('error', (error) => reject(needsMemory(error) ? new CommandError(TOO_LARGE) : error));
      worker.on('exit', () => reject(new Error('the training thread has ended')));
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

const TOO_LARGE =
  'Training needs more memory than Node.js may use. Learn from fewer rows or columns, or choose a smaller model (fewer --trees, a ' +
  'smaller --max-depth); NODE_OPTIONS=--max-old-space-size=8192 allows 8 GB.';

function needsMemory(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_WORKER_OUT_OF_MEMORY' || /allocation failed/i.test(message);
}
