/** An engine as one of several processes: its connections come from the first one (workers.ts). Without that one, Node ends it. */
import cluster from 'node:cluster';
import type { Server, Socket } from 'node:net';
import type { ConnectionSource } from '../connections/connection-source.ts';
import { EndedSessions } from '../access/ended-sessions.ts';
import type { Engine } from '../engine.ts';
import type { MetricsProviders, MetricsRun } from '../../handlers/metrics-providers.ts';
import { fromThreadFailure, type ThreadFailure } from '../threads/thread-failure.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** The environment variable with the number of the worker. */
export const WORKER_NUMBER = 'ENGINE_WORKER_NUMBER';

/** The number of this worker, from 1; undefined if this process is not a worker. */
export function toWorkerNumber(): number | undefined {
  return cluster.isWorker ? Number(process.env[WORKER_NUMBER]) : undefined;
}

type Listening = Extract<ToWorker, { readonly type: 'listening' }>;

/** Passes the connections that the first process sends to a server. */
export async function takeConnections(server: Server): Promise<ConnectionSource> {
  const ended = new EndedSessions((session) => tell({ type: 'session ended', session }));
  const {
    url,
    ticketKeys,
    sessionSecret,
    endedSessions = [],
  } = await new Promise<Listening>((resolve) => {
    process.on('message', (message: ToWorker, socket?: Socket) => {
      if (message.type === 'listening') resolve(message);
      if (message.type === 'session ended') ended.add(message.session);
      if (message.type !== 'connection') return;
      tell({ type: 'taken' });
      // Undefined if the client has disconnected in the meantime.
      if (socket) server.emit('connection', socket);
    });
    tell({ type: 'loaded' });
  });
  for (const session of endedSessions) ended.add(session);
  // A server that does not listen does not check the time limits of its connections by itself.
  server.emit('listening');
  return {
    url,
    ...(ticketKeys !== undefined && { ticketKeys: Buffer.from(ticketKeys, 'base64') }),
    ...(sessionSecret !== undefined && { sessionSecret: Buffer.from(sessionSecret, 'base64') }),
    endedSessions: ended,
    close: () => Promise.resolve(),
  };
}

/** Runs an engine as a worker: reports that it is ready, and stops it on request; last, it says what it has counted. */
export function serveAsWorker(
  engine: Pick<Engine, 'stop'> & Partial<Pick<Engine, 'takeFigures'>>,
  greeting: string,
): void {
  const stop = async () => {
    await engine.stop();
    const figures = await engine.takeFigures?.();
    if (figures)
      await new Promise((resolve) => process.send?.({ type: 'figures', figures } satisfies FromWorker, resolve));
    process.disconnect();
  };
  process.on('message', ({ type }: ToWorker) => {
    if (type === 'stop') void stop();
  });
  tell({ type: 'ready', greeting });
}

/** The metrics providers of the first process, as a worker has them. */
export function relayMetricsProviders(): MetricsProviders {
  const asked = new Map<number, (run: MetricsRun | ThreadFailure) => void>();
  let count = 0;
  process.on('message', (message: ToWorker) => {
    if (message.type !== 'metrics run') return;
    asked.get(message.id)?.(message.run);
    asked.delete(message.id);
  });
  return {
    run: async (name, request) => {
      const id = (count += 1);
      const answer = new Promise<MetricsRun | ThreadFailure>((resolve) => asked.set(id, resolve));
      tell({ type: 'metrics run', id, name, request });
      const run = await answer;
      if ('code' in run) throw fromThreadFailure(run);
      return run;
    },
  };
}

function tell(message: FromWorker): void {
  process.send?.(message);
}
