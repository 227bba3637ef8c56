import { expect } from 'chai';
import { withDeadline } from '../../upstream/deadline.ts';
import { TargetError } from '../../upstream/upstream-error.ts';
import { targetSettingsSchema } from '../../upstream/upstream-settings.ts';
import type { Target } from '../../upstream/upstream.ts';
import { dropsBeforeHeaders, fails, good, hold, resets, says, silent } from '../support/behaviours.ts';
import { catchError } from '../support/deployment.ts';
import { MisbehavingTarget, type Behaviour } from '../support/misbehaving-target.ts';
import { toTarget } from '../support/remote.ts';
import { until } from '../support/until.ts';

const REQUEST = { path: '/score', body: JSON.stringify({ values: [[0.25]] }) };
const ANSWER = [[0.75, 0.25]];

/** Posts the request; gives the reply as JSON. */
function post(target: Target, timeout = 5000, signal?: AbortSignal): Promise<unknown> {
  return withDeadline(timeout, signal, async (deadline) => (await target.post(REQUEST, deadline)).json());
}

/** How a call fails. */
async function fail(...call: Parameters<typeof post>): Promise<TargetError> {
  return catchError(TargetError, () => post(...call));
}

/** Calls until the trial has reached the double, which holds it. */
async function beginTrial(target: Target, double: MisbehavingTarget, signal?: AbortSignal) {
  let trial: Promise<unknown> = Promise.resolve();
  await until('a trial is let through', async () => {
    trial = post(target, 5000, signal).catch((error: unknown) => error);
    await Promise.race([trial, until('it is under way', () => double.underWay > 0)]).catch(() => undefined);
    return double.underWay > 0;
  });
  return { trial };
}

