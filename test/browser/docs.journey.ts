/** The contract, read and tried in the browser. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import openapi from '../../generated/openapi.json' with { type: 'json' };
import { visit } from './browser.ts';
import { logIn, SETTINGS } from './login-page.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';

/** Executes the example of the contract's scoring request for a deployment. */
async function tryScoring(page: Page): Promise<void> {
  const operation = page.locator('.opblock').filter({ hasText: '/v1/deployments/{deployment_id}/online' }).first();
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  const id = operation.locator('tr[data-param-name="deployment_id"]').locator('input, select').first();
  await id.fill('iris');
  await operation
    .locator('textarea')
    .first()
    .fill('{"fields":["sepal_length","sepal_width","petal_length","petal_width"],"values":[[5.1,3.5,1.4,0.2]]}');
  await operation.getByRole('button', { name: 'Execute' }).click();
  const live = operation.locator('.live-responses-table .response').first();
  await live.waitFor();
  expect(await live.locator('.response-col_status').innerText()).to.match(/^200/);
  expect(await live.innerText()).to.include('setosa');
}

describe('the contract in the browser', () => {
  let engine: PagesEngine;
  let guarded: PagesEngine;
  before(async () => {
    [engine, guarded] = await Promise.all([startPagesEngine(), startPagesEngine({ environment: SETTINGS })]);
  });
  after(() => Promise.all([engine.stop(), guarded.stop()]));

  it(
    'has every operation of the file that everything is generated from',
    visit(
      () => engine.url,
      async ({ page, url }) => {
        await page.goto(`${url}/`);
        await page.getByRole('navigation').getByRole('link', { name: 'Contract' }).click();
        await page.locator('.opblock').first().waitFor();
        const operations = Object.values(openapi.paths).flatMap((path) =>
          Object.keys(path).filter((key) => /^(get|put|post|delete|patch|head|options)$/.test(key)),
        );
        expect(await page.locator('.opblock').count()).to.equal(operations.length);
      },
    ),
  );

  it(
    'scores a row that is tried out',
    visit(
      () => engine.url,
      async ({ page, url }) => {
        await page.goto(`${url}/docs/`);
        await tryScoring(page);
      },
    ),
  );

  it(
    'scores a row for someone who has logged in',
    visit(
      () => guarded.url,
      async ({ page, url }) => {
        await page.goto(`${url}/docs/`);
        await logIn(page);
        await tryScoring(page);
      },
    ),
  );
});
