import { get as httpGet } from 'node:http';
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import openapi from '../../../generated/openapi.json' with { type: 'json' };
import { parseConfiguration } from '../../../server/configuration.ts';
import { formatKeyFile } from '../../../server/access/key-file.ts';
import { startTestEngine, type TestEngine } from '../../support/engine.ts';
import { IRIS } from '../../support/healthy.ts';
import { makeKeyFile, toStoredKey } from '../../support/key-file.ts';
import { findLogLine } from '../../support/log-line.ts';
import { until } from '../../support/until.ts';

const DEPLOYMENTS = '/v1/deployments';
const FIRST = 'cme_first-8675309-abcdefghijklmnopqrstuvwxyz';
const SECOND = 'cme_second-8675309-abcdefghijklmnopqrstuvwxyz';
const OLD = 'cme_old-8675309-abcdefghijklmnopqrstuvwxyz';
const KEYS = [toStoredKey('first', FIRST), toStoredKey('second', SECOND, '2999-01-01T00:00:00Z')];
const BASIC = { Authorization: `Basic ${Buffer.from('openscale:word').toString('base64')}` };
const CREDENTIALS = { ENGINE_USERNAME: 'openscale', ENGINE_PASSWORD: 'word' };

const toBearer = (key: string) => ({ Authorization: `Bearer ${key}` });
const toHeader = (key: string) => ({ 'X-API-Key': key });

