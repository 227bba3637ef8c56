import { expect } from 'chai';
import { TokenCache, type Token } from '../../../upstream/credentials/token-cache.ts';
import { catchError } from '../../support/deployment.ts';

/** A cache whose clock and tokens are controlled by the test. */
function makeCache() {
  const fetches: PromiseWithResolvers<Token>[] = [];
  const clock = { now: 5_000_000 };
  const fetch = () => {
    const fetched = withResolvers<Token>();
    fetches.push(fetched);
    return fetched.promise;
  };
  return { cache: new TokenCache(fetch, () => clock.now), clock, fetches };
}

interface PromiseWithResolvers<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: Error) => void;
}

function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (reason: Error) => void = () => undefined;
  const promise = new Promise<Value>((onValue, onReason) => {
    resolve = onValue;
    reject = onReason;
  });
  return { promise, resolve, reject };
}

/** Lets all pending callbacks run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

type Made = ReturnType<typeof makeCache>;
async function fetchFirst({ cache, fetches }: Made, lifetime = 100_000): Promise<void> {
  const first = cache.get();
  fetches[0]?.resolve({ value: 'first', lifetime });
  expect(await first).to.equal('first');
}

describe('the token cache', () => {
  it('fetches a token once for all callers, and keeps it', async () => {
    const made = makeCache();
    const all = [made.cache.get(), made.cache.get(), made.cache.get()];
    made.fetches[0]?.resolve({ value: 'first', lifetime: 1000 });
    expect(await Promise.all(all)).to.deep.equal(['first', 'first', 'first']);
    expect(await made.cache.get()).to.equal('first');
    expect(made.fetches).to.have.length(1);
  });

  it('renews a token after four fifths of its life, while the old one is still used', async () => {
    const made = makeCache();
    await fetchFirst(made);
    made.clock.now += 79_999;
    await made.cache.get();
    expect(made.fetches).to.have.length(1);
    made.clock.now += 1;
    expect(await Promise.all([made.cache.get(), made.cache.get()])).to.deep.equal(['first', 'first']);
    expect(made.fetches).to.have.length(2);
    made.fetches[1]?.resolve({ value: 'second', lifetime: 100_000 });
    await settle();
    expect(await made.cache.get()).to.equal('second');
  });

  it('does not use a token in the last twentieth of its life, or its last 30 seconds', async () => {
    for (const [lifetime, usable] of [
      [100_000, 95_000],
      [3_600_000, 3_570_000],
    ] as const) {
      const made = makeCache();
      await fetchFirst(made, lifetime);
      made.clock.now += usable;
      const second = made.cache.get();
      made.fetches[1]?.resolve({ value: 'second', lifetime });
      expect(await second).to.equal('second');
    }
  });

  it('uses the old token if it cannot be renewed, and tries again after a second', async () => {
    const made = makeCache();
    await fetchFirst(made);
    made.clock.now += 80_000;
    await made.cache.get();
    made.fetches[1]?.reject(new Error('down'));
    await settle();
    made.clock.now += 999;
    expect(await made.cache.get()).to.equal('first');
    expect(made.fetches).to.have.length(2);
    made.clock.now += 1;
    expect(await made.cache.get()).to.equal('first');
    expect(made.fetches).to.have.length(3);
  });

  it('fails for all callers, and for those of the next second, without fetching again', async () => {
    const made = makeCache();
    const waiting = [made.cache.get(), made.cache.get()].map((get) => catchError(Error, () => get));
    made.fetches[0]?.reject(new Error('down'));
    expect((await Promise.all(waiting)).map(({ message }) => message)).to.deep.equal(['down', 'down']);
    made.clock.now += 999;
    expect(await catchError(Error, () => made.cache.get())).to.have.property('message', 'down');
    expect(made.fetches).to.have.length(1);
    made.clock.now += 1;
    const get = made.cache.get();
    made.fetches[1]?.resolve({ value: 'second', lifetime: 1000 });
    expect(await get).to.equal('second');
  });

  it('shares a token with almost no lifetime for a second, and then fetches another', async () => {
    const made = makeCache();
    const first = made.cache.get();
    made.fetches[0]?.resolve({ value: 'first', lifetime: 1e-9 });
    expect(await first).to.equal('first');
    made.clock.now += 999;
    expect(await made.cache.get()).to.equal('first');
    expect(made.fetches).to.have.length(1);
    made.clock.now += 1;
    const second = made.cache.get();
    made.fetches[1]?.resolve({ value: 'second', lifetime: 1e21 });
    expect(await second).to.equal('second');
    made.clock.now += 1e12;
    expect(await made.cache.get()).to.equal('second');
    expect(made.fetches).to.have.length(2);
  });

  it('drops a rejected token once for all callers that had it', async () => {
    const made = makeCache();
    await fetchFirst(made);
    expect(made.cache.forget('first')).to.equal(true);
    expect(made.cache.forget('first')).to.equal(true);
    const second = made.cache.get();
    made.fetches[1]?.resolve({ value: 'second', lifetime: 100_000 });
    expect(await second).to.equal('second');
    expect(made.cache.forget('first')).to.equal(true);
    expect(await made.cache.get()).to.equal('second');
    expect(made.fetches).to.have.length(2);
  });

  it('keeps a token that is rejected within a second of the one before, because tokens are not the problem', async () => {
    const made = makeCache();
    await fetchFirst(made);
    made.cache.forget('first');
    const second = made.cache.get();
    made.fetches[1]?.resolve({ value: 'second', lifetime: 100_000 });
    await second;
    made.clock.now += 999;
    expect(made.cache.forget('second')).to.equal(false);
    expect(await made.cache.get()).to.equal('second');
    made.clock.now += 1;
    expect(made.cache.forget('second')).to.equal(true);
  });
});
