import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Catalogue } from '../../catalogue/catalogue.ts';
import { score } from '../../models/score-table.ts';
import type { ReadinessState } from '../../models/readiness.ts';
import type { UpstreamError } from '../../upstream/upstream-error.ts';
import { dropsBeforeHeaders, fails, good, says, silent } from '../support/behaviours.ts';
import { makeDeploymentsFolder } from '../support/engine.ts';
import { MisbehavingTarget, type Behaviour } from '../support/misbehaving-target.ts';
import { toXs, writeRemote } from '../support/remote.ts';
import { until } from '../support/until.ts';

const OFTEN = { ready_interval: 10, timeout: 500 };
const DROPPED = 'The system that serves this deployment broke off the connection.';

/** Answers a GET as it is told, and scores well. */
const pinged =
  (ping: Behaviour): Behaviour =>
  (request, response) =>
    request.method === 'GET' ? ping(request, response) : good(request, response);

describe('whether an upstream is ready', () => {
  let double: MisbehavingTarget;
  let catalogue: Catalogue;
  let folder: string;
  let remove: () => Promise<void>;
  /** What was told of the upstreams, in order. */
  let told: string[];

  beforeEach(async () => {
    double = await MisbehavingTarget.start(good);
    ({ folder, remove } = await makeDeploymentsFolder('', []));
    told = [];
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
        void told.push(
          [id, status, example, (failure as UpstreamError | undefined)?.failure].filter(Boolean).join(' '),
        ),
    });
  };
  const state = (): ReadinessState | undefined => catalogue.get('remote')?.remote?.state;
  const untilTold = (...lines: string[]) =>
    until(`it is told ${lines.join(', ')}, not ${told.join(', ')}`, () => told.join() === lines.join());
  const ask = async () => {
    const deployment = catalogue.get('remote');
    if (deployment) await score(deployment, toXs(0.25)).catch(() => undefined);
  };

  it('is unknown until it was looked at; nothing waits for it', async () => {
    double.behave(silent);
    await open({ timeout: 60_000 });
    expect(state()).to.deep.equal({ status: 'unknown' });
    expect(catalogue.listUpstreams()).to.deep.equal([{ id: 'remote', status: 'unknown' }]);
    expect(catalogue.list()).to.have.length(1);
  });

  it('is so when it answers the example as recorded; then the calls tell, and nothing else costs its owner', async () => {
    await open();
    await untilTold('remote ready');
    expect(state()).to.deep.equal({ status: 'ready' });
    const { length } = double.seen;
    double.behave(dropsBeforeHeaders);
    await ask();
    // One more look would have been seen before the call.
    expect(double.seen).to.have.length(length + 1);
    await untilTold('remote ready', 'remote failing dropped');
    expect(state()).to.deep.equal({ status: 'failing', problem: DROPPED });
    double.behave(good);
    await untilTold('remote ready', 'remote failing dropped', 'remote ready');
  });

  it('is told once, however long it fails, and mends by itself', async () => {
    double.behave(dropsBeforeHeaders);
    await open({ pause: 20 });
    await until('it was looked at several times', () => double.seen.length > 5);
    expect(told).to.deep.equal(['remote failing dropped']);
    double.behave(good);
    await untilTold('remote failing dropped', 'remote ready');
  });

  it('is so with another model behind it, which is told', async () => {
    await open(
      {},
      { example: { fields: ['x'], values: [[0.25]], answer: { predictions: ['yes'], probabilities: [[0.25, 0.75]] } } },
    );
    await untilTold('remote ready', 'remote ready differs');
    expect(state()).to.deep.equal({ status: 'ready', example: 'differs' });
    double.behave(dropsBeforeHeaders);
    await ask();
    expect(state()).to.deep.equal({ status: 'failing', problem: DROPPED, example: 'differs' });
  });

  it('takes single precision for the same answer', async () => {
    double.behave(says(JSON.stringify([[Math.fround(0.7500001), 0.25]])));
    await open();
    await untilTold('remote ready');
    expect(state()).to.deep.equal({ status: 'ready' });
  });

  for (const [what, behaviour, failure] of [
    ['cannot be used', says('wallaby'), 'reply'],
    ['is 404', fails(404), 'status'],
    ['is 401', fails(401), 'unauthorized'],
    ['is 503', fails(503), 'busy'],
  ] as const) {
    it(`is not so when its answer to the example ${what}`, async () => {
      double.behave(behaviour);
      await open();
      await untilTold(`remote failing ${failure}`);
      expect(state()?.problem)
        .to.be.a('string')
        .that.does.not.match(/wallaby/);
    });
  }

  it('is not told by calls that are wrong themselves', async () => {
    await open();
    await untilTold('remote ready');
    for (const behaviour of [fails(400), fails(429), fails(500), says('wallaby')]) {
      double.behave(behaviour);
      await ask();
    }
    expect(told).to.deep.equal(['remote ready']);
  });

  describe('where it has a path that tells', () => {
    const PING = { ready_path: '/ready' };

    it('is asked there again and again, and the example once', async () => {
      double.behave(pinged(says('')));
      await open(PING);
      await until('it was looked at several times', () => double.seen.length > 5);
      expect(double.seen.filter(({ method }) => method === 'POST')).to.have.length(1);
      expect(double.seen.filter(({ method, path }) => method === 'GET' && path === '/ready').length).to.be.above(3);
      expect(told).to.deep.equal(['remote ready']);
    });

    it('fails when the path does, and mends by itself', async () => {
      double.behave(pinged(fails(503)));
      await open(PING);
      await untilTold('remote failing busy');
      double.behave(pinged(good));
      double.behave(pinged(says('')));
      await untilTold('remote failing busy', 'remote ready');
      double.behave(pinged(fails(500)));
      await untilTold('remote failing busy', 'remote ready', 'remote failing status');
    });

    it('fails when the path is well and the example is not', async () => {
      double.behave((request, response) => (request.method === 'GET' ? response.end() : fails(404)(request, response)));
      await open(PING);
      await untilTold('remote failing status');
      double.behave(pinged(says('')));
      await untilTold('remote failing status', 'remote ready');
    });
  });

  it('is looked at no more when the deployment is removed, and the look under way ends', async () => {
    double.behave(silent);
    await open({ timeout: 60_000 });
    await until('it is looked at', () => double.underWay === 1);
    await rm(join(folder, 'remote'), { recursive: true });
    await until('the look has ended', () => double.underWay === 0);
    expect(catalogue.list()).to.be.empty;
    expect(told).to.be.empty;
    expect(double.seen).to.have.length(1);
  });

  it('is looked at no more when the deployment is replaced by one of another upstream', async () => {
    double.behave(pinged(says('')));
    await open({ ready_path: '/ready' });
    await untilTold('remote ready');
    const other = await MisbehavingTarget.start(pinged(says('')));
    await writeRemote(folder, 'remote', { url: other.url, ...OFTEN, ready_path: '/ready' });
    await until('the other one is looked at', () => other.seen.length > 1);
    const { length } = double.seen;
    await until('the other one is looked at again and again', () => other.seen.length > 10);
    expect(double.seen).to.have.length(length);
    await other.close();
  });

  for (const settings of [{}, { ready_path: '/ready' }]) {
    it(`is looked at no more when the catalogue is closed, by ${'ready_path' in settings ? 'its path' : 'the example'}`, async () => {
      double.behave(silent);
      await open({ timeout: 60_000, ...settings });
      await until('it is looked at', () => double.underWay === 1);
      await catalogue.close();
      await until('the look has ended', () => double.underWay === 0);
    });
  }

  it('waits for no token any more when the catalogue is closed', async () => {
    process.env['TEST_CLIENT_SECRET'] = 'a secret';
    double.behave(silent);
    const token = { type: 'oauth2', token_url: `${double.url}/token`, client_id: 'me' };
    const authentication = { ...token, client_secret: { variable: 'TEST_CLIENT_SECRET' } };
    await open({ timeout: 60_000, authentication });
    await until('the token is asked for', () => double.underWay === 1);
    expect(double.seen[0]?.path).to.equal('/token');
    await catalogue.close();
    await until('nobody waits for it', () => double.underWay === 0);
    delete process.env['TEST_CLIENT_SECRET'];
  });

  it('is not so while its path says so and scoring fails, and does not come and go', async () => {
    double.behave((request, response) =>
      request.method === 'GET' ? says('{}')(request, response) : fails(401)(request, response),
    );
    await open({ ready_path: '/ready' });
    await untilTold('remote failing unauthorized');
    const { length } = double.seen;
    await until('it was looked at a few times more', () => double.seen.length > length + 6);
    expect(told).to.deep.equal(['remote failing unauthorized']);
  });

  it('has its example scored again after it failed: another model may be there', async () => {
    double.behave(pinged(says('{}')));
    await open({ ready_path: '/ready' });
    await untilTold('remote ready');
    double.behave(dropsBeforeHeaders);
    await untilTold('remote ready', 'remote failing dropped');
    double.behave((request, response) =>
      request.method === 'GET' ? says('{}')(request, response) : says('[[0.1, 0.9]]')(request, response),
    );
    await untilTold('remote ready', 'remote failing dropped', 'remote ready', 'remote ready differs');
  });

  it('is not so when a call is told that the model is not there, whatever was known', async () => {
    await open();
    await untilTold('remote ready');
    double.behave(fails(404));
    await ask();
    await untilTold('remote ready', 'remote failing status');
  });
});
