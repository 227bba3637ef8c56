import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { request } from 'undici';
import { LoginLimit } from '../../../server/access/login-limit.ts';
import { toNext } from '../../../server/pages/login.ts';
import { BUILD } from '../../../server/pages/page-files.ts';
import { SESSION_TIME, Sessions, toSetCookie } from '../../../server/access/sessions.ts';
import { Secret } from '../../../server/access/secret.ts';
import { startTestEngine, type TestEngine } from '../../support/engine.ts';

const HTML = { Accept: 'text/html' };

describe('the pages', () => {
  let engine: TestEngine;
  before(async () => (engine = await startTestEngine({ ENGINE_USERNAME: 'u', ENGINE_PASSWORD: 'pw' })));
  after(() => engine.stop());
  /** Unlike with `fetch`, the headers are those of a browser. */
  const get = async (
    path: string,
    headers: Record<string, string> = {},
    options: { readonly method?: 'HEAD' | 'POST'; readonly body?: string } = {},
  ) => {
    const reply = await request(`${engine.url}${path}`, { headers, ...options });
    const text = await reply.body.text();
    return { status: reply.statusCode, headers: new Headers(reply.headers as Record<string, string>), text };
  };
  const logIn = (body: string, next = '') =>
    get(`/login${next}`, { 'Content-Type': 'application/x-www-form-urlencoded' }, { method: 'POST', body });
  const toCookie = (reply: { readonly headers: Headers }) =>
    (reply.headers.get('set-cookie') ?? '').split(';')[0] as string;

  it('send a browser that is not admitted to the login, and refuse everything else', async () => {
    for (const [path, location] of [
      ['/', './login?next=%2F'],
      ['/docs/?a', '../login?next=%2Fdocs%2F%3Fa'],
      ['/?a=/b/c', './login?next=%2F%3Fa%3D%2Fb%2Fc'],
    ] as const) {
      const reply = await get(path, HTML);
      expect([reply.status, reply.headers.get('location')]).to.deep.equal([303, location]);
      expect((await get(path)).status).to.equal(401);
    }
    expect((await get('/openapi.json')).status).to.equal(401);
  });

  it('send nobody to the login who does not show a page', async () => {
    for (const headers of [
      { ...HTML, 'Sec-Fetch-Mode': 'cors' },
      { ...HTML, 'Sec-Fetch-Mode': 'no-cors' },
      { Accept: 'application/json' },
    ] as const)
      expect((await get('/', headers)).status).to.equal(401);
    expect((await get('/', { ...HTML, 'Sec-Fetch-Mode': 'navigate' })).status).to.equal(303);
    expect((await get('/', HTML, { method: 'HEAD' })).status).to.equal(303);
    expect((await get('/apps/iris/', HTML, { method: 'POST', body: 'x' })).status).to.equal(401);
  });

  it('have one URL each', async () => {
    const Cookie = toCookie(await logIn('username=u&password=pw'));
    for (const [path, location] of [
      ['/console', './'],
      ['/console/', '../'],
      ['/console/index.html', '../'],
      ['/docs', './docs/'],
      ['/docs/index.html', '../docs/'],
    ] as const) {
      const reply = await get(path, { Cookie });
      expect([reply.status, reply.headers.get('location')], path).to.deep.equal([303, location]);
    }
    for (const path of ['/console/docs/index.html', '/console/docs/', '/docs/none.js'])
      expect((await get(path, { Cookie })).status, path).to.equal(404);
  });

  it('are compressed by the build, whatever their size', async () => {
    const Cookie = toCookie(await logIn('username=u&password=pw'));
    const { headers } = await get('/', { Cookie, 'Accept-Encoding': 'gzip, br' });
    expect([headers.get('content-encoding'), headers.get('vary')]).to.deep.equal(['br', 'Accept-Encoding']);
    const [built, sent] = [
      readFileSync(new URL('console/console.css.br', BUILD)),
      await get('/console/console.css', { Cookie, 'Accept-Encoding': 'br' }),
    ];
    expect(sent.headers.get('content-length')).to.equal(String(built.length));
  });

  it('admit a session that a login with the right password began, until it is forged', async () => {
    const wrong = await logIn('username=u&password=no');
    expect([wrong.status, wrong.headers.get('set-cookie')]).to.deep.equal([401, null]);
    const reply = await logIn('username=u&password=pw', '?next=/docs/');
    expect([reply.status, reply.headers.get('location')]).to.deep.equal([303, './docs/']);
    expect(reply.headers.get('set-cookie')).to.match(/HttpOnly; SameSite=Strict/);
    const cookie = toCookie(reply);
    const page = await get('/', { Cookie: cookie });
    expect(page.headers.get('content-security-policy')?.split('; ')).to.have.members([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    expect((await get('/', { Cookie: cookie, 'If-None-Match': page.headers.get('etag') as string })).status).to.equal(
      304,
    );
    expect((await get('/v1/deployments', { Cookie: cookie })).status).to.equal(200);
    for (const forged of [cookie.slice(0, -1), `${cookie}A`, cookie.replace('=e', '=f'), 'custom-ml-engine=.'])
      expect((await get('/v1/deployments', { Cookie: forged })).status, forged).to.equal(401);
  });

  it('admit a session only from their own origin', async () => {
    const Cookie = toCookie(await logIn('username=u&password=pw'));
    const score = (headers: Record<string, string>) =>
      get(
        '/v1/deployments/iris/online',
        { Cookie, 'Content-Type': 'application/json', ...headers },
        { method: 'POST', body: '{}' },
      );
    expect((await score({ Origin: engine.url })).status).to.equal(400);
    for (const headers of [{}, { Origin: 'https://evil.example' }, { Origin: 'null' }])
      expect((await score(headers)).status).to.equal(401);
    const refused = await get('/v1/deployments', { Cookie: 'custom-ml-engine=x', Referer: `${engine.url}/` });
    expect(refused.headers.get('www-authenticate')).to.equal('Session realm="custom-ml-engine"');
  });

  it('have no way out of their folder', async () => {
    const Cookie = toCookie(await logIn('username=u&password=pw'));
    for (const path of ['/console/..%2fcli/main.js', '/docs/..%2fmain.js', '/console/%00', '/console/main.js.br'])
      expect((await get(path, { Cookie })).status, path).to.equal(404);
    expect((await get('/', { Cookie }, { method: 'POST' })).status).to.equal(405);
  });

  it('refuse a form that is too long or no form', async () => {
    expect((await logIn(`username=${'u'.repeat(2 ** 20)}`)).status).to.equal(413);
    expect(
      (await get('/login', { 'Content-Type': 'application/json' }, { method: 'POST', body: '{}' })).status,
    ).to.equal(415);
  });

  it('go on to a path of the engine only', () => {
    for (const next of [
      '//evil',
      '/\\evil',
      'https://evil',
      'evil',
      '/..//evil',
      '/%2e%2e/x',
      '/.//evil',
      '/\t/evil',
      '/a\r\nX: y',
      `/${'a'.repeat(2_000)}`,
      '/caf\u00e9',
    ])
      expect(toNext(`next=${encodeURIComponent(next)}`), next).to.equal('./');
    expect(toNext('next=%2Fapps%2Fpenguins%2F%3Fa')).to.equal('./apps/penguins/?a');
  });

  it('limit failed logins of an address, and of all', () => {
    const limit = new LoginLimit();
    for (let count = 0; count < 10; count++) limit.noteFailure('192.0.2.1', 0);
    expect([limit.toWait('192.0.2.1', 0), limit.toWait('192.0.2.2', 0)]).to.deep.equal([30, 0]);
    expect(limit.toWait('192.0.2.1', 30_000)).to.equal(0);
    for (let count = 0; count < 10; count++) limit.noteFailure(`2001:db8:1:2::${count}`, 0);
    expect([limit.toWait('2001:db8:1:2:3:4:5:6', 0), limit.toWait('2001:db8:1:3::', 0)]).to.deep.equal([30, 0]);
    for (let count = 0; count < 200; count++) limit.noteFailure(`2001:db8:${count}::1`, 0);
    expect(limit.toWait('192.0.2.3', 0)).to.be.above(0);
  });

  it('remember the failed logins of ten thousand addresses, the last ones', () => {
    const limit = new LoginLimit();
    const fail = (address: string, count = 40) => {
      for (let time = 0; time < count; time++) limit.noteFailure(address, 0);
    };
    fail('first');
    fail('second');
    fail('first', 1);
    for (let at = 0; at < 9_999; at++) fail(`192.0.${at >> 8}.${at & 255}`, 1);
    // The failures of all together are forgiven by then.
    const hasToWait = (address: string) => limit.toWait(address, 520_000) > 0;
    expect(['first', 'second', 'third'].map(hasToWait)).to.deep.equal([true, false, false]);
  });

  it('end a session after its time, and when the password changes', () => {
    const make = (password: string, username = 'u') =>
      new Sessions({ username, password: new Secret(password), passwordFile: undefined });
    const cookie = `custom-ml-engine=${make('a').issue({ user: 'u' }, '', 0)}`;
    expect(make('a').find(cookie, () => '', SESSION_TIME - 1)).to.deep.equal({ user: 'u' });
    expect(make('a').find(cookie, () => '', SESSION_TIME)).to.equal(undefined);
    expect(make('b').find(cookie, () => '', 1)).to.equal(undefined);
    expect(make('a', 'another').find(cookie, () => '', 1)).to.equal(undefined);
    expect(toSetCookie('x', 'https://e/')).to.match(/^__Host-.*; Path=\/; .*; Secure$/);
  });
});
