import type { Socket } from 'node:net';

/** Sends some bytes, and then a piece every so many milliseconds until the connection ends. */
export function trickle(socket: Socket, first: string, piece: string, interval: number): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(piece), interval);
  socket.once('close', () => clearInterval(timer));
}
