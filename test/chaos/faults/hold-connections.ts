import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { toAddress, type Target } from '../target.ts';

export interface HeldConnections {
  /** The number of them that are open still. */
  countOpen(): number;
  stop(): void;
}

/** Opens connections and sends nothing on them, to use up the engine's file descriptors. Resolves when all were opened or refused. */
export async function holdConnections(
  target: Pick<Target, 'url'>,
  { count }: { readonly count: number },
): Promise<HeldConnections> {
  const sockets = new Set<Socket>();
  const open = () =>
    new Promise<void>((resolve) => {
      const socket = connect(toAddress(target));
      sockets.add(socket);
      const done = () => resolve();
      socket.on('error', () => undefined).once('connect', done);
      socket.once('close', () => {
        sockets.delete(socket);
        done();
      });
      socket.resume();
    });
  for (let opened = 0; opened < count; opened++) {
    await open();
    // So that the queue of the port does not run over.
    if (opened % 100 === 99) await sleep(10);
  }
  return {
    countOpen: () => sockets.size,
    stop: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
