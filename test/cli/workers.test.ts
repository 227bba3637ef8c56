import { expect } from 'chai';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { FIXTURES, makeDeploymentsFolder, SAMPLES } from '../support/engine.ts';
import { IRIS, toModeTable } from '../support/healthy.ts';
import { makeKeyFile, toStoredKey } from '../support/key-file.ts';
import { RawConnection, toRequest } from '../support/raw.ts';
import { Run } from '../support/run.ts';
import { makeTlsFolder, sendSecurely } from '../support/tls-client.ts';
import { until } from '../support/until.ts';

interface Line {
  readonly msg: string;
  readonly worker?: number;
  readonly [key: string]: unknown;
}

describe('custom-ml-engine serve --workers', () => {
  let engine: Run;
  const serve = (count: number, args: readonly string[] = []) => {
    engine = new Run(['serve', '--port', '0', '--workers', String(count), ...args]);
    return engine.listen();
  };
  afterEach(async () => {
    engine.process.kill('SIGKILL');
    await engine.code;
  });

  const findLines = (msg: string) =>
    engine.stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line)
      .filter((line) => line.msg === msg);
  /** Sends a request on a connection of its own, so that the workers take turns. */
  const send = async (url: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}${path}`, {
      headers: { Connection: 'close', 'Content-Type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('greets once, when all serve, and shares the requests out', async () => {
    const url = await serve(2);
    expect(engine.stdout.match(/custom-ml-engine serves \d+ deployments on /g)).to.have.length(1);
    await until('both are logged', () => findLines('listening').length === 2);
    expect(findLines('listening').map(({ worker }) => worker)).to.have.members([1, 2]);
    const findWorkers = () => new Set(findLines('request').map(({ worker }) => worker));
    await until('both have answered', async () => {
      const { status, body } = await send(url, '/v1/deployments/iris/online', IRIS);
      expect(status).to.equal(200);
      expect(body['values']).to.deep.equal([[...(IRIS.values[0] as number[]), 'setosa', [1, 0, 0]]]);
      return findWorkers().size === 2;
    });
    expect(findWorkers()).to.deep.equal(new Set([1, 2]));
    expect(engine.complaints).to.deep.equal([]);
  });

  it('speaks TLS in each worker, and resumes in one a session that another has begun', async () => {
    const tls = makeTlsFolder();
    const url = await serve(2, [
      '--tls-cert',
      tls.environment.ENGINE_TLS_CERT,
      '--tls-key',
      tls.environment.ENGINE_TLS_KEY,
    ]);
    expect(url).to.match(/^https:/);
    const agent = new Agent({ maxCachedSessions: 1 });
    const resumed: boolean[] = [];
    const options = { agent, ca: tls.authority.cert, headers: { Connection: 'close' } };
    for (let time = 0; time < 5; time++) resumed.push((await sendSecurely(url, '/v1/deployments', options)).isResumed);
    expect(resumed).to.deep.equal([false, true, true, true, true]);
    await until('all are logged', () => findLines('request').length === 5);
    expect(new Set(findLines('request').map(({ worker }) => worker)).size).to.equal(2);
  });

  it('admits a session in each worker, whichever has begun it, until somebody logs out at any of them, with a password or with keys only', async () => {
    const key = 'cme_first-8675309-abcdefghijklmnopqrstuvwxyz';
    for (const [environment, form] of [
      [{ ENGINE_USERNAME: 'ann', ENGINE_PASSWORD: 'a long password' }, 'username=ann&password=a+long+password'],
      [{ ENGINE_API_KEYS_FILE: makeKeyFile([toStoredKey('first', key)]) }, `key=${key}`],
    ] as const) {
      engine = new Run(['serve', '--port', '0', '--workers', '2', '--log-level', 'debug'], { environment });
      const url = await engine.listen();
      const close = { Connection: 'close' };
      const login = await fetch(`${url}/login`, {
        method: 'POST',
        redirect: 'manual',
        headers: { ...close, 'Content-Type': 'application/x-www-form-urlencoded', Origin: url },
        body: form,
      });
      const Cookie = String(login.headers.get('set-cookie')).split(';', 1)[0] as string;
      const findWorkers = () =>
        new Set(
          findLines('request')
            .filter(({ status, user, key: name }) => status === 200 && (user ?? name) !== undefined)
            .map(({ worker }) => worker),
        );
      await until('both have admitted it', async () => {
        const { status } = await fetch(`${url}/console/data/deployments`, { headers: { ...close, Cookie } });
        expect(status).to.equal(200);
        return findWorkers().size === 2;
      });
      expect((await fetch(`${url}/console/data/deployments`, { headers: close })).status).to.equal(401);
      const logout = { method: 'POST', redirect: 'manual', headers: { ...close, Cookie, Origin: url } } as const;
      expect((await fetch(`${url}/logout`, logout)).status).to.equal(303);
      const ask = async () => (await fetch(`${url}/v1/deployments`, { headers: { ...close, Cookie } })).status;
      const countRefusals = () =>
        new Set(
          findLines('request')
            .filter(isRefusal)
            .map(({ worker }) => worker),
        ).size;
      const isRefusal = ({ status, route }: Line) => status === 401 && route !== '/console/data/deployments';
      await until('both refuse it', async () => (await ask()) === 401 && countRefusals() === 2);
      engine.process.kill('SIGHUP');
      await until('their replacements serve', () => findLines('restarted').length === 1);
      for (let count = 0; count < 4; count++) expect(await ask()).to.equal(401);
      engine.process.kill('SIGTERM');
      await engine.code;
    }
  });

  it('replaces a worker that dies, and serves on', async () => {
    const { folder, remove } = await makeDeploymentsFolder(FIXTURES, ['misbehaving']);
    const path = join(folder, 'misbehaving', 'deployment.json');
    const json = JSON.parse(await readFile(path, 'utf8')) as { settings: object };
    // In the main thread, it takes its process with it.
    await writeFile(path, JSON.stringify({ ...json, settings: { ...json.settings, thread: false } }));
    const url = await serve(2, ['--deployments', folder, '--allow-modules', 'true']);
    const death = send(url, '/v1/deployments/misbehaving/online', toModeTable('exit')).catch(() => 'cut');
    expect(await death).to.equal('cut');
    await until('three have begun', () => findLines('listening').length === 3);
    await until('the death is logged', () => findLines('worker died').length === 1);
    expect(findLines('worker died')[0]).to.include({ level: 'error', code: 3 });
    for (let count = 0; count < 4; count++)
      expect((await send(url, '/v1/deployments/misbehaving/online', toModeTable('well'))).status).to.equal(200);
    await remove();
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends with 0 on ${signal}, when the requests under way have been answered`, async () => {
      const url = await serve(2, ['--deployments', FIXTURES, '--allow-modules', 'true']);
      const path = '/v1/deployments/misbehaving/online';
      const connections = await Promise.all([1, 2, 3].map(() => RawConnection.open(url)));
      for (const connection of connections)
        connection.send(toRequest('POST', path, JSON.stringify(toModeTable('slow'))));
      engine.process.kill(signal);
      for (const connection of connections) expect((await connection.receive('POST', path)).status).to.equal(200);
      expect(await engine.code).to.equal(0);
      expect(findLines('stopped')).to.have.length(2);
      expect(engine.complaints).to.deep.equal([]);
    });
  }

  it('leaves no worker behind when it is killed', async () => {
    const url = await serve(2);
    engine.process.kill('SIGKILL');
    // Its standard error closes when the last that writes to it is gone.
    await engine.code;
    expect(await fetch(`${url}/health/live`).catch(() => 'refused')).to.equal('refused');
  });

  it('ends with 1, and one line of why, when it cannot start', async () => {
    engine = new Run(['serve', '--port', '0', '--workers', '3', '--deployments', `${SAMPLES}/nowhere`]);
    expect(await engine.code).to.equal(1);
    expect(engine.stdout).to.equal('');
    expect(engine.complaints).to.have.length(1);
    expect(engine.complaints[0]).to.match(
      /^The engine could not start: the folder of the deployments, .*, cannot be read \(ENOENT\): there is no folder "nowhere"/,
    );
  });
});
