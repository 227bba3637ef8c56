/** The first minute of someone who opens the engine's URL: a row, its answer, one column moved, the curl line. */
import { execFileSync, spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { visit } from './browser.ts';
import {
  expectClose,
  findAnswer,
  findSection,
  openDeployment,
  readForm,
  readPercentages,
  scoreDirectly,
  toPercentages,
  type ScoredTable,
} from './console-page.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';

const START = fileURLToPath(new URL('../../dist/cli/start.cjs', import.meta.url));
const FIELDS = ['island', 'beak_length', 'beak_depth', 'flipper_length', 'body_mass', 'sex'];
const SPECIES = ['Adelie', 'Chinstrap', 'Gentoo'];

describe('a newcomer', () => {
  let engine: PagesEngine;
  before(async () => {
    engine = await startPagesEngine();
  });
  after(() => engine.stop());
  const toUrl = () => engine.url;

  it(
    'waits for at most 150 kB, data and headers included, until a row of a deployment has been scored',
    visit(toUrl, async ({ page, url }) => {
      const sizes: Promise<number>[] = [];
      page.on('requestfinished', (request) =>
        sizes.push(request.sizes().then((size) => size.responseBodySize + size.responseHeadersSize)),
      );
      await openDeployment(page, url, 'Penguin species');
      await readPercentages(page, SPECIES);
      await findSection(page, 'What-if').getByRole('img').first().waitFor();
      const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
      expect(sizes).to.have.length.greaterThan(10);
      expect(bytes).to.be.within(10_000, 150_000);
      console.log(`      ${sizes.length} replies, ${(bytes / 1000).toFixed(0)} kB`);
    }),
  );

  it(
    'opens the URL, scores a row, moves a column, sees the answer move, and runs the curl line',
    visit(toUrl, async ({ page, url }) => {
      await openDeployment(page, url, 'Penguin species');
      const start = await readPercentages(page, SPECIES);
      await findSection(page, 'Score a row').getByRole('button', { name: 'Score', exact: true }).click();
      expectClose(await readPercentages(page, SPECIES), await scoreForm(), 'the example');

      const slider = page.getByRole('slider', { name: 'flipper_length, slider' });
      const moved = (await slider.getAttribute('max')) ?? '';
      await slider.fill(moved);
      expect((await readForm(page, FIELDS))[3]).to.equal(Number(moved));
      await until('the answer moves', async () => String(await readPercentages(page, SPECIES)) !== String(start));
      const percentages = await readPercentages(page, SPECIES);
      expectClose(percentages, await scoreForm(), 'the moved row');
      const best = SPECIES[percentages.indexOf(Math.max(...percentages))] as string;
      expect(await findAnswer(page).innerText()).to.include(best);

      const code = findSection(page, 'Use it from code');
      await code.getByRole('tab', { name: 'curl' }).click();
      await code.getByRole('button', { name: 'Copy' }).click();
      await until('the clipboard has the line', async () => (await readClipboard()).startsWith('curl '));
      const line = await readClipboard();
      const answer = JSON.parse(execFileSync('bash', ['-c', line], { encoding: 'utf8' })) as ScoredTable;
      expect(answer.labels).to.deep.equal(SPECIES);
      expectClose(percentages, toPercentages(answer)[0] as number[], 'the answer to the curl line');

      async function scoreForm(): Promise<number[]> {
        const table = { fields: FIELDS, values: [await readForm(page, FIELDS)] };
        return toPercentages(await scoreDirectly(url, 'penguins', table))[0] as number[];
      }
      function readClipboard(): Promise<string> {
        return page.evaluate<string>('navigator.clipboard.readText()');
      }
    }),
  );

  it(
    'sees how many deployments there are, and how many a filter leaves',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/`);
      await page.getByText('5 deployments', { exact: true }).waitFor();
      await page.getByRole('searchbox', { name: 'Filter deployments' }).fill('penguin');
      await page.getByText('3 of 5 deployments', { exact: true }).waitFor();
    }),
  );

  it(
    'who empties the field of a number that may be missing reads that it has no value',
    visit(toUrl, async ({ page, url }) => {
      await openDeployment(page, url, 'Penguin species');
      const field = page.getByRole('spinbutton', { name: 'flipper_length', exact: true });
      await field.fill('');
      expect(await field.getAttribute('placeholder')).to.equal('no value');
    }),
  );

  it(
    'who enters another category reads what becomes of it, also before anything is typed',
    visit(toUrl, async ({ page, url }) => {
      await openDeployment(page, url, 'Penguin species');
      await page.getByLabel('island', { exact: true }).selectOption('another value …');
      await page.getByText('The model does not know this category, and scores it as unknown.').waitFor();
    }),
  );

  it(
    'who clicks through to a deployment sees no frame around its heading',
    visit(toUrl, async ({ page, url }) => {
      await page.goto(`${url}/`);
      await page.getByRole('link', { name: 'Penguin species', exact: true }).click();
      const heading = page.getByRole('heading', { level: 1, name: 'Penguin species' });
      await heading.and(page.locator(':focus')).waitFor();
      expect(await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')).to.equal('none');
    }),
  );

  it(
    'sees an answer without doing anything: the form holds an example, and is scored',
    visit(toUrl, async ({ page, url }) => {
      await openDeployment(page, url, 'Penguin species');
      const example = await readForm(page, FIELDS);
      const answer = await scoreDirectly(url, 'penguins', { fields: FIELDS, values: [example] });
      expectClose(await readPercentages(page, SPECIES), toPercentages(answer)[0] as number[], 'the example');
    }),
  );

  for (const [tab, start] of [
    ['Python', 'import '],
    ['JavaScript', 'const '],
  ] as const)
    it(
      `reads the same request in ${tab}`,
      visit(toUrl, async ({ page, url }) => {
        await openDeployment(page, url, 'Iris species');
        const code = findSection(page, 'Use it from code');
        await code.getByRole('tab', { name: tab }).click();
        const text = await code.getByRole('tabpanel').innerText();
        expect(text).to.include(start).and.include('/v1/deployments/iris/online').and.include('petal_width');
      }),
    );
});

describe('an engine without deployments', () => {
  let engine: PagesEngine;
  before(async () => {
    engine = await startPagesEngine({ samples: [] });
  });
  after(() => engine.stop());

  it(
    'shows commands that make one, with options that these commands have',
    visit(
      () => engine.url,
      async ({ page, url }) => {
        await page.goto(`${url}/`);
        await page.getByText('There are no deployments yet.').waitFor();
        const commands = await page.getByRole('main').locator('li code').allInnerTexts();
        expect(commands).to.have.length(3);
        for (const command of commands) {
          const [npx, name, ...args] = command.split(' ');
          expect([npx, name], command).to.deep.equal(['npx', 'custom-ml-engine']);
          // The files do not exist, which is found out after the arguments have been understood.
          const { status, stderr } = spawnSync(process.execPath, [START, ...args], {
            cwd: makeTemporaryFolder('empty'),
            encoding: 'utf8',
          });
          expect([status, stderr.includes('cannot be read')], stderr).to.deep.equal([1, true]);
        }
      },
    ),
  );
});
