import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

const MOST_BYTES = 64 * 2 ** 20;
const MOST_TIME = 2_000;

/**
 * Lets go of a body that was refused. A client that still sends would miss the reply if the connection were cut at once
 * (the kernel resets it), so what comes is thrown away for a while; who does not stop then is cut off.
 */
export function discardBody(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const { socket } = request;
  let bytes = 0;
  let isLast = false;
  const timer = setTimeout(() => request.destroy(), MOST_TIME);
  timer.unref();
  // Node calls this when the last reply of a connection is written: it would cut the connection.
  socket.destroySoon = () => {
    isLast = true;
    socket.end();
  };
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) request.destroy();
  });
  request.on('close', () => {
    clearTimeout(timer);
    Reflect.deleteProperty(socket, 'destroySoon');
    if (isLast) socket.destroySoon();
  });
  request.on('error', () => undefined);
  request.resume();
}
