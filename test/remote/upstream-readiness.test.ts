import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Catalogue } from '../../catalogue/catalogue.ts';
import { score } from '../../models/score-table.ts';
import type { ReadinessState } from '../../models/readiness.ts';
import type { UpstreamError } from '../../upstream/upstream-error.ts';
import { dropsBeforeHeaders, fails, good, says, silent } from '../support/behaviours.ts';
import { makeDeploymentsFolder } from '../support/engine.ts';
import { HttpDouble, type Behaviour } from '../support/http-double.ts';
import { toXs, writeRemote } from '../support/remote.ts';
import { until } from '../support/until.ts';

const OFTEN = { ready_interval: 10, timeout: 10_000 };
const DROPPED = 'The system that serves this deployment closed the connection before it answered.';

/** Answers GET with the given behaviour, and scores well. */
const pinged =
  (ping: Behaviour): Behaviour =>
  (request, response) =>
    request.method === 'GET' ? ping(request, response) : good(request, response);

describe('the readiness of an upstream', () => {
  let double: HttpDouble;
  let catalogue: Catalogue;
  let folder: string;
  let remove: () => Promise<void>;
  /** The notifications about upstreams, in order. */
  let notified: string[];

  beforeEach(async () => {
    double = await HttpDouble.start(good);
    ({ folder, remove } = await makeDeploymentsFolder('', []));
    notified = [];
  });
  afterEach(async () => {
    await catalogue.close();
    await double.close();
    await remove();
  });

  const open = async (settings: object = {}, keys: object = {}) => {
    await writeRemote(folder, 'remote', { url: double.url, ...OFTEN, ...settings }, keys);
    catalogue = await Catalogue.open(folder, {
      allowModules: false,
      watch: true,
      onUpstream: (id, { status, example }, failure) =>
        void notified.push(
          [id, status, example, (failure as UpstreamError | undefined)?.failure].filter(Boolean).join(' '),
        ),
    });
  };
  const state = (): ReadinessState | undefined => catalogue.get('remote')?.remote?.state;
  const untilNotified = (...lines: string[]) =>
    until(`it is notified ${lines.join(', ')}, not ${notified.join(', ')}`, () => notified.join() === lines.join());
  const ask = async () => {
    const deployment = catalogue.get('remote');
    if (deployment) await score(deployment, toXs(0.25)).catch(() => undefined);
  };

  it('is unknown until the first check, and nothing waits for that', async () => {
    double.behave(silent);
    await open({ timeout: 60_000 });
    expect(state()).to.deep.equal({ status: 'unknown' });
    expect(catalogue.listUpstreams()).to.deep.equal([{ id: 'remote', status: 'unknown' }]);
    expect(catalogue.list()).to.have.length(1);
  });

  it('is ready when the example is answered as recorded; after that, regular calls decide and nothing else is sent', async () => {
    await open();
    await untilNotified('remote ready');
    expect(state()).to.deep.equal({ status: 'ready' });
    const { length } = double.requests;
    double.behave(dropsBeforeHeaders);
    await ask();
    // Another check would have been seen before the call.
    expect(double.requests).to.have.length(length + 1);
    await untilNotified('remote ready', 'remote failing dropped');
    expect(state()).to.deep.equal({ status: 'failing', problem: DROPPED });
    double.behave(good);
    await untilNotified('remote ready', 'remote failing dropped', 'remote ready');
  });

  it('is reported once while it fails, and recovers by itself', async () => {
    double.behave(dropsBeforeHeaders);
    await open({ pause: 20 });
    await until('it was checked several times', () => double.requests.length > 5);
    expect(notified).to.deep.equal(['remote failing dropped']);
    double.behave(good);
    await untilNotified('remote failing dropped', 'remote ready');
  });

  it('is ready with another model behind it, which is reported', async () => {
    await open(
      {},
      { example: { fields: ['x'], values: [[0.25]], answer: { predictions: ['yes'], probabilities: [[0.25, 0.75]] } } },
    );
    await untilNotified('remote ready', 'remote ready differs');
    expect(state()).to.deep.equal({ status: 'ready', example: 'differs' });
    double.behave(dropsBeforeHeaders);
    await ask();
    expect(state()).to.deep.equal({ status: 'failing', problem: DROPPED, example: 'differs' });
  });

  it('counts single precision as the same answer', async () => {
    double.behave(says(JSON.stringify([[Math.fround(0.7500001), 0.25]])));
    await open();
    await untilNotified('remote ready');
    expect(state()).to.deep.equal({ status: 'ready' });
  });

  for (const [what, behaviour, failure] of [
    ['cannot be used', says('wallaby'), 'reply'],
    ['is 404', fails(404), 'status'],
    ['is 401', fails(401), 'unauthorized'],
    ['is 503', fails(503), 'busy'],
  ] as const) {
    it(`is failing when the answer to the example ${what}`, async () => {
      double.behave(behaviour);
      await open();
      await untilNotified(`remote failing ${failure}`);
      expect(state()?.problem)
        .to.be.a('string')
        .that.does.not.match(/wallaby/);
    });
  }

  it('is not affected by calls that are wrong themselves', async () => {
    await open();
    await untilNotified('remote ready');
    for (const behaviour of [fails(400), fails(429), fails(500), says('wallaby')]) {
      double.behave(behaviour);
      await ask();
    }
    expect(notified).to.deep.equal(['remote ready']);
  });

  describe('with a readiness path', () => {
    const PING = { ready_path: '/ready' };

    it('is polled there, and the example scored once', async () => {
      double.behave(pinged(says('')));
      await open(PING);
      await until('it was checked several times', () => double.requests.length > 5);
      expect(double.requests.filter(({ method }) => method === 'POST')).to.have.length(1);
      expect(double.requests.filter(({ method, path }) => method === 'GET' && path === '/ready').length).to.be.above(3);
      expect(notified).to.deep.equal(['remote ready']);
    });

    it('is failing while the path fails, and recovers by itself', async () => {
      double.behave(pinged(fails(503)));
      await open(PING);
      await untilNotified('remote failing busy');
      double.behave(pinged(good));
      double.behave(pinged(says('')));
      await untilNotified('remote failing busy', 'remote ready');
      double.behave(pinged(fails(500)));
      await untilNotified('remote failing busy', 'remote ready', 'remote failing status');
    });

    it('is failing when the path is fine and the example fails', async () => {
      double.behave((request, response) => (request.method === 'GET' ? response.end() : fails(404)(request, response)));
      await open(PING);
      await untilNotified('remote failing status');
      double.behave(pinged(says('')));
      await untilNotified('remote failing status', 'remote ready');
    });
  });

  it('is no longer checked when the deployment is removed, and the current check is cancelled', async () => {
    double.behave(silent);
    await open({ timeout: 60_000 });
    await until('it is checked', () => double.inProgress === 1);
    await rm(join(folder, 'remote'), { recursive: true });
    await until('the check has ended', () => double.inProgress === 0);
    expect(catalogue.list()).to.be.empty;
    expect(notified).to.be.empty;
    expect(double.requests).to.have.length(1);
  });

  it('is no longer checked when the deployment is replaced by one with another upstream', async () => {
    double.behave(pinged(says('')));
    await open({ ready_path: '/ready' });
    await untilNotified('remote ready');
    const other = await HttpDouble.start(pinged(says('')));
    await writeRemote(folder, 'remote', { url: other.url, ...OFTEN, ready_path: '/ready' });
    await until('the other one is checked', () => other.requests.length > 1);
    const { length } = double.requests;
    await until('the other one is checked repeatedly', () => other.requests.length > 10);
    expect(double.requests).to.have.length(length);
    await other.close();
  });

  for (const settings of [{}, { ready_path: '/ready' }]) {
    it(`is no longer checked when the catalogue is closed, by ${'ready_path' in settings ? 'its path' : 'the example'}`, async () => {
      double.behave(silent);
      await open({ timeout: 60_000, ...settings });
      await until('it is checked', () => double.inProgress === 1);
      await catalogue.close();
      await until('the check has ended', () => double.inProgress === 0);
    });
  }

  it('does not wait for a token when the catalogue is closed', async () => {
    process.env['TEST_CLIENT_SECRET'] = 'a secret';
    double.behave(silent);
    const token = { type: 'oauth2', token_url: `${double.url}/token`, client_id: 'me' };
    const authentication = { ...token, client_secret: { variable: 'TEST_CLIENT_SECRET' } };
    await open({ timeout: 60_000, authentication });
    await until('the token is requested', () => double.inProgress === 1);
    expect(double.requests[0]?.path).to.equal('/token');
    await catalogue.close();
    await until('nothing waits for it', () => double.inProgress === 0);
    delete process.env['TEST_CLIENT_SECRET'];
  });

  it('stays failing while its path is fine and scoring fails', async () => {
    double.behave((request, response) =>
      request.method === 'GET' ? says('{}')(request, response) : fails(401)(request, response),
    );
    await open({ ready_path: '/ready' });
    await untilNotified('remote failing unauthorized');
    const { length } = double.requests;
    await until('it was checked a few times more', () => double.requests.length > length + 6);
    expect(notified).to.deep.equal(['remote failing unauthorized']);
  });

  it('is checked with the example again after a failure, because the model may be another', async () => {
    double.behave(pinged(says('{}')));
    await open({ ready_path: '/ready' });
    await untilNotified('remote ready');
    double.behave(dropsBeforeHeaders);
    await untilNotified('remote ready', 'remote failing dropped');
    double.behave((request, response) =>
      request.method === 'GET' ? says('{}')(request, response) : says('[[0.1, 0.9]]')(request, response),
    );
    await untilNotified('remote ready', 'remote failing dropped', 'remote ready', 'remote ready differs');
  });

  it('is failing when a call finds that the model does not exist', async () => {
    await open();
    await untilNotified('remote ready');
    double.behave(fails(404));
    await ask();
    await untilNotified('remote ready', 'remote failing status');
  });
});
