/** Finds settings that an upstream does not report, by scoring the rows in each of the ways that its kind proposes. */
import { isDeepStrictEqual } from 'node:util';
import type { RemoteAnswer } from '../remote/adapter.ts';
import type { UpstreamFailure } from '../upstream/upstream-error.ts';
import { findFailure } from './find-failure.ts';
import type { Settings } from './merge-settings.ts';

/** Failures after which other settings would fail as well. */
export const FINAL: readonly UpstreamFailure[] = ['refused', 'dropped', 'late', 'unauthorized'];

/** Settings with which the upstream answers, and the answer. */
export interface Trial {
  readonly settings: Settings;
  readonly answer: RemoteAnswer;
}

/**
 * The first settings with which the upstream answers; undefined if there are none.
 * @param given the user's settings; trials that contradict them are skipped
 * @param score scores the rows with some settings
 * @throws what `score` throws if the upstream cannot be reached at all
 */
export async function trySettings(
  trials: readonly Settings[],
  given: Settings,
  score: (settings: Settings) => Promise<RemoteAnswer>,
): Promise<Trial | undefined> {
  for (const settings of trials) {
    if (contradicts(settings, given)) continue;
    try {
      const answer = await score(settings);
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

/** Describes the settings that were found; empty if there are none. */
export function describeTrial(trial: Trial | undefined): string[] {
  const found = Object.entries(trial?.settings ?? {}).map(([key, value]) => `${key}=${toText(value)}`);
  return found.length === 0 ? [] : [`Found by trying: ${found.join(', ')}.`];
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
