import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';

/** Max milliseconds from the last byte sent until the engine ends the connection. */
const PATIENCE = 20_000;

export interface Received {
  readonly bytes: Buffer;
  /** Whether the connection was reset while it was being written to, which may have taken replies along. */
  readonly wasReset: boolean;
}

/**
 * Sends pieces on a connection of their own, one after the other, and gives all that is received until the engine ends it.
 * @throws when it does not
 */
export async function sendStream(port: number, pieces: readonly Uint8Array[]): Promise<Received> {
  const received: Buffer[] = [];
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let wasReset = false;
  socket.on('error', () => (wasReset = true));
  socket.on('data', (chunk) => received.push(chunk));
  for (const piece of pieces) {
    await new Promise<void>((sent) => socket.write(piece, () => sent()));
    // Reads, too: a reset would take replies along that have arrived and were not read.
    await setImmediate();
  }
  let isLate = false as boolean;
  const timer = setTimeout(() => {
    isLate = true;
    socket.destroy();
  }, PATIENCE);
  await ended;
  clearTimeout(timer);
  if (isLate) throw new Error(`the connection is still open after ${PATIENCE / 1000} s`);
  return { bytes: Buffer.concat(received), wasReset };
}
