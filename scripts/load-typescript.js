// Runs TypeScript as ts-blank-space does, and keeps what came of each file: the tests start a thousand processes and threads, and
// loading the compiler takes each of them longer than all else.
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, URL } from 'node:url';

const CACHE = new URL('../node_modules/.cache/ts-blank-space/', import.meta.url);
const require = createRequire(import.meta.url);

/** A hook of Node.js that loads modules, for module.registerHooks. With module.register it may be asynchronous, and so is `nextLoad`. */
export function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const text = readFileSync(fileURLToPath(url), 'utf8');
  const kept = new URL(createHash('sha256').update(text).digest('hex'), CACHE);
  return {
    format: 'module',
    shortCircuit: true,
    source: `${readKept(kept) ?? blank(text, kept)}\n//# sourceURL=${url}`,
  };
}

function readKept(kept) {
  try {
    return readFileSync(kept, 'utf8');
  } catch {
    return undefined;
  }
}

function blank(text, kept) {
  const source = require('ts-blank-space').default(text);
  mkdirSync(CACHE, { recursive: true });
  // Renamed, for others may be reading it.
  const written = new URL(`${kept.href}.${randomUUID()}`);
  writeFileSync(written, source);
  renameSync(written, kept);
  return source;
}
