/** Faults of bodies. */
import { readMemory } from '../../../bench/process-usage.ts';
import type { Fault, Situation } from '../fault.ts';
import { attackBySockets, toBytes } from '../faults/attack-by-sockets.ts';
import { sendBombs, type Bomb } from '../faults/send-bombs.ts';
import { trickle } from '../faults/trickle.ts';
import { formatTally } from '../format-tally.ts';
import { expectOnly } from './connection-faults.ts';

const ONLINE = '/v1/deployments/iris/online';
const JSON_TYPE = ['Content-Type', 'application/json'] as const;

/** Sends the same body on many connections. */
const sendBody =
  (body: string, connections: number, expected: string, path = ONLINE) =>
  async ({ target }: Situation) => {
    const bytes = toBytes('POST', path, { headers: [JSON_TYPE, ['Connection', 'close']], body });
    const begin = (socket: { write(bytes: string): unknown }) => void socket.write(bytes);
    return expectOnly(await attackBySockets(target, { connections, patience: 30_000, begin }), expected, '503');
  };

const bomb = (name: string, kind: Bomb, count: number): Fault => ({
  name,
  make: async ({ target, engine }) => {
    const tally = await sendBombs(target, { bomb: kind, count });
    const peak = readMemory(engine.pid)?.peak ?? NaN;
    return `${formatTally(tally)}; peak ${peak.toFixed(0)} MB`;
  },
});

export const bodyFaults: readonly Fault[] = [
  bomb('bombs: 200 bodies that brotli inflates to 31 MiB', 'brotli', 200),
  bomb('bombs: 100 bodies that gzip inflates to 31 MiB', 'gzip', 100),
  bomb('bombs: 60 bodies that gzip inflates to 31 MiB, at a low ratio', 'gentle', 60),
  bomb('large bodies: 40 of 31 MiB', 'plain', 40),
  {
    name: 'slow bodies: 500 that come byte by byte',
    engine: { environment: { ENGINE_BODY_TIMEOUT: '5' } },
    make: async ({ target }) => {
      const head = toBytes('POST', ONLINE, { headers: [JSON_TYPE, ['Content-Length', '1000']] });
      const tally = await attackBySockets(target, {
        connections: 500,
        patience: 30_000,
        begin: (socket) => trickle(socket, head, ' ', 200),
      });
      return expectOnly(tally, '408', '503', 'cut');
    },
  },
  {
    name: 'slow bodies: 300 that are promised and never come',
    engine: { environment: { ENGINE_BODY_TIMEOUT: '3' } },
    make: async ({ target }) => {
      const head = toBytes('POST', ONLINE, { headers: [JSON_TYPE, ['Content-Length', '1000']] });
      const begin = (socket: { write(bytes: string): unknown }) => void socket.write(head);
      return expectOnly(
        await attackBySockets(target, { connections: 300, patience: 30_000, begin }),
        '408',
        '503',
        'cut',
      );
    },
  },
  {
    name: 'slow bodies: 200 of chunks of one byte',
    engine: { environment: { ENGINE_BODY_TIMEOUT: '3' } },
    make: async ({ target }) => {
      const head = toBytes('POST', ONLINE, { headers: [JSON_TYPE, ['Transfer-Encoding', 'chunked']] });
      const tally = await attackBySockets(target, {
        connections: 200,
        patience: 30_000,
        begin: (socket) => trickle(socket, head, '1\r\n \r\n'.repeat(50), 50),
      });
      return expectOnly(tally, '408', '503', 'cut');
    },
  },
  { name: 'deep JSON: 20 bodies of 8 million brackets', make: sendBody('['.repeat(8_000_000), 20, '400', '413') },
  {
    name: 'wide JSON: 20 bodies of 500,000 keys',
    make: sendBody(`{${Array.from({ length: 500_000 }, (_, index) => `"k${index}":1`).join()}}`, 20, '400', '413'),
  },
  { name: 'no JSON: 30 bodies of 8 MB', make: sendBody('<'.repeat(8_000_000), 30, '400') },
  {
    name: 'many rows: 10 tables of 100,000 rows',
    make: sendBody(
      `{"fields":["sepal_length","sepal_width","petal_length","petal_width"],"values":[${'[5,3,1,0],'.repeat(99_999)}[5,3,1,0]]}`,
      10,
      '200',
    ),
  },
  {
    name: 'many rows: 4 tables of 100,000 rows for a wrapped model',
    make: sendBody(
      `{"fields":["x"],"values":[${'[0.25],'.repeat(99_999)}[0.25]]}`,
      4,
      '200',
      '/v1/deployments/wrapped/online',
    ),
  },
  {
    name: 'many columns: 50 tables of 20,000 columns',
    make: sendBody(
      `{"fields":[${Array.from({ length: 20_000 }, (_, index) => `"c${index}"`).join()}],"values":[]}`,
      50,
      '400',
    ),
  },
  {
    name: 'many tables: 20 envelopes of 20,000 tables',
    make: sendBody(
      `{"input_data":[${'{"fields":["x"],"values":[]},'.repeat(19_999)}{"fields":["x"],"values":[]}]}`,
      20,
      '400',
    ),
  },
  {
    name: 'floods of scores: 256 callers at once, 50 rows each',
    make: sendBody(
      `{"fields":["sepal_length","sepal_width","petal_length","petal_width"],"values":[${'[5,3,1,0],'.repeat(49)}[5,3,1,0]]}`,
      256,
      '200',
    ),
    allows: { outcomes: ['503'], because: 'all places are taken' },
  },
];
