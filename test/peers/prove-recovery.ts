/**
 * A model server is killed while it is asked through the engine all the time: each of its calls ends with the right scores or with
 * an error of the contract, those to other models go on as if nothing were, and when it is back, so are its scores.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import type { WrappedPeer } from './prove-engine.ts';
import { assertTrue, selectRows } from './truth.ts';
import { LOCAL, readTargets, scoreTable, TIMEOUT, toRequest, type Score } from './wrapped-engine.ts';

/** What a server that is gone, or does not answer, is to its callers (docs/contract.md). */
const CLEAR = [502, 503, 504];
/** Callers a deployment of the server that is killed. */
const CALLERS = 3;
/** Milliseconds that a caller waits after an error. */
const PAUSE = 20;
const PATIENCE = 60_000;

/** Asks for a few rows of a deployment, another time others; throws where the scores are not right. */
type Call = (count: number) => Promise<Score>;

/** What came of the calls to a deployment. */
interface Tally {
  right: number;
  /** The errors, by status and code. */
  readonly errors: Map<string, number>;
  /** Milliseconds of the longest call. */
  slowest: number;
}

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
    const others = [...(await readTargets(port))].filter(([id]) => !ids.includes(id));
    assert.ok(
      others.every(([, status]) => status === 'ready'),
      'the other targets are as ready as before',
    );
    await heal();
    const healed = performance.now();
    const before = new Map(ids.map((id) => [id, load.of(id).right]));
    await load.until('scores come again', () => ids.every((id) => load.of(id).right > (before.get(id) as number)));
    await load.until('probes are told', async () => hasStatus(await readTargets(port), ids, 'ready'));
    const seconds = ((performance.now() - healed) / 1000).toFixed(1);
    await load.end();
    for (const name of [bystander.peer.name, LOCAL])
      assert.equal(load.of(name).errors.size, 0, `${name} is scored throughout: ${toText(load.of(name))}`);
    return `${ids.map((id) => `${id} ${toText(load.of(id))}`).join(', ')}; scores ${seconds} s after it was back`;
  } finally {
    await load.end();
  }
}

function hasStatus(targets: ReadonlyMap<string, string>, ids: readonly string[], status: string): boolean {
  return ids.every((id) => targets.get(id) === status);
}

function toText({ right, errors, slowest }: Tally): string {
  const failed = [...errors].map(([error, count]) => `${count} × ${error}`).join(', ');
  return `${right} × 200${failed && `, ${failed}`} (${Math.round(slowest)} ms at most)`;
}

function buildCall(port: number, { peer, truth }: WrappedPeer): Call {
  return async (count) => {
    const rows = [0, 1, 2].map((index) => (count * 3 + index) % truth.values.length);
    const part = selectRows(truth, rows);
    const score = await scoreTable(port, peer.name, toRequest(part));
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

/** Callers that go on until they are told to end, or one of them gets what nobody may. */
class Load {
  readonly #tallies = new Map<string, Tally>();
  readonly #callers: Promise<void>[] = [];
  #isOver = false;
  #failure: Error | undefined;

  get names(): readonly string[] {
    return [...this.#tallies.keys()];
  }

  of(name: string): Tally {
    return this.#tallies.get(name) as Tally;
  }

  begin(name: string, call: Call, callers: number): void {
    const tally: Tally = { right: 0, errors: new Map(), slowest: 0 };
    this.#tallies.set(name, tally);
    for (let caller = 0; caller < callers; caller++)
      this.#callers.push(
        this.#repeat(tally, call, caller * 1000).catch((error: unknown) => {
          this.#failure ??= new Error(`${name}: ${(error as Error).message}`, { cause: error });
        }),
      );
  }

  /** Waits until a condition holds, with the callers going on. @throws what a caller got that nobody may */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (!(await condition())) {
      if (this.#failure) throw this.#failure;
      if (performance.now() > end) throw new Error(`it did not come about that ${what}`);
      await sleep(50);
    }
  }

  /** Ends the callers. @throws what one of them got that nobody may */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#callers);
    if (this.#failure) throw this.#failure;
  }

  async #repeat(tally: Tally, call: Call, first: number): Promise<void> {
    for (let count = first; !this.#isOver; count++) {
      const start = performance.now();
      const { status, code } = await call(count);
      const took = performance.now() - start;
      tally.slowest = Math.max(tally.slowest, took);
      assert.ok(took < TIMEOUT + 1000, `a call ends in time; it took ${Math.round(took)} ms`);
      if (status === 200) tally.right += 1;
      else {
        assert.ok(CLEAR.includes(status), `an error is a clear one: ${status} ${code}`);
        const error = `${status} ${code}`;
        tally.errors.set(error, (tally.errors.get(error) ?? 0) + 1);
        await sleep(PAUSE);
      }
    }
  }
}
