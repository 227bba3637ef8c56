/** A table in, the scored CSV out: pasted, dropped or chosen; errors; cancelling. */
import { writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import type { Locator, Page } from 'playwright-core';
import { Random } from '../../training/forest/random.ts';
import { SAMPLES } from '../support/engine.ts';
import { makeSampleTable, readDeploymentFile, type RequestTable } from '../support/sample-rows.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { visit } from './browser.ts';
import { findSection, openDeployment, scoreDirectly } from './console-page.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';

const SPECIES = ['Adelie', 'Chinstrap', 'Gentoo'];

function toCsv({ fields, values }: RequestTable): string {
  const toText = (cell: unknown): string => (cell === null ? '' : JSON.stringify(cell).replace(/^"|"$/g, ''));
  return [fields, ...values].map((row) => row.map(toText).join(',')).join('\r\n');
}

async function openTable(page: Page, url: string): Promise<Locator> {
  await openDeployment(page, url, 'Penguin species');
  return findSection(page, 'Score a table');
}

/** The rows of the file that the link downloads. */
async function download(page: Page, section: Locator): Promise<string[][]> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    section.getByRole('link', { name: 'Download scored CSV' }).click(),
  ]);
  expect(file.suggestedFilename()).to.match(/\.csv$/);
  return parse(readFileSync(await file.path(), 'utf8'), { bom: true });
}

/** Holds a scored file against what the contract answers to its rows. */
async function expectScores(url: string, table: RequestTable, [header = [], ...rows]: string[][]): Promise<void> {
  const scored = await scoreDirectly(url, 'penguins', table);
  const at = scored.fields.indexOf('prediction');
  expect(header.slice(0, table.fields.length)).to.deep.equal(table.fields);
  expect(header[table.fields.length]).to.equal('prediction');
  expect(rows).to.have.length(table.values.length);
  for (const [index, row] of rows.entries()) {
    const values = scored.values[index] as unknown[];
    expect(row[at], `the prediction of row ${index + 1}`).to.equal(values[at]);
    const probabilities = values[at + 1] as number[];
    const shown = row.slice(at + 1, at + 1 + SPECIES.length).map(Number);
    expect(shown, `the probabilities of row ${index + 1}`).to.deep.equal(probabilities);
  }
}

