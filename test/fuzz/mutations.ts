/** Mutations of the bytes of one request. They know where its head ends, and nothing else of it. */
import type { Random } from '../../training/forest/random.ts';

export interface Mutated {
  readonly bytes: Buffer;
  /** Whether a request that was good before must be rejected now. */
  readonly isRejected?: boolean;
}

export type Mutation = (bytes: Buffer, random: Random) => Mutated;

const pick = <Item>(random: Random, items: readonly Item[]): Item => items[random.below(items.length)] as Item;

/** Replaces a part of the bytes. */
function splice(bytes: Buffer, from: number, to: number, by: string | Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, from), Buffer.from(by as string, 'latin1'), bytes.subarray(to)]);
}

/** The head as lines, without the empty one at its end. */
function takeHead(bytes: Buffer): { lines: string[]; rest: Buffer } {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return { lines: [bytes.toString('latin1')], rest: Buffer.alloc(0) };
  return { lines: bytes.toString('latin1', 0, end).split('\r\n'), rest: bytes.subarray(end + 4) };
}

/** Changes the lines of the head. */
const onHead =
  (change: (lines: string[], random: Random) => string[], isRejected = false): Mutation =>
  (bytes, random) => {
    const { lines, rest } = takeHead(bytes);
    const changed = change([...lines], random);
    return { bytes: Buffer.concat([Buffer.from(`${changed.join('\r\n')}\r\n\r\n`, 'latin1'), rest]), isRejected };
  };

/** Adds headers at a random place. */
const addHeaders = (toLines: (random: Random) => readonly string[], isRejected = false): Mutation =>
  onHead((lines, random) => {
    lines.splice(1 + random.below(lines.length), 0, ...toLines(random));
    return lines;
  }, isRejected);

/** Changes the first line. */
const onFirstLine = (change: (line: string, random: Random) => string): Mutation =>
  onHead(([first = '', ...lines], random) => [change(first, random), ...lines]);

/** Changes a header if it is there. */
const onHeader = (name: RegExp, change: (value: string, random: Random) => string): Mutation =>
  onHead((lines, random) =>
    lines.map((line, index) =>
      index > 0 && name.test(line)
        ? line.replace(/: ?(.*)$/, (_, value: string) => `: ${change(value, random)}`)
        : line,
    ),
  );

const ODD_BYTES = [
  '\0',
  '\r',
  '\n',
  '\r\n',
  '\t',
  ' ',
  ':',
  '\x7f',
  '\x80',
  '\xff',
  '\x0b',
  '%00',
  '"',
  '\u2028',
  'HTTP/1.1',
];
const LENGTHS = [
  '-1',
  '+5',
  '0x10',
  '1e3',
  '5, 5',
  '5,6',
  '',
  ' ',
  '99999999999999999999',
  '9007199254740993',
  '4.0',
  '٣',
  '05',
];
const CODINGS = [
  'gzip, chunked',
  'chunked, chunked',
  'chunked, gzip',
  'identity',
  'xchunked',
  '\x0bchunked',
  'chunked;q=1',
  '',
];
const VERSIONS = ['HTTP/1.0', 'HTTP/2.0', 'HTTP/1.2', 'HTTP/9.9', 'http/1.1', 'HTTP/1.1 ', 'HTTP/11', 'HTTPS/1.1', ''];
const PATHS = [
  '/v1/deployments/%00',
  '/v1/deployments/..%2f..%2fetc',
  '/v1/%zz',
  '//v1/deployments',
  '/v1/deployments/iris/../iris',
  'v1',
  '*',
  'http://[',
  'example.com:80',
  '/?a=\xff',
  '/\\',
  `/${'a'.repeat(20_000)}`,
];

