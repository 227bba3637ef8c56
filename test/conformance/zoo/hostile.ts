/** Servers that try to harm their clients. Each answers discovery with raw bytes. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const OK = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

/** Writes until the other side closes the connection. */
function pour(socket: Socket, chunk: string | Uint8Array): void {
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}

const whole = (head: string, body: string | Uint8Array) => (socket: Socket) => {
  socket.write(`${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`);
  socket.end(body);
};

/** Each with the check that must fail, and what the report must say. */
export const HOSTILE: Readonly<
  Record<string, readonly [answer: (socket: Socket) => void, id: string, actual: RegExp]>
> = {
  'an endless body': [
    (socket) => {
      socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n`);
      pour(socket, `10000\r\n${' '.repeat(0x10000)}\r\n`);
    },
    'discovery-answers',
    /more than 1000000 bytes/,
  ],
  'a Content-Length of gigabytes': [
    (socket) => {
      socket.write(`${OK}Content-Length: 8000000000\r\n\r\n`);
      pour(socket, Buffer.alloc(65536, 32));
    },
    'discovery-answers',
    /more than 1000000 bytes/,
  ],
  'gigabytes compressed to a few bytes': [
    whole(`${OK}Content-Encoding: gzip\r\n`, gzipSync(Buffer.alloc(50_000_000))),
    'discovery-answers',
    /more than 1000000 bytes/,
  ],
  'a body that is not gzip': [
    whole(`${OK}Content-Encoding: gzip\r\n`, '{}'),
    'discovery-answers',
    /cannot be decompressed/,
  ],
  'an encoding that was not requested': [
    whole(`${OK}Content-Encoding: br\r\n`, brotliCompressSync('{"count":0,"resources":[]}')),
    'discovery-answers',
    /not requested/,
  ],
  'a body that drips': [
    (socket) => {
      socket.write(`${OK}Content-Length: 1000\r\n\r\n`);
      const timer = setInterval(() => socket.write(' '), 20);
      socket.on('close', () => clearInterval(timer));
    },
    'discovery-answers',
    /not answered within/,
  ],
  silence: [() => undefined, 'discovery-answers', /not answered within/],
  'interim replies without end': [
    (socket) => pour(socket, 'HTTP/1.1 100 Continue\r\n\r\n'),
    'discovery-answers',
    /not answered within|cut off|other than HTTP/,
  ],
  'a reset': [(socket) => socket.resetAndDestroy(), 'discovery-answers', /cut off/],
  'an end in the middle of the body': [
    (socket) => socket.end(`${OK}Content-Length: 1000\r\n\r\n{"count"`),
    'discovery-answers',
    /cut off/,
  ],
  'broken chunks': [
    (socket) => socket.end(`${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`),
    'discovery-answers',
    /other than HTTP/,
  ],
  'headers without end': [
    (socket) => {
      socket.write(OK);
      pour(socket, `X-Bomb: ${'b'.repeat(8000)}\r\n`);
    },
    'discovery-answers',
    /bytes of headers/,
  ],
  'a response that is not HTTP': [
    (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
    'discovery-answers',
    /other than HTTP/,
  ],
  'a protocol upgrade': [
    (socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    'discovery-answers',
    /protocol upgrade/,
  ],
  'a redirect to elsewhere': [
    whole('HTTP/1.1 307 Temporary Redirect\r\nLocation: http://192.0.2.1/steal\r\n', ''),
    'discovery-status',
    /307.*192\.0\.2\.1.*not followed/,
  ],
  'bytes that are not UTF-8': [whole(OK, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), 'discovery-json', /not UTF-8/],
  'a byte order mark': [whole(OK, '\uFEFF{"count":0,"resources":[]}'), 'discovery-json', /byte order mark/],
  'a depth bomb': [whole(OK, '['.repeat(200_000)), 'discovery-json', /nests deeper/],
  'a depth bomb in objects': [
    whole(OK, `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
    'discovery-json',
    /nests deeper/,
  ],
  'an empty body': [whole(OK, ''), 'discovery-json', /empty/],
  'a terminal’s escape codes': [
    whole(OK, '\u001b[2J\u001b]0;pwned\u0007\u202egnp'),
    'discovery-json',
    /^[^\p{Cc}\p{Cf}]*$/u,
  ],
};

/** Starts a server of sockets; `stop` ends its connections. */
export async function startHostile(answer: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
