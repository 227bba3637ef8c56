import type { ServerResponse } from 'node:http';

/** The min bytes per second at which a client must read a long reply, all in all. */
const MIN_RATE = 2 ** 17;

/**
 * Cuts the connection of a client that does not read its reply: if it reads nothing for a time, or all of it takes much longer.
 * What is not read stays in memory.
 * @param patience milliseconds
 */
export function limitReading(response: ServerResponse, patience: number): void {
  // All of the reply has been handed to the socket.
  response.once('prefinish', () => {
    const { socket } = response;
    const unread = socket?.writableLength ?? 0;
    if (!socket || unread === 0) return;
    // Node does not count the time of a write that makes progress, and cuts the connection otherwise.
    socket.setTimeout(patience);
    const timer = setTimeout(() => socket.destroy(), patience + (unread / MIN_RATE) * 1000).unref();
    response.once('close', () => clearTimeout(timer));
  });
}