export const MUTATIONS: readonly Mutation[] = [
  // Bytes.
  (bytes, random) => {
    const at = random.below(bytes.length);
    return { bytes: splice(bytes, at, at + 1, String.fromCharCode(random.below(256))) };
  },
  (bytes, random) => {
    const at = random.below(bytes.length);
    return { bytes: splice(bytes, at, at, pick(random, ODD_BYTES)) };
  },
  (bytes, random) => {
    const at = random.below(bytes.length);
    return { bytes: splice(bytes, at, at + 1 + random.below(20), '') };
  },
  (bytes, random) => {
    const at = random.below(bytes.length);
    const length = 1 + random.below(60);
    return { bytes: splice(bytes, at, at, bytes.subarray(at, at + length)) };
  },
  // Half of it.
  (bytes, random) => ({ bytes: bytes.subarray(0, 1 + random.below(bytes.length)) }),
  // Noise before it.
  (bytes, random) => ({
    bytes: Buffer.concat([Buffer.from(pick(random, ['\r\n', '\n', '\0', '}', '\x16\x03\x01', ' '])), bytes]),
  }),
  // Line ends.
  (bytes) => ({ bytes: Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1') }),
  (bytes) => ({ bytes: Buffer.from(bytes.toString('latin1').replace('\r\n', '\n'), 'latin1') }),
  (bytes) => ({ bytes: Buffer.from(bytes.toString('latin1').replace('\r\n\r\n', '\r\r\n\r\n'), 'latin1') }),
  // The first line.
  onFirstLine((line, random) => line.replace(/\S*$/, pick(random, VERSIONS))),
  onFirstLine((line, random) => line.replace(/ \S+ /, ` ${pick(random, PATHS)} `)),
  onFirstLine((line, random) =>
    line.replace(
      /^\S+/,
      pick(random, ['get', 'SCORE', 'G\0T', 'TRACE', 'CONNECT', 'PRI', 'M-SEARCH', '', 'A'.repeat(9_000)]),
    ),
  ),
  onFirstLine((line, random) => line.replace(' ', pick(random, ['  ', '\t', ' \0', '']))),
  // Headers.
  onHead((lines) => lines.map((line) => line.replace(/^Host: /, 'Host : '))),
  onHead((lines) => lines.filter((line) => !line.startsWith('Host:')), true),
  onHead((lines, random) =>
    lines.with(
      random.below(lines.length),
      pick(random, [' folded', ': no name', 'no colon', '\0: nul', 'a b: c', 'X: \0']),
    ),
  ),
  onHead((lines, random) =>
    lines.map((line, index) => (index === 1 + random.below(3) ? line.replace(': ', ':\r\n ') : line)),
  ),
  addHeaders(() => ['Host: localhost'], true),
  addHeaders(() => ['Host: evil.example.com'], true),
  onHead(
    (lines) => [...lines, ...Array.from({ length: 1_100 }, (_, index) => `x${index.toString(36)}:`), 'Host: evil'],
    true,
  ),
  addHeaders((random) =>
    Array.from({ length: 2_500 + random.below(2_000) }, (_, index) => `x${index.toString(36)}: a`),
  ),
  addHeaders((random) => [`X-Large: ${'a'.repeat(10_000 + random.below(20_000))}`]),
  addHeaders((random) => [`Transfer-Encoding: ${pick(random, CODINGS)}`]),
  addHeaders(() => ['Transfer-Encoding: chunked']),
  addHeaders((random) => [`Content-Length: ${pick(random, LENGTHS)}`]),
  addHeaders((random) => [`Content-Length: ${random.below(1_000)}`]),
  addHeaders((random) => [`Expect: ${pick(random, ['100-continue', '200-ok', '100-continue, 100-continue', ''])}`]),
  addHeaders((random) => [
    `Connection: ${pick(random, ['close', 'Upgrade', 'keep-alive, close', 'Host', 'Authorization', ''])}`,
  ]),
  addHeaders((random) => [`Upgrade: ${pick(random, ['websocket', 'h2c', ''])}`, 'Connection: Upgrade']),
  addHeaders((random) => [
    `Content-Encoding: ${pick(random, ['gzip', 'br', 'deflate', 'gzip, gzip', 'identity', 'zstd', ''])}`,
  ]),
  addHeaders((random) => [
    `X-Forwarded-${pick(random, ['Host', 'Prefix', 'Proto', 'For'])}: ${pick(random, ['evil', '/../..', 'javascript:', 'a, b', '"'])}`,
  ]),
  onHeader(/^Content-Length:/, (value, random) =>
    pick(random, [...LENGTHS, String(Number(value) + 1), String(Math.max(0, Number(value) - 1))]),
  ),
  onHeader(/^Authorization:/, (value, random) =>
    pick(random, [
      `${value}=`,
      value.toLowerCase(),
      `Basic ${value}`,
      'Basic',
      'Bearer x',
      `${value}, ${value}`,
      'Basic \xff',
    ]),
  ),
  // Two of a kind, of which the engine must believe neither.
  onHead((lines) =>
    lines.flatMap((line) => (line.startsWith('Authorization:') ? ['Authorization: Basic eDp5', line] : [line])),
  ),
  onHead((lines) =>
    lines.flatMap((line) => (line.startsWith('Authorization:') ? [line, 'Authorization: Basic eDp5'] : [line])),
  ),
  // Chunks.
  (bytes, random) => {
    const text = bytes.toString('latin1');
    const size = pick(random, [
      'fffffffffffffffff',
      '-1',
      '0x5',
      '5 ',
      ' 5',
      '',
      'g',
      '00000000000000000000005',
      `5;${'a'.repeat(20_000)}`,
    ]);
    return { bytes: Buffer.from(text.replace(/\r\n[0-9a-f]+(;[^\r]*)?\r\n(?=\{|")/, `\r\n${size}\r\n`), 'latin1') };
  },
  (bytes, random) => {
    const text = bytes.toString('latin1');
    const end = pick(random, [
      '0\r\n',
      '0\n\n',
      '0\r\nX: \0\r\n\r\n',
      `0\r\n${'X: a\r\n'.repeat(3_000)}\r\n`,
      '00\r\n\r\n',
      '',
    ]);
    return { bytes: Buffer.from(text.replace(/0\r\n\r\n$/, end), 'latin1') };
  },
];
