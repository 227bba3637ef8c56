/** The files of the pages in the browser: read once, at the start, and sent from memory. So no path of a request is ever a path of a file. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Request, Response } from 'express';
import type { Exchange } from '../exchange.ts';

/** The media types of the files that a build may have; no other file is served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
};
/** The files that the build has compressed, by their encoding; the preferred one first. */
const ENCODINGS = { br: '.br', gzip: '.gz' } as const;
type Encoding = keyof typeof ENCODINGS;

/** Answers a request for a page; gives false if it is for something else. `target` is its path and query below the engine's root. */
export type Pages = (exchange: Exchange, target: string) => Promise<boolean>;

/** A file of a page. */
export interface PageFile {
  readonly type: string;
  /** The digest of the bytes. */
  readonly digest: string;
  readonly bytes: Buffer;
  readonly compressed: Readonly<Partial<Record<Encoding, Buffer>>>;
}

/** Files by their path below the folder, with slashes. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** The folder of the build: of this file, where it is built, and `dist/` for an engine that runs from source. */
export const BUILD = new URL(import.meta.url.endsWith('.ts') ? '../../dist/' : '../../', import.meta.url);

/** Reads the files of a folder; there are none if it does not exist. */
export function readPageFiles(folder: URL): PageFiles {
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  } catch {
    return new Map();
  }
  const root = fileURLToPath(folder);
  const read = (name: string) => readFileSync(`${root}/${name}`);
  return new Map(
    names.flatMap((name) => {
      const type = TYPES[extname(name)];
      if (type === undefined) return [];
      const compressed = Object.entries(ENCODINGS)
        .filter(([, suffix]) => names.includes(`${name}${suffix}`))
        .map(([encoding, suffix]) => [encoding, read(`${name}${suffix}`)] as const);
      return [[name, toPageFile(type, read(name), Object.fromEntries(compressed))]];
    }),
  );
}

/** Bytes as a file of a page. */
export function toPageFile(type: string, bytes: Buffer, compressed: PageFile['compressed'] = {}): PageFile {
  return { type, digest: createHash('sha256').update(bytes).digest('base64url').slice(0, 22), bytes, compressed };
}

/**
 * Sends a file to a GET or HEAD request: compressed as the client prefers, or 304 if the client has it already.
 * @param headers of the reply beside those of the file
 */
export function sendPageFile(
  exchange: Exchange,
  { type, digest, bytes, compressed }: PageFile,
  headers: Readonly<Record<string, string>>,
): void {
  // The exchange of an Express application.
  const { request, response } = exchange as unknown as { readonly request: Request; readonly response: Response };
  const accepted = request.acceptsEncodings(...Object.keys(compressed));
  const encoding = accepted !== false && accepted in compressed ? (accepted as Encoding) : undefined;
  response.setHeader('ETag', encoding ? `"${digest}-${encoding}"` : `"${digest}"`);
  if (Object.keys(compressed).length > 0) response.setHeader('Vary', 'Accept-Encoding');
  const all = { ...headers, 'Content-Type': type, 'Cache-Control': 'no-cache' };
  if (request.fresh) exchange.send(304, '', all);
  else
    exchange.send(200, (encoding && compressed[encoding]) ?? bytes, {
      ...all,
      ...(encoding && { 'Content-Encoding': encoding }),
    });
}
