import { connect, type Socket } from 'node:net';
import { toAddress, type Target } from '../target.ts';

export interface SocketAttack {
  readonly connections: number;
  /** How many of them are open at once; all by default. */
  readonly atOnce?: number;
  /** What is done on each connection when it is open. */
  readonly begin: (socket: Socket, index: number) => void;
  /** Milliseconds after which connections that are still open are destroyed; 10 s by default. */
  readonly patience?: number;
  /** Whether replies are read, which is the default. */
  readonly reads?: boolean;
}

/**
 * Opens many connections and does the same on each.
 * @returns the number of replies per status, and of connections that were `cut` without a reply or still `open` without one
 */
export async function attackBySockets(
  target: Pick<Target, 'url'>,
  { connections, atOnce = connections, begin, patience = 10_000, reads = true }: SocketAttack,
): Promise<Record<string, number>> {
  const { host, port } = toAddress(target);
  const tally: Record<string, number> = {};
  const count = (outcome: string) => (tally[outcome] = (tally[outcome] ?? 0) + 1);
  const attackOnce = (index: number) =>
    new Promise<void>((resolve) => {
      const socket = connect({ host, port, noDelay: true });
      let isPatienceOver = false;
      let replies = 0;
      let rest = '';
      const timer = setTimeout(() => {
        isPatienceOver = true;
        socket.destroy();
      }, patience);
      if (reads)
        socket.on('data', (chunk) => {
          const text = rest + chunk.toString('latin1');
          for (const [, status] of text.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)) {
            count(status as string);
            replies += 1;
          }
          rest = text.slice(-12).replace(/HTTP\/1\.1 \d{3} .*/s, '');
        });
      socket.on('error', () => undefined);
      socket.once('connect', () => begin(socket, index));
      socket.once('close', () => {
        clearTimeout(timer);
        if (replies === 0) count(isPatienceOver ? 'open' : 'cut');
        resolve();
      });
    });
  let next = 0;
  const attackInTurn = async () => {
    while (next < connections) await attackOnce(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, attackInTurn));
  return tally;
}

/** A request as bytes. Headers may be given several times. */
export function toBytes(
  method: string,
  path: string,
  {
    headers = [],
    body = '',
  }: { readonly headers?: readonly (readonly [string, string])[]; readonly body?: string } = {},
): string {
  const all = [
    ['Host', 'localhost'],
    ...headers,
    ...(body ? [['Content-Length', String(Buffer.byteLength(body))]] : []),
  ];
  return `${method} ${path} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}
