/** Deployments that are replaced and removed while their pages are open, and copying where the browser has no clipboard. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { writeLine } from '../support/deployment.ts';
import { until } from '../support/until.ts';
import { launchAnother, visit } from './browser.ts';
import { findAnswer, findSection } from './console-page.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';

describe('a page that is open', () => {
  let engine: PagesEngine;
  before(async () => {
    engine = await startPagesEngine({ samples: ['iris'] });
  });
  after(() => engine.stop());
  const toUrl = () => engine.url;

  it(
    'of a deployment that is replaced and removed says so, answers by the new version, and keeps what was entered',
    visit(
      toUrl,
      async ({ page, url }) => {
        const folder = join(engine.folder, 'line');
        await writeLine(folder, 'line', 1);
        await until('it is served', async () => (await fetch(`${url}/v1/deployments/line`)).ok);
        await page.goto(`${url}/#/deployments/line`);
        await page.getByRole('spinbutton', { name: 'x', exact: true }).fill('10');
        await findAnswer(page).getByText('11', { exact: true }).waitFor();
        await writeLine(folder, 'line', 5);
        await page.getByText('The deployment has been replaced').waitFor({ timeout: 20_000 });
        await findAnswer(page).getByText('15', { exact: true }).waitFor();
        rmSync(folder, { recursive: true });
        await page.getByText('This deployment is no longer served').waitFor({ timeout: 20_000 });
        expect(await page.getByRole('spinbutton', { name: 'x', exact: true }).inputValue()).to.equal('10');
      },
      { expected: [/Failed to load resource.*404.*line/] },
    ),
  );

  it(
    'of the list shows a deployment that comes, and no longer one that goes',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/`);
      await page.getByRole('link', { name: 'Iris species', exact: true }).waitFor();
      const folder = join(engine.folder, 'guest');
      await writeLine(folder, 'guest', 1);
      const link = page.getByRole('link', { name: 'Line', exact: true });
      await link.waitFor({ timeout: 20_000 });
      rmSync(folder, { recursive: true });
      await link.waitFor({ state: 'detached', timeout: 20_000 });
    }),
  );

  it('copies without the clipboard that browsers keep from pages without TLS', async () => {
    const browser = await launchAnother('--host-resolver-rules=MAP engine.test 127.0.0.1');
    try {
      const page = await browser.newPage();
      await page.goto(`${engine.url.replace('127.0.0.1', 'engine.test')}/#/deployments/iris`);
      await findAnswer(page).getByText('%').first().waitFor();
      expect(await page.evaluate('isSecureContext || navigator.clipboard !== undefined')).to.equal(false);
      const code = findSection(page, 'Use it from code');
      await code.getByRole('button', { name: 'Copy' }).click();
      await code.getByText('Copied.').waitFor();
      const text = page.getByRole('textbox', { name: 'Rows as CSV' });
      await text.focus();
      await page.keyboard.press('Control+v');
      await until('the line is pasted', async () => (await text.inputValue()).startsWith('curl --silent'));
      expect(await text.inputValue()).to.include('http://engine.test:');
    } finally {
      await browser.close();
    }
  });
});
