/** Finds settings that an upstream does not report, by scoring the rows in each of the ways that its kind proposes. */
import { isDeepStrictEqual } from 'node:util';
import type { RemoteAnswer } from '../remote/adapter.ts';
import type { UpstreamFailure } from '../upstream/upstream-error.ts';
import { findFailure } from './find-failure.ts';
import type { Settings } from './merge-settings.ts';

/** Failures after which other settings would fail as well. */
export const FINAL: readonly UpstreamFailure[] = ['refused', 'dropped', 'late', 'unauthorized'];

/** Settings with which the upstream answers, and its scores. */
export interface Trial<Scores> {
  readonly settings: Settings;
  readonly scores: Scores;
}

/**
 * The first settings with which the upstream answers; undefined if there are none.
 * @param given the user's settings; trials that contradict them are skipped
 * @param score scores the rows with some settings
 * @throws what `score` throws if the upstream cannot be reached at all
 */
export async function trySettings<Scores extends { readonly answer: RemoteAnswer }>(
  trials: readonly Settings[],
  given: Settings,
  score: (settings: Settings) => Promise<Scores>,
): Promise<Trial<Scores> | undefined> {
  for (const settings of trials) {
    if (contradicts(settings, given)) continue;
    try {
      const scores = await score(settings);
      if (Object.values(scores.answer).some((rows) => rows !== undefined)) return { settings, scores };
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
export function describeTrial(trial: Trial<unknown> | undefined): string[] {
  const found = Object.entries(trial?.settings ?? {}).map(([key, value]) => `${key}=${toText(value)}`);
  return found.length === 0 ? [] : [`Found by trying: ${found.join(', ')}.`];
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
