/**
 * A model server is killed while it is asked through the engine all the time: each of its calls ends with the right scores or with
 * an error of the contract, those to other models go on as if nothing were, and when it is back, so are its scores.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { Load, tellTally, type Call } from './load.ts';
import type { WrappedPeer } from './prove-engine.ts';
import { assertTrue, selectRows, toTable } from './truth.ts';
import { LOCAL, readTargets, scoreTable } from './wrapped-engine.ts';

/** Callers a deployment of the server that is killed. */
const CALLERS = 3;

export interface Outage {
  /** The deployments that ask the server. */
  readonly victims: readonly WrappedPeer[];
  readonly bystander: WrappedPeer;
  /** Breaks the server. */
  readonly strike: () => Promise<void>;
  /** Has it run again, where it does not by itself. */
  readonly heal: () => Promise<void>;
  /** Whether it is gone between the two, and calls are bound to fail. */
  readonly isGone: boolean;
}

/** Breaks a server under load, and holds the engine to what it owes its callers; gives what came, for people. */
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
      await load.until('callers are told', () => ids.every((id) => load.of(id).errors.size > 0));
      await load.until('probes are told', async () => hasStatus(await readTargets(port), ids, 'failing'));
    }
    const targets = [...(await readTargets(port))].filter(([id]) => !ids.includes(id));
    assert.ok(
      targets.every(([, status]) => status === 'ready'),
      'the other targets are as ready as before',
    );
    await load.untilMore('others are scored meanwhile', others);
    await heal();
    const healed = performance.now();
    await load.untilMore('scores come again', ids);
    await load.until('probes are told', async () => hasStatus(await readTargets(port), ids, 'ready'));
    const seconds = ((performance.now() - healed) / 1000).toFixed(1);
    await load.end();
    for (const name of others)
      assert.equal(load.of(name).errors.size, 0, `${name} is scored throughout: ${tellTally(load.of(name))}`);
    return `${ids.map((id) => `${id} ${tellTally(load.of(id))}`).join(', ')}; scores ${seconds} s after it was back`;
  } finally {
    await load.end();
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

/** The rows of its example, of the deployment whose model lies in the engine. */
async function buildLocalCall(port: number): Promise<Call> {
  const file = new URL(`../../deployments/${LOCAL}/deployment.json`, import.meta.url);
  const { example } = JSON.parse(await readFile(file, 'utf8')) as DeploymentFile;
  return async () => {
    const score = await scoreTable(port, LOCAL, { fields: example.fields, values: example.values });
    if (score.answer) assert.deepEqual(score.answer.predictions, example.answer?.predictions);
    return score;
  };
}
