/** An engine as one of several processes: its connections come from the first one (workers.ts). Left alone, Node ends it. */
import cluster from 'node:cluster';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionSource } from './connection-source.ts';
import type { Engine } from './engine.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** The variable that numbers the workers. */
export const WORKER_NUMBER = 'ENGINE_WORKER_NUMBER';

/** Which of the workers this process is, from 1; undefined where it is none. */
export function toWorkerNumber(): number | undefined {
  return cluster.isWorker ? Number(process.env[WORKER_NUMBER]) : undefined;
}

/** Gives a server the connections that the first process hands to this one. */
export async function takeConnections(server: Server): Promise<ConnectionSource> {
  const url = await new Promise<string>((resolve) => {
    process.on('message', (message: ToWorker, socket?: Socket) => {
      if (message.type === 'listening') resolve(message.url);
      if (message.type !== 'connection') return;
      tell({ type: 'taken' });
      // There is none where its client has gone meanwhile.
      if (socket) server.emit('connection', socket);
    });
    tell({ type: 'loaded' });
  });
  // A server that does not listen itself would not watch the time limits of its connections.
  server.emit('listening');
  return { url, close: () => Promise.resolve() };
}

/** Makes an engine a worker: it says that it is ready, and stops when it is told to. */
export function serveAsWorker(engine: Pick<Engine, 'stop'>, greeting: string): void {
  process.on('message', ({ type }: ToWorker) => {
    if (type === 'stop') void engine.stop().then(() => process.disconnect());
  });
  tell({ type: 'ready', greeting });
}

function tell(message: FromWorker): void {
  process.send?.(message);
}
