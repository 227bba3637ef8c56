/** The thread of the senders as the first process of an engine has it: started, watched and stopped. */
import { Worker } from 'node:worker_threads';
import type { SendersEvent } from '../../records/run-senders.ts';
import type { Log } from '../log/log.ts';
import type { PayloadLogSettings } from './payload-log-settings.ts';
import { traceDelivery } from './trace-delivery.ts';

/** The messages of the thread. */
export type FromSenderThread = SendersEvent | { readonly type: 'unable'; readonly message: string };

/** How long a stop waits for what is being sent, in milliseconds; what is not acknowledged then is sent again. */
const STOP_TIME = 5000;
/** How long after it died the thread is started again, in milliseconds. */
const PAUSE = 5000;

/** Stops the senders, after what they are sending. */
export type StopSenders = () => Promise<void>;

/**
 * Starts the senders of a payload log, in a thread.
 * @param onEvent called with what they report, besides the log
 */
export function startSenders(
  settings: PayloadLogSettings,
  log: Log,
  onEvent: (event: FromSenderThread) => void = () => undefined,
): StopSenders {
  let thread: Worker | undefined;
  let restart: NodeJS.Timeout | undefined;
  let isStopping = false;
  const start = () => {
    // Run from its sources, the project has no sender-thread.js.
    thread = new Worker(new URL(`./sender-thread${import.meta.url.slice(-3)}`, import.meta.url), {
      workerData: settings,
      name: 'senders',
    });
    thread.on('message', (message: FromSenderThread) => {
      onEvent(message);
      if (message.type === 'sent') traceDelivery(message);
      else logEvent(message, log);
    });
    thread.on('error', (error) => log.error({ cause: error.stack }, 'payload log: the sending thread died'));
    thread.on('exit', (code) => {
      thread = undefined;
      if (!isStopping && code !== 0) restart = setTimeout(start, PAUSE).unref();
    });
  };
  start();
  return async () => {
    isStopping = true;
    clearTimeout(restart);
    const current = thread;
    if (!current) return;
    const ended = new Promise((resolve) => current.once('exit', resolve));
    current.postMessage('stop');
    const timer = setTimeout(() => void current.terminate(), STOP_TIME);
    await ended;
    clearTimeout(timer);
  };
}

function logEvent(event: Exclude<FromSenderThread, { type: 'sent' }>, log: Log): void {
  switch (event.type) {
    case 'sending':
      return log.info('payload log: sending');
    case 'waiting':
      return log.warn('payload log: another process sends the records of this folder');
    case 'unable':
      return log.error({ cause: event.message }, 'payload log: nothing is sent, the settings of a sink do not fit');
    case 'failed':
      return log.warn(
        { sink: event.sink, records: event.records, cause: event.message },
        'payload log: delivery failed',
      );
    case 'recovered':
      return log.info({ sink: event.sink, failures: event.failures }, 'payload log: delivery works again');
    case 'rejected':
      return log.error(
        { sink: event.sink, scoring_id: event.scoringId, cause: event.message },
        'payload log: record rejected, kept as a dead letter',
      );
    case 'damaged':
      return log.error({ sink: event.sink, lines: event.lines }, 'payload log: damaged lines were left out');
  }
}
