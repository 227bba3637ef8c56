import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Agent, request } from 'undici';
import { parseConfiguration } from '../../../server/configuration.ts';
import { formatKeyFile } from '../../../server/access/key-file.ts';
import { stopClock } from '../../support/clock.ts';
import { startTestEngine, type TestEngine } from '../../support/engine.ts';
import { makeKeyFile, toStoredKey } from '../../support/key-file.ts';
import { makeTlsFolder, sendSecurely } from '../../support/tls-client.ts';
import { until } from '../../support/until.ts';

const KEY = 'cme_first-8675309-abcdefghijklmnopqrstuvwxyz';
const CREDENTIALS = { ENGINE_USERNAME: 'someone', ENGINE_PASSWORD: 'pass-4711' };
const RIGHT = 'username=someone&password=pass-4711';
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

describe('the login', () => {
  let engine: TestEngine;
  afterEach(() => engine.stop());
  const start = async (environment: Record<string, string> = {}) => {
    engine = await startTestEngine({ ...CREDENTIALS, ...environment });
  };
  /** Unlike with `fetch`, the headers are those of a browser. */
  const send = async (
    path: string,
    headers: Record<string, string> = {},
    body?: string,
    method: 'GET' | 'POST' | 'PUT' = body ? 'POST' : 'GET',
  ) => {
    const reply = await request(`${engine.url}${path}`, { headers, method, ...(body && { body }) });
    return { status: reply.statusCode, headers: reply.headers, text: await reply.body.text() };
  };
  const logIn = (body: string, headers: Record<string, string> = {}) => send('/login', { ...FORM, ...headers }, body);
  const toCookie = ({ headers }: Awaited<ReturnType<typeof send>>) =>
    String(headers['set-cookie']).split(';', 1)[0] as string;

  it('takes an API key, and ends the session at the logout, also for those who have copied its cookie', async () => {
    await start({ ENGINE_API_KEYS_FILE: makeKeyFile([toStoredKey('first', KEY)]) });
    expect((await send('/login')).text)
      .to.contain('API key')
      .and.contain('Password');
    expect((await logIn('key=wrong')).status).to.equal(401);
    const another = toCookie(await logIn(RIGHT));
    const Cookie = toCookie(await logIn(`key=${KEY}`));
    expect((await send('/session', { Cookie })).text).to.equal('{"logged_in":true}');
    const own = { Cookie, Origin: engine.url };
    expect((await send('/logout', { Cookie, Origin: 'https://evil.example' }, 'x')).status).to.equal(403);
    const out = await send('/logout', own, 'x');
    expect([out.status, out.headers['location'], toCookie(out)]).to.deep.equal([303, './login', 'custom-ml-engine=']);
    expect(out.headers['set-cookie']).to.contain('Max-Age=0');
    expect((await send('/session')).text).to.equal('{"logged_in":false}');
    expect((await send('/session', { Cookie })).text).to.equal('{"logged_in":false}');
    expect((await send('/v1/deployments', own)).status).to.equal(401);
    expect((await send('/session', { Cookie: another })).text).to.equal('{"logged_in":true}');
    // Who has none has nothing to end.
    expect((await send('/logout', own, 'x')).status).to.equal(303);
  });

  it('names what may be wrong, by the credentials that there are', async () => {
    await start();
    expect((await logIn('username=a')).text).to.contain('<p role="alert">Wrong user name or password.</p>');
    await engine.stop();
    await start({ ENGINE_API_KEYS_FILE: makeKeyFile([toStoredKey('first', KEY)]) });
    expect((await logIn('key=wrong')).text).to.contain('>Wrong user name or password, or wrong API key.</p>');
  });

  it('logs nothing that was typed', async () => {
    await start();
    await logIn('username=typed-name&password=typed-word&key=typed-key');
    await logIn(RIGHT);
    const text = JSON.stringify(engine.log);
    expect(text).to.contain('login failed');
    for (const typed of ['typed-', 'pass-4711']) expect(text).to.not.contain(typed);
  });

  it('has an address wait after ten failures, and no success counts', async () => {
    await start();
    const clock = stopClock();
    try {
      for (let count = 0; count < 12; count++) expect((await logIn(RIGHT)).status).to.equal(303);
      for (let count = 0; count < 10; count++) expect((await logIn('username=a')).status).to.equal(401);
      const refused = await logIn(RIGHT);
      expect([refused.status, refused.headers['retry-after']]).to.deep.equal([429, '30']);
      expect(refused.text).to.contain('Too many failed logins. Try again in 30 seconds.');
      clock.pass(29_000);
      expect((await logIn(RIGHT)).text).to.contain('Try again in 1 second.');
      clock.pass(1000);
      expect((await logIn(RIGHT)).status).to.equal(303);
    } finally {
      clock.restore();
    }
  });

  it('forgets the failures of an address that logs in', async () => {
    await start();
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 9; count++) expect((await logIn('username=a')).status).to.equal(401);
      expect((await logIn(RIGHT)).status).to.equal(303);
    }
  });

  it('has the methods that a form and a page need, and no others', async () => {
    await start();
    for (const [path, method, allowed] of [
      ['/logout', 'GET', 'POST'],
      ['/session', 'POST', 'GET, HEAD'],
      ['/login', 'PUT', 'GET, HEAD, POST'],
    ] as const) {
      const { status, headers } = await send(path, { Origin: engine.url }, undefined, method);
      expect([status, headers['allow']], path).to.deep.equal([405, allowed]);
    }
  });

  it('has no browser ask for a password of its own', async () => {
    await start();
    expect((await logIn('username=a')).headers['www-authenticate']).to.equal('Session realm="custom-ml-engine"');
  });

  it('sends whoever has a session on, and asks for the cookie once more that came from another site', async () => {
    await start();
    const Cookie = toCookie(await logIn(RIGHT));
    const known = await send('/login?next=%2Fdocs%2F', { Cookie });
    expect([known.status, known.headers['location']]).to.deep.equal([303, './docs/']);
    for (const site of ['cross-site', 'same-site']) {
      const asked = await send('/login?next=%2Fdocs%2F', { 'Sec-Fetch-Site': site });
      expect([asked.status, asked.text.includes('http-equiv="refresh"'), asked.text.includes('<form')]).to.deep.equal([
        200,
        true,
        false,
      ]);
    }
    for (const site of ['same-origin', 'none'])
      expect((await send('/login', { 'Sec-Fetch-Site': site })).text).to.contain('<form');
  });

  it('asks only for what there is', async () => {
    await start({ ENGINE_API_KEYS_FILE: makeKeyFile([toStoredKey('first', KEY)]) });
    const both = (await send('/login')).text;
    await engine.stop();
    engine = await startTestEngine({ ENGINE_API_KEYS_FILE: makeKeyFile([toStoredKey('first', KEY)]) });
    const keys = (await send('/login')).text;
    expect([both, keys].map((text) => [text.includes('name="password"'), text.includes('name="key"')])).to.deep.equal([
      [true, true],
      [false, true],
    ]);
  });

  it('ends the sessions of a key that is replaced by one of the same name', async () => {
    const path = makeKeyFile([toStoredKey('first', KEY)]);
    await start({ ENGINE_API_KEYS_FILE: path });
    const Cookie = toCookie(await logIn(`key=${KEY}`));
    const other = `${KEY}-other`;
    await writeFile(path, formatKeyFile([toStoredKey('first', other)]));
    const isInForce = async () => (await send('/v1/deployments', { 'X-API-Key': other })).status === 200;
    await until('the other key is in force', isInForce);
    expect((await send('/v1/deployments', { Cookie })).status).to.equal(401);
  });

  it('knows a session among a few cookies of its name, and looks at no more', async () => {
    await start();
    const Cookie = toCookie(await logIn(RIGHT));
    const others = (count: number) => `custom-ml-engine=e30.${'A'.repeat(43)}; `.repeat(count);
    expect((await send('/v1/deployments', { Cookie: `${others(3)}${Cookie}` })).status).to.equal(200);
    expect((await send('/v1/deployments', { Cookie: `${others(4)}${Cookie}` })).status).to.equal(401);
    // The same signature, written otherwise: its last character has two bits that count for nothing.
    const last = Cookie.at(-1) as string;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spelled = `${Cookie.slice(0, -1)}${alphabet[alphabet.indexOf(last) + 1]}`;
    expect((await send('/v1/deployments', { Cookie: spelled })).status).to.equal(401);
  });

  it('ends a session for a page that says by its referrer alone that it is one', async () => {
    await start();
    expect((await send('/logout', { Referer: `${engine.url}/` }, 'x')).status).to.equal(303);
    expect((await send('/logout', { Referer: 'https://evil.example/' }, 'x')).status).to.equal(403);
    expect((await send('/logout', {}, 'x')).status).to.equal(403);
  });

  it('ends a session for a form of a page of the engine, which a browser sends as navigation', async () => {
    await start();
    const navigation = (site: string) => ({ 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'navigate' });
    expect((await send('/logout', navigation('same-origin'), 'x')).status).to.equal(303);
    expect((await send('/logout', navigation('same-site'), 'x')).status).to.equal(403);
  });

  it('sends everyone on, forms too, where the engine asks for no password', async () => {
    engine = await startTestEngine();
    for (const reply of [await send('/login?next=%2Fdocs%2F'), await send('/login?next=%2Fdocs%2F', FORM, RIGHT)]) {
      expect([reply.status, reply.headers['location']]).to.deep.equal([303, './docs/']);
      expect(reply.headers['set-cookie']).to.equal(undefined);
    }
  });

  it('shows no form to who lacks the certificate, the only thing that the engine asks for', async () => {
    const tls = makeTlsFolder();
    const clientCa = join(tls.folder, 'authority.pem');
    await writeFile(clientCa, tls.authority.cert);
    engine = await startTestEngine({ ...tls.environment, ENGINE_TLS_CLIENT_CA: clientCa });
    const { status, headers } = await sendSecurely(engine.url, '/login', { ca: tls.authority.cert });
    expect([status, headers['location']]).to.deep.equal([303, './']);
    expect((await sendSecurely(engine.url, '/', { ca: tls.authority.cert })).status).to.equal(401);
  });

  it('counts failures that arrive at once', async () => {
    await start();
    const replies = await Promise.all(Array.from({ length: 20 }, () => logIn('username=a')));
    expect(replies.filter(({ status }) => status === 401)).to.have.length(10);
  });

  it('refuses forms of other sites', async () => {
    await start();
    for (const headers of [{ Origin: 'https://evil.example' }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }])
      expect((await logIn(RIGHT, headers)).status).to.equal(403);
  });

  it('sets a cookie for the address that the page has: the public URL, or the own one of the engine', async () => {
    await start({ ENGINE_PUBLIC_URL: 'https://models.example.com/engine' });
    for (const [headers, expected] of [
      [{}, /^__Secure-.*; Path=\/engine\/;.*; Secure$/],
      [{ Origin: 'https://models.example.com' }, /^__Secure-.*; Path=\/engine\/;.*; Secure$/],
      [{ Origin: engine.url }, /^custom-ml-engine=.*; Path=\/; HttpOnly; SameSite=Strict$/],
    ] as const) {
      const reply = await logIn(RIGHT, headers);
      expect(reply.headers['set-cookie']).to.match(expected);
      const score = { Cookie: toCookie(reply), 'Content-Type': 'application/json' };
      const Origin = 'Origin' in headers ? headers.Origin : engine.url;
      expect((await send('/v1/deployments/iris/online', { ...score, Origin }, '{}')).status).to.equal(400);
    }
  });

  it('sets a __Host- cookie over TLS', async () => {
    const tls = makeTlsFolder();
    await start(tls.environment);
    const dispatcher = new Agent({ connect: { ca: tls.authority.cert, servername: 'localhost' } });
    try {
      const reply = await request(`${engine.url}/login`, { dispatcher, method: 'POST', headers: FORM, body: RIGHT });
      expect(reply.headers['set-cookie']).to.match(/^__Host-custom-ml-engine=.*; Path=\/;.*; Secure$/);
    } finally {
      await dispatcher.destroy();
    }
  });

  it('begins sessions that end by their own date, whatever the browser keeps', async () => {
    await start();
    const clock = stopClock();
    try {
      const Cookie = toCookie(await logIn(RIGHT));
      clock.pass(12 * 3_600_000 - 1);
      expect((await send('/v1/deployments', { Cookie })).status).to.equal(200);
      clock.pass(1);
      expect((await send('/v1/deployments', { Cookie })).status).to.equal(401);
      expect((await send('/session', { Cookie })).text).to.equal('{"logged_in":false}');
      const page = await send('/?a', { Cookie, Accept: 'text/html' });
      expect([page.status, page.headers['location']]).to.deep.equal([303, './login?next=%2F%3Fa']);
    } finally {
      clock.restore();
    }
  });

  it('begins sessions for a user name of any length that a browser can keep', async () => {
    const username = 'long-'.repeat(300);
    await start({ ENGINE_USERNAME: username });
    const Cookie = toCookie(await logIn(`username=${username}&password=pass-4711`));
    expect((await send('/session', { Cookie })).text).to.equal('{"logged_in":true}');
  });

  it('ends the sessions of a key when the key expires', async () => {
    const expires = new Date(Date.now() + 60_000).toISOString();
    await start({ ENGINE_API_KEYS_FILE: makeKeyFile([toStoredKey('first', KEY, expires)]) });
    const Cookie = toCookie(await logIn(`key=${KEY}`));
    expect((await send('/v1/deployments', { Cookie })).status).to.equal(200);
    const clock = stopClock();
    try {
      clock.pass(60_000);
      expect((await send('/v1/deployments', { Cookie })).status).to.equal(401);
      expect((await logIn(`key=${KEY}`)).status).to.equal(401);
    } finally {
      clock.restore();
    }
  });

  it('admits sessions of another process that has the same password, and of no other', async () => {
    await start();
    const Cookie = toCookie(await logIn(RIGHT));
    for (const [password, status] of [
      ['pass-4711', 200],
      ['another', 401],
    ] as const) {
      const { credentials } = parseConfiguration({ ...CREDENTIALS, ENGINE_PASSWORD: password });
      const other = await startTestEngine({}, {}, { credentials });
      try {
        expect((await other.request('/v1/deployments', { headers: { Cookie } })).status).to.equal(status);
      } finally {
        await other.stop();
      }
    }
  });
});

describe('pages below a path prefix', () => {
  let engine: TestEngine;
  afterEach(() => engine.stop());

  it('redirect from the prefix without its slash, and have the public URL in the contract', async () => {
    engine = await startTestEngine({ ENGINE_PUBLIC_URL: 'https://models.example.com/a/engine' });
    for (const [path, location] of [
      ['/a/engine', './engine/'],
      ['/a/engine?x', './engine/?x'],
      ['/docs', './docs/'],
    ] as const) {
      const reply = await request(`${engine.url}${path}`);
      await reply.body.dump();
      expect([Math.floor(reply.statusCode / 100), reply.headers['location']]).to.deep.equal([3, location]);
    }
    const read = async (path: string) => (await (await request(`${engine.url}${path}`)).body.json()) as object;
    expect(await read('/openapi.json')).to.have.deep.property('servers', [
      { url: 'https://models.example.com/a/engine' },
    ]);
    expect(await read('/a/engine/swagger.json')).to.include({ host: 'models.example.com', basePath: '/a/engine' });
  });
});
