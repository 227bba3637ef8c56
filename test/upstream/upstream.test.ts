import { expect } from 'chai';
import { withDeadline } from '../../upstream/deadline.ts';
import { UpstreamError } from '../../upstream/upstream-error.ts';
import { upstreamSettingsSchema } from '../../upstream/upstream-settings.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import { dropsBeforeHeaders, fails, good, hold, resets, says, silent } from '../support/behaviours.ts';
import { catchError } from '../support/deployment.ts';
import { MisbehavingTarget, type Behaviour } from '../support/misbehaving-target.ts';
import { toTarget } from '../support/remote.ts';
import { until } from '../support/until.ts';

const REQUEST = { path: '/score', body: JSON.stringify({ values: [[0.25]] }) };
const ANSWER = [[0.75, 0.25]];

/** Posts the request; gives the reply as JSON. */
function post(upstream: Upstream, timeout = 5000, signal?: AbortSignal): Promise<unknown> {
  return withDeadline(timeout, signal, async (deadline) => (await upstream.post(REQUEST, deadline)).json());
}

/** How a call fails. */
async function fail(...call: Parameters<typeof post>): Promise<UpstreamError> {
  return catchError(UpstreamError, () => post(...call));
}

/** Calls until the trial has reached the double, which holds it. */
async function beginTrial(upstream: Upstream, double: MisbehavingTarget, signal?: AbortSignal) {
  let trial: Promise<unknown> = Promise.resolve();
  await until('a trial is let through', async () => {
    trial = post(upstream, 5000, signal).catch((error: unknown) => error);
    await Promise.race([trial, until('it is under way', () => double.underWay > 0)]).catch(() => undefined);
    return double.underWay > 0;
  });
  return { trial };
}

