/** Each kind of deployment in the console: two classes, a number, one on a server that is dead, one that is invalid. */
import { expect } from 'chai';
import { toRemoteJson } from '../support/remote.ts';
import { until } from '../support/until.ts';
import { findFreePort } from '../../bench/server-process.ts';
import { visit } from './browser.ts';
import {
  expectClose,
  findAnswer,
  findSection,
  readForm,
  readPercentages,
  scoreDirectly,
  toPercentages,
} from './console-page.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';

describe('in the console', () => {
  let engine: PagesEngine;
  before(async () => {
    const url = `http://127.0.0.1:${await findFreePort()}`;
    engine = await startPagesEngine({
      files: {
        'far/deployment.json': toRemoteJson({ url, retries: 0 }, { id: 'far', name: 'Far away' }),
        'broken/deployment.json': { id: 'broken', name: 'Broken', kind: 'no-such-kind' },
      },
    });
  });
  after(() => engine.stop());
  const toUrl = () => engine.url;

  it(
    'two classes have two bars',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/#/deployments/penguin-sex`);
      await page.getByRole('heading', { level: 1, name: 'Penguin sex' }).waitFor();
      await findAnswer(page).getByText('%').first().waitFor();
      const { fields, labels } = await readDeployment(url, 'penguin-sex');
      const row = await readForm(page, fields);
      const scored = await scoreDirectly(url, 'penguin-sex', { fields, values: [row] });
      expectClose(await readPercentages(page, labels), toPercentages(scored)[0] as number[], 'the answer');
    }),
  );

  for (const id of ['penguin-mass', 'car-mileage'])
    it(
      `a regression has a number: ${id}`,
      visit(toUrl, async ({ page, url }) => {
        await page.goto(`${url}/#/deployments/${id}`);
        await findAnswer(page).getByText(/\d/).first().waitFor();
        const { fields } = await readDeployment(url, id);
        const toNumber = async () => {
          const scored = await scoreDirectly(url, id, { fields, values: [await readForm(page, fields)] });
          return scored.values[0]?.[scored.fields.indexOf('prediction')] as number;
        };
        const shows = async (number: number) => {
          const text = (await findAnswer(page).innerText()).replaceAll(',', '');
          return (text.match(/-?\d+(\.\d+)?/g) ?? []).some(
            (one) => Math.abs(Number(one) - number) <= Math.abs(number) / 200,
          );
        };
        const start = await toNumber();
        await until('the answer is the number of the contract', () => shows(start));
        const slider = page.getByRole('slider').first();
        await slider.fill((await slider.getAttribute('max')) ?? '');
        const moved = await toNumber();
        await until('the answer moves with it', () => shows(moved));
        await page.getByRole('button', { name: 'Rank the columns' }).click();
        await page.locator('ol > li').first().waitFor();
      }),
    );

  it(
    'a server that is dead is said to be so, in plain words',
    visit(
      toUrl,
      async ({ page, url }) => {
        await page.goto(`${url}/#/deployments/far`);
        await page.getByRole('heading', { level: 1, name: 'Far away' }).waitFor();
        await page.getByText('upstream not ready').waitFor();
        await page.getByRole('button', { name: 'Score', exact: true }).click();
        await findAnswer(page)
          .getByText(/upstream|cannot be reached/i)
          .waitFor();
        const text = await page.getByRole('main').innerText();
        expect(text)
          .to.match(/upstream/i)
          .and.not.match(/undefined|\[object|NaN|ECONNREFUSED|TypeError/);
      },
      { expected: [/Failed to load resource.*50\d/] },
    ),
  );

  it(
    'an invalid deployment is listed with what is wrong',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/`);
      const section = findSection(page, 'Invalid deployments');
      await section.getByText('broken').first().waitFor();
      expect(await section.innerText()).to.include('deployment.json');
    }),
  );

  it(
    'a deployment that there is not is said not to be there',
    visit(
      toUrl,
      async ({ page, url }) => {
        await page.goto(`${url}/#/deployments/nowhere`);
        await page
          .getByText(/no deployment|not found|not served/i)
          .first()
          .waitFor();
        await page.getByRole('link', { name: 'Deployments', exact: true }).first().click();
        await page.getByRole('link', { name: 'Iris species', exact: true }).waitFor();
      },
      { expected: [/Failed to load resource.*404.*nowhere/] },
    ),
  );
});

/** The columns and the labels of a deployment, from discovery and an answer. */
async function readDeployment(url: string, id: string): Promise<{ fields: string[]; labels: string[] }> {
  const response = await fetch(`${url}/v1/deployments/${id}`);
  const { entity } = (await response.json()) as {
    entity: { asset_properties: { training_data_schema?: Schema; input_data_schema?: Schema; labels?: string[] } };
  };
  const { input_data_schema } = entity.asset_properties;
  const fields = (input_data_schema?.fields ?? []).map(({ name }) => name);
  return { fields, labels: id === 'penguin-sex' ? ['FEMALE', 'MALE'] : [] };
}

interface Schema {
  readonly fields: readonly { readonly name: string }[];
}
