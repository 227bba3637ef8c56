/**
 * Several processes behind one port: the first opens the port and distributes its connections, the others are engines
 * (node:cluster). A worker that dies is replaced; each has its own event loop, threads and limits.
 */
import { randomBytes } from 'node:crypto';
import cluster, { type Worker } from 'node:cluster';
import type { Configuration } from '../configuration.ts';
import { ConnectionDistributor } from './connection-distributor.ts';
import type { Address } from '../connections/connection-source.ts';
import { EndedSessions } from '../access/ended-sessions.ts';
import type { MetricsProviders } from '../../handlers/metrics-providers.ts';
import { joinObservers } from '../exchange/exchange-observer.ts';
import type { Log } from '../log/log.ts';
import type { FirstProcessMetrics } from '../metrics/first-process-metrics.ts';
import { buildRequestLog } from '../log/request-log.ts';
import { buildStandIn } from './stand-in.ts';
import { makeTicketKeys } from '../tls/tls-entrance.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';
import { toThreadFailure } from '../threads/thread-failure.ts';
import { WORKER_NUMBER } from './worker.ts';

/** Milliseconds before a worker that died before it was ready is replaced. */
const PAUSE = 1_000;

/** Milliseconds after which the messages of a dead worker have been read. */
const READ_TIME = 100;

/** The workers of an engine. */
export interface Workers {
  /**
   * Resolves when no worker is left: to 0, or to 1 if the first one could not start.
   * @throws when the address cannot be listened on
   */
  readonly ended: Promise<number>;
  /** Closes the port, lets requests in progress or in transit finish, and then ends the workers. */
  stop(): void;
  /**
   * Replaces the workers one after the other, without losing a request: when its replacement serves, a worker finishes its requests
   * and ends. Where a replacement cannot start, the other workers go on. During a restart, another one begins at its end.
   */
  restart(): void;
}

/**
 * Starts workers: the first alone, so that a problem is reported once, then the others.
 * @param onReady called with the greeting of the first worker when all of them serve
 * @param metrics adds up what they count
 * @param metricsProviders evaluates the runs of custom monitors that workers are asked for: each once, whichever worker is
 */
