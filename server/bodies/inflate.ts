/**
 * Decompresses bodies within limits on their size, on its ratio to the compressed size, and on how many are decompressed at once:
 * a few bytes can stand for any number of them.
 */
import type { Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  gunzipSync,
  inflateSync,
  type ZlibOptions,
} from 'node:zlib';
import { EngineError } from '../../errors/engine-error.ts';
import { tooBusy } from '../admission.ts';
import type { BodyShare } from './body-memory.ts';
import { collect } from './collect.ts';

interface Inflater {
  /** Decompresses at once, for a short body; missing where the first bytes may take long. */
  readonly now?: (bytes: Buffer, options: ZlibOptions) => Buffer;
  /** Opens a stream that decompresses. */
  readonly open: (options: ZlibOptions) => Transform;
}

const GZIP: Inflater = { now: gunzipSync, open: createGunzip };
const INFLATERS: Readonly<Record<string, Inflater>> = {
  gzip: GZIP,
  'x-gzip': GZIP,
  deflate: { now: inflateSync, open: createInflate },
  // Before its first byte, brotli fills a window of up to 16 MiB, which takes 0.1 s.
  br: { open: ({ chunkSize }) => createBrotliDecompress({ chunkSize }) },
};

/** Max bytes, before and after, of what is decompressed at once: it takes less time than a stream takes to set up. */
const SHORT = 2 ** 14;
const SHORT_PLAIN = 2 ** 16;
const CHUNK = 2 ** 16;

/** How much a body may grow: JSON grows by 5 to 50 times, and a table of equal rows by more, but not beyond the free bytes. */
const MAX_RATIO = 256;
const FREE = 2 ** 20;

/** Max bodies that are decompressed at once, by half of the threads that Node has for this, and for files and host names. */
const MAX_AT_ONCE = 2;
/** Max bodies that wait for it. */
const MAX_WAITING = 64;
let atOnce = 0;
const waiting: (() => void)[] = [];

/** Decompresses a body. */
export type Inflate = (bytes: Buffer, limits: InflateLimits) => Promise<Buffer>;

export interface InflateLimits {
  /** Bytes, after decompression. */
  readonly maxBody: number;
  readonly share: BodyShare;
  /** Aborted when nobody waits for the body any more. */
  readonly gone: AbortSignal;
}

/**
 * The function that decompresses bodies of a Content-Encoding; undefined if they are not compressed.
 * @throws {EngineError} unsupported_encoding
 */
export function findInflate(contentEncoding: string | undefined): Inflate | undefined {
  const encoding = contentEncoding?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity') return undefined;
  const inflater = Object.hasOwn(INFLATERS, encoding) ? INFLATERS[encoding] : undefined;
  if (!inflater)
    throw new EngineError('unsupported_encoding', 'Content-Encoding: expected gzip, deflate, br or none.', {
      target: { type: 'header', name: 'Content-Encoding' },
    });
  return (bytes, limits) => inflate(inflater, bytes, limits);
}

/** @throws {EngineError} body_too_large, malformed_request, too_busy */
async function inflate(inflater: Inflater, bytes: Buffer, limits: InflateLimits): Promise<Buffer> {
  const short = bytes.length <= SHORT ? inflateShort(inflater, bytes) : undefined;
  if (short && short.length > limits.maxBody) throw tooLarge(limits);
  if (short) return short;
  if (atOnce < MAX_AT_ONCE) atOnce += 1;
  else if (waiting.length >= MAX_WAITING) throw tooBusy();
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await inflateInParts(inflater, bytes, limits);
  } finally {
    const next = waiting.shift();
    if (next) next();
    else atOnce -= 1;
  }
}

/** The decompressed bytes, if they are few. */
function inflateShort({ now }: Inflater, bytes: Buffer): Buffer | undefined {
  try {
    return now?.(bytes, { maxOutputLength: SHORT_PLAIN, chunkSize: CHUNK });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw malformed(error);
  }
}

async function inflateInParts({ open }: Inflater, bytes: Buffer, limits: InflateLimits): Promise<Buffer> {
  const { maxBody, share, gone } = limits;
  gone.throwIfAborted();
  const maxGrown = FREE + MAX_RATIO * bytes.length;
  let length = 0;
  const stream = open({ chunkSize: CHUNK });
  const stop = () => stream.destroy();
  gone.addEventListener('abort', stop);
  try {
    stream.end(bytes);
    return await collect(stream, undefined, (chunk) => {
      length += chunk.length;
      if (length > maxBody) throw tooLarge(limits);
      if (length > maxGrown) throw grownTooMuch();
      share.take(chunk.length);
    });
  } catch (error) {
    gone.throwIfAborted();
    throw error instanceof EngineError ? error : malformed(error);
  } finally {
    gone.removeEventListener('abort', stop);
    stream.destroy();
  }
}

function malformed(cause: unknown): EngineError {
  return new EngineError('malformed_request', 'The body could not be decompressed with its Content-Encoding.', {
    target: { type: 'header', name: 'Content-Encoding' },
    cause,
  });
}

/** The error for a body that is larger than the engine accepts. */
export function tooLarge({ maxBody }: Pick<InflateLimits, 'maxBody'>): EngineError {
  return new EngineError('body_too_large', `The body is larger than this engine accepts (${maxBody} bytes).`);
}

function grownTooMuch(): EngineError {
  const message = `The body grows to more than ${MAX_RATIO} times its size when it is decompressed. Send it uncompressed.`;
  return new EngineError('body_too_large', message, { target: { type: 'header', name: 'Content-Encoding' } });
}
