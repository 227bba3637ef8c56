/** Alternating rounds: what drifts on the machine then meets every contender alike. */
import { median } from './report.ts';

/** How many rounds are measured. */
export const ROUNDS = 5;

/** The length of a round in seconds: BENCH_SECONDS, or 2. */
export const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 2);

/**
 * Measures each contender once a round, another one first every time.
 * @returns what was measured, by contender, in the order of the rounds
 */
export async function alternate<Name extends string, Result>(
  names: readonly Name[],
  measure: (name: Name) => Promise<Result>,
): Promise<Record<Name, Result[]>> {
  const results = Object.fromEntries(names.map((name): [Name, Result[]] => [name, []])) as Record<Name, Result[]>;
  for (let round = 0; round < ROUNDS; round++) {
    for (let index = 0; index < names.length; index++) {
      const name = names[(round + index) % names.length] as Name;
      results[name].push(await measure(name));
    }
  }
  return results;
}

/** The median of what each round's result has under a key. */
export function medianOf<Key extends string>(results: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return median(results.map((result) => result[key]));
}

/** The median of the rounds' ratios of one contender to another. */
export function medianRatio<Key extends string>(
  ones: readonly Readonly<Record<Key, number>>[],
  others: readonly Readonly<Record<Key, number>>[],
  key: Key,
): number {
  return median(ones.map((one, round) => one[key] / (others[round] as Record<Key, number>)[key]));
}
