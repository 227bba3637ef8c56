/**
 * npm run screenshots: makes the pictures of README.md, docs/images/, from the sample deployments, with the built engine and Chromium. A
 * picture differs a little from machine to machine, by its fonts, so that nothing checks whether they are up to date.
 */
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { browse, launchBrowser } from '../test/browser/browser.ts';
import { findAnswer, openDeployment } from '../test/browser/console-page.ts';
import { startPagesEngine } from '../test/browser/pages-engine.ts';

const FOLDER = fileURLToPath(new URL('../docs/images', import.meta.url));
/** What a page of documentation may weigh. */
const MAX_BYTES = 150_000;

const engine = await startPagesEngine({ parameters: ['--allow-apps'] });
try {
  mkdirSync(FOLDER, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    const suffix = colorScheme === 'dark' ? '-dark' : '';
    await browse(
      engine.url,
      async ({ page, url }) => {
        await openDeployment(page, url, 'Penguin species');
        await findAnswer(page).getByText('%').first().waitFor();
        // A row between the species, about which there is something to see.
        for (const [column, value] of Object.entries({ island: 'Dream', beak_length: '44', flipper_length: '190' })) {
          const field = page.getByLabel(column, { exact: true });
          await (column === 'island' ? field.selectOption(value) : field.fill(value));
        }
        await page.getByRole('combobox', { name: 'Column to move' }).selectOption('beak_length');
        await page.waitForLoadState('networkidle');
        await takePicture(page, `console-deployment${suffix}`, 1240);
        if (colorScheme === 'dark') return;
        await page.goto(`${url}/`);
        await page.getByRole('link', { name: 'Penguin species', exact: true }).waitFor();
        await takePicture(page, 'console-list', 800);
      },
      { colorScheme, viewport: { width: 1200, height: 900 }, reducedMotion: 'reduce' },
    );
  }
} finally {
  await engine.stop();
  await (await launchBrowser()).close();
}

async function takePicture(page: Page, name: string, height: number): Promise<void> {
  const path = `${FOLDER}/${name}.png`;
  await page.setViewportSize({ width: 1200, height });
  await page.mouse.move(0, 0);
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  const { size } = statSync(path);
  console.log(`docs/images/${name}.png: ${Math.round(size / 1000)} kB`);
  if (size > MAX_BYTES) throw new Error(`${path} is larger than ${MAX_BYTES / 1000} kB`);
}
