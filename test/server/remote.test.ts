import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import * as behaviours from '../support/behaviours.ts';
import { stopClock } from '../support/clock.ts';
import { writeLine } from '../support/deployment.ts';
import { makeDeploymentsFolder, startTestEngine, type TestEngine } from '../support/engine.ts';
import { findLogLine } from '../support/log-line.ts';
import { HttpDouble, type Behaviour } from '../support/http-double.ts';
import { toRequest } from '../support/raw.ts';
import { toAnswered, toXs, writeRemote } from '../support/remote.ts';
import { until } from '../support/until.ts';

const { fails, good, says, silent } = behaviours;
const TOKEN = 'a-token-that-must-not-leak';

describe('an engine in front of other systems', () => {
  let bad: HttpDouble;
  let well: HttpDouble;
  let engine: TestEngine;
  let folder: string;
  let url: string;
  let remove: () => Promise<void>;

  before(() => void (process.env['TEST_TARGET_TOKEN'] = TOKEN));
  after(() => delete process.env['TEST_TARGET_TOKEN']);
  const setUp = async () => {
    [bad, well] = await Promise.all([HttpDouble.start(good), HttpDouble.start(good)]);
    ({ folder, remove } = await makeDeploymentsFolder('', []));
    await writeLine(`${folder}/local`, 'local', 0);
    await writeRemote(folder, 'well', { url: well.url });
    url = bad.url;
  };
  const tearDown = async () => {
    await engine.stop();
    await Promise.all([bad.close(), well.close()]);
    await remove();
  };

  /** Starts the engine with the deployment `bad` in its folder. */
  const start = async (settings: object = {}, environment: Record<string, string> = {}) => {
    const authentication = { type: 'bearer', token: { variable: 'TEST_TARGET_TOKEN' } };
    await writeRemote(folder, 'bad', {
      url: `${url}/scoring-path`,
      authentication,
      ready_interval: 600_000,
      ...settings,
    });
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder, ENGINE_MAX_CONCURRENCY: '4', ...environment });
    await until('all upstreams were checked', () =>
      engine.engine.catalogue.listUpstreams().every(({ status }) => status !== 'unknown'),
    );
  };
  /** Other deployments are not affected. */
  const checkOthers = async () => {
    const [local, remote] = await Promise.all([engine.score('local', toXs(2)), engine.score('well', toXs(0.25, 0.75))]);
    // In floating point, 1 - 0.25 and 1 - 0.75 are what they are.
    expect(local.body.values).to.deep.equal([[2, 2]]);
    expect(remote.body.values).to.deep.equal(toAnswered(0.25, 0.75));
  };

  const FAILURES: Record<string, readonly [Behaviour, number, string]> = {
    silence: [silent, 504, 'target_timeout'],
    'a body that stops': [behaviours.stopsAfterHeaders, 504, 'target_timeout'],
    'a trickle': [behaviours.trickles, 504, 'target_timeout'],
    'a dropped connection': [behaviours.dropsBeforeHeaders, 502, 'target_failed'],
    'a truncated body': [behaviours.dropsInBody, 502, 'target_failed'],
    'a huge body': [behaviours.claimsHuge, 502, 'target_failed'],
    'an endless body': [behaviours.endless(), 502, 'target_failed'],
    'a compressed body': [behaviours.gzips, 502, 'target_failed'],
    'something other than JSON': [says('<html>Log in</html>'), 502, 'target_failed'],
    'an error with status 200': [says('{"error": "wallaby"}'), 502, 'target_failed'],
    NaN: [says('[[NaN, NaN]]'), 502, 'target_failed'],
    'something other than HTTP': [behaviours.raw('wallaby\r\n\r\n'), 502, 'target_failed'],
    'a redirect': [behaviours.redirects('https://wallaby.invalid/'), 502, 'target_failed'],
    ...Object.fromEntries(
      [400, 401, 403, 404, 413, 422, 424, 500, 502].map((status) => [status, [fails(status), 502, 'target_failed']]),
    ),
    '408': [fails(408), 504, 'target_timeout'],
    '504': [fails(504), 504, 'target_timeout'],
    '429': [fails(429, { 'Retry-After': '7' }), 503, 'target_unavailable'],
    '503': [fails(503, { 'Retry-After': '7' }), 503, 'target_unavailable'],
  };
  /** Those that are late; the others have all the time that they take. */
  const LATE = ['silence', 'a body that stops', 'a trickle'];
  for (const [rest, isLate, timeout] of [
    ['with', false, 60_000],
    ['too late, with', true, 1000],
  ] as const)
    describe(`when one of them answers ${rest}`, () => {
      before(async () => {
        await setUp();
        await start({ timeout, max_reply_bytes: 4096 });
      });
      after(tearDown);

      for (const [what, [behaviour, status, code]] of Object.entries(FAILURES)) {
        if (LATE.includes(what) !== isLate) continue;
        it(`${what}: it answers ${status} ${code}, reveals nothing about the system, and scores others`, async () => {
          bad.behave(behaviour);
          const [reply] = await Promise.all([engine.score('bad', toXs(0.25)), checkOthers()]);
          expect(reply.status).to.equal(status);
          expect(reply.error?.code).to.equal(code);
          expect(reply.headers.get('retry-after')).to.equal(status === 503 ? '7' : null);
          const line = await findLogLine(engine, reply);
          expect(line).to.include({ code, status });
          expect(line['cause']).to.be.a('string');
          // The log says what was requested, and what was received if that is not an error of the system.
          expect(line['cause']).to.include(`POST ${bad.url}/scoring-path: `);
          expect(reply.text).to.not.match(new RegExp(`wallaby|scoring-path|${TOKEN}|:${bad.port}\\b|Bearer`, 'i'));
          expect(JSON.stringify(engine.log)).to.not.match(new RegExp(`wallaby|${TOKEN}|Bearer`, 'i'));
          await checkOthers();
          bad.behave(good);
          await until('it scores', async () => (await engine.score('bad', toXs(0.25))).status === 200);
        });
      }
    });

  describe('from start to stop', () => {
    beforeEach(setUp);
    afterEach(tearDown);

    it('scores with them, and logs how long they took', async () => {
      await start();
      const reply = await engine.score('bad', toXs(0.25, 1));
      expect(reply.status).to.equal(200);
      expect(reply.body.values).to.deep.equal(toAnswered(0.25, 1));
      const line = await findLogLine(engine, reply);
      expect(line).to.include({ deployment: 'bad', rows: 2, target_calls: 1 });
      expect(line['target_ms']).to.be.a('number');
      expect(bad.requests.at(-1)?.headers.authorization).to.equal(`Bearer ${TOKEN}`);
    });

    it('answers 503 target_unavailable when nothing listens on the port, and is ready all the same', async () => {
      await bad.close();
      await start({ retries: 0 });
      const reply = await engine.score('bad', toXs(0.25));
      expect(reply).to.deep.include({ status: 503 });
      expect(reply.error?.code).to.equal('target_unavailable');
      expect(reply.headers.get('retry-after')).to.equal('1');
      const { body, status } = await engine.request('/health/ready');
      expect(status).to.equal(200);
      expect((body as unknown as { targets: unknown }).targets).to.deep.equal([
        {
          id: 'bad',
          status: 'failing',
          problem: 'The system that serves this deployment cannot be reached. Retry later.',
        },
        { id: 'well', status: 'ready' },
      ]);
      expect(
        engine.log
          .filter(({ msg }) => msg === 'target')
          .map(({ level, deployment, cause }) => [level, deployment, cause]),
      ).to.have.deep.members([
        ['warn', 'bad', `POST ${url}/scoring-path: the connection was refused (ECONNREFUSED)`],
        ['info', 'well', undefined],
      ]);
      const resources = (await engine.request('/v1/deployments')).body.resources.map(({ metadata }) => metadata.guid);
      expect(resources).to.deep.equal(['bad', 'local', 'well']);
      await checkOthers();
      bad = await HttpDouble.start(good);
    });

    it('names the place of a row that is too large in an envelope', async () => {
      await start({ max_bytes: 1024, request: '$pad("", 2000, "x")' });
      const body = { input_data: [{ ...toXs(), values: [] }, toXs(0.25)] };
      const reply = await engine.score('bad', body);
      expect(reply.status).to.equal(413);
      expect(reply.error).to.deep.include({
        code: 'body_too_large',
        target: { type: 'field', name: 'input_data[1].values[0]' },
      });
      expect(reply.error?.message).to.match(/^input_data\[1\]\.values\[0\]: this row/);
    });

    it('has one time limit for all tables of a call, and one log line for all requests', async () => {
      await start({ timeout: 600_000 });
      const tables = { input_data: [toXs(0.25), toXs(0.25)] };
      const reply = await engine.score('bad', tables);
      expect(reply.status).to.equal(200);
      expect(await findLogLine(engine, reply)).to.deep.include({ rows: 2, target_calls: 2 });
      // The first answer comes in time, and leaves none for the second.
      const clock = stopClock();
      try {
        bad.behave(silent);
        bad.behaveNext((...call) => {
          clock.pass(600_000);
          return good(...call);
        });
        const { status, error } = await engine.score('bad', tables);
        expect([status, error?.code]).to.deep.equal([504, 'target_timeout']);
      } finally {
        clock.restore();
      }
    });

    it('scores others while hundreds of calls hang, and limits their number', async () => {
      await start({ timeout: 60_000, max_connections: 2, max_pending: 200 });
      const before = bad.requests.length;
      bad.behave(silent);
      const callers = Array.from({ length: 300 }, () => new AbortController());
      const statuses = callers.map(({ signal }) =>
        fetch(`${engine.url}/v1/deployments/bad/online`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(toXs(0.25)),
          signal,
        }).then(
          async (response) => ((await response.json()) as { errors: { code: string }[] }).errors[0]?.code,
          () => 'gone',
        ),
      );
      // Some calls may exceed the engine's own limit, the others the upstream's.
      await until(
        'all calls beyond the limit are rejected',
        () => engine.log.filter(({ status }) => status === 503).length >= 100,
      );
      await until('two are in progress', () => bad.inProgress === 2);
      for (let round = 0; round < 20; round++) await checkOthers();
      expect(bad.requests).to.have.length(before + 2);
      for (const caller of callers) caller.abort();
      const codes = await Promise.all(statuses);
      expect(codes.filter((code) => code === 'gone').length).to.be.at.most(200);
      expect(
        codes.filter((code) => code !== 'gone').every((code) => code === 'target_unavailable' || code === 'too_busy'),
      ).to.equal(true);
      await until('the calls have ended at the upstream', () => bad.inProgress === 0);
      bad.behave(good);
      expect((await engine.score('bad', toXs(0.25))).status).to.equal(200);
    });

    it('cancels a call when its caller hangs up, which the upstream sees', async () => {
      await start({ timeout: 60_000 });
      bad.behave(silent);
      const socket = connect(Number(new URL(engine.url).port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(toRequest('POST', '/v1/deployments/bad/online', JSON.stringify(toXs(0.25))));
      await until('the upstream has it', () => bad.inProgress === 1);
      socket.destroy();
      await until('the upstream sees the request end', () => bad.requests.at(-1)?.isAborted === true);
      await until('it is in the log', () => engine.log.some(({ aborted }) => aborted === true));
      expect(engine.log.find(({ aborted }) => aborted === true)).to.include({ deployment: 'bad', level: 'info' });
    });

    it('stops at once while an upstream that does not answer is being checked', async () => {
      await start();
      bad.behave(silent);
      await writeRemote(folder, 'bad', { url: bad.url, timeout: 600_000, pause: 50 });
      await until('it is being checked', () => bad.inProgress === 1);
      await engine.stop();
      await until('the check has ended', () => bad.inProgress === 0);
    });
  });
});
