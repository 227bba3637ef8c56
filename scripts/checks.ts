/**
 * Writes docs/checks.md from the list of conformance checks.
 *
 * `npm run checks` writes; `npm run checks -- --check` writes nothing, and fails if the page is stale.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { ALL_CHECKS } from '../conformance/checks/all-checks.ts';
import { toCheckPage } from '../conformance/report/check-list.ts';

const page = fileURLToPath(new URL('../docs/checks.md', import.meta.url));
const format = await prettier.resolveConfig(page);
const text = await prettier.format(toCheckPage(ALL_CHECKS), { ...format, parser: 'markdown' });
const before = await readFile(page, 'utf8').catch(() => undefined);
if (before === text) {
  console.log('docs/checks.md is up to date.');
} else if (process.argv.includes('--check')) {
  console.error('Stale: docs/checks.md. Run `npm run checks` and commit what it writes.');
  process.exitCode = 1;
} else {
  await writeFile(page, text);
  console.log('Wrote docs/checks.md.');
}