describe('the guard', () => {
  let engine: TestEngine;
  let path: string;
  afterEach(() => engine.stop());
  const start = async (environment: Record<string, string> = {}, keys = KEYS) => {
    path = makeKeyFile(keys);
    engine = await startTestEngine({ ENGINE_API_KEYS_FILE: path, ...environment });
  };
  const list = async (headers: Record<string, string>) => (await engine.request(DEPLOYMENTS, { headers })).status;
  const readState = async (headers = toBearer(FIRST)) =>
    (await engine.request('/health/ready', { headers })).body as unknown as Record<string, unknown>;

  it('lets in each key, as a bearer token and as X-API-Key, and logs its name', async () => {
    await start();
    for (const [name, key] of [
      ['first', FIRST],
      ['second', SECOND],
    ] as const) {
      for (const headers of [toBearer(key), toHeader(key), { authorization: `bearer  ${key} ` }]) {
        const reply = await engine.request(DEPLOYMENTS, { headers });
        expect(reply.status).to.equal(200);
        expect(await findLogLine(engine, reply)).to.include({ key: name });
      }
    }
    expect(
      (await engine.request('/v1/deployments/iris/online', { method: 'POST', body: IRIS, headers: toHeader(FIRST) }))
        .status,
    ).to.equal(200);
    expect(JSON.stringify(engine.log)).to.not.contain('8675309');
  });

  it('refuses what is no key, and says how to authenticate', async () => {
    await start();
    for (const headers of [
      {},
      BASIC,
      toBearer(FIRST.slice(0, -1)),
      toBearer(`${FIRST}x`),
      toBearer(''),
      toBearer(FIRST.toUpperCase()),
      toHeader(''),
      toHeader(`${FIRST}, ${FIRST}`),
      { Authorization: FIRST },
      { Authorization: `Basic ${FIRST}` },
      toBearer(toStoredKey('first', FIRST).sha256),
      // One credential is judged.
      { ...toHeader('other'), ...toBearer(FIRST) },
    ]) {
      const { status, headers: answered, error } = await engine.request(DEPLOYMENTS, { headers });
      expect(status, JSON.stringify(headers)).to.equal(401);
      expect(answered.get('www-authenticate')).to.equal('Bearer realm="custom-ml-engine"');
      expect(error?.message).to.equal('This engine requires an API key (Authorization: Bearer, or X-API-Key).');
    }
    expect(await list({ ...toHeader(FIRST), ...toBearer('of-a-gateway') })).to.equal(200);
  });

  it('takes a user name and a password beside keys, and logs who it was', async () => {
    await start(CREDENTIALS);
    for (const headers of [toBearer(FIRST), toHeader(SECOND), BASIC]) expect(await list(headers)).to.equal(200);
    expect(await findLogLine(engine, await engine.request(DEPLOYMENTS, { headers: BASIC }))).to.include({
      user: 'openscale',
    });
    const refused = await engine.request(DEPLOYMENTS, { headers: { ...toHeader('wrong'), ...BASIC } });
    expect(refused.status).to.equal(401);
    expect(refused.headers.get('www-authenticate')).to.equal(
      'Basic realm="custom-ml-engine", charset="UTF-8", Bearer realm="custom-ml-engine"',
    );
    expect(refused.error?.message).to.contain('password (Basic authentication), or an API key');
    expect(await findLogLine(engine, refused)).to.not.have.any.keys('user', 'key');
  });

  it('refuses a key that has expired, and says in the log which', async () => {
    await start({}, [...KEYS, toStoredKey('old', OLD, '2020-01-01T00:00:00+02:00')]);
    const refused = await engine.request(DEPLOYMENTS, { headers: toBearer(OLD) });
    expect(refused.status).to.equal(401);
    expect(refused.text).to.not.contain('expired');
    expect(await findLogLine(engine, refused)).to.include({ cause: 'Error: the key old has expired' });
  });

  it('has keys that were added, and has none that were revoked, without a restart', async () => {
    await start({}, KEYS.slice(0, 1));
    expect(await list(toBearer(SECOND))).to.equal(401);
    await writeFile(path, formatKeyFile(KEYS.slice(1)));
    await until('the other key is there', async () => (await list(toBearer(SECOND))) === 200);
    expect(await list(toBearer(FIRST))).to.equal(401);
    expect(await readState(toBearer(SECOND)))
      .to.have.property('api_keys')
      .that.deep.equals({ keys: 1 });
  });

  it('has keys that were added while it started', async () => {
    path = makeKeyFile(KEYS.slice(0, 1));
    const configured = parseConfiguration({ ENGINE_API_KEYS_FILE: path }).apiKeys;
    await writeFile(path, formatKeyFile(KEYS));
    engine = await startTestEngine({}, {}, { apiKeys: configured });
    await until('the other key is there', async () => (await list(toBearer(SECOND))) === 200);
  });

  it('notices a link that is swapped, as Kubernetes does', async () => {
    const own = makeKeyFile([]);
    const folder = dirname(own);
    for (const [name, keys] of [
      ['one', KEYS.slice(0, 1)],
      ['two', KEYS.slice(1)],
    ] as const) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'keys.json'), formatKeyFile(keys));
    }
    await symlink('one', join(folder, '..data'));
    await rm(own);
    await symlink('..data/keys.json', own);
    await start({ ENGINE_API_KEYS_FILE: own });
    expect(await list(toBearer(FIRST))).to.equal(200);
    await symlink('two', join(folder, '..data.new'));
    await rename(join(folder, '..data.new'), join(folder, '..data'));
    await until('the other key is there', async () => (await list(toBearer(SECOND))) === 200);
    expect(await list(toBearer(FIRST))).to.equal(401);
  });

  it('keeps its keys while the file is broken or gone, and says so in the log and to those who are let in', async () => {
    await start();
    for (const [make, problem] of [
      [() => writeFile(path, '{"keys": ['), 'expected JSON'],
      [() => rm(path), 'unreadable (ENOENT)'],
      [
        () => writeFile(path, '{"keys": [{"name": "a b", "sha256": "1"}]}'),
        /^keys\[0\]\.name: expected a name.*; keys\[0\]\.sha256: expected 64/,
      ],
      [
        () => writeFile(path, formatKeyFile([...KEYS, KEYS[0] as (typeof KEYS)[0]])),
        'keys[2].name: expected one that no key before it has',
      ],
    ] as const) {
      await make();
      let state: unknown;
      await until('it says so', async () => {
        state = ((await readState())['api_keys'] as { problem?: string }).problem;
        return typeof problem === 'string' ? state === problem : problem.test(String(state));
      });
      expect(await list(toBearer(SECOND))).to.equal(200);
      expect(engine.log.filter(({ problem: logged }) => logged === state)).to.have.length(1);
    }
    await writeFile(path, formatKeyFile(KEYS));
    await until('it is well again', async () => !('problem' in ((await readState())['api_keys'] as object)));
  });

  it('warns of a file that others can write', async () => {
    path = makeKeyFile(KEYS);
    await chmod(path, 0o666);
    await start({ ENGINE_API_KEYS_FILE: path });
    expect(engine.log.find(({ mode }) => mode === '666')).to.include({ level: 'warn' });
  });

  it('hides the details of readiness, and not the status, from strangers', async () => {
    for (const environment of [{}, CREDENTIALS]) {
      await start(environment);
      const { status, body } = await engine.request('/health/ready');
      expect([status, body]).to.deep.equal([200, { status: 'ready' }]);
      expect(await readState(toBearer('wrong'))).to.deep.equal({ status: 'ready' });
      expect(await readState()).to.include.keys('deployments', 'broken', 'targets', 'api_keys');
      expect((await engine.request('/health/live')).body).to.deep.equal({ status: 'live' });
      await engine.stop();
    }
  });

  it('shows the details of readiness to everyone where the operator says so', async () => {
    await start({ ENGINE_OPEN_PATHS: '/health/ready' });
    expect(await readState({} as ReturnType<typeof toBearer>)).to.include.keys('deployments', 'api_keys');
    expect(await list({})).to.equal(401);
  });

  it('guards the metrics, unless the operator opens them', async () => {
    const read = async (headers: Record<string, string>) => (await fetch(`${engine.url}/metrics`, { headers })).status;
    await start();
    expect([await read({}), await read(toBearer(SECOND))]).to.deep.equal([401, 200]);
    await engine.stop();
    await start({ ENGINE_OPEN_PATHS: '/metrics' });
    expect([await read({}), await list({})]).to.deep.equal([200, 401]);
    expect(await readState({} as ReturnType<typeof toBearer>)).to.deep.equal({ status: 'ready' });
  });

  it('refuses requests with two keys or two tokens', async () => {
    await start();
    const { hostname, port } = new URL(engine.url);
    for (const name of ['X-API-Key', 'Authorization']) {
      const values = name === 'X-API-Key' ? [FIRST, FIRST] : [`Bearer ${FIRST}`, `Bearer ${FIRST}`];
      const status = await new Promise<number | undefined>((resolve, reject) => {
        httpGet(
          {
            hostname,
            port,
            path: DEPLOYMENTS,
            headers: ['Host', 'a', ...values.flatMap((value) => [name, value])] as never,
            agent: false,
          },
          (response) => {
            response.resume();
            resolve(response.statusCode);
          },
        ).once('error', reject);
      });
      expect(status, name).to.equal(400);
    }
  });

  it('is what the contract declares: one of its schemes suffices', () => {
    expect(openapi.security.map((one) => Object.keys(one)[0])).to.deep.equal(
      Object.keys(openapi.components.securitySchemes),
    );
    expect(openapi.components.securitySchemes.ApiKey).to.include({ type: 'apiKey', in: 'header', name: 'X-API-Key' });
  });
});
