import { connect } from 'node:net';

/** Max milliseconds from the last byte sent until the engine ends the connection. */
const PATIENCE = 30_000;

/**
 * Sends pieces on a connection of their own, one after the other, and gives all that is received until the engine ends it.
 * @throws when it does not
 */
export async function sendStream(port: number, pieces: readonly Uint8Array[]): Promise<Buffer> {
  const received: Buffer[] = [];
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => received.push(chunk));
  for (const piece of pieces) {
    await new Promise<void>((sent) => socket.write(piece, () => sent()));
  }
  let isLate = false as boolean;
  const timer = setTimeout(() => {
    isLate = true;
    socket.destroy();
  }, PATIENCE);
  await ended;
  clearTimeout(timer);
  if (isLate) throw new Error(`the connection is still open after ${PATIENCE / 1000} s`);
  return Buffer.concat(received);
}
