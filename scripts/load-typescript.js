// Runs TypeScript as ts-blank-space does, and keeps what came of each file: the tests start a hundred processes and threads, and
// loading the compiler takes each of them longer than all else.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath, URL } from 'node:url';

const CACHE = new URL('../node_modules/.cache/ts-blank-space/', import.meta.url);

export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const text = await readFile(fileURLToPath(url), 'utf8');
  const kept = new URL(createHash('sha256').update(text).digest('hex'), CACHE);
  const source = await readFile(kept, 'utf8').catch(() => blank(text, kept));
  return { format: 'module', shortCircuit: true, source: `${source}\n//# sourceURL=${url}` };
}

async function blank(text, kept) {
  const { default: blankTypes } = await import('ts-blank-space');
  const source = blankTypes(text);
  await mkdir(CACHE, { recursive: true });
  // Renamed, for others may be reading it.
  const written = new URL(`${kept.href}.${randomUUID()}`);
  await writeFile(written, source);
  await rename(written, kept);
  return source;
}
