/**
 * Compares the scores of our kinds with those of the libraries that trained the models: one line per case, and a count.
 * Exits 1 if a case differs, or if there is none.
 * usage: compare.ts FOLDER [CASE...]: a part of their names selects cases
 */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compareCase } from './model-case.ts';

const [root = '', ...parts] = process.argv.slice(2);
const files = await readdir(root, { recursive: true });
const names = files
  .filter((file) => file.endsWith('case.json'))
  .map((file) => dirname(file))
  .filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)))
  .sort();
let failures = 0;
for (const name of names) {
  const { rowCount, difference, problem } = await compareCase(join(root, name));
  if (problem === undefined) console.log(`equal    ${name}: ${rowCount} rows, greatest difference ${difference}`);
  else {
    failures++;
    console.log(`DIFFERS  ${name}: ${problem}`);
  }
}
console.log(`${names.length - failures} of ${names.length} models score as their library does`);
process.exitCode = failures > 0 || names.length === 0 ? 1 : 0;
