/** Callers that keep scoring through the engine and check each reply: the correct scores, or a documented error. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Score } from './wrapped-engine.ts';

/** The statuses for a server that is down or does not answer (docs/contract.md). */
const CLEAR = [502, 503, 504];
/** Milliseconds that a caller waits after an error. */
const PAUSE = 20;
/** Max milliseconds to wait for a condition. */
const PATIENCE = 60_000;

/** Scores a few rows of a deployment, which vary with the count; throws if the scores are wrong. */
export type Call = (count: number) => Promise<Score>;

/** The outcomes of the calls to a deployment. */
export interface Tally {
  right: number;
  /** The errors, by status and code. */
  readonly errors: Map<string, number>;
  /** The longest call in milliseconds. */
  slowest: number;
}

/** Callers that go on until they are stopped, or one of them gets an invalid reply. */
export class Load {
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

  /** Waits until a condition holds while the callers go on. @throws the error of a caller with an invalid reply */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (!(await condition())) {
      if (this.#failure) throw this.#failure;
      if (performance.now() > end) throw new Error(`timed out waiting until ${what}`);
      await sleep(50);
    }
  }

  /** Waits until each of some deployments has been scored once more. */
  untilMore(what: string, names: readonly string[]): Promise<void> {
    const before = new Map(names.map((name) => [name, this.of(name).right]));
    return this.until(what, () => names.every((name) => this.of(name).right > (before.get(name) as number)));
  }

  /** Stops the callers. @throws the error of a caller with an invalid reply */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#callers);
    if (this.#failure) throw this.#failure;
  }

  async #repeat(tally: Tally, call: Call, first: number): Promise<void> {
    for (let count = first; !this.#isOver; count++) {
      const start = performance.now();
      const { status, code } = await call(count);
      tally.slowest = Math.max(tally.slowest, performance.now() - start);
      if (status === 200) tally.right += 1;
      else {
        assert.ok(CLEAR.includes(status), `errors are documented ones: ${status} ${code}`);
        const error = `${status} ${code}`;
        tally.errors.set(error, (tally.errors.get(error) ?? 0) + 1);
        await sleep(PAUSE);
      }
    }
  }
}

/** A tally as text. */
export function formatTally({ right, errors, slowest }: Tally): string {
  const failed = [...errors].map(([error, count]) => `${count} × ${error}`).join(', ');
  return `${right} × 200${failed && `, ${failed}`} (${Math.round(slowest)} ms max)`;
}
