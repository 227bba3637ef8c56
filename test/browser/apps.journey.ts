/** Web applications of deployments: the sample's, those that the command writes, one that wants to talk to others. */
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import { SAMPLE_IDS } from '../support/engine.ts';
import { until } from '../support/until.ts';
import { visit } from './browser.ts';
import { startPagesEngine, writeDeploymentFile, type PagesEngine } from './pages-engine.ts';

const START = fileURLToPath(new URL('../../dist/cli/start.cjs', import.meta.url));

/** An application that sends what it knows to another origin in every way that a page has. */
const LEAKING_APP = {
  'index.html':
    '<!doctype html><html lang="en"><title>Leak</title><link rel="icon" href="data:,"><h1>Leak</h1><script src="leak.js"></script>',
  'leak.js': `fetch('http://localhost:9/fetch').catch(() => { document.title = 'held back'; });
    new Image().src = 'http://localhost:9/image';
    navigator.sendBeacon('http://localhost:9/beacon', 'row');
    const frame = document.createElement('iframe');
    frame.src = 'http://localhost:9/frame';
    document.body.append(frame);`,
};

describe('web applications', () => {
  let engine: PagesEngine;
  before(async () => {
    engine = await startPagesEngine({ parameters: ['--allow-apps'] });
    for (const id of SAMPLE_IDS.filter((id) => id !== 'penguins' && id !== 'iris'))
      execFileSync(process.execPath, [START, 'app', id, '--deployments', engine.folder]);
    for (const [name, content] of Object.entries(LEAKING_APP))
      writeDeploymentFile(engine.folder, `iris/app/${name}`, content);
  });
  after(() => engine.stop());
  const toUrl = () => engine.url;

  it(
    'that of penguins is opened from the console, and its bars move with a slider',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/`);
      await page.getByRole('link', { name: 'Open the app of Penguin species' }).click();
      const main = page.locator('body');
      await main.getByText('%').first().waitFor();
      const start = await main.innerText();
      const slider = page.getByRole('slider').last();
      await slider.fill((await slider.getAttribute('max')) ?? '');
      const toBars = (text: string) => text.match(/[\d.]+%/g)?.join();
      expect(toBars(start)).to.match(/^[\d.]+%,[\d.]+%,[\d.]+%$/);
      await until('the bars move', async () => toBars(await main.innerText()) !== toBars(start));
    }),
  );

  for (const id of SAMPLE_IDS.filter((id) => id !== 'penguins' && id !== 'iris'))
    it(
      `that the command writes for ${id} scores`,
      visit(toUrl, async ({ page, url }) => {
        await until('it is served', async () => (await fetch(`${url}/apps/${id}/`)).ok);
        const replied = page.waitForResponse((response) => response.url().includes(`/v1/deployments/${id}/`));
        await page.goto(`${url}/apps/${id}/`);
        expect((await replied).status()).to.equal(200);
        const first = page.locator('input[type=range], input[type=number]').first();
        const again = page.waitForResponse((response) => response.url().includes(`/v1/deployments/${id}/`));
        await first.fill((await first.getAttribute('max')) ?? '1');
        expect((await again).status()).to.equal(200);
      }),
    );

  it(
    'that the command writes takes a category that the model has not learned, also from the keyboard',
    visit(toUrl, async ({ page, url }) => {
      const sent = (island: string) =>
        page.waitForResponse((response) => (response.request().postData() ?? '').includes(`"${island}"`));
      await page.goto(`${url}/apps/penguin-mass/`);
      const island = page.getByLabel('island', { exact: true });
      const other = page.getByRole('textbox', { name: 'island, another value' });
      await island.focus();
      expect(await other.count()).to.equal(0);
      await page.keyboard.press('End');
      expect(await island.locator('option:checked').innerText()).to.equal('another value …');
      await page.keyboard.press('Tab');
      expect(await page.locator(':focus').getAttribute('aria-label')).to.equal('island, another value');
      const scored = sent('Ross');
      await page.keyboard.type('Ross');
      expect((await scored).status()).to.equal(200);
      const again = sent('Dream');
      await island.selectOption('Dream');
      expect((await again).status()).to.equal(200);
      expect(await other.count()).to.equal(0);
    }),
  );

  it(
    'cannot talk to another origin',
    visit(
      toUrl,
      async ({ page, url }) => {
        await until('it is served', async () => (await fetch(`${url}/apps/iris/`)).ok);
        await page.goto(`${url}/apps/iris/`);
        await page.waitForFunction(`document.title === 'held back'`);
      },
      {
        expected: [
          /violated connect-src: http:\/\/localhost:9\/fetch/,
          /violated img-src: http:\/\/localhost:9\/image/,
          /violated connect-src: http:\/\/localhost:9\/beacon/,
          /asked another origin: http:\/\/localhost:9\/image/,
          /violated frame-src: http:\/\/localhost:9/,
          /logged: .*Content Security Policy/,
        ],
      },
    ),
  );
});

describe('an engine that allows no web applications', () => {
  let engine: PagesEngine;
  before(async () => {
    engine = await startPagesEngine();
  });
  after(() => engine.stop());

  it(
    'says that, and how they are allowed',
    visit(
      () => engine.url,
      async ({ page, url }) => {
        await page.goto(`${url}/apps/penguins/`);
        expect(await page.locator('body').innerText()).to.include('allow-apps');
        await page.goto(`${url}/`);
        await page.getByRole('link', { name: 'Penguin species', exact: true }).waitFor();
        expect(await page.getByRole('link', { name: /^Open the app/ }).count()).to.equal(0);
      },
      { expected: [/40[34]/] },
    ),
  );
});
