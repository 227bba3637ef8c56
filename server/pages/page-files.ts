/** The files of the pages in the browser: read once, at the start, and sent from memory. So no path of a request is ever a path of a file. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Encoding } from '../static/accept-encoding.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { toMediaType } from '../static/media-type.ts';
import { toServedFile, type ServedFile } from '../static/send-file.ts';

/** The ends of the names of files that a build may have; no other file is served. */
const SERVED = new Set(['.html', '.css', '.js', '.json', '.svg', '.png', '.ico', '.webmanifest']);
/** Those of the files that the build has compressed. */
const SUFFIXES: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz' };

/** Answers a request for a page; gives false if it is for something else. `target` is its path and query below the engine's root. */
export type Pages = (exchange: Exchange, target: string) => Promise<boolean>;

/** Files by their path below the folder, with slashes. */
export type PageFiles = ReadonlyMap<string, ServedFile>;

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
      if (!SERVED.has(extname(name))) return [];
      const compressed = Object.entries(SUFFIXES)
        .filter(([, suffix]) => names.includes(`${name}${suffix}`))
        .map(([encoding, suffix]) => [encoding, read(`${name}${suffix}`)] as const);
      return [[name, toServedFile(toMediaType(extname(name)), read(name), Object.fromEntries(compressed))]];
    }),
  );
}
