/** Sends files that are kept in memory, those of pages and of applications: compressed, in part, or not at all where the client has them. */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { EngineError } from '../../errors/engine-error.ts';
import { chooseEncoding, ENCODINGS, varyByEncoding, type Encoding } from './accept-encoding.ts';
import { CompressedCopies } from './compressed-copies.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { isCompressible } from './media-type.ts';

/** Shorter files are not compressed: they take one packet either way. */
const MIN_COMPRESSED = 1024;
/** Characters of a digest that tell versions of a file apart: 132 bits. */
const DIGEST_LENGTH = 22;

/** One range of bytes, whose unit is in either case; Node has removed the white space around the header. */
const RANGE = /^bytes= *(\d*)-(\d*)$/i;

const copies = new CompressedCopies();

/** A file that is sent. */
export interface ServedFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** The digest of the bytes, for the ETag. */
  readonly digest: string;
  /** What has been compressed in advance; all else is when it is asked for. */
  readonly compressed?: Readonly<Partial<Record<Encoding, Buffer>>>;
}

/** Bytes as a file. */
export function toServedFile(type: string, bytes: Buffer, compressed: ServedFile['compressed'] = {}): ServedFile {
  return { type, bytes, digest: toDigest(createHash('sha256').update(bytes).digest('base64url')), compressed };
}

/** The digest of a file, of a SHA-256 in base64url. */
export function toDigest(hash: string): string {
  return hash.slice(0, DIGEST_LENGTH);
}

/**
 * Sends a file to a GET or HEAD request: compressed as the client prefers, one range of it uncompressed, or 304 if the client has it.
 * @param headers of the reply beside those of the file
 * @throws {EngineError} range_not_satisfiable
 */
export async function sendFile(
  exchange: Exchange,
  file: ServedFile,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  // The exchange of an Express application.
  const { request, response } = exchange as unknown as { readonly request: Request; readonly response: Response };
  const { type, bytes, digest } = file;
  const offered = listEncodings(file);
  if (offered.length > 0) varyByEncoding(response);
  const range = findRange(request, bytes.length, `"${digest}"`);
  const encoding = range ? undefined : chooseEncoding(request.headers['accept-encoding']?.toString(), offered);
  // A range of it would not match one of another encoding, so each has an ETag of its own.
  const plain = `"${digest}"`;
  response.setHeader('ETag', encoding ? `"${digest}-${encoding}"` : plain);
  const isKnown = () => request.fresh;
  const all = {
    ...headers,
    'Content-Type': type,
    'Accept-Ranges': 'bytes',
    // It is asked for each time, so that a new version is seen at once; 304 is short.
    'Cache-Control': 'private, no-cache',
  };
  if (isKnown()) exchange.send(304, '', all);
  else if (range === 'unsatisfiable') throw refuseRange(response, bytes.length);
  else if (range) {
    const [start, end] = range;
    const part = { ...all, 'Content-Range': `bytes ${start}-${end}/${bytes.length}` };
    exchange.send(206, bytes.subarray(start, end + 1), part);
  } else {
    const copy = encoding && (file.compressed?.[encoding] ?? (await copies.get(digest, bytes, encoding)));
    if (copy) exchange.send(200, copy, { ...all, 'Content-Encoding': encoding });
    else {
      // The client may have it, from when there was no copy either.
      response.setHeader('ETag', plain);
      if (isKnown()) exchange.send(304, '', all);
      else exchange.send(200, bytes, all);
    }
  }
}

function listEncodings({ type, bytes, compressed = {} }: ServedFile): readonly Encoding[] {
  if (bytes.length >= MIN_COMPRESSED && isCompressible(type)) return ENCODINGS;
  return ENCODINGS.filter((encoding) => compressed[encoding]);
}

function refuseRange(response: Response, size: number): EngineError {
  response.setHeader('Content-Range', `bytes */${size}`);
  return new EngineError('range_not_satisfiable', `Range: expected a part of the ${size} bytes of this file.`, {
    target: { type: 'header', name: 'Range' },
  });
}

/**
 * The part of a file that a request asks for: its first and its last byte. Of several parts, of another version, and if the header
 * is not a range, all is sent instead, which is always right (RFC 9110, 14.2).
 */
function findRange(
  { method, headers }: Request,
  size: number,
  etag: string,
): readonly [number, number] | 'unsatisfiable' | undefined {
  const { range = '', 'if-range': condition } = headers;
  const [, first = '', last = ''] = RANGE.exec(range) ?? [];
  if (method !== 'GET' || first + last === '' || (condition !== undefined && condition !== etag)) return undefined;
  // A suffix longer than the file is all of it (14.1.2).
  const [start, end] = first === '' ? [Math.max(0, size - Number(last)), size - 1] : [Number(first), size - 1];
  // Whose last byte comes before its first is no range at all (14.1.1).
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  if (start >= size) return 'unsatisfiable';
  return [start, first === '' || last === '' ? end : Math.min(Number(last), end)];
}
