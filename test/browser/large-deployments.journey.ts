/** Deployments that are large in one direction: their forms, charts and rankings stay readable, and their requests small. */
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { until } from '../support/until.ts';
import { visit } from './browser.ts';
import { findAnswer, findSection, scoreDirectly } from './console-page.ts';
import { LABELS, LARGE_FILES, WIDE_FIELDS, WIDE_ROW } from './large-deployments.ts';
import { expectNoLongTask } from './long-tasks.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';

const START = fileURLToPath(new URL('../../dist/cli/start.cjs', import.meta.url));

/** The number that the answer shows, once it is this one. */
async function expectNumber(page: Page, number: number): Promise<void> {
  await until(`the answer is ${number}`, async () => {
    const text = await findAnswer(page).getByRole('status').innerText();
    return Math.abs(Number(text.replaceAll(',', '')) - number) < 0.01;
  });
}

/** What the contract predicts for a row. */
async function predict(url: string, id: string, fields: readonly string[], row: readonly unknown[]): Promise<unknown> {
  const scored = await scoreDirectly(url, id, { fields, values: [row] });
  return scored.values[0]?.[scored.fields.indexOf('prediction')];
}

/** Collects how many rows each scoring request of a page has. */
function countRows(page: Page): number[] {
  const counts: number[] = [];
  page.on('request', (request) => {
    const body = request.url().includes('/online') ? request.postData() : null;
    if (body !== null) counts.push((JSON.parse(body) as { values: unknown[] }).values.length);
  });
  return counts;
}

