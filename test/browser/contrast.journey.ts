/** What axe finds, contrast among it, on each page in light and dark. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { visit } from './browser.ts';
import { SETTINGS } from './login-page.ts';
import { PAGES } from './pages-of-console.ts';
import { startPagesEngine, type PagesEngine } from './pages-engine.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What Swagger UI's own markup breaks; no style of ours can mend it. Each rule is still broken; remove one from this
 * list as soon as it no longer is.
 */
const SWAGGER_RULES: readonly string[] = [
  // Its headings of groups are h3, below an h1.
  'heading-order',
  // Its tables of responses are regions of the same name.
  'landmark-unique',
  // The path in the button of an operation is a link.
  'nested-interactive',
  // Its information and servers are in no landmark.
  'region',
  // Its examples scroll, and cannot be focused.
  'scrollable-region-focusable',
  // Its lists of servers and examples have no label.
  'select-name',
];

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
  }[];
  readonly passes: readonly { readonly id: string }[];
}

describe('accessibility', () => {
  let engine: PagesEngine;
  let guarded: PagesEngine;
  before(async () => {
    engine = await startPagesEngine({ parameters: ['--allow-apps'] });
    guarded = await startPagesEngine({ environment: SETTINGS });
  });
  after(() => Promise.all([engine.stop(), guarded.stop()]));

  for (const { name, open, isGuarded } of PAGES.filter(({ isForeign }) => isForeign !== true))
    for (const colorScheme of ['light', 'dark'] as const)
      it(
        `axe has no complaint about ${name}, ${colorScheme}`,
        visit(
          () => (isGuarded === true ? guarded : engine).url,
          async ({ page, url }) => {
            await open(page, url);
            await page.evaluate(AXE);
            const { violations, passes } = await page.evaluate<AxeResult>('axe.run()');
            const complaints = violations.flatMap(({ id, nodes }) =>
              nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
            );
            expect(complaints, complaints.join('\n')).to.deep.equal([]);
            expect(passes.map(({ id }) => id)).to.include('color-contrast');
          },
          { colorScheme, reducedMotion: 'reduce' },
        ),
      );

  for (const colorScheme of ['light', 'dark'] as const)
    it(
      `axe complains about the contract only where it is Swagger UI's markup, ${colorScheme}`,
      visit(
        () => engine.url,
        async ({ page, url }) => {
          await page.goto(`${url}/docs/`);
          await page.locator('.opblock').first().waitFor();
          for (const index of [1, 2]) await page.locator('.opblock-summary-control').nth(index).click();
          await page.getByRole('button', { name: 'Try it out' }).first().click();
          await page.locator('.microlight span').first().waitFor();
          await page.evaluate(AXE);
          const { violations, passes } = await page.evaluate<AxeResult>('axe.run({ resultTypes: ["violations"] })');
          const ids = violations.map(({ id }) => id);
          expect(ids.sort(), JSON.stringify(violations.map(({ id, nodes }) => [id, nodes[0]]))).to.deep.equal(
            SWAGGER_RULES,
          );
          expect(passes.map(({ id }) => id)).to.include('color-contrast');
          const lightness = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
          const [red = NaN] = (lightness.match(/\d+/g) ?? []).map(Number);
          expect(red < 80).to.equal(colorScheme === 'dark');
        },
        { colorScheme, reducedMotion: 'reduce' },
      ),
    );

  it(
    'dark is dark, and light is light',
    visit(
      () => engine.url,
      async ({ page, url }) => {
        const readLightness = async (colorScheme: 'light' | 'dark') => {
          await page.emulateMedia({ colorScheme });
          await page.goto(`${url}/`);
          const color = await page.evaluate<string>(
            `getComputedStyle(document.body).backgroundColor.startsWith('rgba(0, 0, 0, 0)')
              ? getComputedStyle(document.documentElement).backgroundColor : getComputedStyle(document.body).backgroundColor`,
          );
          return Math.max(...(color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number));
        };
        expect(await readLightness('dark')).to.be.below(80);
        expect(await readLightness('light')).to.be.above(220);
      },
    ),
  );
});
