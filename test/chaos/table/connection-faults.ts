/** Faults of connections and heads of requests. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseReplies } from '../../fuzz/parse-replies.ts';
import type { Fault, Situation } from '../fault.ts';
import { attackBySockets, toBytes } from '../faults/attack-by-sockets.ts';
import { expectBehindSlow } from '../faults/expect-behind-slow.ts';
import { floodPipeline } from '../faults/flood-pipeline.ts';
import { trickle } from '../faults/trickle.ts';
import { formatTally } from '../format-tally.ts';

const ONLINE = '/v1/deployments/iris/online';
/** What `wrapped` answers to x = 0.25. */
const ANSWER = '[[0.25,"no",[0.75,0.25]]]';
const JSON_TYPE = ['Content-Type', 'application/json'] as const;
const FIELDS = '"fields":["sepal_length","sepal_width","petal_length","petal_width"]';
const ROW = `{${FIELDS},"values":[[5.1,3.5,1.4,0.2]]}`;
const toBody = (rows: number) =>
  `{${FIELDS},"values":[${Array.from({ length: rows }, () => '[5.1,3.5,1.4,0.2]').join()}]}`;

/** Fails if a tally has an outcome that is not among those expected. */
export function expectOnly(tally: Readonly<Record<string, number>>, ...expected: readonly string[]): string {
  const others = Object.keys(tally).filter((outcome) => !expected.includes(outcome));
  if (others.length > 0) throw new Error(`expected only ${expected.join(', ')}; got ${formatTally(tally)}`);
  return formatTally(tally);
}

/** A flood of connections, a hundred at once, that each send the same bytes once. */
const sendOnce =
  (bytes: string | Buffer, connections: number, patience = 10_000) =>
  ({ target }: Situation) =>
    attackBySockets(target, {
      connections,
      atOnce: 100,
      patience,
      // A connection that was upgraded or is kept waits for nothing.
      begin: (socket) => {
        socket.write(bytes);
        socket.once('data', () => setTimeout(() => socket.destroy(), 20));
      },
    });

