/** The results of a run, for all formats. All text from the engine is safe to print. */
import type { NamedCheck } from '../checks/all-checks.ts';
import type { Level } from '../check.ts';
import type { Outcome, Verdict } from '../outcome.ts';

/** The outcome of a check for one deployment, or for the engine. */
export type Finding = Outcome & { readonly deployment?: string };

export interface CheckResult extends Pick<NamedCheck, 'id' | 'group' | 'level' | 'statement' | 'why' | 'fix'> {
  /** The worst of its findings; in this order: failed, not-run, passed, not-applicable. */
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

/** `undecided`: no deciding check failed, but one could not be run. */
export type Conclusion = 'conforms' | 'does-not-conform' | 'undecided';

/** The number of checks per verdict; an informative check that fails counts as `noted`. */
export type Counts = Readonly<Record<Verdict | 'noted', number>>;

export interface Report {
  readonly url: string;
  readonly started_at: string;
  readonly seconds: number;
  readonly requests: { readonly sent: number; readonly budget: number };
  /** The deployments that were scored, and where the rows come from. */
  readonly deployments: readonly { readonly id: string; readonly scoring_url: string; readonly rows: string }[];
  /** The level up to which checks decide. */
  readonly level: Exclude<Level, 'informative'>;
  readonly conclusion: Conclusion;
  readonly counts: Counts;
  readonly results: readonly CheckResult[];
}

const WORST: readonly Verdict[] = ['failed', 'not-run', 'passed', 'not-applicable'];

/** The verdict of a check from all its findings. */
export function toVerdict(findings: readonly Finding[]): Verdict {
  return WORST.find((verdict) => findings.some((finding) => finding.verdict === verdict)) ?? 'not-applicable';
}

/** Whether a result decides the conclusion. */
export function decides({ level }: Pick<CheckResult, 'level'>, threshold: Report['level']): boolean {
  return level === 'required' || level === threshold;
}

/** The conclusion from all results. */
export function conclude(results: readonly CheckResult[], threshold: Report['level']): Conclusion {
  const deciding = results.filter((result) => decides(result, threshold));
  if (deciding.some(({ verdict }) => verdict === 'failed')) return 'does-not-conform';
  return deciding.some(({ verdict }) => verdict === 'not-run') ? 'undecided' : 'conforms';
}

/** The report with only what decides against the engine, or is recommended and failed. The counts and the conclusion stay. */
export function toFailedOnly(report: Report): Report {
  const results = report.results.filter(
    (result) =>
      (result.verdict === 'failed' && !isNoted(result)) ||
      (result.verdict === 'not-run' && decides(result, report.level)),
  );
  return { ...report, results };
}

/** Whether a result is a remark rather than a failure. */
export function isNoted({ level, verdict }: Pick<CheckResult, 'level' | 'verdict'>): boolean {
  return level === 'informative' && verdict === 'failed';
}

/** The number of results per verdict. */
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
