/**
 * Streams of HTTP/1.1 that are valid at first and then mutated, each on a connection of its own: a few pipelined requests, cut into
 * pieces at random places. Every case follows from the seed and its number.
 */
import { gzipSync } from 'node:zlib';
import { Random } from '../../training/forest/random.ts';
import { CELL, ID } from './canaries.ts';
import { AUTHORIZATION, toRequestBytes, type FuzzRequest } from './fuzz-request.ts';
import { MUTATIONS, type Mutated } from './mutations.ts';

/** A request in a stream. */
export interface StreamedRequest {
  readonly id: string;
  readonly request: FuzzRequest;
  /** `exact`: it is answered with this status. `rejected`: it has no reply 200. `any`: it may have a reply or not. */
  readonly expected: 'exact' | 'rejected' | 'any';
  readonly status: number;
}

export interface StreamCase {
  readonly requests: readonly StreamedRequest[];
  readonly pieces: readonly Buffer[];
  /** The last request, which ends the connection. */
  readonly last: Buffer;
  /** Whether nothing was mutated, so that every request is answered. */
  readonly isValid: boolean;
}

/** A request and the status that it gets. */
interface Sample extends FuzzRequest {
  readonly status: number;
}

const FIELDS = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];
const GOOD = ['Authorization', AUTHORIZATION] as const;
const JSON_TYPE = ['Content-Type', 'application/json'] as const;
const ONLINE = '/v1/deployments/iris/online';

/** Makes a case. Its last request asks for the end of the connection. */
export function makeStreamCase(seed: number, number: number): StreamCase {
  const random = new Random(seed, number);
  const count = 1 + random.below(8);
  const samples = [...Array.from({ length: count }, (_, index) => makeSample(random, `${number}-${index}`)), LAST];
  let requests = samples.map(({ status, ...request }, index): StreamedRequest => {
    return { id: `f${number}-${index}`, request, status, expected: 'exact' };
  });
  let bytes: Mutated[] = requests.map(({ request, id }) => ({ bytes: toRequestBytes(request, id) }));
  const last = (bytes.at(-1) as Mutated).bytes;
  const mutations = random.below(10) < 3 ? 0 : 1 + random.below(3);
  for (let round = 0; round < mutations; round++) {
    // The last one, which ends the connection, stays.
    const index = random.below(count);
    const mutate = MUTATIONS[random.below(MUTATIONS.length)] as (typeof MUTATIONS)[number];
    const before = bytes[index] as Mutated;
    const after = mutate(before.bytes, random);
    if (after.bytes.equals(before.bytes)) continue;
    bytes = bytes.with(index, after);
    requests = requests.map((one, other) => {
      if (other < index) return one;
      const isRejected = other === index && after.isRejected === true && one.expected === 'exact';
      return { ...one, expected: isRejected ? 'rejected' : 'any' };
    });
  }
  const isValid = requests.every(({ expected }) => expected === 'exact');
  return { requests, pieces: cut(Buffer.concat(bytes.map((one) => one.bytes)), random), last, isValid };
}

/** Cuts bytes into pieces: often none, some, or for short streams each byte by itself. */
function cut(bytes: Buffer, random: Random): Buffer[] {
  const kind = random.below(10);
  if (kind < 5) return [bytes];
  const count = kind === 9 && bytes.length < 400 ? bytes.length : 1 + random.below(8);
  const places = Array.from({ length: count }, (_, index) =>
    count === bytes.length ? index : random.below(bytes.length),
  ).sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index])).filter(({ length }) => length > 0);
}

const LAST: Sample = {
  method: 'GET',
  path: '/health/live',
  headers: [['Connection', 'close']],
  body: undefined,
  isAuthorized: true,
  status: 200,
};

/** A request that is valid HTTP, and mostly a good one. Its tag comes back in its answer, and in no other one. */
function makeSample(random: Random, tag: string): Sample {
  const marked = `${CELL}-${tag}`;
  const table = { fields: [...FIELDS, 'tag'], values: [[5.1, 3.5, 1.4, 0.2, marked]] };
  const text = JSON.stringify(table);
  const post = (body: string | Buffer, headers: readonly (readonly [string, string])[] = [], status = 200): Sample => ({
    method: 'POST',
    path: ONLINE,
    headers: [GOOD, JSON_TYPE, ...headers],
    body: Buffer.from(body),
    isAuthorized: true,
    status,
    checkAnswer: (reply) => {
      const { values } = JSON.parse(reply) as { values: unknown[][] };
      return values[0]?.[4] === marked && values.length === 1 ? undefined : `the answer of another request: ${reply}`;
    },
  });
  const get = (path: string, status = 200, headers: Sample['headers'] = [GOOD], method = 'GET'): Sample => {
    const isAuthorized = headers.includes(GOOD);
    return { method, path, headers, body: undefined, isAuthorized, status };
  };
  const wrong = ['Authorization', 'Basic ZnV6ejp3cm9uZw=='] as const;
  const samples: readonly (() => Sample)[] = [
    () => post(text),
    () => post(text),
    () => post(text, [['Expect', '100-continue']]),
    () => post(toChunks(text, random), [['Transfer-Encoding', 'chunked']]),
    () => post(toChunks(text, random), [['Transfer-Encoding', 'chunked']]),
    () => post(gzipSync(text), [['Content-Encoding', 'gzip']]),
    () => post(text.slice(0, -1), [], 400),
    () => post(text.replace('5.1', `"${marked}"`), [], 400),
    () => post('', [], 400),
    () => ({ ...post(text), headers: [JSON_TYPE, wrong], isAuthorized: false, status: 401 }),
    () => ({ ...post(text), headers: [GOOD, ['Content-Type', 'text/plain']], status: 415 }),
    () => get('/v1/deployments'),
    () => get('/v1/deployments/iris'),
    () => get('/v1/deployments/iris', 200, [GOOD], 'HEAD'),
    () => get(`/v1/deployments/${ID}`, 404),
    () => get('/v1/deployments', 401, []),
    () => get('/v1/deployments', 401, [wrong]),
    () => get('/v1/deployments', 405, [GOOD], 'DELETE'),
    () => get('/health/live', 200, []),
    () => get('/health/ready', 200, []),
    () => get('/nothing', 404, []),
  ];
  return (samples[random.below(samples.length)] as () => Sample)();
}

/** A body in chunks, with extensions and trailers now and then. */
function toChunks(text: string, random: Random): string {
  let chunks = '';
  for (let start = 0; start < text.length;) {
    const length = 1 + random.below(40);
    const chunk = text.slice(start, start + length);
    const extension = random.below(4) === 0 ? ';name="value"' : '';
    chunks += `${'0'.repeat(random.below(3))}${chunk.length.toString(16)}${extension}\r\n${chunk}\r\n`;
    start += length;
  }
  return `${chunks}0\r\n${random.below(4) === 0 ? 'X-Trailer: value\r\n' : ''}\r\n`;
}
