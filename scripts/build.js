// Builds dist/. With --if-stale only if a source is newer than it: `npm start` never serves old code. With --if-possible (after an
// install) a missing compiler is no error.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPages, listPageSources } from './build-pages.js';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const OPTION = process.argv[2];
/** Of each part of the build, a file that is written every time. */
const BUILT = ['dist/cli/main.js', 'dist/console/index.html'];
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

const built = Math.min(...BUILT.map(toTime));
if (OPTION !== '--if-stale' || listSources().some((path) => toTime(path) > built)) {
  const compiler = findCompiler();
  if (compiler) {
    if (OPTION === '--if-stale') console.error('The sources are newer than dist/; building.');
    try {
      execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
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
