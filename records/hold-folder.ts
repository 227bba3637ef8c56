/**
 * A lock on a folder that the operating system releases when its process ends, however it ends: a local socket whose name is made of
 * the folder. On Linux and Windows such a name is nowhere on disk; elsewhere it is a file, which is removed if nobody listens.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives a held folder back. */
export type ReleaseFolder = () => void;

/**
 * Waits until no other process of this machine holds a folder, and holds it.
 * @param onWaiting called if another process holds it
 * @returns undefined if it was told to stop before
 */
export async function holdFolder(
  folder: string,
  signal: AbortSignal,
  onWaiting: () => void = () => undefined,
): Promise<ReleaseFolder | undefined> {
  const name = await toSocketName(folder);
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const server = await listen(name);
    if (server) return () => void server.close();
    if (isFirst) onWaiting();
    await waitForHolder(name, signal);
  }
  return undefined;
}

/** The name belongs to the folder, by whatever path it is reached. */
async function toSocketName(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder, { bigint: true });
  const hash = createHash('sha256').update(`${dev} ${ino}`).digest('hex').slice(0, 32);
  if (process.platform === 'linux') return `\0custom-ml-engine-${hash}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\custom-ml-engine-${hash}`;
  return join(tmpdir(), `custom-ml-engine-${hash}.sock`);
}

/** A server that keeps every connection open, so that others see when its process ends; undefined if the name is taken. */
async function listen(name: string): Promise<Server | undefined> {
  const connections = new Set<{ destroy: () => void }>();
  const server = createServer((socket) => {
    connections.add(socket.on('error', () => undefined).unref());
  });
  const close = server.close.bind(server);
  server.close = () => {
    for (const connection of connections) connection.destroy();
    return close();
  };
  server.listen(name).unref();
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return undefined;
  }
}

/** Resolves when the process that holds a name has given it back or ended. */
async function waitForHolder(name: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const socket = connect(name);
  const stop = () => socket.destroy();
  signal.addEventListener('abort', stop);
  let code: string | undefined;
  socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code));
  // Without a reader, it does not see the end.
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  signal.removeEventListener('abort', stop);
  if (code === 'ECONNREFUSED' && !name.startsWith('\0')) await rm(name, { force: true });
}
