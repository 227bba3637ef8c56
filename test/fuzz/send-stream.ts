import { connect } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

/** Max seconds from the last request sent until the engine ends the connection; those in which this process paused count once. */
const PATIENCE = 20;

export interface Received {
  readonly bytes: Buffer;
  /** Whether the connection was reset while it was being written to, which may have taken replies along. */
  readonly wasReset: boolean;
}

/**
 * Sends pieces on a connection of their own, one after the other, and gives all that is received until the engine ends it.
 * @param last a request that ends the connection. It is sent once more to a connection that stays open: if the first one became the
 *   body of another request, the connection is idle and answers it now.
 * @throws when the engine does not end the connection
 */
export async function sendStream(port: number, pieces: readonly Uint8Array[], last?: Uint8Array): Promise<Received> {
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
  let isEnded = await isOver(ended);
  if (!isEnded && last) {
    socket.write(last);
    isEnded = await isOver(ended);
  }
  socket.destroy();
  if (!isEnded) throw new Error(`the connection is still open after ${PATIENCE} s`);
  return { bytes: Buffer.concat(received), wasReset };
}

/** Waits until the connection has ended, or for as long as PATIENCE; gives whether it has. */
async function isOver(ended: Promise<void>): Promise<boolean> {
  const isEnded = ended.then(() => true);
  for (let seconds = 0; seconds < PATIENCE; seconds++) {
    const over = new AbortController();
    const late = sleep(1_000, false, { signal: over.signal }).catch(() => false);
    if (await Promise.race([isEnded, late])) {
      over.abort();
      return true;
    }
  }
  return false;
}
