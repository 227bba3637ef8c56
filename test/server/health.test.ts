import { expect } from 'chai';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { IRIS } from '../support/healthy.ts';
import { until } from '../support/until.ts';
import { FIXTURES, makeDeploymentsFolder, SAMPLES, startTestEngine, type TestEngine } from '../support/engine.ts';

const NO_MODULES =
  'deployment.json.kind: modules run code and are not allowed here; ENGINE_ALLOW_MODULES=true allows them';

describe('health', () => {
  let engine: TestEngine;
  let folder: string;
  let remove: () => Promise<void>;
  afterEach(async () => {
    await engine.stop();
    await remove();
  });

  /** An engine on copies of sample deployments, and of others that are broken where modules are not allowed. */
  async function start(served: readonly string[], broken: readonly string[]): Promise<void> {
    const made = await makeDeploymentsFolder(SAMPLES, served);
    ({ folder, remove } = made);
    for (const id of broken) await cp(join(FIXTURES, id), join(made.folder, id), { recursive: true });
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: made.folder });
  }

  it('is live and ready while the engine serves', async () => {
    await start(['iris'], []);
    const live = await engine.request('/health/live');
    expect([live.status, live.body]).to.deep.equal([200, { status: 'live' }]);
    const ready = await engine.request('/health/ready');
    expect([ready.status, ready.body]).to.deep.equal([
      200,
      { status: 'ready', deployments: 1, broken: [], targets: [] },
    ]);
  });

  it('is at its very path', async () => {
    await start([], []);
    for (const path of ['/health/live/', '/Health/live', '/health/LIVE', '/health', '/health//live', '//health/live'])
      expect((await engine.request(path)).status, path).to.equal(404);
  });

  it('is ready with no deployments at all', async () => {
    await start([], []);
    const { status, body } = await engine.request('/health/ready');
    expect([status, body]).to.deep.equal([200, { status: 'ready', deployments: 0, broken: [], targets: [] }]);
    expect((await engine.request('/v1/deployments')).body).to.deep.equal({ count: 0, resources: [] });
  });

  it('is ready while some deployments are served, and names those that are broken', async () => {
    await start(['iris'], ['sum']);
    const { status, body } = await engine.request('/health/ready');
    const broken = [{ id: 'sum', problems: [NO_MODULES], served: false }];
    expect([status, body]).to.deep.equal([200, { status: 'ready', deployments: 1, broken, targets: [] }]);
    expect((await engine.request('/v1/deployments')).body.count).to.equal(1);
  });

  it('is ready while the folder of the deployments cannot be read, says so, and so does the log', async () => {
    await start(['iris'], []);
    await remove();
    let body: unknown;
    await until('it says so', async () => {
      const ready = await engine.request('/health/ready');
      expect(ready.status).to.equal(200);
      body = ready.body;
      return 'folder' in ready.body;
    });
    const expected = { status: 'ready', deployments: 1, broken: [], targets: [], folder: 'unreadable (ENOENT)' };
    expect(body).to.deep.equal(expected);
    expect((await engine.score('iris', IRIS)).status).to.equal(200);
    const findLine = (text: string) => engine.log.find(({ msg }) => msg.startsWith(text));
    expect(findLine('deployments folder unreadable')).to.include({ level: 'error', code: 'ENOENT' });
    await mkdir(folder);
    await until('the log says that it is back', () => findLine('deployments folder readable again') !== undefined);
    await until('what is not in it is not served', async () => (await engine.score('iris', IRIS)).status === 404);
    expect((await engine.request('/health/ready')).body).to.not.have.property('folder');
  });

  it('is live and not ready while every deployment is broken', async () => {
    await start([], ['misbehaving', 'sum']);
    const { status, body } = await engine.request('/health/ready');
    const broken = ['misbehaving', 'sum'].map((id) => ({ id, problems: [NO_MODULES], served: false }));
    expect([status, body]).to.deep.equal([503, { status: 'broken', deployments: 0, broken, targets: [] }]);
    expect((await engine.request('/health/live')).status).to.equal(200);
  });
});
