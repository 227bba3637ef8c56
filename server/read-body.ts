/**
 * Reads the body of a request: application/json in UTF-8 (RFC 8259), plain or compressed, within limits on its decompressed
 * size and on time. Nothing is read before the headers are valid.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { parse as parseContentType } from 'content-type';
import getRawBody from 'raw-body';
import { EngineError } from '../errors/engine-error.ts';
import { askForBody } from './ask-for-body.ts';

export interface BodyLimits {
  /** Bytes, after decompression. */
  readonly maxBody: number;
  /** Milliseconds within which the whole body must arrive. */
  readonly bodyTimeout: number;
}

const INFLATERS = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress };

/**
 * The decompressed bytes of the body.
 * @throws {EngineError} unsupported_media_type, unsupported_encoding, body_too_large, request_timeout, malformed_request
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
): Promise<Buffer> {
  if (request.readableDidRead)
    throw new Error('The body was read before the engine got the request. Mount the engine before body parsers.');
  checkMediaType(request.headers['content-type']);
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) > limits.maxBody) throw tooLarge(limits);
  const stream = toPlainStream(request);
  askForBody(request, response);
  if (stream !== request) return readAll(request, response, stream, undefined, limits);
  // Node's parser first passes on what arrived with the headers: usually the whole body, which then needs no timer.
  await setImmediate();
  if (!request.complete) return readAll(request, response, stream, length, limits);
  const bytes = readArrived(request);
  if (bytes.length > limits.maxBody) throw tooLarge(limits);
  return bytes;
}

/** All bytes of a request that has arrived completely. Since Node 26, read() gives one chunk, not all of them. */
function readArrived(request: IncomingMessage): Buffer {
  const chunks: Buffer[] = [];
  for (let chunk; (chunk = request.read() as Buffer | null) !== null;) chunks.push(chunk);
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function checkMediaType(contentType: string | undefined): void {
  if (contentType !== undefined) {
    const { type, parameters } = parseMediaType(contentType);
    const charset = parameters['charset']?.toLowerCase() ?? 'utf-8';
    if (type === 'application/json' && (charset === 'utf-8' || charset === 'utf8')) return;
  }
  throw new EngineError('unsupported_media_type', 'Content-Type: expected application/json in UTF-8.', {
    target: { type: 'header', name: 'Content-Type' },
  });
}

function parseMediaType(contentType: string): { type: string; parameters: Record<string, string | undefined> } {
  try {
    return parseContentType(contentType);
  } catch {
    return { type: '', parameters: {} };
  }
}

function toPlainStream(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity') return request;
  if (Object.hasOwn(INFLATERS, encoding)) {
    const inflater = INFLATERS[encoding as keyof typeof INFLATERS]();
    // pipe() does not propagate that the client disconnected, and pipeline() would close the connection before the reply. A
    // request that was read completely closes too, while decompression continues.
    request.once('close', () => {
      if (!request.readableEnded) inflater.destroy(new Error('the sender has gone'));
    });
    return request.pipe(inflater);
  }
  throw new EngineError('unsupported_encoding', 'Content-Encoding: expected gzip, deflate, br or none.', {
    target: { type: 'header', name: 'Content-Encoding' },
  });
}

async function readAll(
  request: IncomingMessage,
  response: ServerResponse,
  stream: Readable,
  length: string | undefined,
  limits: BodyLimits,
): Promise<Buffer> {
  let timer: NodeJS.Timeout | undefined;
  let giveUp: () => void = () => undefined;
  // An invalid body has been answered by then, and its connection may stay open for a while.
  const answered = new Promise<never>((_, reject) => {
    giveUp = () => reject(incomplete());
    response.once('close', giveUp);
  });
  const late = new Promise<never>((_, reject) => {
    const message = `The body did not arrive within ${limits.bodyTimeout / 1000} seconds.`;
    timer = setTimeout(() => reject(new EngineError('request_timeout', message)), limits.bodyTimeout);
  });
  try {
    const reading = getRawBody(stream, { limit: limits.maxBody, length: length ?? null });
    return await Promise.race([reading, late, answered]);
  } catch (error) {
    throw toBodyError(error, limits);
  } finally {
    clearTimeout(timer);
    response.off('close', giveUp);
    if (stream !== request) {
      request.unpipe();
      stream.destroy();
    }
  }
}

/** Errors of raw-body and zlib, translated for the caller. */
function toBodyError(error: unknown, limits: BodyLimits): unknown {
  if (error instanceof EngineError) return error;
  const { type } = error as { type?: string };
  if (type === 'entity.too.large') return tooLarge(limits);
  // Errors of raw-body have a type; all others are from zlib.
  if (type === undefined) {
    return new EngineError('malformed_request', 'The body could not be decompressed with its Content-Encoding.', {
      target: { type: 'header', name: 'Content-Encoding' },
      cause: error,
    });
  }
  return incomplete(error);
}

function incomplete(cause?: unknown): EngineError {
  return new EngineError('malformed_request', 'The body ended before it was complete.', { cause });
}

function tooLarge({ maxBody }: BodyLimits): EngineError {
  return new EngineError('body_too_large', `The body is larger than this engine accepts (${maxBody} bytes).`);
}