describe('a target', () => {
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
      const target = toTarget(double.url);
      await Promise.all(Array.from({ length: 100 }, () => fail(target)));
      expect(double.seen.length).to.be.within(101, 112);
      // What succeeds pays for it, a tenth each; what was wrong with a request costs nothing.
      double.behave(fails(400));
      for (let call = 0; call < 30; call++) await fail(target);
      double.behave(good);
      for (let call = 0; call < 150; call++) await post(target);
      const before = double.seen.length;
      double.behaveNext(fails(429));
      expect(await post(target)).to.deep.equal(ANSWER);
      expect(double.seen).to.have.length(before + 2);
    });
  });

  it('is asked below its URL, whatever slashes that ends with', async () => {
    const { url } = targetSettingsSchema.parse({ url: `${double.url}/base//` });
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
      const target = toTarget(double.url, { max_connections: 3 });
      const posted = Promise.all(Array.from({ length: 10 }, () => post(target)));
      await until('three are under way', () => double.underWay === 3);
      held.release();
      expect(await posted).to.have.length(10);
      expect(double.mostUnderWay).to.equal(3);
      expect(double.connections).to.be.at.most(3);
    });

    it('has its place free again when a caller goes, under way or waiting', async () => {
      double.behave(silent);
      const target = toTarget(double.url, { max_connections: 1 });
      const callers = [new AbortController(), new AbortController()] as const;
      const first = fail(target, 10_000, callers[0].signal);
      await until('one is under way', () => double.underWay === 1);
      const second = fail(target, 10_000, callers[1].signal);
      const third = post(target);
      callers[1].abort();
      expect((await second).failure).to.equal('cancelled');
      double.behave(good);
      callers[0].abort();
      expect((await first).failure).to.equal('cancelled');
      expect(await third).to.deep.equal(ANSWER);
      expect(double.seen).to.have.length(2);
    });

    it('keeps connections, and lets go of them when nobody uses them', async () => {
      const target = toTarget(double.url);
      for (let call = 0; call < 20; call++) await post(target);
      expect(double.connections).to.be.within(1, 2);
      await until('all connections are closed', () => double.connections === 0);
    });

    it('is asked over another connection when it has closed the kept one', async () => {
      const target = toTarget(double.url);
      double.behave(says(JSON.stringify(ANSWER), { Connection: 'close' }));
      for (let call = 0; call < 5; call++) expect(await post(target)).to.deep.equal(ANSWER);
    });
  });

  describe('that fails again and again', () => {
    /** Opens the breaker. */
    const open = async (target: Target) => {
      double.behave(dropsBeforeHeaders);
      for (let call = 0; call < 5; call++) expect((await fail(target)).failure).to.equal('dropped');
      double.behave(good);
      double.seen.length = 0;
    };

    it('is left alone: calls fail at once, and say when to return', async () => {
      const target = toTarget(double.url, { pause: 60_000 });
      await open(target);
      for (let call = 0; call < 10; call++)
        expect(await fail(target)).to.deep.include({ failure: 'broken', retryAfter: 60 });
      expect(double.seen).to.be.empty;
    });

    it('is tried with one call, while others fail at once, and asked as ever when that succeeds', async () => {
      const target = toTarget(double.url, { pause: 20 });
      await open(target);
      const held = hold();
      double.behave(held);
      const { trial } = await beginTrial(target, double);
      for (let call = 0; call < 10; call++) expect((await fail(target)).failure).to.equal('broken');
      expect(double.seen).to.have.length(1);
      held.release();
      expect(await trial).to.deep.equal(ANSWER);
      expect(await Promise.all([post(target), post(target)])).to.deep.equal([ANSWER, ANSWER]);
    });

    it('is left alone again when the trial fails', async () => {
      const target = toTarget(double.url, { pause: 100 });
      await open(target);
      const held = hold(dropsBeforeHeaders);
      double.behave(held);
      const { trial } = await beginTrial(target, double);
      held.release();
      expect(((await trial) as TargetError).failure).to.equal('dropped');
      expect((await fail(target)).failure).to.equal('broken');
      expect(double.seen).to.have.length(1);
    });

    it('is left alone again when the caller of the trial goes', async () => {
      const target = toTarget(double.url, { pause: 100 });
      await open(target);
      double.behave(silent);
      const caller = new AbortController();
      const { trial } = await beginTrial(target, double, caller.signal);
      caller.abort();
      expect(((await trial) as TargetError).failure).to.equal('cancelled');
      expect((await fail(target)).failure).to.equal('broken');
      expect(double.seen).to.have.length(1);
    });

    it('is asked as ever when it answers the trial, be it that the request is wrong', async () => {
      const target = toTarget(double.url, { pause: 20 });
      await open(target);
      const held = hold(fails(400));
      double.behave(held);
      const { trial } = await beginTrial(target, double);
      held.release();
      expect(((await trial) as TargetError).failure).to.equal('status');
      double.behave(good);
      expect(await Promise.all([post(target), post(target)])).to.deep.equal([ANSWER, ANSWER]);
    });

    it('is left alone and asked again, again and again', async () => {
      const target = toTarget(double.url, { pause: 5 });
      for (let round = 0; round < 10; round++) {
        await open(target);
        expect(['broken', undefined]).to.include(
          await post(target).then(
            () => undefined,
            (error: unknown) => (error as TargetError).failure,
          ),
        );
        await until('it is asked again', async () => (await post(target).catch(() => undefined)) !== undefined);
        for (let call = 0; call < 20; call++) expect(await post(target)).to.deep.equal(ANSWER);
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
        const target = toTarget(double.url, { retries: 0, max_reply_bytes: 4096 });
        double.behave(behaviour);
        for (let call = 0; call < 30; call++) await fail(target);
        expect(double.seen).to.have.length(30);
        // They count as signs of life: a few failures among them are no outage.
        double.behave(dropsBeforeHeaders);
        for (let call = 0; call < 9; call++) expect((await fail(target)).failure).to.equal('dropped');
      });
    }

    for (const [what, behaviour] of Object.entries({
      '502': fails(502),
      '503': fails(503),
      '504': fails(504),
      resets,
    })) {
      it(`is left alone when it answers ${what}`, async () => {
        const target = toTarget(double.url, { retries: 0 });
        double.behave(behaviour);
        for (let call = 0; call < 5; call++) expect((await fail(target)).failure).to.not.equal('broken');
        expect((await fail(target)).failure).to.equal('broken');
        expect(double.seen).to.have.length(5);
      });
    }

    it('is asked on when callers go before it has answered', async () => {
      const target = toTarget(double.url);
      double.behave(silent);
      for (let call = 0; call < 10; call++) {
        const caller = new AbortController();
        const posted = fail(target, 5000, caller.signal);
        await until('it is under way', () => double.underWay === 1);
        caller.abort();
        expect((await posted).failure).to.equal('cancelled');
        await until('it has ended', () => double.underWay === 0);
      }
      double.behave(good);
      expect(await post(target)).to.deep.equal(ANSWER);
    });
  });
});
