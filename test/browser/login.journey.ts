/** An engine with a password: the form, what is wrong with a password, where one comes back to, the end of a session. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { Secret } from '../../server/access/secret.ts';
import { SESSION_TIME, Sessions } from '../../server/access/sessions.ts';
import { makeKeyFile, toStoredKey } from '../support/key-file.ts';
import { visit } from './browser.ts';
import { findAnswer, findSection } from './console-page.ts';
import { AUTHORIZATION, CREDENTIALS, logIn, SETTINGS } from './login-page.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';

/** Chromium logs each reply that says no. */
const REFUSED = /logged: Failed to load resource.*40[13]/;

/** Logs in, and opens a deployment whose answer and chart are there. */
async function openIris(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/`);
  await logIn(page);
  await page.getByRole('link', { name: 'Iris species', exact: true }).click();
  await findAnswer(page).getByText('%').first().waitFor();
  await findSection(page, 'What-if').getByRole('img').first().waitFor();
}

describe('an engine with a password', () => {
  let engine: PagesEngine;
  before(async () => {
    engine = await startPagesEngine({ environment: SETTINGS });
  });
  after(() => engine.stop());
  const toUrl = () => engine.url;

  it(
    'asks for it, says when it is wrong, and shows the console when it is right',
    visit(
      toUrl,
      async ({ page, url }) => {
        await page.goto(`${url}/`);
        await page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor();
        await logIn(page, 'another one');
        await page.getByRole('alert').waitFor();
        expect(await page.getByRole('alert').innerText()).to.match(/wrong|not right|incorrect/i);
        expect(await page.content()).not.to.include('another one');
        await logIn(page);
        await page.getByRole('link', { name: 'Iris species', exact: true }).waitFor();
      },
      { expected: [REFUSED] },
    ),
  );

  it(
    'brings back to the page that was asked for, and scores there',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/docs/`);
      await logIn(page);
      await page.locator('.opblock').first().waitFor();
      expect(page.url()).to.equal(`${url}/docs/`);
      await page.goto(`${url}/#/deployments/iris`);
      await findAnswer(page).getByText('%').first().waitFor();
    }),
  );

  it(
    'brings back to the deployment that was asked for',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/#/deployments/iris`);
      await logIn(page);
      await page.getByRole('heading', { level: 1, name: 'Iris species' }).waitFor();
    }),
  );

  it(
    'brings back to no other site',
    visit(toUrl, async ({ page, url }) => {
      for (const next of ['https://example.com/', '//example.com/', '/\\example.com', 'javascript:window.hit=1']) {
        await page.goto(`${url}/login?next=${encodeURIComponent(next)}`);
        if ((await page.getByLabel('Password').count()) > 0) await logIn(page);
        await page.waitForURL((at) => !at.pathname.endsWith('/login'));
        expect(new URL(page.url()).origin).to.equal(new URL(url).origin);
        await page.getByRole('link', { name: 'Iris species', exact: true }).waitFor();
        await page.waitForLoadState('networkidle');
        await page.context().clearCookies();
      }
    }),
  );

  it(
    'is left with a button, after which it asks again',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/`);
      await logIn(page);
      await page.getByRole('link', { name: 'Iris species', exact: true }).waitFor();
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.getByLabel('Password').waitFor();
      await page.goto(`${url}/`);
      await page.getByLabel('Password').waitFor();
    }),
  );

  it(
    'says so in the console when a session has ended, and offers to log in again',
    visit(
      toUrl,
      async ({ page, url }) => {
        await openIris(page, url);
        await page.context().clearCookies();
        await page.getByRole('spinbutton', { name: 'petal_length', exact: true }).fill('4.5');
        await page.getByRole('button', { name: 'Score', exact: true }).click();
        await page.getByRole('link', { name: 'Log in again' }).click();
        await logIn(page);
        await page.getByRole('heading', { level: 1, name: 'Iris species' }).waitFor();
        // What was entered is there again, and is scored.
        const petal = page.getByRole('spinbutton', { name: 'petal_length', exact: true });
        expect(await petal.inputValue()).to.equal('4.5');
        await findAnswer(page).getByText('%').first().waitFor();
        expect(await page.getByText('has expired').count()).to.equal(0);
      },
      { expected: [REFUSED] },
    ),
  );

  it(
    'says so when a session has come to its own end',
    visit(
      toUrl,
      async ({ page, url }) => {
        await page.goto(`${url}/`);
        await logIn(page);
        await page.getByRole('link', { name: 'Iris species', exact: true }).click();
        await findAnswer(page).getByText('%').first().waitFor();
        const [cookie] = await page.context().cookies();
        if (!cookie) throw new Error('the session has a cookie');
        const sessions = new Sessions({
          ...CREDENTIALS,
          password: new Secret(CREDENTIALS.password),
          passwordFile: undefined,
        });
        const score = async (issued: number) => {
          const value = sessions.issue({ user: CREDENTIALS.username }, '', issued);
          await page.context().addCookies([{ ...cookie, value }]);
          const replied = page.waitForResponse((response) => response.url().endsWith('/online'));
          await page.getByRole('button', { name: 'Score', exact: true }).click();
          return (await replied).status();
        };
        expect(await score(Date.now())).to.equal(200);
        expect(await score(Date.now() - SESSION_TIME - 1)).to.equal(401);
        await page.getByRole('link', { name: 'Log in again' }).waitFor();
      },
      { expected: [REFUSED] },
    ),
  );

  it(
    'says so in one tab when another has logged out, and goes on there after a new login',
    visit(
      toUrl,
      async ({ page, url }) => {
        await openIris(page, url);
        const other = await page.context().newPage();
        await other.goto(`${url}/`);
        await other.getByRole('button', { name: 'Log out' }).click();
        await other.getByLabel('Password').waitFor();
        await page.getByRole('button', { name: 'Score', exact: true }).click();
        await page.getByText('Your session has expired.').waitFor();
        await logIn(other);
        await other.getByRole('link', { name: 'Iris species', exact: true }).waitFor();
        await page.getByRole('button', { name: 'I have logged in' }).click();
        await page.getByRole('button', { name: 'Score', exact: true }).click();
        await findAnswer(page).getByRole('alert').waitFor({ state: 'detached' });
        expect(await page.getByText('Your session has expired.').count()).to.equal(0);
      },
      { expected: [REFUSED] },
    ),
  );

  it(
    'takes no cookie that it has not made',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/`);
      await logIn(page);
      await page.getByRole('link', { name: 'Iris species', exact: true }).waitFor();
      const [cookie] = await page.context().cookies();
      if (!cookie) throw new Error('the session has a cookie');
      expect(cookie.httpOnly).to.be.true;
      expect(cookie.sameSite).to.match(/Lax|Strict/);
      await page
        .context()
        .addCookies([{ ...cookie, value: cookie.value.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) }]);
      await page.context().addCookies([{ ...cookie, value: `${cookie.value.slice(0, -6)}AAAAAA` }]);
      await page.goto(`${url}/`);
      await page.getByLabel('Password').waitFor();
    }),
  );

  it(
    'lets whoever sends the password with each request in, too, without a button to log out',
    visit(
      toUrl,
      async ({ page, url }) => {
        await page.goto(`${url}/`);
        await page.getByRole('link', { name: 'Iris species', exact: true }).click();
        await findAnswer(page).getByText('%').first().waitFor();
        expect(await page.getByRole('button', { name: 'Log out' }).count()).to.equal(0);
      },
      {
        extraHTTPHeaders: { Authorization: AUTHORIZATION },
      },
    ),
  );
});

describe('an engine with API keys alone', () => {
  let engine: PagesEngine;
  before(async () => {
    engine = await startPagesEngine({
      environment: { ENGINE_API_KEYS_FILE: makeKeyFile([toStoredKey('openscale', 'a key for these journeys')]) },
    });
  });
  after(() => engine.stop());

  it(
    'asks for one, and shows the console to whoever has it',
    visit(
      () => engine.url,
      async ({ page, url }) => {
        await page.goto(`${url}/`);
        expect(await page.getByLabel('Password').count()).to.equal(0);
        await page.getByLabel('API key').fill('a key for these journeys');
        await page.getByRole('button', { name: 'Log in' }).click();
        await page.getByRole('link', { name: 'Iris species', exact: true }).waitFor();
      },
    ),
  );

  it(
    'shows the console to whoever sends one',
    visit(
      () => engine.url,
      async ({ page, url }) => {
        await page.goto(`${url}/`);
        await page.getByRole('link', { name: 'Iris species', exact: true }).click();
        await findAnswer(page).getByText('%').first().waitFor();
      },
      { extraHTTPHeaders: { 'X-API-Key': 'a key for these journeys' } },
    ),
  );
});