describe('a table', () => {
  const file = readDeploymentFile(join(SAMPLES, 'penguins'));
  const folder = makeTemporaryFolder('tables');
  let engine: PagesEngine;
  before(async () => {
    engine = await startPagesEngine();
  });
  after(() => engine.stop());
  const toUrl = () => engine.url;

  it(
    'that is pasted is scored, previewed and downloaded with the scores of the contract',
    visit(toUrl, async ({ page, url }) => {
      const section = await openTable(page, url);
      const table = makeSampleTable(file, 20, new Random(1));
      await section.getByRole('textbox', { name: 'Rows as CSV' }).fill(toCsv(table));
      await section.getByRole('button', { name: 'Score the table' }).click();
      await section.getByRole('table').waitFor();
      await expectScores(url, table, await download(page, section));
    }),
  );

  it(
    'of 5,000 rows is chosen as a file and scored',
    visit(toUrl, async ({ page, url }) => {
      const section = await openTable(page, url);
      const table = makeSampleTable(file, 5000, new Random(2));
      const path = join(folder, 'penguins.csv');
      writeFileSync(path, toCsv(table));
      await section.getByLabel('CSV file').setInputFiles(path);
      await section.getByRole('button', { name: 'Score the table' }).click();
      await section.getByRole('link', { name: 'Download scored CSV' }).waitFor();
      await expectScores(url, table, await download(page, section));
    }),
  );

  it(
    'is dropped as a file and scored',
    visit(toUrl, async ({ page, url }) => {
      const section = await openTable(page, url);
      const table = makeSampleTable(file, 3, new Random(3));
      const transfer = await page.evaluateHandle(`(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([${JSON.stringify(toCsv(table))}], 'dropped.csv', { type: 'text/csv' }));
        return transfer;
      })()`);
      const zone = section.getByText(/drop/i).first();
      for (const event of ['dragenter', 'dragover', 'drop'])
        await zone.dispatchEvent(event, { dataTransfer: transfer });
      await section.getByRole('button', { name: 'Score the table' }).click();
      await expectScores(url, table, await download(page, section));
    }),
  );

  const HEADER = 'island,beak_length,beak_depth,flipper_length,body_mass,sex';
  for (const [what, csv, problem] of [
    [
      'a text where a number must be',
      `${HEADER}\nBiscoe,40,18,190,4000,MALE\nBiscoe,long,18,190,4000,MALE`,
      /row 2\b.*beak_length/i,
    ],
    ['a row that is too short', `${HEADER}\nBiscoe,40,18,190,4000,MALE\nBiscoe,40`, /row 2\b.*6 cells/i],
    ['a column missing', 'island,beak_length\nBiscoe,40', /beak_depth, flipper_length, body_mass, sex/],
    ['no rows', `${HEADER}\n`, /row/i],
  ] as const)
    it(
      `with ${what} is refused with the place`,
      visit(toUrl, async ({ page, url }) => {
        const section = await openTable(page, url);
        await section.getByRole('textbox', { name: 'Rows as CSV' }).fill(csv);
        await section.getByRole('button', { name: 'Score the table' }).click();
        const alert = section.getByRole('alert');
        await until('there is an alert', async () => (await alert.allInnerTexts()).join('') !== '');
        expect(await alert.innerText()).to.match(problem);
        expect(await section.getByRole('link', { name: 'Download scored CSV' }).count()).to.equal(0);
      }),
    );

  it(
    'is cancelled midway, after which nothing more is sent',
    visit(toUrl, async ({ page, url }) => {
      const section = await openTable(page, url);
      let sent = 0;
      await page.route('**/v1/deployments/penguins/**', async (route) => {
        const isPart = (route.request().postData() ?? '').length > 20_000;
        if (isPart) sent++;
        // The second part is never answered.
        if (!isPart || sent === 1) await route.continue();
      });
      const table = makeSampleTable(file, 6000, new Random(5));
      const path = join(folder, 'cancelled.csv');
      writeFileSync(path, toCsv(table));
      await section.getByLabel('CSV file').setInputFiles(path);
      await section.getByText('is ready to be scored').waitFor();
      await section.getByRole('button', { name: 'Score the table' }).click();
      await until('the second part is under way', () => sent === 2);
      await section.getByText('2,000 of 6,000 rows scored').waitFor();
      await section.getByRole('button', { name: 'Cancel' }).click();
      await section.getByText('Cancelled. No scores were kept.').waitFor();
      expect(await section.getByRole('link', { name: 'Download scored CSV' }).count()).to.equal(0);
      expect(await section.getByRole('table').count()).to.equal(0);
      expect(sent).to.equal(2);
    }),
  );

  it(
    'is cancelled, and the next one is scored',
    visit(toUrl, async ({ page, url }) => {
      const section = await openTable(page, url);
      let held: (() => void) | undefined;
      await page.route('**/v1/deployments/penguins/**', (route) => {
        held = () => void route.continue().catch(() => undefined);
      });
      const table = makeSampleTable(file, 2000, new Random(4));
      await section.getByRole('textbox', { name: 'Rows as CSV' }).fill(toCsv(table));
      await section.getByRole('button', { name: 'Score the table' }).click();
      await until('the request is under way', () => held !== undefined);
      await section.getByRole('button', { name: 'Cancel' }).click();
      await section.getByText(/cancelled/i).waitFor();
      expect(await section.getByRole('link', { name: 'Download scored CSV' }).count()).to.equal(0);
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await section.getByRole('button', { name: 'Score the table' }).click();
      await expectScores(url, table, await download(page, section));
    }),
  );
});
