/** What-if and the ranking: the numbers of both are those of the contract. */
import { expect } from 'chai';
import { until } from '../support/until.ts';
import { visit } from './browser.ts';
import { findSection, readForm, readPercentages, scoreDirectly } from './console-page.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';

const FIELDS = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];
const LABELS = ['setosa', 'versicolor', 'virginica'];

/** The numbers in a text, without signs of percent and thousands. */
const toNumbers = (texts: readonly string[]) => texts.map((text) => Number(text.replace(/[%,\s]/g, '')));

describe('what-if', () => {
  let engine: PagesEngine;
  before(async () => {
    engine = await startPagesEngine({ samples: ['iris', 'penguins'] });
  });
  after(() => engine.stop());
  const toUrl = () => engine.url;

  it(
    'shows what the contract answers along a column, with all others fixed',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/#/deployments/iris`);
      const section = findSection(page, 'What-if');
      const column = section.getByRole('combobox', { name: 'Column to move' });
      for (const name of ['petal_length', 'petal_width']) {
        await column.selectOption(name);
        await until('the chart is of the column', async () =>
          ((await section.getByRole('img').first().getAttribute('aria-label')) ?? '').includes(name),
        );
        const details = section.getByText('Show the figures');
        if (!(await section.getByRole('table').isVisible())) await details.click();
        const rows = await section.getByRole('row').all();
        const table = await Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
        const [header = [], ...lines] = table;
        expect(lines.length).to.be.above(10);
        const shown = LABELS.filter((label) => header.some((text) => text.includes(label)));
        expect(shown).not.to.be.empty;
        const row = await readForm(page, FIELDS);
        const values = lines.map((cells) => row.map((cell, at) => (FIELDS[at] === name ? toNumbers(cells)[0] : cell)));
        const scored = await scoreDirectly(url, 'iris', { fields: FIELDS, values });
        const probabilities = scored.values.map((cells) => cells[scored.fields.indexOf('probability')] as number[]);
        for (const [index, cells] of lines.entries())
          for (const label of shown) {
            const at = header.findIndex((text) => text.includes(label));
            const percent = (probabilities[index]?.[LABELS.indexOf(label)] as number) * 100;
            expect(toNumbers(cells)[at], `${label} at ${cells[0]}`).to.be.closeTo(percent, 0.51);
          }
      }
    }),
  );

  it(
    'shows for the row itself what its answer shows, between any two points of the chart',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/#/deployments/penguins`);
      await page.getByLabel('island', { exact: true }).selectOption('Dream');
      await page.getByLabel('flipper_length', { exact: true }).fill('190');
      await page.getByLabel('beak_length', { exact: true }).fill('44');
      const section = findSection(page, 'What-if');
      await section.getByRole('combobox', { name: 'Column to move' }).selectOption('beak_length');
      await until('both show the same', async () => {
        const answer = await readPercentages(page, ['Adelie', 'Chinstrap']);
        const text = (await section.innerText()).replace(/\s+/g, ' ');
        return (
          answer[0] !== answer[1] && text.includes(`Adelie ${answer[0]}%`) && text.includes(`Chinstrap ${answer[1]}%`)
        );
      });
    }),
  );

  it(
    'ranks the columns by how far they move the probability',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/#/deployments/iris`);
      await page.getByRole('button', { name: 'Rank the columns' }).click();
      const items = findSection(page, 'Which columns matter').locator('ol > li');
      await until('all columns are ranked', async () => (await items.count()) === FIELDS.length);
      const texts = await items.allInnerTexts();
      const ranked = texts.map((text) => FIELDS.find((field) => text.includes(field)));
      expect([...ranked].sort()).to.deep.equal([...FIELDS].sort());
      expect(ranked.slice(0, 2).sort()).to.deep.equal(['petal_length', 'petal_width']);
    }),
  );
});
