/**
 * Reads the body of a request: application/json in UTF-8 (RFC 8259), plain or compressed, within limits on its decompressed
 * size, on the time in which it arrives, and on the memory of all bodies. Nothing is read before the headers are valid.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { parse as parseContentType } from 'content-type';
import { EngineError } from '../../errors/engine-error.ts';
import type { ArrivingBody } from './arriving-bodies.ts';
import { askForBody } from './ask-for-body.ts';
import type { BodyShare } from './body-memory.ts';
import { collect } from './collect.ts';
import { findInflate, tooLarge, type Inflate } from './inflate.ts';
import { limitArrival } from './limit-arrival.ts';

export interface BodyLimits {
  /** Bytes, after decompression. */
  readonly maxBody: number;
  /** Milliseconds within which the whole body must arrive. */
  readonly bodyTimeout: number;
  /** The media type; application/json by default. */
  readonly type?: string;
}

/**
 * The decompressed bytes of the body.
 * @param share gets what the body takes of the memory for bodies; to be released by the caller
 * @param arrive takes a place for a body that has not arrived with its headers; it may have to give way to another one
 * @throws {EngineError} unsupported_media_type, unsupported_encoding, body_too_large, request_timeout, malformed_request,
 * too_busy when the memory for bodies is used up, or the body has to give way
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
  share: BodyShare,
  arrive: (giveWay: (error: EngineError) => void) => ArrivingBody,
): Promise<Buffer> {
  // What followed the headers is invalid, and has been answered.
  if (response.writableEnded) throw incomplete();
  if (request.readableDidRead)
    throw new Error('The body was read before the engine got the request. Mount the engine before body parsers.');
  checkMediaType(request.headers['content-type'], limits.type);
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) > limits.maxBody) throw tooLarge(limits);
  const inflate = findInflate(request.headers['content-encoding']);
  askForBody(request, response);
  // Node's parser first passes on what arrived with the headers: usually the whole body, which then needs no timer.
  await setImmediate();
  const bytes = request.complete
    ? readArrived(request, limits, share)
    : await readAll(request, response, limits, share, arrive);
  return inflate ? inflateWhileAwaited(bytes) : bytes;

  /** Compressed bytes are decompressed when all have arrived: a slow sender does not hold what decompresses. */
  async function inflateWhileAwaited(compressed: Buffer): Promise<Buffer> {
    const gone = new AbortController();
    const giveUp = () => gone.abort(incomplete());
    response.once('close', giveUp);
    try {
      const plain = await (inflate as Inflate)(compressed, { maxBody: limits.maxBody, share, gone: gone.signal });
      share.take(-compressed.length);
      return plain;
    } finally {
      response.off('close', giveUp);
    }
  }
}

/** All bytes of a request that has arrived completely. Since Node 26, read() gives one chunk, not all of them. */
function readArrived(request: IncomingMessage, limits: BodyLimits, share: BodyShare): Buffer {
  const chunks: Buffer[] = [];
  for (let chunk; (chunk = request.read() as Buffer | null) !== null;) chunks.push(chunk);
  const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  if (bytes.length > limits.maxBody) throw tooLarge(limits);
  share.take(bytes.length);
  return bytes;
}

function checkMediaType(contentType: string | undefined, expected = 'application/json'): void {
  if (contentType !== undefined) {
    const { type, parameters } = parseMediaType(contentType);
    const charset = parameters['charset']?.toLowerCase() ?? 'utf-8';
    if (type === expected && (charset === 'utf-8' || charset === 'utf8')) return;
  }
  throw new EngineError('unsupported_media_type', `Content-Type: expected ${expected} in UTF-8.`, {
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

async function readAll(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
  share: BodyShare,
  arrive: Parameters<typeof readBody>[4],
): Promise<Buffer> {
  let fail: (error: EngineError) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => (fail = reject));
  // An invalid body has been answered by then, and its connection may stay open for a while.
  const giveUp = () => fail(incomplete());
  response.once('close', giveUp);
  let length = 0;
  const endLimit = limitArrival(
    limits.bodyTimeout,
    () => length,
    () =>
      fail(new EngineError('request_timeout', `The body did not arrive within ${limits.bodyTimeout / 1000} seconds.`)),
  );
  const arriving = arrive((error) => fail(error));
  const announced = request.headers['content-length'];
  const reading = collect(request, announced === undefined ? undefined : Number(announced), (chunk) => {
    length += chunk.length;
    arriving.add(chunk.length);
    if (length > limits.maxBody) throw tooLarge(limits);
    share.take(chunk.length);
  });
  try {
    return await Promise.race([reading, ended]);
  } catch (error) {
    throw error instanceof EngineError ? error : incomplete(error);
  } finally {
    endLimit();
    arriving.leave();
    response.off('close', giveUp);
  }
}

function incomplete(cause?: unknown): EngineError {
  return new EngineError('malformed_request', 'The body ended before it was complete.', { cause });
}
