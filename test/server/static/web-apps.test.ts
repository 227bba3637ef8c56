import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { request } from 'undici';
import { writeLine } from '../../support/deployment.ts';
import { makeDeploymentsFolder, SAMPLES, startTestEngine, type TestEngine } from '../../support/engine.ts';
import { findLogLine } from '../../support/log-line.ts';
import { until } from '../../support/until.ts';

describe('web applications', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let engine: TestEngine;

  beforeEach(async () => {
    ({ folder, remove } = await makeDeploymentsFolder(SAMPLES, []));
    await writeLine(join(folder, 'line'), 'line', 0);
    await write('index.html', '<!doctype html>one');
    await write('sub/index.html', 'sub');
    await write('.secret', 'secret');
    await write('data.bin', '0123456789');
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder, ENGINE_ALLOW_APPS: 'true' });
  });
  afterEach(async () => {
    await engine.stop();
    await remove();
  });

  const write = async (name: string, text: string) => {
    const path = join(folder, 'line', 'app', name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text);
  };
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${engine.url}${path}`, { headers, method, redirect: 'manual' });

  it('are served with a type, a policy and a strong ETag', async () => {
    const reply = await get('/apps/line/');
    expect([reply.status, reply.headers.get('content-type')]).to.deep.equal([200, 'text/html; charset=utf-8']);
    expect(reply.headers.get('content-security-policy')?.split('; ')).to.have.members([
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data: blob:",
      "font-src 'self' data:",
      "media-src 'self' data: blob:",
      "connect-src 'self'",
      "worker-src 'self'",
      "manifest-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(Object.fromEntries(reply.headers)).to.include({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-dns-prefetch-control': 'off',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(reply.headers.get('permissions-policy')).to.contain('camera=(), ').and.contain('usb=()');
    expect(reply.headers.get('cache-control')).to.equal('private, no-cache');
    expect(await reply.text()).to.equal('<!doctype html>one');
    const etag = reply.headers.get('etag') as string;
    const again = await get('/apps/line/', { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' });
    expect([again.status, again.headers.get('content-length')]).to.deep.equal([304, null]);
  });

  it('redirect to a slash, relative to the request', async () => {
    for (const [path, location] of [
      ['/apps/line?x=1', './line/?x=1'],
      ['/apps/line/sub', './sub/'],
    ] as const) {
      const reply = await get(path);
      // Not for good: another version may have a file of that name.
      expect([reply.status, reply.headers.get('location')]).to.deep.equal([302, location]);
    }
    expect(await (await get('/apps/%6cine/sub/')).text()).to.equal('sub');
  });

  it('answer one range, and all of the file where several are asked for', async () => {
    const one = await get('/apps/line/data.bin', { Range: 'bytes=2-4' });
    expect([one.status, one.headers.get('content-range'), await one.text()]).to.deep.equal([
      206,
      'bytes 2-4/10',
      '234',
    ]);
    const none = await get('/apps/line/data.bin', { Range: 'bytes=10-' });
    expect([none.status, none.headers.get('content-range')]).to.deep.equal([416, 'bytes */10']);
    const [last, old] = [
      await get('/apps/line/data.bin', { Range: 'bytes=-3' }),
      await get('/apps/line/data.bin', { Range: 'bytes=0-1', 'If-Range': '"another version"' }),
    ];
    expect([await last.text(), old.status, await old.text()]).to.deep.equal(['789', 200, '0123456789']);
    const many = await get('/apps/line/data.bin', { Range: `bytes=${'0-0,'.repeat(500)}1-1` });
    expect([many.status, await many.text()]).to.deep.equal([200, '0123456789']);
  });

  it('have no service workers, which would outlive them', async () => {
    await write('worker.js', '');
    await until('it is served', async () => (await get('/apps/line/worker.js')).status === 200);
    expect((await get('/apps/line/worker.js', { 'Service-Worker': 'script' })).status).to.equal(404);
  });

  it('know a name however Unicode spells it, and say whether the deployment or the application is missing', async () => {
    await write('\u00FC.txt', 'umlaut');
    await until('it is served', async () => (await get('/apps/line/%C3%BC.txt')).status === 200);
    expect(await (await get('/apps/line/u%CC%88.txt')).text()).to.equal('umlaut');
    await writeLine(join(folder, 'bare'), 'bare', 0);
    await until('the other is served', () => engine.engine.catalogue.get('bare') !== undefined);
    for (const [id, code, text] of [
      ['', 'not_found', 'Expected /apps/, the id of a deployment'],
      ['none', 'deployment_not_found', 'No deployment in service has this id.'],
      ['bare', 'not_found', 'npx custom-ml-engine app bare writes one.'],
    ] as const) {
      const { error } = await engine.request(id === '' ? '/apps/' : `/apps/${id}/`);
      expect(error?.code).to.equal(code);
      expect(error?.message).to.contain(text);
    }
    const { headers } = await get('/apps/line/');
    expect(await findLogLine(engine, headers.get('x-request-id') as string)).to.include({ deployment: 'line' });
  });

  it('support GET and HEAD', async () => {
    const reply = await get('/apps/line/', {}, 'POST');
    expect([reply.status, reply.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD']);
    expect((await get('/apps/line/', {}, 'HEAD')).headers.get('content-length')).to.equal('18');
  });

  it('have no path that leads elsewhere, and no files whose names begin with a dot', async () => {
    for (const path of [
      '.secret',
      '%2e%2e/model.json',
      '..%2fmodel.json',
      '%5c..%5cmodel.json',
      'a%00',
      '%',
      'INDEX.html',
      '/index.html',
      'sub//',
    ])
      expect((await get(`/apps/line/${path}`)).status, path).to.equal(404);
    for (const id of ['constructor', '__proto__', '']) expect((await get(`/apps/${id}/`)).status, id).to.equal(404);
  });

  it('are replaced without loading the model again, and gone with their folder', async () => {
    await write('index.html', 'two');
    await until('it is replaced', async () => (await (await get('/apps/line/')).text()) === 'two');
    expect(engine.log.filter(({ msg }) => msg === 'deployment served')).to.have.length(1);
    await rm(join(folder, 'line', 'app'), { recursive: true });
    await until('it is gone', async () => (await get('/apps/line/')).status === 404);
  });

  it('are kept when their deployment is replaced by an invalid one', async () => {
    await writeFile(join(folder, 'line', 'deployment.json'), '{}');
    await until('it is reported', () => engine.engine.catalogue.listInvalid().length === 1);
    expect((await get('/apps/line/')).status).to.equal(200);
  });

  it('are not served without their deployment', async () => {
    await mkdir(join(folder, 'broken', 'app'), { recursive: true });
    await writeFile(join(folder, 'broken', 'deployment.json'), '{}');
    await writeFile(join(folder, 'broken', 'app', 'index.html'), 'page');
    await until('it is loaded', () => engine.engine.catalogue.listApps().some(({ id }) => id === 'broken'));
    const reply = await get('/apps/broken/');
    expect(reply.status).to.equal(404);
  });

  it('are not served of a folder that has only what must not be, and their deployment is', async () => {
    const app = join(folder, 'hostile', 'app');
    const secret = join(folder, 'hostile', 'secret');
    await mkdir(app, { recursive: true });
    await writeFile(secret, 'a secret');
    for (const [name, target] of [
      ['index.html', '../secret'],
      ['absolute.html', secret],
      ['environment', '/proc/self/environ'],
      ['memory', '/dev/zero'],
      ['around', '..'],
      ['itself', '.'],
      ['loop', 'loop'],
      ['<img src=x onerror=alert(1)>', 'nowhere'],
    ] as const)
      await symlink(target, join(app, name));
    execFileSync('mkfifo', [join(app, 'pipe')]);
    await writeFile(join(app, '.htaccess'), 'a secret');
    await writeFile(join(app, 'model\\..\\x'), 'a secret');
    await writeLine(join(folder, 'hostile'), 'hostile', 0);
    await until('it is served', () => engine.engine.catalogue.get('hostile') !== undefined);
    await until('it is reported', () => engine.engine.catalogue.listApps()[0]?.id === 'hostile');
    const [state] = engine.engine.catalogue.listApps();
    expect([state?.served, state?.problems.length]).to.deep.equal([false, 9]);
    for (const name of [
      '',
      'index.html',
      'absolute.html',
      'environment',
      'pipe',
      '.htaccess',
      'around/secret',
      'loop',
    ]) {
      const reply = await get(`/apps/hostile/${name}`);
      expect([reply.status, reply.headers.get('content-type')], name).to.deep.equal([404, 'application/json']);
      expect(await reply.text(), name)
        .to.contain(name === '.htaccess' ? 'no such file' : 'is not served')
        .and.not.contain(folder)
        .and.not.contain('a secret');
    }
    expect((await engine.score('hostile', { fields: ['x'], values: [[1]] })).status).to.equal(200);
    await rm(app, { recursive: true });
    await until('nothing is left of it', () => engine.engine.catalogue.listApps()[0]?.id === 'line');
  });

  it('keep what was valid, and report a link that leads out', async () => {
    await symlink('../model.json', join(folder, 'line', 'app', 'model.json'));
    await until('it is reported', () => engine.engine.catalogue.listApps()[0]?.problems.length === 1);
    expect(engine.engine.catalogue.listApps()).to.deep.equal([
      { id: 'line', served: true, problems: ['app/model.json: expected no link that leads out of the folder app'] },
    ]);
    expect((await get('/apps/line/model.json')).status).to.equal(404);
    expect((await get('/apps/line/')).status).to.equal(200);
    await rm(join(folder, 'line', 'app', 'model.json'));
    await until('all is well again', () => engine.engine.catalogue.listApps()[0]?.problems.length === 0);
  });
});

describe('web applications behind a password', () => {
  it('send a browser to the login, and refuse others', async () => {
    const credentials = { ENGINE_USERNAME: 'ada', ENGINE_PASSWORD: 'a long password' };
    const engine = await startTestEngine({ ...credentials, ENGINE_ALLOW_APPS: 'true' });
    // Not fetch, which sets Sec-Fetch-Mode itself.
    const get = async (accept: string, headers: Record<string, string> = {}) => {
      const sent = { Accept: accept, 'Sec-Fetch-Mode': 'navigate', Connection: 'close', ...headers };
      const reply = await request(`${engine.url}/apps/penguins/`, { headers: sent });
      await reply.body.dump();
      return reply;
    };
    const browser = await get('text/html');
    const other = await get('application/json');
    const Authorization = `Basic ${Buffer.from('ada:a long password').toString('base64')}`;
    const known = await get('text/html', { Authorization });
    await engine.stop();
    expect([browser.statusCode, other.statusCode, known.statusCode]).to.deep.equal([303, 401, 200]);
    expect(browser.headers.location).to.equal('../../login?next=%2Fapps%2Fpenguins%2F');
  });
});

describe('web applications that are not allowed', () => {
  it('get a 404 that says how they are', async () => {
    const engine = await startTestEngine();
    const { status, error } = await engine.request('/apps/penguins/');
    await engine.stop();
    expect([status, error?.message]).to.deep.equal([
      404,
      'This engine serves no web applications. Its operator allows them with --allow-apps, or ENGINE_ALLOW_APPS=true.',
    ]);
  });
});
