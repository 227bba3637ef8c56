/** The sections of a report for people: what decides comes first, and what passed comes last. */
import type { Verdict } from '../outcome.ts';
import { isNoted, type CheckResult, type Report } from './report.ts';

export interface Section {
  readonly title: string;
  readonly kind: Verdict | 'noted';
  readonly results: readonly CheckResult[];
}

/** The sections that have results, in the order in which they matter. */
export function toSections({ results }: Report): Section[] {
  const select = (kind: Section['kind'], title: string, isRequired?: boolean): Section => ({
    kind,
    title,
    results: results.filter(
      (result) =>
        (isNoted(result) ? 'noted' : result.verdict) === kind &&
        (isRequired === undefined || isRequired === (result.level === 'required')),
    ),
  });
  return [
    select('failed', 'Failed: required', true),
    select('not-run', 'Not run: required', true),
    select('failed', 'Failed: recommended', false),
    select('not-run', 'Not run: recommended or informative', false),
    select('noted', 'Noted'),
    select('passed', 'Passed'),
    select('not-applicable', 'Not applicable'),
  ].filter((section) => section.results.length > 0);
}
