/**
 * Adds up the metrics of several processes, of which any may end. What a process has counted since it was last asked is added to the
 * totals, so they never go down: not when it dies, nor when it is replaced, nor while it does not answer.
 */
import type { Family, Figures, Labels, Series } from './figures.ts';

/** Max deployments with series of their own. */
export const MAX_DEPLOYMENTS = 200;

/** The label of all further deployments. It is not a valid id. */
export const OTHER_DEPLOYMENTS = '_other';

/** A process whose metrics are added. */
export interface Source {
  /** Takes what it has counted since it started. */
  update(figures: Figures): void;
  /** Forgets what it measured; what it counted stays. Later updates change nothing. */
  close(): void;
}

/** What is known of a source. */
interface State {
  readonly name: string;
  /** The numbers of its counters when it was last asked, by metric and labels. */
  last: Map<string, readonly number[]>;
  figures: Figures | undefined;
}

interface MutableSeries {
  labels: Labels;
  numbers: number[];
  exemplars: Series['exemplars'];
}

interface Total {
  family: Family;
  readonly series: Map<string, MutableSeries>;
}

export class Totals {
  readonly #maxDeployments: number;
  readonly #states = new Set<State>();
  readonly #totals = new Map<string, Total>();
  /** The deployments with series of their own, and the others. Neither becomes the other, because counters must not go down. */
  readonly #own = new Set<string>();
  readonly #others = new Set<string>();

  constructor(maxDeployments = MAX_DEPLOYMENTS) {
    this.#maxDeployments = maxDeployments;
  }

  /**
   * Adds a process.
   * @param name the value of the label `worker` of what is about the process itself
   */
  open(name: string): Source {
    const state: State = { name, last: new Map(), figures: undefined };
    this.#states.add(state);
    return {
      update: (figures) => {
        if (this.#states.has(state)) this.#update(state, figures);
      },
      close: () => void this.#states.delete(state),
    };
  }

  /** All metrics, by name. */
  toFamilies(): Family[] {
    const all = new Map<string, Total>();
    for (const [name, { family, series }] of this.#totals) all.set(name, { family, series: new Map(series) });
    for (const { name: worker, figures } of this.#states) {
      for (const family of figures?.families ?? []) {
        if (family.type === 'gauge') for (const one of family.series) this.#join(toTotal(all, family), one);
      }
      for (const family of figures?.process ?? []) {
        const total = toTotal(all, family);
        for (const { labels, numbers, exemplars } of family.series)
          put(total, { labels: { ...labels, worker }, numbers: [...numbers], exemplars });
      }
    }
    return [...all.values()]
      .map(({ family, series }) => ({ ...family, series: [...series.values()].map(toSeries) }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  #update(state: State, figures: Figures): void {
    const last = new Map<string, readonly number[]>();
    for (const family of figures.families) {
      if (family.type === 'gauge') continue;
      const total = toTotal(this.#totals, family);
      for (const one of family.series) {
        const key = `${family.name} ${toKey(one.labels)}`;
        last.set(key, one.numbers);
        this.#add(total, one, state.last.get(key));
      }
    }
    state.last = last;
    state.figures = figures;
    this.#forget();
  }

  #add({ series }: Total, { labels, numbers, exemplars }: Series, before: readonly number[] | undefined): void {
    // A series that was forgotten begins anew.
    const isNew = before === undefined || numbers.some((number, index) => number < (before[index] ?? 0));
    const own = this.#toOwn(labels);
    const key = toKey(own);
    const sum = series.get(key) ?? { labels: own, numbers: numbers.map(() => 0), exemplars: undefined };
    sum.numbers = sum.numbers.map(
      (number, index) => number + (numbers[index] ?? 0) - (isNew ? 0 : (before[index] ?? 0)),
    );
    sum.exemplars = joinExemplars(sum.exemplars, exemplars);
    series.set(key, sum);
  }

  /** Joins a gauge of one process with those of the others. */
  #join(total: Total, { labels, numbers }: Series): void {
    const own = this.#toOwn(labels);
    const known = total.series.get(toKey(own));
    const [value = 0] = numbers;
    const [before = value] = known?.numbers ?? [];
    const { aggregator } = total.family;
    const joined =
      known === undefined ? value : aggregator === 'sum' ? before + value : Math[aggregator](before, value);
    put(total, { labels: own, numbers: [joined], exemplars: undefined });
  }

  /** The labels, with that of the other deployments once there are too many. */
  #toOwn(labels: Labels): Labels {
    const { deployment = '' } = labels;
    if (deployment === '' || this.#own.has(deployment)) return labels;
    if (this.#own.size < this.#maxDeployments && !this.#others.has(deployment)) {
      this.#own.add(deployment);
      return labels;
    }
    this.#others.add(deployment);
    return { ...labels, deployment: OTHER_DEPLOYMENTS };
  }

  /** Forgets deployments that no process knows any more. */
  #forget(): void {
    const known = new Set([...this.#states].flatMap(({ figures }) => figures?.deployments ?? []));
    for (const id of this.#others) if (!known.has(id)) this.#others.delete(id);
    const gone = new Set([...this.#own].filter((id) => !known.has(id)));
    if (gone.size === 0) return;
    for (const { series } of this.#totals.values())
      for (const [key, { labels }] of series) if (gone.has(labels['deployment'] ?? '')) series.delete(key);
    for (const id of gone) this.#own.delete(id);
  }
}

function toTotal(totals: Map<string, Total>, family: Family): Total {
  let total = totals.get(family.name);
  if (!total) totals.set(family.name, (total = { family, series: new Map() }));
  // The buckets of a histogram are known once it has a series.
  else if (family.bounds.length > 0) total.family = family;
  return total;
}

function put({ series }: Total, one: MutableSeries): void {
  series.set(toKey(one.labels), one);
}

function toSeries({ labels, numbers, exemplars }: MutableSeries): Series {
  return { labels, numbers, ...(exemplars && { exemplars }) };
}

/** The latest of each bucket. */
function joinExemplars(ones: Series['exemplars'], others: Series['exemplars']): Series['exemplars'] {
  if (!ones || !others) return others ?? ones;
  return others.map((other, index) => {
    const one = ones[index] ?? null;
    return one && other ? (one.timestamp > other.timestamp ? one : other) : (other ?? one);
  });
}

function toKey(labels: Labels): string {
  return JSON.stringify(labels);
}