export const connectionFaults: readonly Fault[] = [
  {
    name: 'pipelining: 100,000 GETs on one connection',
    make: async ({ target }) => expectOnly(await floodPipeline(target, { requests: 100_000 }), '404'),
  },
  {
    name: 'pipelining: 20,000 discoveries on four connections',
    make: async ({ target }) =>
      expectOnly(await floodPipeline(target, { requests: 5_000, connections: 4, path: '/v1/deployments' }), '200'),
  },
  {
    name: 'pipelining: 2,000 scores on each of eight connections that read nothing',
    make: async ({ target }) => {
      const request = toBytes('POST', ONLINE, { headers: [JSON_TYPE], body: ROW });
      const tally = await attackBySockets(target, {
        connections: 8,
        patience: 4_000,
        reads: false,
        begin: (socket) => socket.write(request.repeat(2_000)),
      });
      return expectOnly(tally, 'open', 'cut');
    },
  },
  {
    name: 'pipelining: 100-continue behind a slow call, on 30 connections',
    make: async ({ target, upstream }) => {
      upstream.behave(async (request, response) => {
        await sleep(300);
        const { values } = JSON.parse(request.body) as { values: number[][] };
        response.end(JSON.stringify(values.map(([x]) => [1 - (x as number), x])));
      });
      const slow = '{"fields":["x"],"values":[[0.25]]}';
      const wrapped = { url: target.url, deployment: 'wrapped' };
      const replies = await expectBehindSlow(wrapped, { slow, quick: slow, connections: 30 });
      const isInStep = (text: string) => {
        const { replies: parsed } = parseReplies(Buffer.from(text), () => false);
        return parsed.length === 3 && parsed.every(({ status, text: body }) => status === 200 && body.includes(ANSWER));
      };
      // Throws where bytes are between replies or in them.
      const inStep = replies.filter(isInStep);
      if (inStep.length < 30) throw new Error(`${30 - inStep.length} of 30 connections got replies out of step`);
      return '30 × three replies in step';
    },
  },
  {
    name: 'slowloris: 500 heads that come byte by byte',
    make: async ({ target }) => {
      const tally = await attackBySockets(target, {
        connections: 500,
        patience: 20_000,
        begin: (socket) => trickle(socket, 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', 'a', 500),
      });
      return expectOnly(tally, '408', 'cut');
    },
  },
  {
    name: 'half-open: 1,000 connections that send nothing',
    make: async ({ target }) =>
      expectOnly(
        await attackBySockets(target, { connections: 1_000, patience: 3_000, begin: () => undefined }),
        'open',
        'cut',
      ),
  },
  {
    name: 'half-closed: 300 clients that end their side after the request',
    make: async ({ target }) => {
      const request = toBytes('POST', ONLINE, { headers: [JSON_TYPE], body: ROW });
      const tally = await attackBySockets(target, { connections: 300, begin: (socket) => socket.end(request) });
      return expectOnly(tally, '200', 'cut');
    },
  },
  {
    name: 'resets: 1,000 connections cut in the middle of a request',
    make: async ({ target }) => {
      const part = toBytes('POST', ONLINE, { headers: [JSON_TYPE], body: toBody(200) }).slice(0, 900);
      const tally = await attackBySockets(target, {
        connections: 1_000,
        atOnce: 100,
        begin: (socket) => void socket.write(part, () => socket.resetAndDestroy()),
      });
      return expectOnly(tally, 'cut');
    },
  },
  {
    name: 'resets: 300 clients gone before the reply to 400 rows',
    make: async ({ target }) => {
      const request = toBytes('POST', ONLINE, { headers: [JSON_TYPE], body: toBody(400) });
      const tally = await attackBySockets(target, {
        connections: 300,
        atOnce: 100,
        begin: (socket) => void socket.write(request, () => setTimeout(() => socket.resetAndDestroy(), 5)),
      });
      return expectOnly(tally, 'cut', '200', '503');
    },
  },
  {
    name: 'connections: 5,000 opened and closed',
    make: async ({ target }) => {
      const begin = (socket: Socket) => void socket.destroy();
      return expectOnly(await attackBySockets(target, { connections: 5_000, atOnce: 100, begin }), 'cut');
    },
  },
  {
    name: 'CONNECT: 2,000 connections',
    make: async (situation) =>
      expectOnly(
        await sendOnce('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', 2_000)(situation),
        '400',
        '405',
        '501',
      ),
  },
  {
    name: 'upgrades: 500 requests for a WebSocket',
    make: async (situation) => {
      const upgrade = toBytes('GET', '/', {
        headers: [
          ['Connection', 'Upgrade'],
          ['Upgrade', 'websocket'],
        ],
      });
      return expectOnly(await sendOnce(upgrade, 500, 3_000)(situation), '404', '400', '426');
    },
  },
  {
    name: 'header bombs: 1,000 heads of 1 MB',
    make: async (situation) =>
      expectOnly(
        await sendOnce(toBytes('GET', '/', { headers: [['X', 'a'.repeat(2 ** 20)]] }), 1_000)(situation),
        '431',
        'cut',
      ),
  },
  {
    name: 'header bombs: 1,000 heads of 2,500 headers',
    make: async (situation) => {
      const headers = Array.from({ length: 2_500 }, (_, index) => [`x${index.toString(36)}`, ''] as const);
      return expectOnly(await sendOnce(toBytes('GET', '/', { headers }), 1_000)(situation), '404', '431', '400', 'cut');
    },
  },
  {
    name: 'no HTTP: 1,000 beginnings of TLS',
    make: async (situation) =>
      expectOnly(await sendOnce(Buffer.from(`16030100a5010000a1${'5a'.repeat(160)}`, 'hex'), 1_000)(situation), '400'),
  },
  {
    name: 'smuggling: two Hosts, two Authorizations, gzip before chunked, two lengths',
    engine: { environment: { ENGINE_USERNAME: 'chaos', ENGINE_PASSWORD: 'chaos' } },
    caller: { headers: { 'Content-Type': 'application/json', Authorization: `Basic ${btoa('chaos:chaos')}` } },
    make: async (situation) => {
      const good = ['Authorization', `Basic ${btoa('chaos:chaos')}`] as const;
      const many = Array.from({ length: 1_100 }, (_, index) => [`x${index.toString(36)}`, ''] as const);
      const heads: Record<string, string> = {
        'a second Host behind 1,100 headers': toBytes('GET', '/v1/deployments', {
          headers: [good, ...many, ['Host', 'evil']],
        }),
        'a wrong and a right Authorization': toBytes('GET', '/v1/deployments', {
          headers: [['Authorization', 'Basic eDp5'], good],
        }),
        'gzip, chunked': toBytes('POST', ONLINE, {
          headers: [good, JSON_TYPE, ['Transfer-Encoding', 'gzip, chunked']],
        }),
        'a length and chunks': `${toBytes('POST', ONLINE, {
          headers: [good, JSON_TYPE, ['Transfer-Encoding', 'chunked'], ['Content-Length', '4']],
        })}0\r\n\r\n`,
        'two lengths': toBytes('POST', ONLINE, { headers: [good, JSON_TYPE, ['Content-Length', '1']], body: ROW }),
      };
      const got: string[] = [];
      for (const [name, bytes] of Object.entries(heads)) {
        const tally = await sendOnce(bytes, 20, 3_000)(situation);
        got.push(`${name}: ${expectOnly(tally, '400', '401', '415', '431', '501', 'cut')}`);
      }
      return got.join('; ');
    },
  },
  {
    name: 'wrong passwords: 3,000 requests',
    engine: { environment: { ENGINE_USERNAME: 'chaos', ENGINE_PASSWORD: 'chaos' } },
    caller: { headers: { 'Content-Type': 'application/json', Authorization: `Basic ${btoa('chaos:chaos')}` } },
    make: async (situation) => {
      const wrong = toBytes('POST', ONLINE, {
        headers: [JSON_TYPE, ['Authorization', `Basic ${btoa('chaos:guess')}`], ['Connection', 'close']],
        body: ROW,
      });
      return expectOnly(await sendOnce(wrong, 3_000)(situation), '401');
    },
  },
  {
    name: 'stalled readers: 50 clients that do not read the reply to 5,000 rows',
    make: async ({ target }) => {
      const request = toBytes('POST', ONLINE, { headers: [JSON_TYPE], body: toBody(5_000) });
      const tally = await attackBySockets(target, {
        connections: 50,
        patience: 6_000,
        reads: false,
        begin: (socket) => socket.write(request),
      });
      return expectOnly(tally, 'open', 'cut');
    },
  },
];
