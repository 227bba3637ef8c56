/** The threads of a boosting run: one leads, and the others help it to search for splits. */
import { CONTROL, GROUP, type SharedState } from './shared-state.ts';
import { SplitSearch } from './split-search.ts';

/** Below this many cells to count, waking the others takes longer than doing it alone. */
const FEW_CELLS = 50_000;
/** How often a thread looks whether the others are done before it sleeps. */
const SPINS = 2000;

/** The leader's side. */
export class Crew {
  readonly #state: SharedState;
  readonly #helpers: number;
  readonly #search: SplitSearch;

  constructor(state: SharedState, helpers: number) {
    this.#state = state;
    this.#helpers = helpers;
    this.#search = new SplitSearch(state);
  }

  /** Searches as `control` and `sums` say; all results are there when it returns. */
  search(): void {
    const { control } = this.#state;
    const features = control[CONTROL.usedCount] as number;
    const rows = (control[CONTROL.end] as number) - (control[CONTROL.start] as number);
    control[CONTROL.groups] = Math.ceil(features / GROUP);
    Atomics.store(control, CONTROL.next, 0);
    const isShared = this.#helpers > 0 && rows * features >= FEW_CELLS;
    if (isShared) {
      Atomics.store(control, CONTROL.pending, this.#helpers);
      Atomics.add(control, CONTROL.epoch, 1);
      Atomics.notify(control, CONTROL.epoch);
    }
    this.#search.run();
    if (isShared) waitUntil(control, CONTROL.pending, (pending) => pending === 0);
  }
}

/** A helper's side: it searches whenever the leader does, until its thread is terminated. */
export function help(state: SharedState): never {
  const { control } = state;
  const search = new SplitSearch(state);
  for (let epoch = 0; ; epoch++) {
    waitUntil(control, CONTROL.epoch, (current) => current > epoch);
    search.run();
    if (Atomics.sub(control, CONTROL.pending, 1) === 1) Atomics.notify(control, CONTROL.pending);
  }
}

function waitUntil(control: Int32Array, index: number, isDone: (value: number) => boolean): void {
  for (let spin = 0; spin < SPINS; spin++) if (isDone(Atomics.load(control, index))) return;
  for (let value = Atomics.load(control, index); !isDone(value); value = Atomics.load(control, index))
    Atomics.wait(control, index, value);
}
