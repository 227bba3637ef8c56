/** Upstreams that keep changing their behaviour under load; the choices are seeded, the order is the network's. */
import { expect } from 'chai';
import fc from 'fast-check';
import * as behaviours from '../support/behaviours.ts';
import { writeLine } from '../support/deployment.ts';
import { makeDeploymentsFolder, startTestEngine, type TestEngine } from '../support/engine.ts';
import { HttpDouble, type Behaviour } from '../support/http-double.ts';
import { toAnswered, toXs, writeRemote } from '../support/remote.ts';
import { until } from '../support/until.ts';

const { fails, good, says, slow } = behaviours;

const BEHAVIOURS: readonly Behaviour[] = [
  good,
  slow(20),
  behaviours.silent,
  behaviours.stopsAfterHeaders,
  behaviours.trickles,
  behaviours.dropsBeforeHeaders,
  behaviours.resets,
  behaviours.dropsInBody,
  behaviours.claimsHuge,
  behaviours.endless(),
  behaviours.endless(503),
  behaviours.gzips,
  behaviours.hints,
  behaviours.raw('wallaby\r\n\r\n'),
  says('wallaby'),
  says('[[NaN, 1]]'),
  says('[]'),
  fails(401),
  fails(429, { 'Retry-After': '0' }),
  fails(500),
  fails(503, { 'Retry-After': '0' }),
  fails(503),
];

/** The statuses that callers may get for an upstream, with their codes. */
const CODES: Readonly<Record<number, string>> = {
  502: 'target_failed',
  503: 'target_unavailable',
  504: 'target_timeout',
};

describe('an engine in chaos', () => {
  let targets: readonly [HttpDouble, HttpDouble, HttpDouble];
  let engine: TestEngine;
  let remove: () => Promise<void>;
  before(async () => {
    const start = () => HttpDouble.start(good);
    targets = await Promise.all([start(), start(), start()]);
    const deployments = await makeDeploymentsFolder('', []);
    ({ remove } = deployments);
    await writeLine(`${deployments.folder}/local`, 'local', 0);
    const settings = {
      timeout: 150,
      pause: 30,
      max_rows: 3,
      max_connections: 8,
      max_reply_bytes: 4096,
      ready_interval: 20,
    };
    for (const [index, { url }] of targets.entries())
      await writeRemote(deployments.folder, `remote-${index}`, {
        url,
        ...settings,
        ...(index < 2 ? {} : { timeout: 60_000 }),
      });
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: deployments.folder });
  });
  after(async () => {
    await engine.stop();
    await Promise.all(targets.map((target) => target.close()));
    await remove();
  });

  /** One call, whose reply the client checks against the contract, and this function against the model. */
  const call = async (target: number, count: number, mayFail: boolean): Promise<number> => {
    const xs = Array.from({ length: count }, (_, index) => index / 16);
    const { status, body, error, headers } = await engine.score(`remote-${target}`, toXs(...xs));
    if (status === 200) expect(body.values).to.deep.equal(toAnswered(...xs));
    else {
      expect(mayFail, `status ${status} of a healthy upstream`).to.equal(true);
      expect(error?.code).to.equal(CODES[status]);
      if (status === 503) expect(headers.get('retry-after')).to.match(/^\d+$/);
    }
    return status;
  };

  it('answers every call according to the contract, scores correctly, and leaves nothing open', async () => {
    const [first, second] = targets;
    const choices = fc.sample(
      fc.record({
        behaviours: fc.tuple(fc.constantFrom(...BEHAVIOURS), fc.constantFrom(...BEHAVIOURS)),
        counts: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 6 }),
        goesAfter: fc.option(fc.integer({ min: 0, max: 30 })),
      }),
      { seed: 6, numRuns: 50 },
    );

    // A few rounds at once, so that behaviours change in the middle of calls.
    const waiting = [...choices];
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { behaviours: chosen, counts, goesAfter } = next;
        first.behave(chosen[0]);
        second.behave(chosen[1]);
        const calls = counts.flatMap((count) => [call(0, count, true), call(1, count, true), call(2, count, false)]);
        if (goesAfter !== null) await hangUp(engine, goesAfter);
        expect((await engine.score('local', toXs(2))).body.values).to.deep.equal([[2, 2]]);
        await Promise.all(calls);
      }
    };
    await Promise.all([work(), work(), work()]);

    for (const target of targets) target.behave(good);
    for (const target of [0, 1, 2])
      await until('all have recovered', async () => (await call(target, 12, true)) === 200);
    await until('all upstreams are ready', () =>
      engine.engine.catalogue.listUpstreams().every(({ status, example }) => status === 'ready' && !example),
    );
    await until('all requests have ended', () => targets.every(({ inProgress }) => inProgress === 0));
    await until('all connections are closed', () => targets.every(({ connections }) => connections === 0));
  });
});

/** A caller that hangs up after some milliseconds. */
async function hangUp({ url }: TestEngine, after: number): Promise<void> {
  await fetch(`${url}/v1/deployments/remote-0/online`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(toXs(0.25)),
    signal: AbortSignal.timeout(after),
  }).then(
    (response) => response.text(),
    () => undefined,
  );
}
