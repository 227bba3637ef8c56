/**
 * The load generator: a separate process that sends requests as fast as a server answers them. Each connection sends the next
 * request when the reply to the last one is complete (a closed loop), so a slow reply delays the requests after it but counts
 * as one slow reply.
 *
 * Why no existing tool: with one row per call on 4 connections, the floor answered wrk 4 with 12,300 to 13,000 requests/s and
 * kept a core busy 90 % of the time; it answered autocannon 9 with 8,800 to 9,100 and was idle a third of the time. That would
 * measure the generator, and autocannon reports times in whole milliseconds. wrk is not an npm package. This generator writes
 * prepared bytes and reads only the head of a reply: 12,200 to 12,600 requests/s, with the floor's core busy 89 to 97 %.
 */
import { connect } from 'node:net';

/** The request to send, on how many connections, and for how long. */
export interface LoadTask {
  readonly port: number;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly connections: number;
  readonly seconds: number;
}

/** The result; every reply had the status 200. Times are in milliseconds. */
export interface LoadResult {
  readonly requests: number;
  /** Requests per second, until the last reply. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Seconds until the last reply. */
  readonly seconds: number;
}

/** The answer to a task. */
export type LoadReply = { readonly result: LoadResult } | { readonly error: string };

process.on('message', (task: LoadTask) => {
  runLoad(task).then(
    (result) => process.send?.({ result } satisfies LoadReply),
    (error: unknown) => process.send?.({ error: String(error) } satisfies LoadReply),
  );
});

async function runLoad(task: LoadTask): Promise<LoadResult> {
  const bytes = toRequestBytes(task);
  const times: number[] = [];
  const start = performance.now();
  const end = start + task.seconds * 1000;
  await Promise.all(Array.from({ length: task.connections }, () => keepAsking(task.port, bytes, end, times)));
  const seconds = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.ceil(share * times.length) - 1] ?? NaN;
  return { requests: times.length, rate: times.length / seconds, p50: at(0.5), p99: at(0.99), seconds };
}

function toRequestBytes({ port, method, path, headers, body = '' }: LoadTask): Buffer {
  const all = { Host: `127.0.0.1:${port}`, ...headers, ...(body && { 'Content-Length': Buffer.byteLength(body) }) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

/** Max time without data from the server, in milliseconds. */
const SILENCE_TIMEOUT = 60_000;

/** One connection: sends requests until `end`, and adds the time of each reply. The server may close it after a reply. */
function keepAsking(port: number, bytes: Buffer, end: number, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let socket = open();
    let sent = performance.now();
    socket.write(bytes);

    function open() {
      const opened = connect({ port, host: '127.0.0.1', noDelay: true });
      const readReply = buildReplyReader();
      opened.on('data', (chunk) => {
        try {
          const reply = readReply(chunk);
          if (reply) next(reply.closes);
        } catch (error) {
          opened.destroy();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      opened.setTimeout(SILENCE_TIMEOUT, () => opened.destroy(new Error('the server did not answer within a minute')));
      opened.on('error', reject);
      opened.on('close', () => {
        if (opened === socket) reject(new Error('the server closed the connection before its reply was complete'));
      });
      return opened;
    }

    function next(closes: boolean): void {
      const now = performance.now();
      times.push(now - sent);
      const last = socket;
      if (now >= end) {
        last.removeAllListeners('close').destroy();
        resolve();
        return;
      }
      sent = now;
      if (closes) {
        socket = open();
        last.destroy();
      }
      socket.write(bytes);
    }
  });
}

const NOTHING = Buffer.alloc(0);

/** Takes the chunks of one connection; reports when a reply is complete, and whether the server closes the connection then. */
function buildReplyReader(): (chunk: Buffer) => { closes: boolean } | undefined {
  let head: Buffer = NOTHING;
  let closes = false;
  /** How many bytes are still missing; 0 until the head is complete. */
  let left = 0;
  return (chunk) => {
    if (left === 0) {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      const length = head.indexOf('\r\n\r\n');
      if (length < 0) return undefined;
      const text = head.toString('latin1', 0, length);
      const bodyLength = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
      if (!/^HTTP\/1\.1 200\b/.test(text) || bodyLength === undefined)
        throw new Error(`expected a reply 200 with a Content-Length; got: ${text.split('\r\n', 1)[0]}`);
      closes = /\r\nconnection: *close/i.test(text);
      left = length + 4 + Number(bodyLength) - head.length;
      head = NOTHING;
    } else left -= chunk.length;
    if (left < 0) throw new Error('a reply is longer than its Content-Length');
    return left === 0 ? { closes } : undefined;
  };
}
