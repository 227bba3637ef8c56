import { expect } from 'chai';
import type { Deployments } from '../../catalogue/catalogue.ts';
import { trickleBodies } from '../chaos/faults/trickle-bodies.ts';
import { makeHastyFolder, startTestEngine, type TestEngine } from '../support/engine.ts';
import { checkHealthy, toModeTable } from '../support/healthy.ts';
import { findLogLine } from '../support/log-line.ts';
import { RawConnection, toHead } from '../support/raw.ts';
import { until } from '../support/until.ts';

const PATH = '/v1/deployments/misbehaving/online';
const TABLE = JSON.stringify(toModeTable('well'));

describe('an engine that takes one request at a time (ENGINE_MAX_CONCURRENCY=1)', () => {
  const settings = {
    ENGINE_ALLOW_MODULES: 'true',
    ENGINE_MAX_CONCURRENCY: '1',
    ENGINE_MAX_BODY: '1kb',
  };
  let engine: TestEngine;
  let deployments: Awaited<ReturnType<typeof makeHastyFolder>>;
  /** Called with what lets the model score; until then it is at it. */
  let onScoring: ((release: () => void) => void) | undefined;
  const wrap = (all: Deployments): Deployments => ({
    list: () => all.list(),
    get: (id) => {
      const deployment = all.get(id);
      if (!deployment) return undefined;
      const { model } = deployment;
      const score: typeof model.score = async (...args) => {
        const begin = onScoring;
        onScoring = undefined;
        if (begin) await new Promise<void>(begin);
        return model.score(...args);
      };
      return { ...deployment, model: { ...model, score } };
    },
  });
  const start = (environment: Record<string, string> = {}) =>
    startTestEngine({ ...settings, ENGINE_DEPLOYMENTS: deployments.folder, ...environment }, { wrap });
  before(async () => {
    deployments = await makeHastyFolder('sum');
    engine = await start();
  });
  after(async () => {
    await engine.stop();
    await deployments.remove();
  });
  // One that is not given back would be missed here.
  afterEach(() => checkHealthy(engine));

  /** A request whose headers are accepted, and whose body is still to come. */
  const begin = async (headers: Record<string, string> = {}, { url } = engine) => {
    const connection = await RawConnection.open(url);
    const own = { 'Content-Type': 'application/json', 'Content-Length': TABLE.length, Expect: '100-continue' };
    connection.send(toHead('POST', PATH, { ...own, ...headers }));
    expect((await connection.receive('POST', PATH)).status).to.equal(100);
    return connection;
  };
  const score = async (body: unknown, id = 'misbehaving') => (await engine.score(id, body)).status;
  /** A request that the model scores until it is released. */
  const hold = async () => {
    const began = new Promise<() => void>((resolve) => (onScoring = resolve));
    const status = score(toModeTable('well'));
    return { release: await began, status };
  };

  it('answers another one 503, to be sent again', async () => {
    const first = await hold();
    const { status, headers, error } = await engine.score('misbehaving', toModeTable('well'));
    expect(status).to.equal(503);
    expect(headers.get('retry-after')).to.equal('1');
    expect(error).to.deep.equal({
      code: 'too_busy',
      message: 'The engine is busy. Retry in a moment.',
    });
    first.release();
    expect(await first.status).to.equal(200);
  });

  it('answers 503 before a body is sent, and to a body that arrived when another request was at it', async () => {
    const early = await begin();
    const first = await hold();
    const late = await RawConnection.open(engine.url);
    const headers = { 'Content-Type': 'application/json', 'Content-Length': TABLE.length, Expect: '100-continue' };
    expect((await late.send(toHead('POST', PATH, headers)).receive('POST', PATH)).status).to.equal(503);
    expect((await early.send(TABLE).receive('POST', PATH)).status).to.equal(503);
    first.release();
    expect(await first.status).to.equal(200);
    for (const connection of [early, late]) connection.close();
  });

  it('answers discovery, probes, paths and methods that are not there all the same', async () => {
    const first = await hold();
    for (const path of ['/v1/deployments', '/v1/deployments/sum', '/health/ready'])
      expect((await engine.request(path)).status).to.equal(200);
    expect((await engine.request('/v1/nothing')).status).to.equal(404);
    expect((await engine.request('/v1/deployments', { method: 'DELETE' })).status).to.equal(405);
    first.release();
    expect(await first.status).to.equal(200);
  });

  it('answers others while a body arrives', async () => {
    const first = await begin();
    expect(await score(toModeTable('well'))).to.equal(200);
    expect((await first.send(TABLE).receive('POST', PATH)).status).to.equal(200);
    first.close();
  });

  it('answers others while any number of callers trickle their bodies', async () => {
    const trickle = await trickleBodies({ url: engine.url, deployment: 'misbehaving' }, { callers: 600 });
    // One that arrives in pieces needs a place, too.
    const caller = await begin();
    caller.send(TABLE.slice(0, 9));
    expect(await score(toModeTable('well'))).to.equal(200);
    expect((await engine.request('/v1/deployments')).status).to.equal(200);
    expect((await caller.send(TABLE.slice(9)).receive('POST', PATH)).status).to.equal(200);
    caller.close();
    const statuses = trickle.stop();
    // The others have no reply yet.
    expect([...statuses.keys()].sort()).to.deep.equal([0, 503]);
    expect(statuses.get(503)).to.be.at.least(600 - 256);
  });

  it('takes the next one after one that failed, however it did', async () => {
    for (const [body, status, id] of [
      ['{', 400],
      [{}, 400],
      [JSON.stringify(TABLE), 400],
      ['x'.repeat(2000), 413],
      [toModeTable('throw'), 500],
      [toModeTable('throw nothing'), 500],
      [toModeTable('never'), 500, 'hasty'],
      [toModeTable('well'), 200],
    ] as const)
      expect(await score(body, id)).to.equal(status);
    expect((await engine.request('/v1/deployments/unknown')).status).to.equal(404);
    expect(
      (await engine.request(PATH, { method: 'POST', body: TABLE, headers: { 'Content-Type': 'a/b' } })).status,
    ).to.equal(415);
  });

  for (const encoding of ['identity', 'gzip']) {
    it(`takes the next one at once after one whose sender hung up (${encoding})`, async () => {
      (await begin({ 'X-Request-Id': encoding, 'Content-Encoding': encoding })).send('\x1f').close();
      expect(await findLogLine(engine, encoding)).to.include({ aborted: true });
    });
  }

  it('takes the next one after one whose sender hung up while the model was at it, when the model is done', async () => {
    const { socket } = await begin({ 'X-Request-Id': 'gone' });
    // As long as the other table.
    await new Promise((sent) => socket.write(JSON.stringify(toModeTable('slow')), sent));
    socket.destroy();
    expect(await findLogLine(engine, 'gone')).to.include({ aborted: true, rows: 1 });
    await until('the model is done', async () => (await score(toModeTable('well'))) === 200);
  });

  it('takes the next one after one whose body did not come in time', async () => {
    const hasty = await start({ ENGINE_BODY_TIMEOUT: '1' });
    const connection = await begin({}, hasty);
    expect((await connection.receive('POST', PATH)).status).to.equal(408);
    await checkHealthy(hasty);
    connection.close();
    await hasty.stop();
  });
});
