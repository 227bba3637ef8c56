/** An engine of 200 deployments: the list is there at once, asks little, and filters as one types. */
import { expect } from 'chai';
import { toJson } from '../support/deployment.ts';
import { until } from '../support/until.ts';
import { visit } from './browser.ts';
import { expectNoLongTask } from './long-tasks.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';

const NUMBER = 200;

describe('an engine of 200 deployments', () => {
  let engine: PagesEngine;
  before(async () => {
    const files: Record<string, unknown> = {};
    for (let index = 0; index < NUMBER; index++) {
      const example = { fields: ['x'], values: [[1]], answer: { predictions: [1 + index] } };
      files[`line-${index}/deployment.json`] = toJson({ id: `line-${index}`, name: `Line ${index}`, example });
      files[`line-${index}/model.json`] = { coefficients: [[1]], intercepts: [index] };
    }
    engine = await startPagesEngine({ samples: [], files });
  });
  after(() => engine.stop());

  it(
    'is listed within few requests, and filtered without any',
    visit(
      () => engine.url,
      async ({ page, url, requests }) => {
        await page.goto(`${url}/`);
        const links = page.getByRole('main').getByRole('link', { name: /^Line \d+$/ });
        await until('all are listed', async () => (await links.count()) === NUMBER);
        expect(requests.length, requests.join('\n')).to.be.at.most(25);
        const before = requests.filter((request) => !request.includes('/data/')).length;
        const filter = page.getByRole('searchbox', { name: 'Filter deployments' });
        await filter.pressSequentially('line 199');
        await until('that of the filter is left', async () => (await links.count()) === 1);
        expect(requests.filter((request) => !request.includes('/data/')).length).to.equal(before);
        await filter.fill('no such deployment');
        await until('none is left', async () => (await links.count()) === 0);
        await page
          .getByText(/no deployment/i)
          .first()
          .waitFor();
        await filter.fill('');
        await until('all are back', async () => (await links.count()) === NUMBER);
      },
    ),
  );

  it(
    'never holds up the page for half a second',
    visit(
      () => engine.url,
      async ({ page, url }) => {
        await expectNoLongTask(page, async () => {
          await page.goto(`${url}/`);
          await page.getByRole('link', { name: 'Line 199', exact: true }).waitFor();
          await page.getByRole('searchbox', { name: 'Filter deployments' }).pressSequentially('line 100');
          await page.getByRole('link', { name: 'Line 100', exact: true }).click();
          await page.getByRole('heading', { level: 1, name: 'Line 100' }).waitFor();
        });
      },
    ),
  );
});
