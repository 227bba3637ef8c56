/** Bodies that are small on the wire and large in memory, many at once. */
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Target } from '../target.ts';

/** How bodies are compressed: `gentle` ones stay below every limit on the ratio. */
export type Bomb = 'brotli' | 'gzip' | 'gentle' | 'plain';

const MEBIBYTE = 2 ** 20;
const SIZE = 31 * MEBIBYTE;

/** The body, and its Content-Encoding. */
function toBomb(bomb: Bomb): { readonly encoding: string; readonly body: Buffer } {
  const blanks = Buffer.alloc(SIZE, ' ');
  if (bomb === 'plain') return { encoding: 'identity', body: blanks };
  if (bomb === 'gzip') return { encoding: 'gzip', body: gzipSync(blanks) };
  if (bomb === 'gentle') {
    const noise = JSON.stringify(randomBytes(200_000).toString('hex'));
    return { encoding: 'gzip', body: gzipSync(Buffer.concat([blanks, Buffer.from(noise)])) };
  }
  const params = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return { encoding: 'br', body: brotliCompressSync(blanks, { params }) };
}

/**
 * Sends bodies of 31 MiB, compressed or not, to a deployment, all at once.
 * @returns how often each status came; 0 stands for a connection that was cut
 */
export async function sendBombs(
  { url, deployment }: Target,
  { bomb, count }: { readonly bomb: Bomb; readonly count: number },
): Promise<ReadonlyMap<number, number>> {
  const { encoding, body } = toBomb(bomb);
  const headers = {
    'Content-Type': 'application/json',
    'Content-Encoding': encoding,
    'Content-Length': body.length,
  };
  const send = () =>
    new Promise<number>((resolve) => {
      const sent = request(`${url}/v1/deployments/${deployment}/online`, { method: 'POST', headers, agent: false });
      sent.on('response', (response) => {
        response.resume().on('close', () => resolve(response.statusCode as number));
      });
      sent.on('error', () => resolve(0));
      sent.on('socket', (socket) => socket.on('error', () => undefined));
      sent.end(body);
    });
  const statuses = new Map<number, number>();
  for (const status of await Promise.all(Array.from({ length: count }, send)))
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  return statuses;
}
