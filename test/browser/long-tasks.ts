/** Tasks that hold up a page, so that it answers to nothing meanwhile. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';

/** A task that takes longer is noticed by who uses the page. In milliseconds. */
const MAX_TASK = 500;
/** On a machine that is busy, any task may take long; what holds up the page by itself does so each time. */
const ATTEMPTS = 4;

/** Walks through a page, and throws when a task has held it up each time. */
export async function expectNoLongTask(page: Page, walk: () => Promise<void>): Promise<void> {
  await page.addInitScript(`window.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
    }).observe({ type: 'longtask', buffered: true });`);
  const longest: number[] = [];
  do {
    await page.goto('about:blank');
    await walk();
    longest.push(await page.evaluate<number>('window.longest'));
  } while (Math.min(...longest) >= MAX_TASK && longest.length < ATTEMPTS);
  expect(Math.min(...longest), `the longest task of each walk: ${longest.join(', ')} ms`).to.be.below(MAX_TASK);
}
