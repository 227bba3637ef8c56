#!/usr/bin/env node
/**
 * The entry of the command: checks the version of Node before anything is loaded that old versions cannot parse. Its own syntax is
 * as old as can be; a test compares the version with the manifest's.
 */
const minimum = [20, 19] as const;
const actual = process.versions.node.split('.');
const major = Number(actual[0]);

if (major < minimum[0] || (major === minimum[0] && Number(actual[1]) < minimum[1])) {
  console.error('custom-ml-engine needs Node.js ' + minimum.join('.') + ' or newer; this is ' + process.version + '.');
  process.exit(1);
}
void import('./main.ts');
