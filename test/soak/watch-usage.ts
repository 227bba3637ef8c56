/** Memory and file descriptors of an engine over time, and whether they stay flat. */
import { countDescriptors, readMemory } from '../../bench/process-usage.ts';
import { median } from '../../bench/report.ts';

/** What grows by more than this share from the first third of the time to the last, and by more than the floor, is not flat. */
const MAX_GROWTH = 0.05;
/** Below these (megabytes, and descriptors), growth is noise: garbage that is not collected yet, connections that just end. */
const MEMORY_FLOOR = 24;
const DESCRIPTOR_FLOOR = 10;

/** How many times in a row something must grow to be a leak. */
const MIN_ROUNDS = 3;
/** What has grown by less than this share of its growth at first, per request, comes to an end. */
const MIN_SHARE = 0.5;

/** The medians of the first and the last third of the time. */
export interface Trend {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly isFlat: boolean;
}

/** What was seen in some minutes, and how many requests were sent in them. */
export interface Round {
  readonly trends: readonly Trend[];
  readonly requests: number;
}

/** The names of what has grown in every round. */
export function listGrowing([first, ...others]: readonly Round[]): string[] {
  const listNames = ({ trends }: Round) => trends.filter(({ isFlat }) => !isFlat).map(({ name }) => name);
  return others.reduce(
    (names, round) => names.filter((name) => listNames(round).includes(name)),
    first ? listNames(first) : [],
  );
}

/**
 * Whether something leaks for sure: it has grown in every round, and in the last one by as much per request as in the first, or nearly.
 * What grows while an engine warms up, or its garbage is not collected yet, grows less and less; on a slow machine that takes more rounds.
 */
export function isLeaking(rounds: readonly Round[]): boolean {
  const toGrowth = ({ trends, requests }: Round, name: string) => {
    const { first, last } = trends.find((trend) => trend.name === name) as Trend;
    return (last - first) / requests;
  };
  return (
    rounds.length >= MIN_ROUNDS &&
    listGrowing(rounds).some(
      (name) => toGrowth(rounds.at(-1) as Round, name) >= MIN_SHARE * toGrowth(rounds[0] as Round, name),
    )
  );
}

/**
 * Samples a process group once per second until it is told to stop, and gives the trends. Only on Linux.
 * @param countOwn how many of the descriptors are connections of those who ask, and to the target
 */
export function watchUsage(group: number, countOwn: () => number): { stop(): Trend[] } {
  const memory: number[] = [];
  const descriptors: number[] = [];
  const timer = setInterval(() => {
    const usage = readMemory(group);
    if (usage) memory.push(usage.rss);
    descriptors.push((countDescriptors(group) ?? NaN) - countOwn());
  }, 1_000);
  return {
    stop: () => {
      clearInterval(timer);
      if (memory.length < 3) return [];
      return [
        toTrend('resident memory, MB', memory, MEMORY_FLOOR),
        toTrend('file descriptors beside those of connections', descriptors, DESCRIPTOR_FLOOR),
      ];
    },
  };
}

function toTrend(name: string, samples: readonly number[], floor: number): Trend {
  const third = Math.floor(samples.length / 3);
  const [first, last] = [median(samples.slice(0, third)), median(samples.slice(-third))];
  return { name, first, last, isFlat: last - first <= Math.max(MAX_GROWTH * first, floor) };
}
