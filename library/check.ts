/** The conformance checks for programs. Needs none of the packages that serving needs. */
import { checkEngine } from '../conformance/check-engine.ts';
import type { Credentials } from '../conformance/client/credentials.ts';
import { checkUsername, parseBaseUrl, parseHeader, parseScoringUrl } from '../conformance/parse-arguments.ts';
import { FORMATS } from '../conformance/report/formats.ts';
import type { Report } from '../conformance/report/report.ts';
import type { GivenRows } from '../conformance/rows/rows.ts';
import { selectChecks } from '../conformance/select-checks.ts';
import { UsageError } from '../conformance/usage-error.ts';
import type { ScoringTable } from './tables.ts';

/** What to check, and how; the meanings and defaults are those of the options of `check` (docs/conformance.md). */
export interface CheckOptions {
  /** The user name and the password for Basic authentication. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** A header to authenticate with instead. */
  readonly header?: { readonly name: string; readonly value: string } | undefined;
  /** The ids of the deployments to score; all by default. */
  readonly deployments?: readonly string[] | undefined;
  /** The URL to score, instead of those that discovery publishes. */
  readonly scoringUrl?: string | URL | undefined;
  /** The rows to score: a table, or the path of a file of JSON or CSV. */
  readonly rows?: ScoringTable | string | undefined;
  /** The max rows per call; 5000 by default. */
  readonly maxRows?: number | undefined;
  /** Ids or groups of checks to run, or to skip. */
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
  /** Whether operations that log are checked, which then log what is sent to them; false by default. */
  readonly logging?: boolean | undefined;
  /** The time limit of a call in seconds; 60 by default. */
  readonly timeout?: number | undefined;
  /** Whether any certificate is accepted; false by default. */
  readonly insecure?: boolean | undefined;
  /** In PEM: authorities that are trusted as well, and the certificate and the key that the engine is shown. */
  readonly certificates?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  /** The level up to which failures decide the conclusion; required by default. */
  readonly level?: 'required' | 'recommended' | undefined;
  /** Called after each check. */
  readonly onProgress?: ((done: number, total: number, result: CheckResult) => void) | undefined;
}

/** The outcome of a check for one deployment, or for the engine. */
export type CheckFinding = (
  | { readonly verdict: 'passed'; readonly note?: string }
  | { readonly verdict: 'failed'; readonly actual: string; readonly expected: string; readonly note?: string }
  | { readonly verdict: 'not-run' | 'not-applicable'; readonly reason: string }
) & { readonly deployment?: string };

/** The result of a check, over all deployments. */
export interface CheckResult {
  /** Its id in docs/checks.md, which never changes. */
  readonly id: string;
  readonly group: 'discovery' | 'scoring' | 'load' | 'errors' | 'security' | 'logging';
  readonly level: 'required' | 'recommended' | 'informative';
  /** The rule, why it matters, and how to fix an engine that breaks it. */
  readonly statement: string;
  readonly why: string;
  readonly fix: string;
  /** The worst of its findings. */
  readonly verdict: CheckFinding['verdict'];
  readonly findings: readonly CheckFinding[];
}

/** The report on an engine, as `check --format json` prints it. */
export interface CheckReport {
  readonly url: string;
  readonly started_at: string;
  readonly seconds: number;
  readonly requests: { readonly sent: number; readonly budget: number };
  /** The deployments that were scored, and where the rows come from. */
  readonly deployments: readonly { readonly id: string; readonly scoring_url: string; readonly rows: string }[];
  readonly level: 'required' | 'recommended';
  /** `undecided`: no deciding check failed, but one could not be run. */
  readonly conclusion: 'conforms' | 'does-not-conform' | 'undecided';
  /** The number of checks per verdict; an informative check that fails counts as `noted`. */
  readonly counts: Readonly<Record<CheckFinding['verdict'] | 'noted', number>>;
  readonly results: readonly CheckResult[];
}

export type ReportFormat = 'text' | 'json' | 'junit' | 'html';

/**
 * Checks whether OpenScale can discover, score, explain and debias an engine, whoever wrote it.
 * @param url the base URL before /v1/deployments; undefined to check `scoringUrl` alone
 * @throws {UsageError} when the options are invalid, or the engine cannot be reached
 * @throws {CommandError} when the rows cannot be used
 */
export async function check(url: string | URL | undefined, options: CheckOptions = {}): Promise<CheckReport> {
  const { deployments, scoringUrl, maxRows = 5000, timeout = 60, insecure = false, level = 'required' } = options;
  checkNumber('maxRows', maxRows, 1, 100_000);
  checkNumber('timeout', timeout, 0.1, 3600);
  const { only, skip, logging = false, rows, certificates, onProgress } = options;
  const credentials = toCredentials(options);
  return checkEngine({
    ...(url !== undefined && { base: parseBaseUrl(String(url)) }),
    ...(scoringUrl !== undefined && { scoringUrl: parseScoringUrl(String(scoringUrl)) }),
    checks: selectChecks({ ...(only && { only }), ...(skip && { skip }), logging }),
    ...(credentials && { credentials }),
    ...(deployments && { deployments }),
    ...(rows !== undefined && { rows: await toGivenRows(rows) }),
    maxRows,
    timeout: timeout * 1000,
    level,
    insecure,
    ...(certificates && { certificates }),
    ...(onProgress && { onProgress }),
  });
}

/** Writes a report in a format of `check --format`. */
export function formatReport(report: CheckReport, format: ReportFormat): string {
  // Reports come from checkEngine, or from its JSON.
  return FORMATS[format](report as Report, { colour: false });
}

function toCredentials({ username, password, header }: CheckOptions): Credentials | undefined {
  if (header) {
    if (username !== undefined || password !== undefined)
      throw new UsageError('Expected either header, or username and password.');
    return parseHeader(`${header.name}: ${header.value}`);
  }
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || !password) throw new UsageError('Expected username and password together.');
  checkUsername(username);
  return { kind: 'basic', username, password };
}

async function toGivenRows(rows: ScoringTable | string): Promise<GivenRows> {
  const { loadRows, toRows } = await import('../csv/load-rows.ts');
  return typeof rows === 'string' ? loadRows(rows) : toRows(rows);
}

function checkNumber(name: string, value: number, min: number, max: number): void {
  if (!(value >= min && value <= max) || (min === 1 && !Number.isInteger(value)))
    throw new UsageError(`${name}: expected ${min === 1 ? 'an integer' : 'a number'} from ${min} to ${max}.`);
}
