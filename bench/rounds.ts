/** Alternating rounds, so that a drift of the machine affects every contender alike. */
import { median } from './report.ts';

/** The number of measured rounds. */
export const ROUNDS = 5;

/** The duration of a round in seconds: BENCH_SECONDS, or 2. */
export const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 2);

/**
 * Measures each contender once per round, starting with another one each time.
 * @returns the results by contender, in the order of the rounds
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

/** The median of one key over all rounds. */
export function medianOf<Key extends string>(results: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return median(results.map((result) => result[key]));
}

/** The median over all rounds of the ratio of one contender to another. */
export function medianRatio<Key extends string>(
  ones: readonly Readonly<Record<Key, number>>[],
  others: readonly Readonly<Record<Key, number>>[],
  key: Key,
): number {
  return median(ones.map((one, round) => one[key] / (others[round] as Record<Key, number>)[key]));
}
