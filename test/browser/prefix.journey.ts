/** Pages below a path prefix, which a proxy strips, or not: every link, file and request stays below it. */
import { expect } from 'chai';
import { visit } from './browser.ts';
import { findAnswer } from './console-page.ts';
import { logIn, SETTINGS } from './login-page.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';
import { startPrefixProxy, type PrefixProxy } from './prefix-proxy.ts';

for (const strips of [true, false])
  describe(`behind a proxy that ${strips ? 'strips' : 'keeps'} a path prefix`, () => {
    let proxy: PrefixProxy;
    let engine: PagesEngine;
    before(async () => {
      proxy = await startPrefixProxy('/models/engine', { strips });
      engine = await startPagesEngine({
        environment: { ...SETTINGS, ENGINE_PUBLIC_URL: proxy.url },
        parameters: ['--allow-apps'],
      });
      proxy.forwardTo(engine.url);
    });
    after(() => Promise.all([proxy.close(), engine.stop()]));

    it(
      'the login, the console, the contract and an application work, and ask nothing outside of it',
      visit(
        () => proxy.url,
        async ({ page, url }) => {
          await page.goto(`${url}/`);
          await logIn(page);
          await page.getByRole('link', { name: 'Penguin species', exact: true }).click();
          await findAnswer(page).getByText('%').first().waitFor();
          await page.getByRole('button', { name: 'Rank the columns' }).click();
          await page.locator('ol > li').first().waitFor();
          await page
            .getByRole('link', { name: 'Open the app of Penguin species' })
            .or(page.getByRole('link', { name: 'Deployments', exact: true }))
            .first()
            .click();
          await page.goto(`${url}/apps/penguins/`);
          await page.getByRole('slider').first().waitFor();
          await page.getByText('%').first().waitFor();
          await page.goto(`${url}/`);
          await page.getByRole('link', { name: 'Contract' }).click();
          await page.locator('.opblock').first().waitFor();
          await page.goto(`${url}/`);
          await page.getByRole('button', { name: 'Log out' }).click();
          await page.getByLabel('Password').waitFor();
          expect(page.url().startsWith(`${url}/`), page.url()).to.be.true;
          expect(proxy.escaped).to.deep.equal([]);
        },
      ),
    );
  });