export function startWorkers(
  { workers: count, host, port, tls }: Pick<Configuration, 'workers'> & Address,
  log: Log,
  onReady: (greeting: string) => void,
  metrics?: FirstProcessMetrics,
  metricsProviders?: MetricsProviders,
): Workers {
  const observe = joinObservers([buildRequestLog(log), ...(metrics ? [metrics.observe] : [])], log);
  const connections = new ConnectionDistributor(buildStandIn(observe, tls));
  const ticketKeys = tls && makeTicketKeys().toString('base64');
  const sessionSecret = randomBytes(32).toString('base64');
  const endedSessions = new EndedSessions();
  const awaited = new Set(Array.from({ length: count }, (_, index) => index + 1));
  const living = new Set<Worker>();
  const ready = new Set<Worker>();
  /** Workers that have replacements, and end when they have finished their requests. */
  const retired = new Set<Worker>();
  /** By number, the worker that serves; a replacement, once it does. */
  const current = new Map<number, Worker>();
  let greeting: string | undefined;
  let isStopping = false;
  let isClosed = false;
  let end: (code: number) => void;
  let fail: (error: unknown) => void;
  const ended = new Promise<number>((resolve, reject) => ([end, fail] = [resolve, reject]));

  /** @param onSettled called when the worker serves, or has died before; without it, one that dies is replaced */
  const fork = (number: number, onSettled?: (isReady: boolean) => void): void => {
    const worker = cluster.fork({ [WORKER_NUMBER]: String(number) });
    living.add(worker);
    if (!onSettled) current.set(number, worker);
    const replace = (why: object, message: string) => {
      living.delete(worker);
      if (isStopping) {
        if (isClosed && living.size === 0) end(0);
        return;
      }
      if (retired.delete(worker)) return;
      log.error({ worker: number, ...why }, message);
      metrics?.noteDeath();
      if (current.get(number) !== worker) return onSettled?.(false);
      if (greeting === undefined) end(1);
      else
        setTimeout(
          () => isStopping || current.get(number) !== worker || fork(number),
          ready.delete(worker) ? 0 : PAUSE,
        );
    };
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'loaded') {
        if (!isStopping)
          void connections
            .open({ host, port, tls })
            .then(
              (url) =>
                tell(worker, { type: 'listening', url, ticketKeys, sessionSecret, endedSessions: endedSessions.all }),
              giveUp,
            );
      } else if (message.type === 'taken') {
        connections.confirm(worker);
      } else if (message.type === 'session ended') {
        endedSessions.add(message.session);
        for (const other of living) if (other !== worker && other.isConnected()) tell(other, message);
      } else if (message.type === 'metrics run') {
        const { id, name, request } = message;
        void metricsProviders
          ?.run(name, request)
          .catch(toThreadFailure)
          .then((run) => worker.isConnected() && tell(worker, { type: 'metrics run', id, run }));
      } else if (message.type !== 'ready') {
        metrics?.workers.receive(worker, message);
      } else {
        ready.add(worker);
        metrics?.workers.add(worker, number);
        connections.add(worker);
        if (isClosed) tell(worker, { type: 'stop' });
        if (isStopping) return;
        if (onSettled) {
          retire(number);
          current.set(number, worker);
          onSettled(true);
          return;
        }
        if (greeting === undefined) for (let next = 2; next <= count; next++) fork(next);
        greeting ??= message.greeting;
        if (awaited.delete(number) && awaited.size === 0) onReady(greeting);
      }
    });
    // By the time of this event, unlike at exit, the messages that it sent before it died have been read.
    worker.on('disconnect', () => {
      connections.remove(worker);
      metrics?.workers.remove(worker);
    });
    worker.on('exit', (code, signal) => {
      // Node 20 does not always emit disconnect for a worker that died with a connection that it had not read.
      setTimeout(() => {
        connections.remove(worker);
        metrics?.workers.remove(worker);
      }, READ_TIME);
      replace({ code, signal }, 'worker died');
    });
    worker.on('error', ({ code }: NodeJS.ErrnoException) => {
      // A worker that has started also emits exit: it has died already, and could not receive a message.
      if (worker.process.pid === undefined) replace({ code }, 'worker could not start');
    });
  };
  /** Has the worker with a number finish its requests and end, if it lives. */
  const retire = (number: number): void => {
    const worker = current.get(number);
    if (!worker || !living.has(worker)) return;
    retired.add(worker);
    if (!ready.delete(worker)) {
      worker.process.kill('SIGKILL');
      return;
    }
    connections.retire(worker);
    tell(worker, { type: 'stop' });
  };
  const restartAll = async (): Promise<void> => {
    log.info('restarting');
    for (let number = 1; number <= count && !isStopping; number++) {
      const previous = current.get(number);
      if (!(await new Promise<boolean>((resolve) => fork(number, resolve)))) {
        log.error({ worker: number }, 'restart given up');
        return;
      }
      // So that there is one worker more than usual at a time, and no more.
      if (previous && living.has(previous)) await new Promise((resolve) => previous.once('exit', resolve));
    }
    if (!isStopping) log.info('restarted');
  };
  let restarting: Promise<void> | undefined;
  let isToRestart = false;
  const restart = (): void => {
    if (isStopping || greeting === undefined) return;
    if (restarting) {
      isToRestart = true;
      return;
    }
    restarting = restartAll().then(() => {
      restarting = undefined;
      if (!isToRestart) return;
      isToRestart = false;
      restart();
    });
  };
  const giveUp = (error: unknown) => {
    isStopping = true;
    for (const worker of living) worker.process.kill();
    fail(error);
  };

  fork(1);
  return {
    ended,
    restart,
    stop: () => {
      isStopping = true;
      void connections.close().then(() => {
        isClosed = true;
        for (const worker of living) {
          // A worker that is not ready yet may not receive messages, and serves nothing: the signal ends it, or it reports that
          // it is ready and is stopped then.
          if (ready.has(worker)) tell(worker, { type: 'stop' });
          else if (!retired.has(worker)) worker.process.kill();
        }
        if (living.size === 0) end(0);
      });
    },
  };
}

function tell(worker: Worker, message: ToWorker): void {
  worker.send(message);
}
