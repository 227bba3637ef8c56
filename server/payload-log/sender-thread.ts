/** The thread that delivers logged records to their sinks, so that neither scoring nor the distribution of connections waits for it. */
import { parentPort, workerData } from 'node:worker_threads';
import { lowerThreadPriority } from '../../models/lower-thread-priority.ts';
import { runSenders } from '../../records/run-senders.ts';
import { openSinks } from './open-sinks.ts';
import type { PayloadLogSettings } from './payload-log-settings.ts';
import type { FromSenderThread } from './sender.ts';

lowerThreadPriority();

const settings = workerData as PayloadLogSettings;
const stop = new AbortController();
const tell = (message: FromSenderThread) => parentPort?.postMessage(message);

parentPort?.once('message', () => stop.abort());
const sinks = await openSinks(settings.sinks).catch((error: unknown) => {
  // Of settings that do not fit, such as a variable that is not set.
  tell({ type: 'unable', message: (error as Error).message });
});
// If the folder cannot be used, the thread dies, and is started again later.
if (sinks) await runSenders(settings.folder, sinks, stop.signal, tell);
parentPort?.close();
