import { expect } from 'chai';
import { withDeadline } from '../../upstream/deadline.ts';
import { UpstreamError } from '../../upstream/upstream-error.ts';
import { upstreamSettingsSchema } from '../../upstream/upstream-settings.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import { dropsBeforeHeaders, fails, good, hold, resets, says, silent } from '../support/behaviours.ts';
import { catchError } from '../support/deployment.ts';
import { HttpDouble, type Behaviour } from '../support/http-double.ts';
import { toUpstream } from '../support/remote.ts';
import { stopClock, type Clock } from '../support/clock.ts';
import { until } from '../support/until.ts';

const REQUEST = { path: '/score', body: JSON.stringify({ values: [[0.25]] }) };
const ANSWER = [[0.75, 0.25]];
const PAUSE = { pause: 60_000 };

/** Posts the request and returns the reply's JSON. */
function post(upstream: Upstream, timeout = 60_000, signal?: AbortSignal): Promise<unknown> {
  return withDeadline(timeout, signal, async (deadline) => (await upstream.post(REQUEST, deadline)).json());
}

/** The error of a call. */
async function fail(...call: Parameters<typeof post>): Promise<UpstreamError> {
  return catchError(UpstreamError, () => post(...call));
}

describe('an upstream', () => {
  let double: HttpDouble;
  beforeEach(async () => (double = await HttpDouble.start(good)));
  afterEach(() => double.close());

  describe('that has certainly not processed a request', () => {
    const RETRIED: Record<string, Behaviour> = {
      '429': fails(429),
      '429 with Retry-After': fails(429, { 'Retry-After': '0' }),
      '503 with Retry-After in seconds': fails(503, { 'Retry-After': '0' }),
      '503 with Retry-After as a date': fails(503, { 'Retry-After': new Date(0).toUTCString() }),
    };
    for (const [what, behaviour] of Object.entries(RETRIED)) {
      it(`is called again after ${what}, as often as the settings say`, async () => {
        double.behaveNext(behaviour, behaviour);
        expect(await post(toUpstream(double.url))).to.deep.equal(ANSWER);
        expect(double.requests).to.have.length(3);
        double.behave(behaviour);
        expect((await fail(toUpstream(double.url, { retries: 1 }))).failure).to.equal('busy');
        expect(double.requests).to.have.length(5);
      });
    }

    it('is called again when nothing listened on the port', async () => {
      const { port } = double;
      await double.close();
      const posted = post(toUpstream(`http://127.0.0.1:${port}`, { retries: 10 }), 60_000);
      double = await HttpDouble.start(good, { port });
      expect(await posted).to.deep.equal(ANSWER);
      expect(double.requests).to.have.length(1);
    });

    it('is not called again before its Retry-After, nor if that is past the deadline', async () => {
      double.behave(fails(503, { 'Retry-After': '90' }));
      const error = await fail(toUpstream(double.url), 60_000);
      expect(error).to.deep.include({ failure: 'busy', retryAfter: 90 });
      expect(double.requests).to.have.length(1);
    });

    it('cannot ask for a wait of more than ten minutes', async () => {
      double.behave(fails(503, { 'Retry-After': '999999999' }));
      expect((await fail(toUpstream(double.url))).retryAfter).to.equal(600);
      double.behave(fails(503, { 'Retry-After': 'soon' }));
      expect((await fail(toUpstream(double.url))).retryAfter).to.equal(undefined);
    });

    it('is not called again when the caller goes in the meantime', async () => {
      double.behave(fails(503, { 'Retry-After': '90' }));
      const caller = new AbortController();
      const posted = fail(toUpstream(double.url), 100_000, caller.signal);
      await until('it was called', () => double.requests.length === 1 && double.inProgress === 0);
      caller.abort();
      expect((await posted).failure).to.equal('cancelled');
      expect(double.requests).to.have.length(1);
    });

    it('gets hardly more requests while it fails all the time', async () => {
      double.behave(fails(429));
      const upstream = toUpstream(double.url);
      await Promise.all(Array.from({ length: 100 }, () => fail(upstream)));
      expect(double.requests.length).to.be.within(101, 112);
      // Ten successes pay for one retry; errors of requests cost nothing.
      double.behave(fails(400));
      for (let call = 0; call < 30; call++) await fail(upstream);
      double.behave(good);
      for (let call = 0; call < 150; call++) await post(upstream);
      const before = double.requests.length;
      double.behaveNext(fails(429));
      expect(await post(upstream)).to.deep.equal(ANSWER);
      expect(double.requests).to.have.length(before + 2);
    });
  });

  it('is called below its URL, whatever slashes that ends with', async () => {
    const { url } = upstreamSettingsSchema.parse({ url: `${double.url}/base//` });
    await post(toUpstream(url ?? ''));
    expect(double.requests[0]?.path).to.equal('/base/score');
  });

  describe('that may have processed a request', () => {
    const ONCE: Record<string, Behaviour> = {
      '500': fails(500),
      '502': fails(502),
      '503 without Retry-After': fails(503),
      '503 with an invalid Retry-After': fails(503, { 'Retry-After': 'soon' }),
      '504': fails(504),
      '408': fails(408),
      '401': fails(401),
      '400': fails(400),
      'a reset': resets,
      'a dropped connection': dropsBeforeHeaders,
      silence: silent,
      'something other than JSON': says('wallaby'),
    };
    for (const [what, behaviour] of Object.entries(ONCE)) {
      it(`is not called again after ${what}`, async () => {
        double.behave(behaviour);
        const isSilent = behaviour === silent;
        await fail(toUpstream(double.url), isSilent ? 1000 : 60_000);
        // On a busy machine, the time may be up before a request is sent.
        expect(double.requests).to.have.length.within(isSilent ? 0 : 1, 1);
      });
    }
  });

  describe('with few connections', () => {
    it('gets no more concurrent requests than that; others wait', async () => {
      const held = hold();
      double.behave(held);
      const upstream = toUpstream(double.url, { max_connections: 3 });
      const posted = Promise.all(Array.from({ length: 10 }, () => post(upstream)));
      await until('three are in progress', () => double.inProgress === 3);
      held.release();
      expect(await posted).to.have.length(10);
      expect(double.maxInProgress).to.equal(3);
      expect(double.connections).to.be.at.most(3);
    });

    it('frees the slot of a caller that goes, whether its request is in progress or waiting', async () => {
      double.behave(silent);
      const upstream = toUpstream(double.url, { max_connections: 1 });
      const callers = [new AbortController(), new AbortController()] as const;
      const first = fail(upstream, 60_000, callers[0].signal);
      await until('one is in progress', () => double.inProgress === 1);
      const second = fail(upstream, 60_000, callers[1].signal);
      const third = post(upstream);
      callers[1].abort();
      expect((await second).failure).to.equal('cancelled');
      double.behave(good);
      callers[0].abort();
      expect((await first).failure).to.equal('cancelled');
      expect(await third).to.deep.equal(ANSWER);
      expect(double.requests).to.have.length(2);
    });

    it('has its connections reused, and closed when idle', async () => {
      const upstream = toUpstream(double.url);
      for (let call = 0; call < 20; call++) await post(upstream);
      expect(double.connections).to.be.within(1, 2);
      await until('all connections are closed', () => double.connections === 0);
    });

    it('is called on a new connection when it has closed the old one', async () => {
      const upstream = toUpstream(double.url);
      double.behave(says(JSON.stringify(ANSWER), { Connection: 'close' }));
      for (let call = 0; call < 5; call++) expect(await post(upstream)).to.deep.equal(ANSWER);
    });
  });

  describe('that fails repeatedly', () => {
    let clock: Clock;
    beforeEach(() => (clock = stopClock()));
    afterEach(() => clock.restore());

    /** Begins the trial call after the pause, and waits until it has reached the double, which holds it. */
    const startTrial = async (upstream: Upstream, signal?: AbortSignal) => {
      clock.pass(PAUSE.pause);
      const trial = post(upstream, 60_000, signal).catch((error: unknown) => error);
      await until('the trial call is in progress', () => double.inProgress > 0);
      return { trial };
    };
    /** Opens the circuit. */
    const open = async (upstream: Upstream) => {
      double.behave(dropsBeforeHeaders);
      for (let call = 0; call < 5; call++) expect((await fail(upstream)).failure).to.equal('dropped');
      double.behave(good);
      double.requests.length = 0;
    };

    it('is not called: calls fail at once, with a Retry-After', async () => {
      const upstream = toUpstream(double.url, PAUSE);
      await open(upstream);
      for (let call = 0; call < 10; call++)
        expect(await fail(upstream)).to.deep.include({ failure: 'circuit_open', retryAfter: 60 });
      expect(double.requests).to.be.empty;
    });

    it('gets one trial call while others fail at once, and all calls when that succeeds', async () => {
      const upstream = toUpstream(double.url, PAUSE);
      await open(upstream);
      const held = hold();
      double.behave(held);
      const { trial } = await startTrial(upstream);
      for (let call = 0; call < 10; call++) expect((await fail(upstream)).failure).to.equal('circuit_open');
      expect(double.requests).to.have.length(1);
      held.release();
      expect(await trial).to.deep.equal(ANSWER);
      expect(await Promise.all([post(upstream), post(upstream)])).to.deep.equal([ANSWER, ANSWER]);
    });

    it('is not called again when the trial fails', async () => {
      const upstream = toUpstream(double.url, PAUSE);
      await open(upstream);
      const held = hold(dropsBeforeHeaders);
      double.behave(held);
      const { trial } = await startTrial(upstream);
      held.release();
      expect(((await trial) as UpstreamError).failure).to.equal('dropped');
      expect((await fail(upstream)).failure).to.equal('circuit_open');
      expect(double.requests).to.have.length(1);
    });

    it('is not called again when the caller of the trial goes', async () => {
      const upstream = toUpstream(double.url, PAUSE);
      await open(upstream);
      double.behave(silent);
      const caller = new AbortController();
      const { trial } = await startTrial(upstream, caller.signal);
      caller.abort();
      expect(((await trial) as UpstreamError).failure).to.equal('cancelled');
      expect((await fail(upstream)).failure).to.equal('circuit_open');
      expect(double.requests).to.have.length(1);
    });

    it('gets all calls when it answers the trial, even with an error about the request', async () => {
      const upstream = toUpstream(double.url, PAUSE);
      await open(upstream);
      const held = hold(fails(400));
      double.behave(held);
      const { trial } = await startTrial(upstream);
      held.release();
      expect(((await trial) as UpstreamError).failure).to.equal('status');
      double.behave(good);
      expect(await Promise.all([post(upstream), post(upstream)])).to.deep.equal([ANSWER, ANSWER]);
    });

    it('is paused and called again, any number of times', async () => {
      const upstream = toUpstream(double.url, PAUSE);
      for (let round = 0; round < 10; round++) {
        double.behave(dropsBeforeHeaders);
        const failures = [];
        while (failures.at(-1) !== 'circuit_open') failures.push((await fail(upstream)).failure);
        // At first it has answered no calls, then as many as count.
        expect(failures).to.have.length(round === 0 ? 6 : 12);
        double.behave(good);
        clock.pass(PAUSE.pause);
        for (let call = 0; call < 20; call++) expect(await post(upstream)).to.deep.equal(ANSWER);
      }
    });

    for (const [what, behaviour] of Object.entries({
      '400': fails(400),
      '401': fails(401),
      '429': fails(429),
      '500': fails(500),
      'something other than UTF-8': says(Buffer.of(0xff)),
      'too many bytes': says(' '.repeat(5000)),
    })) {
      it(`is still called when it answers ${what}`, async () => {
        const upstream = toUpstream(double.url, { retries: 0, max_reply_bytes: 4096 });
        double.behave(behaviour);
        for (let call = 0; call < 30; call++) await fail(upstream);
        expect(double.requests).to.have.length(30);
        // These count as signs of life: a few failures among them do not open the circuit.
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
      it(`is not called any more when it answers ${what}`, async () => {
        const upstream = toUpstream(double.url, { retries: 0 });
        double.behave(behaviour);
        for (let call = 0; call < 5; call++) expect((await fail(upstream)).failure).to.not.equal('circuit_open');
        expect((await fail(upstream)).failure).to.equal('circuit_open');
        expect(double.requests).to.have.length(5);
      });
    }

    it('is still called when callers go before it has answered', async () => {
      const upstream = toUpstream(double.url);
      double.behave(silent);
      for (let call = 0; call < 10; call++) {
        const caller = new AbortController();
        const posted = fail(upstream, 60_000, caller.signal);
        await until('it is in progress', () => double.inProgress === 1);
        caller.abort();
        expect((await posted).failure).to.equal('cancelled');
        await until('it has ended', () => double.inProgress === 0);
      }
      double.behave(good);
      expect(await post(upstream)).to.deep.equal(ANSWER);
    });
  });
});
