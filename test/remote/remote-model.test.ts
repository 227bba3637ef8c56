import { expect } from 'chai';
import fc from 'fast-check';
import { EngineError } from '../../errors/engine-error.ts';
import { kinds } from '../../catalogue/kinds.ts';
import { NO_CALL, type Model, type ScoringCall } from '../../models/model.ts';
import { score } from '../../models/score-table.ts';
import type { UpstreamError } from '../../upstream/upstream-error.ts';
import { dropsBeforeHeaders, fails, good, hold, readRows, says, silent, toVector } from '../support/behaviours.ts';
import { catchError, toFile, toSource } from '../support/deployment.ts';
import { HttpDouble, type Behaviour } from '../support/http-double.ts';
import { toRemoteJson, toXs } from '../support/remote.ts';
import { until } from '../support/until.ts';

/** Answers one row too few. */
const forgets: Behaviour = (request, response) =>
  response.end(JSON.stringify(readRows(request).slice(1).map(toVector)));

describe('a model that is called over the network', () => {
  let double: HttpDouble;
  beforeEach(async () => (double = await HttpDouble.start(good)));
  afterEach(() => double.close());

  const load = async (settings: object = {}): Promise<Model> => {
    const json = toRemoteJson({ url: double.url, ...settings });
    const { model } = (await kinds['json']?.load(toSource(json, undefined))) as { model: Model };
    return model;
  };
  const ask = async (model: Model, xs: readonly number[], call?: ScoringCall) => {
    const scores = await score({ file: toFile(toRemoteJson({ url: double.url })), model }, toXs(...xs), '', call);
    return { predictions: Array.from(scores.predictions), probabilities: Array.from(scores.probabilities ?? []) };
  };
  const fail = (...call: Parameters<typeof ask>) => catchError(EngineError, () => ask(...call));
  const toExpected = (xs: readonly number[]) => ({
    predictions: xs.map((x) => (x > 0.5 ? 1 : 0)),
    probabilities: xs.flatMap((x) => [1 - x, x]),
  });
  const toTen = () => Array.from({ length: 10 }, (_, index) => index / 16);

  it('gives the same scores however the table is split', async () => {
    const xs = fc.array(fc.integer({ min: 0, max: 64 }), { minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(
        xs,
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1024, max: 2048 }),
        async (of, rows, bytes) => {
          const all = of.map((x) => x / 64);
          const model = await load({ max_rows: rows, max_bytes: bytes });
          expect(await ask(model, all)).to.deep.equal(toExpected(all));
        },
      ),
      { seed: 1, numRuns: 20 },
    );
  });

  it('scores up to four parts of a call at once', async () => {
    const held = hold();
    double.behave(held);
    const pending = ask(await load({ max_rows: 1 }), toTen());
    await until('four are in progress', () => double.inProgress === 4);
    held.release();
    expect(await pending).to.deep.equal(toExpected(toTen()));
    expect(double.maxInProgress).to.equal(4);
    expect(double.requests).to.have.length(10);
  });

  it('joins the parts in order, whichever is answered first', async () => {
    const held = hold();
    double.behaveNext(held);
    const pending = ask(await load({ max_rows: 2 }), toTen());
    await until('all others are answered', () => double.requests.length === 5 && double.inProgress === 1);
    held.release();
    expect(await pending).to.deep.equal(toExpected(toTen()));
  });

  it('scores 100,000 rows', async () => {
    const xs = Array.from({ length: 100_000 }, (_, index) => (index % 65) / 64);
    expect(await ask(await load(), xs)).to.deep.equal(toExpected(xs));
    expect(double.requests).to.have.length(20);
  });

  it('cancels the other parts when one fails, and sends no more', async () => {
    double.behaveNext(silent, silent, fails(500));
    const error = await fail(await load({ max_rows: 1, max_connections: 3 }), toTen());
    expect(error).to.deep.include({ code: 'target_failed' });
    expect(error.message).to.equal('The system that serves this deployment answered with status 500.');
    await until('the others have ended', () => double.inProgress === 0);
    expect(double.requests.slice(0, 2).every(({ isAborted }) => isAborted)).to.equal(true);
    expect(double.requests.length).to.be.at.most(4);
  });

  it('fails when one of several parts has too few values', async () => {
    double.behaveNext(good, forgets);
    const error = await fail(await load({ max_rows: 5 }), toTen());
    expect(error).to.deep.include({ code: 'target_failed' });
    expect((error.cause as UpstreamError).problem).to.equal(
      'expected 5 vectors of probabilities, one per row; the reply has 4',
    );
  });

  it('fails when a later row cannot be sent, and cancels the parts before it', async () => {
    double.behave(silent);
    const model = await load({
      max_rows: 1,
      request: '{"x": values[0][0] = 0.5 ? $pad("", 2000, "x") : 1}',
      max_bytes: 1024,
    });
    const error = await fail(model, [0, 0.25, 0.5]);
    expect(error).to.deep.include({ code: 'body_too_large' });
    expect(error.target?.name).to.equal('values[2]');
    await until('the others have ended', () => double.inProgress === 0);
  });

  /** What the upstream answers, what was expected, and what the log says was received. */
  const INVALID: Readonly<Record<string, readonly [Behaviour, string, string]>> = {
    NaN: [says('[[NaN, NaN]]'), 'expected JSON, which does not allow NaN', 'text beginning "[[NaN, NaN]]"'],
    Infinity: [
      says('[[-Infinity, 0]]'),
      'expected JSON, which does not allow NaN',
      'text beginning "[[-Infinity, 0]]"',
    ],
    'a number out of range': [says('[[1e999, 0]]'), 'expected numbers from 0 to 1', '[1 × [2 × number]]'],
    nothing: [says(''), 'expected JSON', 'an empty reply'],
    null: [says('null'), 'expected', 'null'],
    'a number': [says('1'), 'expected probabilities', 'number'],
    text: [says('"wallaby"'), 'expected probabilities', 'string'],
    'a page': [
      says('<html>\u001b[2J\n<title>Log in</title>', { 'Content-Type': 'text/html; charset=utf-8' }),
      'expected JSON',
      'text/html beginning "<html> [2J <title>Log in</title>"',
    ],
    'an error with status 200': [
      says('{"error": "wallaby", "code": 17}'),
      'expected',
      '{"error": string, "code": number}',
    ],
    'JSON in many levels': [
      says(`${'['.repeat(100)}${']'.repeat(100)}`),
      'expected',
      '[1 × [1 × [1 × [1 × [1 × …]]]]]',
    ],
    'deep JSON': [
      says(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
      'expected JSON nested at most 100 levels deep',
      `text beginning "${'['.repeat(119)}…"`,
    ],
    'deep objects': [
      says(`${'{"a":'.repeat(99)}{"a":1}${'}'.repeat(99)}`),
      'expected',
      '{"a": {"a": {"a": {"a": {…}}}}}',
    ],
    'the names of own properties of objects': [
      says('[{"__proto__": 1, "constructor": 2}]'),
      'expected probabilities',
      '[1 × {"__proto__": number, "constructor": number}]',
    ],
    'too few rows': [forgets, 'expected', '[]'],
  };
  for (const [what, [behaviour, expected, received]] of Object.entries(INVALID)) {
    it(`fails when the upstream answers ${what}; the log says what was expected and received, and from where`, async () => {
      double.behave(behaviour);
      const error = await fail(await load(), [0.25]);
      expect(error).to.include({
        code: 'target_failed',
        message: 'The system that serves this deployment sent an invalid reply.',
      });
      const { message, stack } = error.cause as Error;
      expect(message)
        .to.match(new RegExp(`^POST ${double.url}/: ${expected}`))
        .and.to.satisfy((text: string) => text.endsWith(`; received ${received}`));
      // The log writes the stack.
      expect(stack).to.include(message).and.not.to.include('wallaby');
    });
  }

  it('does not exceed its time limit with waiting, parts and retries', async () => {
    double.behave(silent);
    const model = await load({ timeout: 200, max_connections: 1 });
    const errors = await Promise.all([fail(model, [0]), fail(model, [0])]);
    expect(errors.map(({ code }) => code)).to.deep.equal(['target_timeout', 'target_timeout']);
    // The first request may end just before the second call does.
    expect(double.requests.length).to.be.at.most(2);
  });

  it('fails at once for more pending calls than the settings allow', async () => {
    const held = hold();
    double.behave(held);
    const model = await load({ max_pending: 3, max_connections: 1, max_rows: 1 });
    const pending = [1, 2, 3].map(() => ask(model, [0, 0.25]));
    await until('one is in progress', () => double.inProgress === 1);
    const error = await fail(model, [0]);
    expect(error).to.deep.include({ code: 'target_unavailable', retryAfter: 1 });
    expect((error.cause as Error).message).to.equal('too many calls are pending (settings.max_pending)');
    held.release();
    for (const answer of await Promise.all(pending)) expect(answer).to.deep.equal(toExpected([0, 0.25]));
    expect(await ask(model, [0])).to.deep.equal(toExpected([0]));
  });

  it('closes its requests when the caller goes, and frees the slot', async () => {
    double.behave(silent);
    const model = await load({ max_pending: 1, max_rows: 1 });
    const caller = new AbortController();
    const pending = fail(model, toTen(), { ...NO_CALL, signal: caller.signal });
    await until('it is in progress', () => double.inProgress === 4);
    caller.abort();
    expect((await pending).code).to.equal('target_failed');
    await until('it has ended', () => double.inProgress === 0);
    expect(double.requests).to.have.length(4);
    double.behave(good);
    expect(await ask(model, [0.25])).to.deep.equal(toExpected([0.25]));
  });

  it('sends nothing for a caller that has gone already', async () => {
    const error = await fail(await load(), [0], { ...NO_CALL, signal: AbortSignal.abort() });
    expect(error.code).to.equal('target_failed');
    expect(double.requests).to.be.empty;
  });

  it("returns the call's slot while it waits, and records the number of requests and the time", async () => {
    const notes: object[] = [];
    let waits = 0;
    const call: ScoringCall = {
      ...NO_CALL,
      waitFor: (work) => {
        waits += 1;
        return work();
      },
      note: (details) => void notes.push(details),
    };
    const model = await load({ max_rows: 4 });
    await ask(model, toTen(), call);
    expect(waits).to.equal(1);
    expect(notes).to.have.length(1);
    expect(notes[0]).to.have.property('target_calls', 3);
    expect(notes[0]).to.have.property('target_ms').within(0, 5000);
    double.behave(dropsBeforeHeaders);
    await fail(model, [0], call);
    expect(notes[1]).to.have.property('target_calls', 1);
  });

  it('sends nothing for an empty table', async () => {
    expect(await ask(await load(), [])).to.deep.equal({ predictions: [], probabilities: [] });
    expect(double.requests).to.be.empty;
  });
});
