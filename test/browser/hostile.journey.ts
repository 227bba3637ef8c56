/** Deployments whose texts want to be executed: they are shown as the texts that they are, and score like others. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { visit } from './browser.ts';
import { findAnswer } from './console-page.ts';
import { HOSTILE_DEPLOYMENTS, HOSTILE_TEXTS, toHostileFiles } from './hostile-deployments.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';

/** Texts as `innerText` has them: without the white space that HTML joins. */
const normalize = (text: string) => text.replace(/\s+/g, ' ').trim();
const readText = async (page: Page) => normalize((await page.locator('body').textContent()) ?? '');

/** No text has become an element. */
async function expectNoElements(page: Page): Promise<void> {
  expect(await page.locator('img[src="x"], iframe, svg[onload], [onerror], script:not([src])').count()).to.equal(0);
  for (const link of await page.locator('a[href]').all())
    expect(await link.evaluate((element) => (element as unknown as { protocol: string }).protocol)).to.match(
      /^(https?|blob):$/,
    );
}

describe('hostile deployments', () => {
  let engine: PagesEngine;
  before(async () => {
    engine = await startPagesEngine({ samples: ['iris'], files: toHostileFiles() });
  });
  after(() => engine.stop());
  const toUrl = () => engine.url;

  it(
    'are listed under their names, and an invalid one under that of its folder',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/`);
      await page.getByRole('link', { name: 'Iris species', exact: true }).waitFor();
      const text = await readText(page);
      for (const hostile of HOSTILE_TEXTS) expect(text).to.include(normalize(hostile).slice(0, 200));
      await page.getByRole('heading', { level: 2, name: 'Invalid deployments' }).waitFor();
      await expectNoElements(page);
    }),
  );

  it(
    'are found by what is typed, also where that looks like a pattern',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/`);
      const filter = page.getByRole('searchbox', { name: 'Filter deployments' });
      await filter.fill('.*+?^${}()|[]\\');
      await page.getByRole('link', { name: 'Iris species', exact: true }).waitFor({ state: 'detached' });
      await page.getByRole('link', { name: '.*+?^${}()|[]\\', exact: true }).waitFor();
    }),
  );

  for (const { id, text } of HOSTILE_DEPLOYMENTS)
    it(
      `are shown and scored: ${JSON.stringify(text.slice(0, 60))}`,
      visit(toUrl, async ({ page, url }) => {
        await page.goto(`${url}/#/deployments/${id}`);
        const heading = page.getByRole('heading', { level: 1 });
        await findAnswer(page).getByText('%').first().waitFor();
        expect(normalize((await heading.textContent()) ?? '')).to.equal(normalize(text));
        await page.getByRole('button', { name: 'Score', exact: true }).click();
        expect(normalize((await findAnswer(page).textContent()) ?? '')).to.include(normalize(text).slice(0, 100));
        await page.getByRole('button', { name: 'Rank the columns' }).click();
        await page.locator('ol > li').first().waitFor();
        for (const tab of ['Python', 'JavaScript', 'curl']) await page.getByRole('tab', { name: tab }).click();
        await expectNoElements(page);
      }),
    );

  for (const route of [
    '#/deployments/%3Cimg%20src%3Dx%20onerror%3Dwindow.hit%3D1%3E',
    '#/deployments/%E0%A4%A',
    '#/deployments/__proto__',
    '#/deployments/..%2F..%2Fhealth%2Fready',
    '#javascript:window.hit=1',
  ])
    it(
      `a link that nobody made is answered in plain words: ${route}`,
      visit(
        toUrl,
        async ({ page, url }) => {
          await page.goto(`${url}/${route}`);
          await page.getByRole('heading', { level: 1 }).waitFor();
          await expectNoElements(page);
        },
        { expected: route.includes('/') ? [/Failed to load resource.*404.*\/console\/data\//] : [] },
      ),
    );
});