describe('an upstream', () => {
  let double: MisbehavingTarget;
  beforeEach(async () => (double = await MisbehavingTarget.start(good)));
  afterEach(() => double.close());

  describe('that did not take a request', () => {
    const RETRIED: Record<string, Behaviour> = {
      '429': fails(429),
      '429 with Retry-After': fails(429, { 'Retry-After': '0' }),
      '503 with Retry-After in seconds': fails(503, { 'Retry-After': '0' }),
      '503 with Retry-After as a date': fails(503, { 'Retry-After': new Date(0).toUTCString() }),
    };
    for (const [what, behaviour] of Object.entries(RETRIED)) {
      it(`is asked again after ${what}, as often as the settings say`, async () => {
        double.behaveNext(behaviour, behaviour);
        expect(await post(toTarget(double.url))).to.deep.equal(ANSWER);
        expect(double.seen).to.have.length(3);
        double.behave(behaviour);
        expect((await fail(toTarget(double.url, { retries: 1 }))).failure).to.equal('busy');
        expect(double.seen).to.have.length(5);
      });
    }

    it('is asked again when nobody listened', async () => {
      const { port } = double;
      await double.close();
      const posted = post(toTarget(`http://127.0.0.1:${port}`, { retries: 10 }), 10_000);
      double = await MisbehavingTarget.start(good, undefined, port);
      expect(await posted).to.deep.equal(ANSWER);
      expect(double.seen).to.have.length(1);
    });

    it('is asked again no sooner than it says, and not at all where that is too late', async () => {
      double.behave(fails(503, { 'Retry-After': '3' }));
      const error = await fail(toTarget(double.url), 2000);
      expect(error).to.deep.include({ failure: 'busy', retryAfter: 3 });
      expect(double.seen).to.have.length(1);
    });

    it('is not waited for longer than ten minutes, whatever it says', async () => {
      double.behave(fails(503, { 'Retry-After': '999999999' }));
      expect((await fail(toTarget(double.url))).retryAfter).to.equal(600);
      double.behave(fails(503, { 'Retry-After': 'soon' }));
      expect((await fail(toTarget(double.url))).retryAfter).to.equal(undefined);
    });

    it('is not asked again when the caller goes meanwhile', async () => {
      double.behave(fails(503, { 'Retry-After': '2' }));
      const caller = new AbortController();
      const posted = fail(toTarget(double.url), 10_000, caller.signal);
      await until('it was asked', () => double.seen.length === 1 && double.underWay === 0);
      caller.abort();
      expect((await posted).failure).to.equal('cancelled');
      expect(double.seen).to.have.length(1);
    });

    it('is asked hardly more often while it fails all the time', async () => {
      double.behave(fails(429));
      const upstream = toTarget(double.url);
      await Promise.all(Array.from({ length: 100 }, () => fail(upstream)));
      expect(double.seen.length).to.be.within(101, 112);
      // What succeeds pays for it, a tenth each; what was wrong with a request costs nothing.
      double.behave(fails(400));
      for (let call = 0; call < 30; call++) await fail(upstream);
      double.behave(good);
      for (let call = 0; call < 150; call++) await post(upstream);
      const before = double.seen.length;
      double.behaveNext(fails(429));
      expect(await post(upstream)).to.deep.equal(ANSWER);
      expect(double.seen).to.have.length(before + 2);
    });
  });

  it('is asked below its URL, whatever slashes that ends with', async () => {
    const { url } = upstreamSettingsSchema.parse({ url: `${double.url}/base//` });
    await post(toTarget(url ?? ''));
    expect(double.seen[0]?.path).to.equal('/base/score');
  });

  describe('that may have taken a request', () => {
    const ONCE: Record<string, Behaviour> = {
      '500': fails(500),
      '502': fails(502),
      '503 without Retry-After': fails(503),
      '503 with a Retry-After that is none': fails(503, { 'Retry-After': 'soon' }),
      '504': fails(504),
      '408': fails(408),
      '401': fails(401),
      '400': fails(400),
      'a reset': resets,
      'a connection that is dropped': dropsBeforeHeaders,
      silence: silent,
      'what is not JSON': says('wallaby'),
    };
    for (const [what, behaviour] of Object.entries(ONCE)) {
      it(`is not asked again after ${what}`, async () => {
        double.behave(behaviour);
        await fail(toTarget(double.url), 400);
        expect(double.seen).to.have.length(1);
      });
    }
  });

  describe('with few connections', () => {
    it('is asked no more at once; others wait for their turn', async () => {
      const held = hold();
      double.behave(held);
      const upstream = toTarget(double.url, { max_connections: 3 });
      const posted = Promise.all(Array.from({ length: 10 }, () => post(upstream)));
      await until('three are under way', () => double.underWay === 3);
      held.release();
      expect(await posted).to.have.length(10);
      expect(double.mostUnderWay).to.equal(3);
      expect(double.connections).to.be.at.most(3);
    });

    it('has its place free again when a caller goes, under way or waiting', async () => {
      double.behave(silent);
      const upstream = toTarget(double.url, { max_connections: 1 });
      const callers = [new AbortController(), new AbortController()] as const;
      const first = fail(upstream, 10_000, callers[0].signal);
      await until('one is under way', () => double.underWay === 1);
      const second = fail(upstream, 10_000, callers[1].signal);
      const third = post(upstream);
      callers[1].abort();
      expect((await second).failure).to.equal('cancelled');
      double.behave(good);
      callers[0].abort();
      expect((await first).failure).to.equal('cancelled');
      expect(await third).to.deep.equal(ANSWER);
      expect(double.seen).to.have.length(2);
    });

    it('keeps connections, and lets go of them when nobody uses them', async () => {
      const upstream = toTarget(double.url);
      for (let call = 0; call < 20; call++) await post(upstream);
      expect(double.connections).to.be.within(1, 2);
      await until('all connections are closed', () => double.connections === 0);
    });

    it('is asked over another connection when it has closed the kept one', async () => {
      const upstream = toTarget(double.url);
      double.behave(says(JSON.stringify(ANSWER), { Connection: 'close' }));
      for (let call = 0; call < 5; call++) expect(await post(upstream)).to.deep.equal(ANSWER);
    });
  });

  describe('that fails again and again', () => {
    /** Opens the breaker. */
    const open = async (upstream: Upstream) => {
      double.behave(dropsBeforeHeaders);
      for (let call = 0; call < 5; call++) expect((await fail(upstream)).failure).to.equal('dropped');
      double.behave(good);
      double.seen.length = 0;
    };

    it('is left alone: calls fail at once, and say when to return', async () => {
      const upstream = toTarget(double.url, { pause: 60_000 });
      await open(upstream);
      for (let call = 0; call < 10; call++)
        expect(await fail(upstream)).to.deep.include({ failure: 'broken', retryAfter: 60 });
      expect(double.seen).to.be.empty;
    });

    it('is tried with one call, while others fail at once, and asked as ever when that succeeds', async () => {
      const upstream = toTarget(double.url, { pause: 20 });
      await open(upstream);
      const held = hold();
      double.behave(held);
      const { trial } = await beginTrial(upstream, double);
      for (let call = 0; call < 10; call++) expect((await fail(upstream)).failure).to.equal('broken');
      expect(double.seen).to.have.length(1);
      held.release();
      expect(await trial).to.deep.equal(ANSWER);
      expect(await Promise.all([post(upstream), post(upstream)])).to.deep.equal([ANSWER, ANSWER]);
    });

    it('is left alone again when the trial fails', async () => {
      const upstream = toTarget(double.url, { pause: 100 });
      await open(upstream);
      const held = hold(dropsBeforeHeaders);
      double.behave(held);
      const { trial } = await beginTrial(upstream, double);
      held.release();
      expect(((await trial) as UpstreamError).failure).to.equal('dropped');
      expect((await fail(upstream)).failure).to.equal('broken');
      expect(double.seen).to.have.length(1);
    });

    it('is left alone again when the caller of the trial goes', async () => {
      const upstream = toTarget(double.url, { pause: 100 });
      await open(upstream);
      double.behave(silent);
      const caller = new AbortController();
      const { trial } = await beginTrial(upstream, double, caller.signal);
      caller.abort();
      expect(((await trial) as UpstreamError).failure).to.equal('cancelled');
      expect((await fail(upstream)).failure).to.equal('broken');
      expect(double.seen).to.have.length(1);
    });

    it('is asked as ever when it answers the trial, be it that the request is wrong', async () => {
      const upstream = toTarget(double.url, { pause: 20 });
      await open(upstream);
      const held = hold(fails(400));
      double.behave(held);
      const { trial } = await beginTrial(upstream, double);
      held.release();
      expect(((await trial) as UpstreamError).failure).to.equal('status');
      double.behave(good);
      expect(await Promise.all([post(upstream), post(upstream)])).to.deep.equal([ANSWER, ANSWER]);
    });

    it('is left alone and asked again, again and again', async () => {
      const upstream = toTarget(double.url, { pause: 5 });
      for (let round = 0; round < 10; round++) {
        await open(upstream);
        expect(['broken', undefined]).to.include(
          await post(upstream).then(
            () => undefined,
            (error: unknown) => (error as UpstreamError).failure,
          ),
        );
        await until('it is asked again', async () => (await post(upstream).catch(() => undefined)) !== undefined);
        for (let call = 0; call < 20; call++) expect(await post(upstream)).to.deep.equal(ANSWER);
      }
    });

    for (const [what, behaviour] of Object.entries({
      '400': fails(400),
      '401': fails(401),
      '429': fails(429),
      '500': fails(500),
      'what is not UTF-8': says(Buffer.of(0xff)),
      'too many bytes': says(' '.repeat(5000)),
    })) {
      it(`is asked on when it answers ${what}`, async () => {
        const upstream = toTarget(double.url, { retries: 0, max_reply_bytes: 4096 });
        double.behave(behaviour);
        for (let call = 0; call < 30; call++) await fail(upstream);
        expect(double.seen).to.have.length(30);
        // They count as signs of life: a few failures among them are no outage.
        double.behave(dropsBeforeHeaders);
        for (let call = 0; call < 9; call++) expect((await fail(upstream)).failure).to.equal('dropped');
      });
    }

    for (const [what, behaviour] of Object.entries({
      '502': fails(502),
      '503': fails(503),
      '504': fails(504),
      resets,
    })) {
      it(`is left alone when it answers ${what}`, async () => {
        const upstream = toTarget(double.url, { retries: 0 });
        double.behave(behaviour);
        for (let call = 0; call < 5; call++) expect((await fail(upstream)).failure).to.not.equal('broken');
        expect((await fail(upstream)).failure).to.equal('broken');
        expect(double.seen).to.have.length(5);
      });
    }

    it('is asked on when callers go before it has answered', async () => {
      const upstream = toTarget(double.url);
      double.behave(silent);
      for (let call = 0; call < 10; call++) {
        const caller = new AbortController();
        const posted = fail(upstream, 5000, caller.signal);
        await until('it is under way', () => double.underWay === 1);
        caller.abort();
        expect((await posted).failure).to.equal('cancelled');
        await until('it has ended', () => double.underWay === 0);
      }
      double.behave(good);
      expect(await post(upstream)).to.deep.equal(ANSWER);
    });
  });
});
