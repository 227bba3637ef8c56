/** Memory and file descriptors of an engine over time, and whether they stay flat. */
import { countDescriptors, readMemory } from '../../bench/process-usage.ts';
import { median } from '../../bench/report.ts';

/** What grows by more than this share from the first third of the time to the last, and by more than the floor, is not flat. */
const MAX_GROWTH = 0.05;
/** Below these (megabytes, and descriptors), growth is noise: garbage that is not collected yet, connections that just end. */
const MEMORY_FLOOR = 24;
const DESCRIPTOR_FLOOR = 10;

/** The medians of the first and the last third of the time. */
export interface Trend {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly isFlat: boolean;
}

/** The names of what has grown in every round. */
export function listGrowing([first = [], ...others]: readonly (readonly Trend[])[]): string[] {
  const listNames = (trends: readonly Trend[]) => trends.filter(({ isFlat }) => !isFlat).map(({ name }) => name);
  return others.reduce((names, round) => names.filter((name) => listNames(round).includes(name)), listNames(first));
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
