/**
 * A table through the console: `npm run bench -- page-table`. Chromium scores a CSV file of 100,000 rows with the page of the sample iris,
 * from the press of the button to the link to the scored file, and Node.js sends the same rows to the same engine in the same
 * parts. Rounds alternate. Skipped where there is no Chromium (CHROMIUM is its path, /usr/bin/chromium by default).
 */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from './server-process.ts';
import { printTable } from './report.ts';
import { alternate, medianOf, medianRatio } from './rounds.ts';

const ROWS = 100_000;
/** Rows per request, as the page has them. */
const PART = 2000;
const FIELDS = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Measures both ways. */
export async function benchPageTable(): Promise<object> {
  if (!existsSync(CHROMIUM)) {
    console.log(`\npage-table: skipped, because there is no ${CHROMIUM}; CHROMIUM is the path of another one.`);
    return {};
  }
  // A development dependency: only this benchmark needs it.
  const { chromium } = await import('playwright-core');
  const folder = await mkdtemp(join(tmpdir(), 'bench-page-table-'));
  const rows = Array.from({ length: ROWS }, (_, row) => FIELDS.map((__, column) => ((row * (column + 3)) % 70) / 10));
  const file = join(folder, 'rows.csv');
  await writeFile(file, [FIELDS, ...rows].map((cells) => cells.join(',')).join('\n'));
  await cp('deployments/iris', join(folder, 'deployments/iris'), { recursive: true });
  const engine = await startServer({
    name: 'the engine',
    command: (port) => [
      process.execPath,
      'dist/cli/main.js',
      'serve',
      '--port',
      String(port),
      '--deployments',
      join(folder, 'deployments'),
    ],
    readyPath: '/health/ready',
    folder,
  });
  const url = `http://127.0.0.1:${engine.port}`;
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const score = { page: scoreInPage, node: scoreInNode };
    const times = await alternate(['page', 'node'], async (name) => ({ seconds: await score[name]() }));
    const ratio = medianRatio(times.page, times.node, 'seconds');
    printTable(
      `${ROWS.toLocaleString('en')} rows of iris through the console's page, and by Node.js (medians of ${times.page.length} rounds)`,
      ['page', 'Node.js', 'page ÷ Node.js'],
      [
        [
          `${medianOf(times.page, 'seconds').toFixed(2)} s`,
          `${medianOf(times.node, 'seconds').toFixed(2)} s`,
          ratio.toFixed(2),
        ],
      ],
    );
    return { ...times, ratio };
  } finally {
    await browser.close();
    await engine.stop();
    await rm(folder, { recursive: true, force: true });
  }

  async function scoreInPage(): Promise<number> {
    const page = await browser.newPage();
    await page.goto(`${url}/#/deployments/iris`);
    await page.getByLabel('CSV file').setInputFiles(file);
    await page.getByText('rows.csv is ready to be scored.').waitFor();
    const start = performance.now();
    await page.getByRole('button', { name: 'Score the table' }).click();
    await page.getByText(`${ROWS.toLocaleString('en')} rows scored.`).waitFor({ timeout: 120_000 });
    const seconds = (performance.now() - start) / 1000;
    await page.close();
    return seconds;
  }

  async function scoreInNode(): Promise<number> {
    const start = performance.now();
    for (let from = 0; from < rows.length; from += PART) {
      const response = await fetch(`${url}/v1/deployments/iris/online`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ fields: FIELDS, values: rows.slice(from, from + PART) }),
      });
      const { values } = (await response.json()) as { readonly values: readonly unknown[] };
      if (values.length !== Math.min(PART, rows.length - from)) throw new Error('each row has an answer');
    }
    return (performance.now() - start) / 1000;
  }
}
