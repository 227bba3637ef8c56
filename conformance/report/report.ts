/** What came of a run, for all the formats. Every text in it that an engine sent is safe to print. */
import type { NamedCheck } from '../checks/all-checks.ts';
import type { Level } from '../check.ts';
import type { Outcome, Verdict } from '../outcome.ts';

/** What came of a check in one place: a deployment, or the whole engine. */
export type Finding = Outcome & { readonly deployment?: string };

export interface CheckResult extends Pick<NamedCheck, 'id' | 'group' | 'level' | 'statement' | 'why' | 'mend'> {
  /** The worst of its findings: failed, not-run, passed, not-applicable. */
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

/** `undecided`: nothing failed, but a check that decides could not be run. */
export type Conclusion = 'conforms' | 'does-not-conform' | 'undecided';

/** How many checks have each verdict; an informative one that fails is `noted`, and no failure. */
export type Counts = Readonly<Record<Verdict | 'noted', number>>;

export interface Report {
  readonly url: string;
  readonly started_at: string;
  readonly seconds: number;
  readonly requests: { readonly sent: number; readonly budget: number };
  /** The deployments that were scored, with the rows that were used. */
  readonly deployments: readonly { readonly id: string; readonly scoring_url: string; readonly rows: string }[];
  /** The level up to which a failure decides. */
  readonly level: Exclude<Level, 'informative'>;
  readonly conclusion: Conclusion;
  readonly counts: Counts;
  readonly results: readonly CheckResult[];
}

const WORST: readonly Verdict[] = ['failed', 'not-run', 'passed', 'not-applicable'];

/** The verdict over all findings. */
export function toVerdict(findings: readonly Finding[]): Verdict {
  return WORST.find((verdict) => findings.some((finding) => finding.verdict === verdict)) ?? 'not-applicable';
}

/** Whether a result decides, at a level. */
export function decides({ level }: Pick<CheckResult, 'level'>, threshold: Report['level']): boolean {
  return level === 'required' || level === threshold;
}

/** What the results say of the engine. */
export function conclude(results: readonly CheckResult[], threshold: Report['level']): Conclusion {
  const deciding = results.filter((result) => decides(result, threshold));
  if (deciding.some(({ verdict }) => verdict === 'failed')) return 'does-not-conform';
  return deciding.some(({ verdict }) => verdict === 'not-run') ? 'undecided' : 'conforms';
}

/** Whether a result is a remark, and no failure. */
export function isNoted({ level, verdict }: Pick<CheckResult, 'level' | 'verdict'>): boolean {
  return level === 'informative' && verdict === 'failed';
}

/** How many results have each verdict. */
export function countVerdicts(results: readonly CheckResult[]): Counts {
  const count = (verdict: Verdict) => results.filter((result) => result.verdict === verdict && !isNoted(result)).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    noted: results.filter(isNoted).length,
    'not-run': count('not-run'),
    'not-applicable': count('not-applicable'),
  };
}
