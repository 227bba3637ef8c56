/** The newcomer's journey with Tab, Enter and the arrows alone, and where the focus is. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { until } from '../support/until.ts';
import { visit } from './browser.ts';
import { readPercentages } from './console-page.ts';
import { LARGE_FILES } from './large-deployments.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';

const SPECIES = ['Adelie', 'Chinstrap', 'Gentoo'];

/** What has the focus: its tag, name and whether something shows that. */
interface Focus {
  readonly tag: string;
  readonly name: string;
  readonly isVisible: boolean;
}

/** An outline, or a shadow in its place; in the colours of the page or the system. */
const READ_FOCUS = `(() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const label = element.labels?.[0]?.textContent ?? '';
  return {
    tag: element.localName,
    name: (element.getAttribute('aria-label') ?? (label || element.textContent)).trim(),
    isVisible: box.width > 0 && box.height > 0 &&
      ((style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none'),
  };
})()`;

const readFocus = (page: Page) => page.evaluate<Focus>(READ_FOCUS);

/** Presses Tab until the element with a name has the focus, which must be visible all the way. */
async function tabTo(page: Page, tag: string, name: string): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < 100; step++) {
    await page.keyboard.press('Tab');
    const focus = await readFocus(page);
    passed.push(`${focus.tag} ${focus.name}`);
    if (focus.tag !== 'body') expect(focus.isVisible, `the focus on ${focus.tag} ${focus.name} is visible`).to.be.true;
    if (focus.tag === tag && focus.name === name) return;
  }
  throw new Error(`Tab does not come to ${tag} ${name}, but to ${passed.join('; ')}`);
}

/** The first heading has the focus, so that a screen reader reads the page that has come. */
async function expectFocusOnHeading(page: Page, name: string): Promise<void> {
  await until(`the heading ${name} has the focus`, async () => {
    const focus = await readFocus(page);
    return focus.tag === 'h1' && focus.name === name;
  });
}

describe('with the keyboard alone', () => {
  let engine: PagesEngine;
  before(async () => {
    engine = await startPagesEngine({ files: LARGE_FILES });
  });
  after(() => engine.stop());

  it(
    'a newcomer scores a row, moves a column and copies the curl line',
    visit(
      () => engine.url,
      async ({ page, url }) => {
        await page.goto(`${url}/`);
        await page.getByRole('heading', { level: 1, name: 'Deployments' }).waitFor();
        await tabTo(page, 'a', 'Penguin species');
        await page.keyboard.press('Enter');
        await expectFocusOnHeading(page, 'Penguin species');
        const start = await readPercentages(page, SPECIES);
        await tabTo(page, 'input', 'flipper_length, slider');
        await page.keyboard.press('End');
        await until('the answer moves', async () => String(await readPercentages(page, SPECIES)) !== String(start));
        const atEnd = await readPercentages(page, SPECIES);
        for (let step = 0; step < 10; step++) await page.keyboard.press('PageDown');
        await until('it moves again', async () => String(await readPercentages(page, SPECIES)) !== String(atEnd));
        await tabTo(page, 'button', 'Score');
        await page.keyboard.press('Enter');
        await tabTo(page, 'button', 'Rank the columns');
        await page.keyboard.press('Enter');
        await page.locator('ol > li').first().waitFor();
        await tabTo(page, 'button', 'curl');
        await page.keyboard.press('ArrowRight');
        expect((await readFocus(page)).name).to.equal('Python');
        await page.keyboard.press('ArrowLeft');
        await tabTo(page, 'button', 'Copy');
        await page.keyboard.press('Enter');
        await until('the clipboard has the line', async () =>
          (await page.evaluate<string>('navigator.clipboard.readText()')).startsWith('curl '),
        );
      },
    ),
  );

  it(
    'a column of a wide form is found, moved and scored',
    visit(
      () => engine.url,
      async ({ page, url }) => {
        await page.goto(`${url}/#/deployments/wide`);
        await page.getByText('40 of 200 fields shown').waitFor();
        await tabTo(page, 'input', 'Find a field');
        await page.keyboard.type('sensor 150');
        await page.getByText('1 of 200 fields shown').waitFor();
        // Enter scores nothing here, and leaves the focus where it is.
        await page.keyboard.press('Enter');
        await tabTo(page, 'input', 'sensor 150, slider');
        await page.keyboard.press('End');
        await tabTo(page, 'input', 'sensor 150');
        const status = page.getByRole('region', { name: 'Answer' }).getByRole('status');
        await until('the answer moves', async () => (await status.innerText()) === '153.9');
        await page.keyboard.press('Control+a');
        await page.keyboard.type('0');
        await page.keyboard.press('Enter');
        await until('it moves again', async () => (await status.innerText()) === '53.9');
        await tabTo(page, 'button', 'Rank the columns');
      },
    ),
  );

  it(
    'the focus moves to the heading when a route changes, back and forth',
    visit(
      () => engine.url,
      async ({ page, url }) => {
        await page.goto(`${url}/#/deployments/iris`);
        await page.getByRole('heading', { level: 1, name: 'Iris species' }).waitFor();
        await page.getByRole('navigation').getByRole('link', { name: 'Deployments' }).click();
        await expectFocusOnHeading(page, 'Deployments');
        await page.goBack();
        await expectFocusOnHeading(page, 'Iris species');
      },
    ),
  );
});
