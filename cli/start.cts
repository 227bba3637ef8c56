#!/usr/bin/env node
/**
 * The entry of the command: checks the version of Node before anything is loaded that old versions cannot parse, and that files can
 * be opened before hundreds are loaded. Its own syntax is as old as can be; a test compares the version with the manifest's.
 */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- a CommonJS module without imports is loaded by any version.
const fs = require('fs') as typeof import('fs');

/** The number of files that must be open at a time while the modules are loaded, and some to serve with. */
const minimumFiles = 256;
const minimum = [20, 19] as const;
const actual = process.versions.node.split('.');
const major = Number(actual[0]);

if (major < minimum[0] || (major === minimum[0] && Number(actual[1]) < minimum[1])) {
  console.error('custom-ml-engine needs Node.js ' + minimum.join('.') + ' or newer; this is ' + process.version + '.');
  process.exit(1);
}
const maximumFiles = countFiles();
if (maximumFiles < minimumFiles) {
  console.error(
    'custom-ml-engine must be able to open ' +
      String(minimumFiles) +
      ' files at a time, and this process may open ' +
      String(maximumFiles) +
      '; raise the limit (ulimit -n 1024).',
  );
  process.exit(1);
}
void import('./main.ts');

/** The number of files that this process may open; Infinity where it is not known. Node has raised it as far as it may. */
function countFiles(): number {
  const limits = '/proc/self/limits';
  const match = /^Max open files +(\d+)/m.exec(fs.existsSync(limits) ? fs.readFileSync(limits, 'utf8') : '');
  return match ? Number(match[1]) : Infinity;
}
