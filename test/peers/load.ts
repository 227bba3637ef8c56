/** Callers of the engine who ask all the time, and hold each reply to what it may be: the right scores, or a clear error in time. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { TIMEOUT, type Score } from './wrapped-engine.ts';

/** What a server that is gone, or does not answer, is to its callers (docs/contract.md). */
const CLEAR = [502, 503, 504];
/** Milliseconds that a caller waits after an error. */
const PAUSE = 20;
/** Milliseconds that anything may take to come about. */
const PATIENCE = 60_000;

/** Asks for a few rows of a deployment, another time others; throws where the scores are not right. */
export type Call = (count: number) => Promise<Score>;

/** What came of the calls to a deployment. */
export interface Tally {
  right: number;
  /** The errors, by status and code. */
  readonly errors: Map<string, number>;
  /** Milliseconds of the longest call. */
  slowest: number;
}

/** Callers that go on until they are told to end, or one of them gets what nobody may. */
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

  /** Waits until a condition holds, with the callers going on. @throws what a caller got that nobody may */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (!(await condition())) {
      if (this.#failure) throw this.#failure;
      if (performance.now() > end) throw new Error(`it did not come about that ${what}`);
      await sleep(50);
    }
  }

  /** Waits until all of some deployments have been scored once more. */
  untilMore(what: string, names: readonly string[]): Promise<void> {
    const before = new Map(names.map((name) => [name, this.of(name).right]));
    return this.until(what, () => names.every((name) => this.of(name).right > (before.get(name) as number)));
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

/** A tally, for people. */
export function tellTally({ right, errors, slowest }: Tally): string {
  const failed = [...errors].map(([error, count]) => `${count} × ${error}`).join(', ');
  return `${right} × 200${failed && `, ${failed}`} (${Math.round(slowest)} ms at most)`;
}
