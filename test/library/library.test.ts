/** The library through its only entry: the engine in a program, scoring without HTTP, checks and training. */
import { mkdtemp, readFile, rm, symlink, writeFile, mkdir, realpath } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { createServer, request as sendRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import express from 'express';
import {
  check,
  CommandError,
  ConfigurationError,
  createEngine,
  EngineError,
  formatReport,
  openDeployments,
  SAMPLES,
  train,
  UsageError,
  type CheckReport,
  type Engine,
  type EngineOptions,
  type TrainResult,
} from '../../library/index.ts';
import type { Report } from '../../conformance/report/report.ts';
import type { toTrainingSummary } from '../../training/training-result.ts';
import { SETTINGS } from '../../server/settings.ts';
import { extractExamples } from '../support/examples.ts';
import { FIXTURES } from '../support/engine.ts';
import { makeKeyFile, toStoredKey } from '../support/key-file.ts';
import { makeTlsFolder, sendSecurely } from '../support/tls-client.ts';

const IRIS = {
  fields: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'],
  values: [[5.1, 3.5, 1.4, 0.2]],
};

/** The promised types are those of the results, key by key. */
type Same<One, Other> = [One, Other] extends [Other, One] ? true : false;
const samePromises: [
  Same<
    Pick<CheckReport, 'conclusion' | 'counts' | 'level' | 'requests'>,
    Pick<Report, 'conclusion' | 'counts' | 'level' | 'requests'>
  >,
  Same<keyof CheckReport, keyof Report>,
  Same<keyof CheckReport['results'][number], keyof Report['results'][number]>,
  Same<keyof TrainResult, keyof ReturnType<typeof toTrainingSummary>>,
] = [true, true, true, true];

describe('the library', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const create = async (options: EngineOptions = {}): Promise<Engine> => {
    const engine = await createEngine({ deployments: SAMPLES, port: 0, ...options });
    closing.push(() => engine.close());
    return engine;
  };
  const listen = async (server: Server): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const makeFolder = async (): Promise<string> => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'library-')));
    closing.push(() => rm(folder, { recursive: true }));
    return folder;
  };
  const post = async (url: string, body: unknown) => {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('speaks TLS, and lets in who has an API key', async () => {
    const { authority, environment } = makeTlsFolder();
    const key = 'a-key-of-32-or-more-random-characters';
    const engine = await create({
      tlsCert: environment.ENGINE_TLS_CERT,
      tlsKey: environment.ENGINE_TLS_KEY,
      apiKeysFile: makeKeyFile([toStoredKey('me', key)]),
      openPaths: ['/health/ready'],
    });
    const url = await engine.listen();
    expect(url).to.match(/^https:/);
    const send = async (path: string, headers: Record<string, string>) =>
      (await sendSecurely(url, path, { ca: authority.cert, headers })).status;
    expect(await send('/v1/deployments', { 'X-API-Key': key })).to.equal(200);
    expect([await send('/v1/deployments', {}), await send('/health/ready', {})]).to.deep.equal([401, 200]);
  });

  it('promises the types of its results', () => {
    expect(samePromises).to.not.include(false);
  });

  it('listens on a port of its own, until it is closed', async () => {
    const engine = await create();
    const url = await engine.listen();
    expect(await engine.listen()).to.equal(url);
    expect((await post(`${url}/v1/deployments/iris/online`, IRIS)).status).to.equal(200);
    await engine.close();
    await engine.close();
    expect(await fetch(url).catch(() => 'refused')).to.equal('refused');
  });

  it('is mounted in an Express application beside other routes, and publishes where it is', async () => {
    const engine = await create();
    const app = express();
    app.use('/some/engine', engine.handler);
    app.use(express.json());
    app.post('/hello', (request, response) => void response.json({ hello: request.body as unknown }));
    const url = await listen(createServer(app));

    expect(await (await fetch(`${url}/some/engine/health/ready`)).json()).to.include({ status: 'ready' });
    expect((await fetch(`${url}/some/engine/nothing`)).status).to.equal(404);
    expect((await post(`${url}/hello`, { name: 'you' })).body).to.deep.equal({ hello: { name: 'you' } });
    const list = (await (await fetch(`${url}/some/engine/v1/deployments`)).json()) as {
      resources: { entity: { scoring_url: string; name: string } }[];
    };
    const scoringUrl = `${url}/some/engine/v1/deployments/iris/online`;
    expect(list.resources.map(({ entity }) => entity.scoring_url)).to.include(scoringUrl);
    expect((await post(scoringUrl, IRIS)).status).to.equal(200);
    const report = await check(`${url}/some/engine`, { deployments: ['iris'], level: 'recommended' });
    expect(report.conclusion, formatReport(report, 'text')).to.equal('conforms');
  });

  it('says in the log that a body parser came before it', async () => {
    let log = '';
    const engine = await create({ log: { write: (line) => void (log += line) } });
    const app = express();
    app.use(express.json());
    app.use('/engine', engine.handler);
    const url = await listen(createServer(app));
    const { status, body } = await post(`${url}/engine/v1/deployments/iris/online`, IRIS);
    expect([status, (body['errors'] as { code: string }[])[0]?.code]).to.deep.equal([500, 'internal_error']);
    expect(log).to.contain('Mount the engine before body parsers.');
  });

  it('answers the requests in progress when it is closed, and rejects others', async () => {
    const engine = await create();
    const url = await listen(createServer(engine.handler));
    const path = `${url}/v1/deployments/iris/online`;
    const body = JSON.stringify(IRIS);
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length, Expect: '100-continue' };
    const sent = sendRequest(path, { method: 'POST', headers });
    const status = new Promise((resolve) => sent.once('response', (response) => resolve(response.resume().statusCode)));
    // The engine has begun to read the body when it asks for it.
    sent.flushHeaders();
    await new Promise((resolve) => sent.once('continue', resolve));
    const closed = engine.close();
    expect((await post(path, IRIS)).body['errors']).to.have.nested.property('[0].code', 'stopping');
    sent.end(body);
    expect(await status).to.equal(200);
    await closed;
  });

  it('has an option for every setting but those of the command, and names options in its complaints', async () => {
    const names = Object.keys(SETTINGS).filter((name) => !['workers', 'log-format', 'log-file'].includes(name));
    const bad = Object.fromEntries(
      names.map((name) => [name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()), '\n']),
    );
    const error = await createEngine(bad as EngineOptions).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ConfigurationError);
    const { problems } = error as ConfigurationError;
    // Any text is the path of a folder.
    for (const name of Object.keys(bad).filter((name) => name !== 'deployments'))
      expect(
        problems.some((problem) => problem.startsWith(`${name}: expected`)),
        `${name}\n${problems.join('\n')}`,
      ).to.be.true;
    expect(problems.join()).to.not.match(/ENGINE_|--/);
    const open = await createEngine({ host: '0.0.0.0', deployments: SAMPLES }).catch(String);
    expect(open).to.match(
      /^ConfigurationError: host: expected a loopback address.* set username and password, or apiKeysFile, or auth: none/,
    );
  });

  it('scores as over HTTP: the same answers, and the same errors', async () => {
    const engine = await create();
    const url = await engine.listen();
    const bodies = [
      IRIS,
      { input_data: [IRIS, { ...IRIS, meta: { fields: ['id'], values: [['a']] } }] },
      { fields: 'iris', values: [] },
      { fields: IRIS.fields, values: [[5.1, 3.5, 1.4]] },
      { fields: IRIS.fields, values: [[5.1, NaN, 1.4, new Date(0)]] },
      { input_data: [{ fields: IRIS.fields, values: [[5.1, 'wide', 1.4, 0.2]] }] },
      null,
    ];
    for (const body of bodies) {
      const reply = await post(`${url}/v1/deployments/iris/online`, body);
      const scored: unknown = await engine.deployments
        .score('iris', body as typeof IRIS)
        .catch((error: unknown) => error);
      if (reply.status === 200) expect(scored).to.deep.equal(reply.body);
      else {
        const { code, message } = scored as EngineError;
        expect(scored).to.be.instanceOf(EngineError);
        expect(reply.body['errors']).to.deep.include({
          code,
          message,
          ...('target' in (scored as object) && { target: (scored as EngineError).target }),
        });
      }
    }
    const circle: unknown[] = [];
    circle.push(circle);
    for (const [id, values] of [
      ['nothing', IRIS.values],
      ['iris', circle],
    ] as const) {
      const error = await engine.deployments
        .score(id, { ...IRIS, values: values as number[][] })
        .catch((reason: unknown) => reason);
      expect((error as EngineError).code).to.equal(id === 'iris' ? 'malformed_json' : 'deployment_not_found');
    }
  });

  it('lists the deployments of a folder, and the invalid ones, without an engine', async () => {
    const folder = await makeFolder();
    await mkdir(join(folder, 'nothing'));
    await symlink(join(SAMPLES, 'iris'), join(folder, 'iris'));
    await symlink(join(FIXTURES, 'sum'), join(folder, 'sum'));
    const deployments = await openDeployments(folder);
    closing.push(() => deployments.close());
    const [iris, ...others] = deployments.list();
    expect(others).to.deep.equal([]);
    expect(iris).to.deep.include({ id: 'iris', kind: 'random-forest', labels: ['setosa', 'versicolor', 'virginica'] });
    expect(deployments.listInvalid().map(({ id }) => id)).to.deep.equal(['nothing', 'sum']);
    const modules = await openDeployments(folder, { allowModules: true });
    closing.push(() => modules.close());
    expect(modules.list().map(({ id }) => id)).to.deep.equal(['iris', 'sum']);
  });

  it('checks an engine with a password and rows, and rejects options that are wrong', async () => {
    const engine = await create({ username: 'me', password: 'secret' });
    const url = await engine.listen();
    const credentials = { username: 'me', password: 'secret' };
    const seen: string[] = [];
    const report = await check(url, {
      ...credentials,
      rows: IRIS,
      only: ['discovery-status', 'row-count'],
      deployments: ['iris'],
      onProgress: (_done, _total, { id }) => void seen.push(id),
    });
    expect(seen).to.deep.equal(['discovery-status', 'row-count']);
    expect(report.deployments).to.deep.include({
      id: 'iris',
      scoring_url: `${url}/v1/deployments/iris/online`,
      rows: 'from --rows',
    });
    expect(formatReport(report, 'junit')).to.contain('<testsuite');
    const wrong: [string | undefined, Parameters<typeof check>[1]][] = [
      [undefined, {}],
      ['ftp://example.com', {}],
      [url, { username: 'me' }],
      [url, { ...credentials, header: { name: 'X-Key', value: 'a' } }],
      [url, { header: { name: 'X Key', value: 'a' } }],
      [url, { maxRows: 0 }],
      [url, { timeout: NaN }],
      [url, { only: ['nothing'] }],
    ];
    for (const [target, options] of wrong) {
      const error = await check(target, options).catch((reason: unknown) => reason);
      expect(error, JSON.stringify(options)).to.be.instanceOf(UsageError);
    }
  });

  it('rejects numbers for a training that are out of their limits', async () => {
    for (const options of [{ trees: 0 }, { testFraction: 1 }, { seed: 0.5 }, { bins: 1 }]) {
      const error = await train('none.csv', { label: 'risk', ...options }).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(CommandError);
      expect((error as CommandError).message).to.match(new RegExp(`^${Object.keys(options)[0]}: expected`));
    }
  });

  it('runs the examples of docs/library.md', async function () {
    this.timeout(120_000);
    const page = await readFile(new URL('../../docs/library.md', import.meta.url), 'utf8');
    const folder = await makeFolder();
    const entry = JSON.stringify(new URL('../../library/index.ts', import.meta.url).href);
    const loader = new URL('../../scripts/register-typescript.js', import.meta.url).href;
    await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const examples = extractExamples(page);
    expect(examples).to.have.length(4);
    const run = async (code: string, index: number): Promise<string> => {
      const file = join(folder, `example-${index}.ts`);
      await writeFile(file, code.replace(`'custom-ml-engine'`, entry));
      const args = ['--import', loader, file];
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder });
      expect(stderr).to.equal('');
      return stdout;
    };
    const printed = await Promise.all(examples.map(run));
    for (const [index, text] of ['conforms true', `status: 'ready'`, 'missing_fields', `'low'`].entries())
      expect(printed[index]).to.contain(text);
  });
});