describe('a large deployment', () => {
  let engine: PagesEngine;
  let small: PagesEngine;
  before(async () => {
    engine = await startPagesEngine({ samples: [], files: LARGE_FILES, parameters: ['--allow-apps'] });
    small = await startPagesEngine({ samples: ['iris'], files: LARGE_FILES, environment: { ENGINE_MAX_ROWS: '10' } });
    for (const id of ['wide', 'classes'])
      execFileSync(process.execPath, [START, 'app', id, '--deployments', engine.folder]);
  });
  after(() => Promise.all([engine.stop(), small.stop()]));
  const toUrl = () => engine.url;

  it(
    'of 200 columns has a form that shows 40, finds each by name, and scores all',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/#/deployments/wide`);
      const form = findSection(page, 'Score a row');
      await form.getByText('40 of 200 fields shown').waitFor();
      expect(await form.getByLabel('sensor 150', { exact: true }).count()).to.equal(0);
      await form.getByRole('searchbox', { name: 'Find a field' }).fill('SENSOR 150');
      await form.getByLabel('sensor 150', { exact: true }).fill('9');
      expect(await form.getByRole('slider').count()).to.equal(1);
      const row = WIDE_ROW.map((cell, index) => (index === 150 ? 9 : cell));
      await expectNumber(page, (await predict(url, 'wide', WIDE_FIELDS, row)) as number);
      await form.getByRole('searchbox', { name: 'Find a field' }).fill('no such field');
      await form.getByText('No field name matches.').waitFor();
      await form.getByRole('searchbox', { name: 'Find a field' }).fill('');
      await form.getByRole('button', { name: 'Show all 200 fields' }).click();
      await form.getByLabel('sensor 198', { exact: true }).waitFor();
    }),
  );

  it(
    'of 200 columns keeps a field with a problem in sight, whatever is searched for',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/#/deployments/wide`);
      const form = findSection(page, 'Score a row');
      await form.getByLabel('sensor 3', { exact: true }).fill('');
      await form.getByRole('searchbox', { name: 'Find a field' }).fill('sensor 150');
      await form.getByText('expected a number').waitFor();
    }),
  );

  it(
    'of 200 columns is ranked in requests of at most 1000 rows, the one that moves most first',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/#/deployments/wide`);
      await findSection(page, 'What-if').getByRole('img').first().waitFor();
      const counts = countRows(page);
      await page.getByRole('button', { name: 'Rank the columns' }).click();
      const items = findSection(page, 'Which columns matter').locator('ol > li');
      await items.first().waitFor();
      expect(await items.count()).to.equal(15);
      expect(await items.first().innerText()).to.include('sensor 150');
      expect(await items.nth(1).innerText()).to.include('sensor 7');
      expect(Math.max(...counts)).to.be.at.most(1000);
      expect(counts.reduce((one, other) => one + other)).to.equal(180 * 21 + 20 * 2);
      await page.getByRole('button', { name: 'Show all 200 columns' }).first().click();
      await until('all are listed', async () => (await items.count()) === 200);
    }),
  );

  it(
    'of 200 columns never holds up the page for half a second',
    visit(toUrl, async ({ page, url }) => {
      const row = WIDE_ROW.map((cell, index) => (index === 198 ? 1 : cell));
      const predicted = (await predict(url, 'wide', WIDE_FIELDS, row)) as number;
      await expectNoLongTask(page, async () => {
        await page.goto(`${url}/#/deployments/wide`);
        await page.getByRole('button', { name: 'Show all 200 fields' }).click();
        await page.getByLabel('sensor 198', { exact: true }).fill('1');
        await expectNumber(page, predicted);
      });
    }),
  );

  it(
    'is moved and ranked in requests of few rows where the engine takes no more',
    visit(
      () => small.url,
      async ({ page, url }) => {
        const counts = countRows(page);
        await page.goto(`${url}/#/deployments/iris`);
        await findSection(page, 'What-if').getByRole('img').first().waitFor();
        await page.getByRole('button', { name: 'Rank the columns' }).click();
        await findSection(page, 'Which columns matter').getByText('4 columns ranked.').waitFor();
        expect(Math.max(...counts)).to.equal(10);
        expect(await page.getByRole('alert').count()).to.equal(0);
      },
    ),
  );

  it(
    'of 40 classes shows the twelve most probable, and draws eight in colours of their own',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/#/deployments/classes`);
      const bars = findAnswer(page).getByRole('listitem');
      await until('there are bars', async () => (await bars.count()) === 12);
      expect(await bars.first().innerText()).to.include('label 20');
      await findAnswer(page).getByRole('button', { name: 'Show all 40 classes' }).click();
      await until('all are shown', async () => (await bars.count()) === LABELS.length);
      const section = findSection(page, 'What-if');
      await section.getByRole('img').first().waitFor();
      const lines = section.locator('.legend line');
      expect(await lines.count()).to.equal(8);
      const colors = await page.evaluate<string[]>(
        `[...document.querySelectorAll('.legend line')].map((line) => getComputedStyle(line).stroke)`,
      );
      expect(new Set(colors).size).to.equal(8);
    }),
  );

  it(
    'of 40 classes has a web application that shows the twelve most probable',
    visit(toUrl, async ({ page, url }) => {
      await until('it is served', async () => (await fetch(`${url}/apps/classes/`)).ok);
      await page.goto(`${url}/apps/classes/`);
      await page.getByText('The 12 most probable of 40 classes.').waitFor();
      expect(await page.locator('#bars li').count()).to.equal(12);
      expect(await page.locator('#bars li').first().innerText()).to.include('label 20');
    }),
  );

  it(
    'of 200 columns has a web application that finds its fields, and has the answer above them on a telephone',
    visit(
      toUrl,
      async ({ page, url }) => {
        await until('it is served', async () => (await fetch(`${url}/apps/wide/`)).ok);
        await page.goto(`${url}/apps/wide/`);
        await page.locator('#prediction').getByText(/\d/).waitFor();
        const top = async (selector: string) => (await page.locator(selector).boundingBox())?.y ?? NaN;
        expect(await top('#answer')).to.be.below(await top('#form'));
        await page.getByRole('searchbox', { name: 'Find a field' }).fill('sensor 150');
        await page.getByLabel('sensor 150', { exact: true }).fill('9');
        await until('the others are hidden', async () => (await page.getByRole('slider').count()) === 1);
      },
      { viewport: { width: 320, height: 800 } },
    ),
  );

  it(
    'takes a category that the model has not learned, and says what becomes of it',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/#/deployments/classes`);
      await page.getByLabel('colour', { exact: true }).selectOption('another value …');
      const replied = page.waitForRequest((request) => request.postData()?.includes('"greenish"') === true);
      const other = page.getByRole('textbox', { name: 'colour, another value' });
      // On the way to the whole text, it is one of the categories.
      await other.pressSequentially('greenish');
      await replied;
      expect(await other.inputValue()).to.equal('greenish');
      await page.getByText('does not know this category, and scores it as unknown').waitFor();
      const scored = await predict(url, 'classes', ['x', 'colour'], [20, 'greenish']);
      await findAnswer(page).getByRole('status').getByText(String(scored), { exact: true }).waitFor();
      await findSection(page, 'What-if').getByRole('combobox').selectOption('colour');
      await findSection(page, 'What-if').locator('.stack-label', { hasText: 'greenish' }).waitFor();
      await page.getByRole('button', { name: 'Back to the example' }).click();
      await other.waitFor({ state: 'detached' });
    }),
  );

  it(
    'offers no other category where the model rejects them',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/#/deployments/strict`);
      const options = page.getByLabel('colour', { exact: true }).locator('option');
      await options.first().waitFor({ state: 'attached' });
      expect(await options.allInnerTexts()).to.deep.equal(['red', 'green']);
    }),
  );

  it(
    'moves dates from the first that was learned, and says which columns cannot be moved',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/#/deployments/dates`);
      const section = findSection(page, 'What-if');
      const chart = section.getByRole('img').first();
      await chart.waitFor();
      expect(await chart.getAttribute('aria-label')).to.include('along day, from 2026-01-01 to 2026-04-11');
      expect(await chart.locator('text.tick').allTextContents()).to.deep.equal([
        '2026-01',
        '2026-02',
        '2026-03',
        '2026-04',
      ]);
      await section.getByText('The training data begins on 2026-01-01').waitFor();
      await section.getByText('These columns cannot be moved: \u2068note\u2069').waitFor();
      await section.getByText('Show the figures').click();
      const rows = await section.locator('tbody tr').all();
      expect(rows.length).to.be.within(30, 42);
      const cells = await Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
      const values = cells.map(([day = '']) => [day, 'free']);
      const scored = await scoreDirectly(url, 'dates', { fields: ['day', 'note'], values });
      const predictions = scored.values.map((row) => row[scored.fields.indexOf('prediction')]);
      expect(cells.map(([, number]) => Number(number))).to.deep.equal(predictions);
    }),
  );
});
