import type { IncomingMessage } from 'node:http';
import { limitArrival } from './limit-arrival.ts';

const MAX_BYTES = 64 * 2 ** 20;
const MAX_TIME = 2_000;

/**
 * Discards the body of a rejected request. If the connection were closed at once, a client that is still sending would get a
 * reset instead of the reply. So what arrives is discarded for a while; then the connection is closed.
 */
export function discardBody(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const { socket } = request;
  let bytes = 0;
  let isLast = false;
  const endLimit = limitArrival(
    MAX_TIME,
    () => bytes,
    () => request.destroy(),
  );
  // Node calls this when the last reply of a connection is written; it would close the connection.
  socket.destroySoon = () => {
    isLast = true;
    socket.end();
  };
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) request.destroy();
  });
  request.on('close', () => {
    endLimit();
    Reflect.deleteProperty(socket, 'destroySoon');
    if (isLast) socket.destroySoon();
  });
  request.on('error', () => undefined);
  request.resume();
}
