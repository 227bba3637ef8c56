/**
 * A model server is killed under load: each call through the engine ends with the correct scores or a documented error, calls to
 * other models are not affected, and scores resume when the server is back.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { Load, formatTally, type Call } from './load.ts';
import type { WrappedPeer } from './prove-engine.ts';
import { assertTrue, selectRows, toTable } from './truth.ts';
import { LOCAL, TIMEOUT, readTargets, scoreTable } from './wrapped-engine.ts';

/** Callers per deployment of the server that is killed. */
const CALLERS = 3;

export interface Outage {
  /** The deployments that call the server. */
  readonly victims: readonly WrappedPeer[];
  readonly bystander: WrappedPeer;
  /** Breaks the server. */
  readonly strike: () => Promise<void>;
  /** Restarts it, unless it restarts by itself. */
  readonly heal: () => Promise<void>;
  /** Whether it is down between the two, so that calls must fail. */
  readonly isGone: boolean;
}

/** Breaks a server under load and checks what callers of the engine get; returns a summary as text. */
export async function proveRecovery(
  port: number,
  { victims, bystander, strike, heal, isGone }: Outage,
): Promise<string> {
  const ids = victims.map(({ peer }) => peer.name);
  const others = [bystander.peer.name, LOCAL];
  const load = new Load();
  for (const victim of victims) load.begin(victim.peer.name, buildCall(port, victim), CALLERS);
  load.begin(bystander.peer.name, buildCall(port, bystander), 1);
  load.begin(LOCAL, await buildLocalCall(port), 1);
  try {
    await load.until('all are scored', () => load.names.every((name) => load.of(name).right > 0));
    await strike();
    if (isGone) {
      await load.until('callers get errors', () => ids.every((id) => load.of(id).errors.size > 0));
      await load.until('/health/ready reports the failure', async () =>
        hasStatus(await readTargets(port), ids, 'failing'),
      );
    }
    const targets = [...(await readTargets(port))].filter(([id]) => !ids.includes(id));
    assert.ok(
      targets.every(([, status]) => status === 'ready'),
      'the other upstreams are as ready as before',
    );
    await load.untilMore('others are scored in the meantime', others);
    await heal();
    const healed = performance.now();
    await load.untilMore('scores come again', ids);
    await load.until('/health/ready reports the recovery', async () =>
      hasStatus(await readTargets(port), ids, 'ready'),
    );
    const seconds = ((performance.now() - healed) / 1000).toFixed(1);
    await load.end();
    for (const name of others)
      assert.equal(load.of(name).errors.size, 0, `${name} is scored throughout: ${formatTally(load.of(name))}`);
    assertInTime(load);
    return `${ids.map((id) => `${id} ${formatTally(load.of(id))}`).join(', ')}; scores ${seconds} s after it was back`;
  } finally {
    await load.end();
  }
}

/** Calls end within the timeout, as far as the machine lets the engine run: its own model, called meanwhile, tells how long it did not. */
function assertInTime(load: Load): void {
  const { slowest } = load.of(LOCAL);
  assert.ok(slowest < TIMEOUT, `a model in the engine answers at once: ${formatTally(load.of(LOCAL))}`);
  for (const name of load.names) {
    const tally = load.of(name);
    assert.ok(tally.slowest < TIMEOUT + 1000 + slowest, `a call ends in time: ${name} ${formatTally(tally)}`);
  }
}

function hasStatus(targets: ReadonlyMap<string, string>, ids: readonly string[], status: string): boolean {
  return ids.every((id) => targets.get(id) === status);
}

function buildCall(port: number, { peer, truth }: WrappedPeer): Call {
  return async (count) => {
    const rows = [0, 1, 2].map((index) => (count * 3 + index) % truth.values.length);
    const part = selectRows(truth, rows);
    const score = await scoreTable(port, peer.name, toTable(part));
    if (score.answer) assertTrue(score.answer, part);
    return score;
  };
}

/** Scores the example of the deployment whose model is in the engine itself. */
async function buildLocalCall(port: number): Promise<Call> {
  const file = new URL(`../../deployments/${LOCAL}/deployment.json`, import.meta.url);
  const { example } = JSON.parse(await readFile(file, 'utf8')) as DeploymentFile;
  return async () => {
    const score = await scoreTable(port, LOCAL, { fields: example.fields, values: example.values });
    if (score.answer) assert.deepEqual(score.answer.predictions, example.answer?.predictions);
    return score;
  };
}
