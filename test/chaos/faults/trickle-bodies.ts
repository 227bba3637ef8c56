import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { toAddress, type Target } from '../target.ts';

export interface BodyTrickle {
  /** The number of callers, each with a connection and a body of its own. */
  readonly callers: number;
  /** Milliseconds between the bytes of a body; 1000 by default. */
  readonly pause?: number;
  /** An address of this machine to call from, such as 127.0.0.2. */
  readonly localAddress?: string;
  /** The value of an Authorization header. */
  readonly authorization?: string;
}

/** Callers that trickle their bodies. */
export interface TricklingCallers {
  /** Ends them; gives how often each status came. 0 stands for callers without a reply. */
  stop(): ReadonlyMap<number, number>;
}

/** Opens connections that announce a body and send it a byte at a time. Resolves when all have sent their first bytes. */
export async function trickleBodies(
  target: Target,
  { callers, pause = 1000, localAddress, authorization }: BodyTrickle,
): Promise<TricklingCallers> {
  const head = [
    `POST /v1/deployments/${target.deployment}/online HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/json',
    'Content-Length: 1000',
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
  ];
  const replies = new Map<Socket, string>();
  const beginOne = async () => {
    const socket = connect({ ...toAddress(target), ...(localAddress !== undefined && { localAddress }) });
    replies.set(socket, '');
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (text: string) => replies.set(socket, `${replies.get(socket)}${text}`));
    await once(socket, 'connect');
    await new Promise((sent) => socket.write(`${head.join('\r\n')}\r\n\r\n{`, sent));
  };
  await Promise.all(Array.from({ length: callers }, beginOne));
  const timer = setInterval(() => {
    for (const socket of replies.keys()) if (socket.writable) socket.write(' ');
  }, pause);
  return {
    stop: () => {
      clearInterval(timer);
      const statuses = new Map<number, number>();
      for (const [socket, reply] of replies) {
        socket.destroy();
        const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(reply)?.[1] ?? 0);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
      return statuses;
    },
  };
}
