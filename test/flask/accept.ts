/**
 * Checks the Python engine beside this file, which is written like a tutorial: the checks must find its faults, and print the
 * report that docs/conformance.md shows, apart from ports and times.
 *
 * node --import ./scripts/register-typescript.js test/flask/accept.ts <python> [--write]
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { checkEngine } from '../../conformance/check-engine.ts';
import { toTextReport } from '../../conformance/report/text.ts';
import { loadRows } from '../../csv/load-rows.ts';
import { selectChecks } from '../../conformance/select-checks.ts';

const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const page = at('../../docs/conformance.md');
/** The faults that a reader of the program would find. */
const FAULTS = [
  'discovery-count',
  'keys-superset',
  'published-properties',
  'urls-same-host',
  'labels-order',
  'echo',
  'transaction-id',
  'empty-table',
  'envelope',
  'error-malformed-json',
  'error-no-table',
  'error-missing-feature',
  'error-wrong-type',
  'error-ragged-row',
  'error-other-media-type',
  'error-json-as-text',
  'error-null-cell',
  'error-unknown-category',
  'errors-json',
  'auth-open',
];

const [python = 'python3', write] = process.argv.slice(2);
const engine = spawn(python, [at('flask_engine.py')], { stdio: ['ignore', 'pipe', 'ignore'] });
try {
  const [port] = (await once(createInterface(engine.stdout), 'line')) as [string];
  const report = await checkEngine({
    base: new URL(`http://127.0.0.1:${port}`),
    checks: selectChecks({}),
    rows: await loadRows(at('credit.csv')),
    maxRows: 5000,
    timeout: 60_000,
    level: 'required',
    insecure: false,
  });
  const failed = report.results.filter(({ verdict }) => verdict === 'failed').map(({ id }) => id);
  assert.deepEqual(failed, FAULTS);
  const text = toTextReport(report, { colour: false }).trimEnd();
  const before = await readFile(page, 'utf8');
  const after = before.replace(
    /(<!-- flask -->\n\n```text\n).*?(\n```)/s,
    (_, open: string, close: string) => `${open}${text}${close}`,
  );
  if (write === '--write') await writeFile(page, after);
  else assert.equal(withoutFigures(after), withoutFigures(before), 'docs/conformance.md shows the report');
  console.log(
    `flask: check finds the ${FAULTS.length} faults of the Flask engine, and docs/conformance.md shows its report`,
  );
} finally {
  engine.kill();
  await once(engine, 'close');
}

function withoutFigures(text: string): string {
  return text.replace(/:\d{4,5}\b|\d+(\.\d+)? (s|ms|rows\/s)\b/g, '…');
}
