import { connect } from 'node:net';
import { toAddress, type Target } from '../target.ts';

export interface PipelineFlood {
  /** The number of GET requests that each connection sends without waiting for replies; 100,000 by default. */
  readonly requests?: number;
  readonly connections?: number;
  readonly path?: string;
  /** Ends the flood early. */
  readonly signal?: AbortSignal;
}

/**
 * Pipelining: connections that send many small requests at once, and read the replies.
 * @returns the number of replies per status; 0 counts the connections that ended before all were answered
 */
export async function floodPipeline(
  target: Pick<Target, 'url'>,
  { requests = 100_000, connections = 1, path = '/nothing', signal }: PipelineFlood = {},
): Promise<Record<number, number>> {
  const { host, port } = toAddress(target);
  const tally: Record<number, number> = {};
  const flood = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(requests));
  const floodOne = () =>
    new Promise<void>((resolve) => {
      const socket = connect({ host, port, noDelay: true });
      const end = () => socket.destroy();
      signal?.addEventListener('abort', end);
      let replies = 0;
      let rest = '';
      socket.on('data', (chunk) => {
        const text = rest + chunk.toString('latin1');
        for (const [, status] of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
          tally[Number(status)] = (tally[Number(status)] ?? 0) + 1;
          replies += 1;
        }
        // A status line may be split over two chunks, but never counted twice.
        const cut = text.lastIndexOf('HTTP/1.1');
        rest = text.slice(Math.max(cut < 0 ? 0 : cut + 1, text.length - 12));
        if (replies >= requests) end();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (replies < requests) tally[0] = (tally[0] ?? 0) + 1;
        signal?.removeEventListener('abort', end);
        resolve();
      });
      socket.write(flood);
    });
  await Promise.all(Array.from({ length: connections }, floodOne));
  return tally;
}
