/**
 * Chromium for the journeys: one process for all of them, a context of its own for each. A journey fails when its pages log an error,
 * throw, violate their Content-Security-Policy, ask another origin for something, open a dialog, or execute what a deployment contains.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

export interface VisitOptions extends BrowserContextOptions {
  /** What the journey provokes on purpose, such as a reply 401: each must be met, and is no fault. */
  readonly expected?: readonly RegExp[];
}

export interface Visit {
  readonly page: Page;
  /** The engine's URL, without a slash at its end. */
  readonly url: string;
  /** What has gone wrong so far. */
  readonly faults: readonly string[];
  /** The requests of the pages so far: method and URL. */
  readonly requests: readonly string[];
}

/** Max milliseconds for what must come about in a page: for what never comes, on a machine that may be busy. */
const PATIENCE = 60_000;

/** The global that hostile texts set where they are executed. */
export const HIT = 'hit';

let launched: Promise<Browser> | undefined;

/** Starts Chromium, or gives the one that runs. It has no sandbox where the user is root, for whom it refuses to start with one. */
export function launchBrowser(): Promise<Browser> {
  return (launched ??= launchAnother());
}

/** Starts one more Chromium, with arguments of its own; whoever starts it closes it. */
export function launchAnother(...parameters: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...parameters],
  });
}

/** Ends the browser after the last journey. */
export const mochaHooks = {
  async afterAll(): Promise<void> {
    await (await launched)?.close();
  },
};

/**
 * Makes the function of a test that visits an engine with a new browser context.
 * @param toUrl gives the engine's URL, once the test runs
 */
export function visit(toUrl: () => string, walk: (visit: Visit) => Promise<void>, options: VisitOptions = {}) {
  return async function (this: Mocha.Context): Promise<void> {
    await browse(toUrl(), walk, options, this.test?.fullTitle() ?? 'visit');
  };
}

/** Visits an engine with a new browser context, which is closed in any case, and throws when there was a fault. */
export async function browse(
  url: string,
  walk: (visit: Visit) => Promise<void>,
  { expected = [], ...options }: VisitOptions = {},
  title = 'visit',
): Promise<void> {
  const context = await (await launchBrowser()).newContext({ viewport: { width: 1280, height: 800 }, ...options });
  try {
    const { origin } = new URL(url);
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
    const faults: string[] = [];
    const requests: string[] = [];
    context.on('console', (message) => {
      if (message.type() === 'error') faults.push(`logged: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => faults.push(`thrown: ${error.error().stack ?? error.error().message}`));
    context.on('dialog', (dialog) => {
      faults.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    context.on('request', (request) => {
      requests.push(`${request.method()} ${request.url()}`);
      if (isForeign(request.url(), origin)) faults.push(`asked another origin: ${request.url()}`);
    });
    await context.exposeBinding('reportViolation', (_, violation: string) => void faults.push(violation));
    await context.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
      reportViolation('violated ' + event.effectiveDirective + ': ' + event.blockedURI + ' ' + event.sample))`);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    try {
      await walk({ page, url: url.replace(/\/$/, ''), faults, requests });
      for (const frame of page.frames())
        if ((await frame.evaluate(`typeof ${HIT}`)) !== 'undefined') faults.push(`executed: what ${frame.url()} shows`);
      expectFaults(faults, expected);
    } catch (error) {
      await takePicture(page, title);
      if (faults.length > 0 && error instanceof Error) error.message += `\nfaults so far:\n${faults.join('\n')}`;
      throw error;
    }
  } finally {
    await context.close();
  }
}

function isForeign(url: string, origin: string): boolean {
  return !/^(data|blob|about):/.test(url) && new URL(url).origin !== origin;
}

function expectFaults(faults: readonly string[], expected: readonly RegExp[]): void {
  const others = faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)));
  if (others.length > 0) throw new Error(`the pages have faults:\n${others.join('\n')}`);
  for (const pattern of expected)
    if (!faults.some((fault) => pattern.test(fault)))
      throw new Error(`what the journey provokes was not met: ${pattern.source}`);
}

async function takePicture(page: Page, title: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder === undefined || folder === '') return;
  mkdirSync(folder, { recursive: true });
  const name = title.replace(/[^a-z0-9]+/gi, '-').slice(0, 100);
  // A page that has crashed has no picture.
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true }).catch(() => undefined);
}
