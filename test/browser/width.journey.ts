/** No page is wider than its window: on a telephone, on a desk, and with text of twice the size. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { visit } from './browser.ts';
import { PAGES, type PageOfConsole } from './pages-of-console.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';
import { toHostileFiles } from './hostile-deployments.ts';

const PASSWORD = { ENGINE_USERNAME: 'openscale', ENGINE_PASSWORD: 'for these journeys' };

/** What sticks out of the window, by tag and class. */
const FIND_WIDE = `(() => {
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  return ['the page: ' + scrollWidth + ' > ' + clientWidth, ...[...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
    .slice(0, 10)
    .map((element) => element.localName + '.' + element.className + ' to ' + element.getBoundingClientRect().right)];
})()`;

async function expectNoScrolling(page: Page): Promise<void> {
  expect(await page.evaluate<string[]>(FIND_WIDE)).to.deep.equal([]);
}

describe('the width of a page', () => {
  let engine: PagesEngine;
  let guarded: PagesEngine;
  before(async () => {
    engine = await startPagesEngine({ files: toHostileFiles(), parameters: ['--allow-apps'] });
    guarded = await startPagesEngine({ environment: PASSWORD });
  });
  after(() => Promise.all([engine.stop(), guarded.stop()]));

  const toEngine = ({ isGuarded }: PageOfConsole) => (isGuarded === true ? guarded : engine).url;
  for (const one of PAGES)
    for (const width of [320, 1280])
      it(
        `is that of its window of ${width} pixels: ${one.name}`,
        visit(
          () => toEngine(one),
          async ({ page, url }) => {
            await one.open(page, url);
            await expectNoScrolling(page);
          },
          { viewport: { width, height: 800 } },
        ),
      );

  for (const one of PAGES.filter(({ isForeign }) => isForeign !== true))
    it(
      `is that of its window with text of twice the size: ${one.name}`,
      visit(
        () => toEngine(one),
        async ({ page, url }) => {
          await one.open(page, url);
          await page.evaluate('document.documentElement.style.setProperty("font-size", "200%")');
          await expectNoScrolling(page);
        },
        { viewport: { width: 640, height: 800 } },
      ),
    );

  it(
    'is that of its window for hostile texts',
    visit(
      () => engine.url,
      async ({ page, url }) => {
        await page.goto(`${url}/`);
        await page.getByRole('link', { name: 'Iris species', exact: true }).waitFor();
        await expectNoScrolling(page);
        await page.goto(`${url}/#/deployments/hostile-13`);
        await page.getByRole('region', { name: 'Answer' }).getByText('%').first().waitFor();
        await expectNoScrolling(page);
      },
      { viewport: { width: 320, height: 800 } },
    ),
  );
});
