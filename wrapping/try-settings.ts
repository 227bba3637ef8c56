/** Finds out settings that an upstream does not tell: the rows are sent in each of the ways that its kind proposes. */
import { isDeepStrictEqual } from 'node:util';
import type { RemoteAnswer } from '../remote/adapter.ts';
import type { UpstreamFailure } from '../upstream/upstream-error.ts';
import { findFailure } from './find-failure.ts';
import type { Settings } from './merge-settings.ts';

/** The failures after which asking in another way would fail as well. */
export const FINAL: readonly UpstreamFailure[] = ['refused', 'dropped', 'late', 'unauthorized'];

/** Settings with which the upstream answers the rows, and what it says. */
export interface Trial {
  readonly settings: Settings;
  readonly answer: RemoteAnswer;
}

/**
 * The first settings with which the upstream gives an answer; undefined where it gives none.
 * @param given what the user has decided, and is not tried otherwise
 * @param ask has the upstream answer the rows with some settings
 * @throws what asking throws where the upstream cannot be reached at all
 */
export async function trySettings(
  trials: readonly Settings[],
  given: Settings,
  ask: (settings: Settings) => Promise<RemoteAnswer>,
): Promise<Trial | undefined> {
  for (const settings of trials) {
    if (contradicts(settings, given)) continue;
    try {
      const answer = await ask(settings);
      if (Object.values(answer).some((rows) => rows !== undefined)) return { settings, answer };
    } catch (error) {
      const failure = findFailure(error);
      if (failure && FINAL.includes(failure.failure)) throw error;
    }
  }
  return undefined;
}

function contradicts(settings: Settings, given: Settings): boolean {
  return Object.entries(settings).some(
    ([key, value]) => Object.hasOwn(given, key) && !isDeepStrictEqual(given[key], value),
  );
}

/** What was found, for people; nothing where all is as it would have been. */
export function tellTrial(trial: Trial | undefined): string[] {
  const found = Object.entries(trial?.settings ?? {}).map(([key, value]) => `${key}=${toText(value)}`);
  return found.length === 0 ? [] : [`Found by trying: ${found.join(', ')}.`];
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
