/** That journeys fail where they must: the harness itself, on pages of a double. */
import { expect } from 'chai';
import { catchError } from '../support/deployment.ts';
import { HttpDouble } from '../support/http-double.ts';
import { browse, type Visit } from './browser.ts';

/** Pages by path, and what is wrong with them. */
const PAGES: Record<string, readonly [fault: RegExp, html: string]> = {
  '/logs': [/logged: broken/, '<script>console.error("broken")</script>'],
  '/throws': [/thrown: .*not defined/, '<script>missing()</script>'],
  '/leaves': [/asked another origin: http:\/\/127\.0\.0\.1:9\/pixel/, '<img src="http://127.0.0.1:9/pixel">'],
  '/lacks': [/logged: Failed to load resource.*404/, '<script src="/missing.js"></script>'],
  '/asks': [/a dialog: sure\?/, '<script>alert("sure?")</script>'],
  '/executes': [/executed: what/, '<img src="data:," onerror="window.hit = 1">'],
  '/violates': [/violated style-src-attr: inline/, '<p style="color: red">text</p>'],
};

/** Only opens a page. */
const open =
  (path: string) =>
  async ({ page, url }: Visit): Promise<void> => {
    await page.goto(`${url}${path}`);
  };

describe('a visit in the browser', () => {
  let server: HttpDouble;
  before(async () => {
    server = await HttpDouble.start(({ path }, response) => {
      const html = path === '/' ? '<p>fine</p>' : PAGES[path]?.[1];
      response.writeHead(html === undefined ? 404 : 200, {
        'Content-Type': 'text/html',
        ...(path === '/violates' && { 'Content-Security-Policy': "default-src 'none'" }),
      });
      response.end(`<!doctype html><link rel="icon" href="data:,">${html ?? ''}`);
    });
  });
  after(() => server.close());

  for (const [path, [fault]] of Object.entries(PAGES))
    it(`fails on a page that ${path.slice(1)}`, async () => {
      const failure = await catchError(Error, () => browse(server.url, open(path)));
      expect(failure.message).to.match(fault);
    });

  it('passes on a page without faults', async () => {
    await browse(server.url, open('/'));
  });

  it('passes on the fault that a journey provokes, and fails where that is missing', async () => {
    const expected = [/logged: broken/];
    await browse(server.url, open('/logs'), { expected });
    const failure = await catchError(Error, () => browse(server.url, open('/'), { expected }));
    expect(failure.message).to.equal('what the journey provokes was not met: logged: broken');
  });
});
