// Builds dist/. With --if-stale only if a source is newer than it: `npm start` never serves old code. With --if-possible (after an
// install) a missing compiler is no error.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPages, listPageSources, PAGES } from './build-pages.js';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const OPTION = process.argv[2];
/** Of each part of the build, a file that is written every time. */
const BUILT = ['dist/cli/main.js', 'dist/console/index.html'];
/** What the compiler puts before the path of a file that it wrote. */
const EMITTED = 'TSFILE: ';
const { include } = JSON.parse(readFileSync('tsconfig.build.json', 'utf8'));

function toTime(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Folders count, too: their time changes when a file is removed or renamed. */
function listSources() {
  const inRooms = include.flatMap((room) => [
    room,
    ...readdirSync(room, { recursive: true }).map((name) => `${room}/${name}`),
  ]);
  return [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    ...listPageSources(),
    ...inRooms,
  ];
}

function findCompiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc');
  } catch {
    return undefined;
  }
}

/** Compiles all rooms; returns the files that this wrote. */
function compile(compiler) {
  const command = [compiler, '-p', 'tsconfig.build.json', '--listEmittedFiles'];
  const { stdout, status } = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  const lines = stdout.split('\n').filter(Boolean);
  // What the compiler says is wrong.
  for (const line of lines) if (!line.startsWith(EMITTED)) console.log(line);
  if (status !== 0) throw Object.assign(new Error('The compiler failed.'), { status });
  return lines.filter((line) => line.startsWith(EMITTED)).map((line) => resolve(line.slice(EMITTED.length)));
}

/** Removes what earlier builds made of files that have been moved or deleted since; the pages remove their own. */
function removeOthers(written) {
  const kept = new Set(written);
  for (const entry of readdirSync('dist', { recursive: true, withFileTypes: true })) {
    const path = resolve(entry.parentPath, entry.name);
    const isPage = path.startsWith(resolve(PAGES) + sep);
    if (!entry.isDirectory() && !isPage && !kept.has(path)) rmSync(path);
  }
}

const built = Math.min(...BUILT.map(toTime));
if (OPTION !== '--if-stale' || listSources().some((path) => toTime(path) > built)) {
  const compiler = findCompiler();
  if (compiler) {
    if (OPTION === '--if-stale') console.error('The sources are newer than dist/; building.');
    try {
      removeOthers(compile(compiler));
      buildPages(compiler);
    } catch (error) {
      // The compiler says itself what is wrong.
      if (error.status === undefined) console.error(error.message);
      process.exitCode = 1;
    }
  } else if (OPTION === '--if-possible') {
    console.log('TypeScript is not installed; dist/ is left unchanged.');
  } else {
    console.error('dist/ must be built, and TypeScript is not installed: run npm ci.');
    process.exitCode = 1;
  }
}
