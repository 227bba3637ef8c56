/**
 * Runs the checks against an engine. Discovery is called first; then the maximum number of requests is known, and is reported
 * before any more are sent. Checks run one after the other, so that the load of one does not slow down another.
 */
import type { LookupFunction } from 'node:net';
import type { NamedCheck } from './checks/all-checks.ts';
import { NotApplicable, NotRun, type Outcome } from './outcome.ts';
import { listSecrets, toAuthentication, type Credentials } from './client/credentials.ts';
import { describe } from './client/exchange.ts';
import { HttpClient, type ClientCertificates } from './client/http-client.ts';
import { chooseDeployments, MAX_SCORED } from './choose-deployments.ts';
import type { DeploymentEvidence } from './evidence/deployment-evidence.ts';
import { EngineEvidence, type DiscoveryLimits } from './evidence/engine-evidence.ts';
import type { PublishedDeployment } from './evidence/published-deployment.ts';
import { conclude, countVerdicts, toVerdict, type CheckResult, type Finding, type Report } from './report/report.ts';
import { toCount } from './report/text.ts';
import { buildSafeText } from './report/safe-text.ts';
import { describeOrigin, type GivenRows } from './rows/rows.ts';
import { countRequests, FORM_PROBES, type ScoringProbe } from './evidence/scoring-probes.ts';
import { UsageError } from './usage-error.ts';

export interface CheckOptions {
  /** The base URL, before /v1/deployments; can be left out if there is a scoring URL. */
  readonly base?: URL;
  /** Where to score instead of where discovery says; the engine need not have discovery then. */
  readonly scoringUrl?: URL;
  readonly checks: readonly NamedCheck[];
  readonly credentials?: Credentials;
  /** The ids of the deployments to score; all of them by default. */
  readonly deployments?: readonly string[];
  readonly rows?: GivenRows;
  readonly maxRows: number;
  /** The time limit of a call in milliseconds. */
  readonly timeout: number;
  readonly level: Report['level'];
  readonly insecure: boolean;
  /** Authorities that are trusted as well, and what the engine is shown. */
  readonly certificates?: ClientCertificates;
  /** The maximum size of a response body in bytes; 64 MiB by default. */
  readonly maxReply?: number;
  readonly limits?: DiscoveryLimits;
  readonly lookup?: LookupFunction;
  /** Called with what is about to be sent, before it is sent. */
  readonly onBudget?: (text: string) => void;
  /** Called after each check. */
  readonly onProgress?: (done: number, total: number, result: CheckResult) => void;
}

const MAX_REPLY = 64 * 2 ** 20;
/** The limits of IBM's own tests of discovery, and their baseline. */
const LIMITS: DiscoveryLimits = { required: 10_000, recommended: 2_000 };
/** At most this many published deployments are judged; the report says when there are more. */
const MAX_PUBLISHED = 1000;

/**
 * Checks an engine.
 * @throws {UsageError} when the engine cannot be reached, or does not have the deployments that were asked for
 */
export async function checkEngine(options: CheckOptions): Promise<Report> {
  const {
    checks,
    credentials,
    timeout,
    insecure,
    certificates,
    lookup,
    maxReply = MAX_REPLY,
    limits = LIMITS,
  } = options;
  const base = toBase(options);
  const started = new Date();
  const client = new HttpClient({
    base,
    credentials,
    timeout,
    maxReply,
    insecure,
    certificates,
    ...(lookup && { lookup }),
  });
  const engine = new EngineEvidence({ base, client, limits, authentication: toAuthentication(credentials) });
  const toSafe = buildSafeText(listSecrets(credentials));

  const perEngine = options.base ? countEngineRequests(checks) : 0;
  const perDeployment = countDeploymentRequests(checks);
  options.onBudget?.(
    options.base
      ? `At most ${toCount(perEngine, 'request')} to the engine, and ${perDeployment} to each deployment; none to any host but ${base.host}.`
      : `At most ${toCount(perDeployment, 'request')} to the scoring URL; none to any host but ${base.host}.`,
  );
  const published = await discover(engine, options);
  const deployments = chooseDeployments(engine, published, options, toSafe);
  const budget = perEngine + perDeployment * deployments.length;
  client.budget = budget;
  options.onBudget?.(`${toCount(deployments.length, 'deployment')} to score: at most ${toCount(budget, 'request')}.`);
  if (!options.base && perDeployment > 0) await checkReachable(deployments, base, insecure);

  const results: CheckResult[] = [];
  for (const check of checks) {
    const findings = (await runCheck(check, engine, published, deployments)).map((finding) =>
      toSafeFinding(finding, toSafe),
    );
    const { id, group, statement, why, fix } = check;
    const result = {
      id,
      group,
      level: toLevel(check, engine),
      statement,
      why,
      fix,
      verdict: toVerdict(findings),
      findings,
    };
    results.push(result);
    options.onProgress?.(results.length, checks.length, result);
  }
  return {
    url: toSafe(toPrintable(options.base ?? (options.scoringUrl as URL))),
    started_at: started.toISOString(),
    seconds: Math.round(Date.now() - started.getTime()) / 1000,
    requests: { sent: client.sent, budget },
    deployments: deployments.map(({ published: { label }, url, rows }) => ({
      id: toSafe(label),
      scoring_url: toSafe(toPrintable(url)),
      rows: toSafe(describeOrigin(rows)),
    })),
    level: options.level,
    conclusion: conclude(results, options.level),
    counts: countVerdicts(results),
    results,
  };
}

/** The root of what is called. @throws {UsageError} if the scoring URL is on another host than the base URL */
function toBase({ base, scoringUrl }: CheckOptions): URL {
  if (base && scoringUrl && base.origin !== scoringUrl.origin)
    throw new UsageError(
      `--scoring-url: expected a URL on ${base.origin}, the host of the base URL. To check it alone, leave the base URL out.`,
    );
  if (base) return base;
  if (!scoringUrl) throw new UsageError('Expected the base URL of an engine, or --scoring-url.');
  return new URL('/', scoringUrl);
}

/** A query may contain a key, and is not printed. */
function toPrintable({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
}

/**
 * The published deployments. With a scoring URL, discovery is optional: if it is not called, or does not return a JSON object,
 * the engine is checked without it.
 * @throws {UsageError} if the engine cannot be reached
 */
async function discover(engine: EngineEvidence, options: CheckOptions): Promise<readonly PublishedDeployment[]> {
  if (!options.base) {
    engine.discoveryAbsence = 'discovery is not called without a base URL';
    return [];
  }
  const discovery = await engine.exchange('discovery');
  if (discovery.kind === 'unreachable')
    throw new UsageError(toUnreachable(engine.base, discovery.message, options.insecure));
  if (options.scoringUrl && (await engine.discoveryBody().catch(toNone))?.['resources'] === undefined)
    engine.discoveryAbsence = `the engine has no discovery, which is optional with --scoring-url (${describe(discovery)})`;
  return (await engine.published().catch(toNone)) ?? [];
}

async function checkReachable(deployments: readonly DeploymentEvidence[], base: URL, insecure: boolean): Promise<void> {
  for (const deployment of deployments) {
    const exchange = await deployment.exchange('batch');
    if (exchange.kind === 'unreachable') throw new UsageError(toUnreachable(base, exchange.message, insecure));
  }
}

function toLevel({ level, raised }: NamedCheck, engine: EngineEvidence): NamedCheck['level'] {
  return raised?.applies(engine) ? raised.level : level;
}

async function runCheck(
  check: NamedCheck,
  engine: EngineEvidence,
  published: readonly PublishedDeployment[],
  deployments: readonly DeploymentEvidence[],
): Promise<Finding[]> {
  const absence = check.group === 'discovery' ? engine.discoveryAbsence : undefined;
  if (absence !== undefined) return [{ verdict: 'not-applicable', reason: absence }];
  if (check.scope === 'engine') return [await settle(() => check.run(engine, deployments))];
  const findings: Finding[] = [];
  if (published.length === 0 && deployments.length === 0) {
    // The reason why there are none is the reason not to run.
    const missing = await settle(async () => {
      await engine.resources();
      return { verdict: 'not-run', reason: 'there is no deployment' };
    });
    return [missing];
  }
  if (check.scope === 'published') {
    for (const deployment of published.slice(0, MAX_PUBLISHED))
      findings.push({ ...(await settle(() => check.run(deployment, engine))), deployment: deployment.label });
    return [...findings, ...describeRest(published.length, MAX_PUBLISHED, 'judged')];
  }
  for (const deployment of deployments)
    findings.push({ ...(await settle(() => check.run(deployment))), deployment: deployment.published.label });
  if (deployments.length === 0) return [{ verdict: 'not-run', reason: 'there is no deployment with an id' }];
  const isFull = deployments.length === MAX_SCORED;
  return [...findings, ...(isFull ? describeRest(published.length, MAX_SCORED, 'scored') : [])];
}

function describeRest(count: number, max: number, what: string): Finding[] {
  const reason = `only the first ${max} of ${count} deployments were ${what}; --deployment selects which ones are scored`;
  return count > max ? [{ verdict: 'not-run', reason }] : [];
}

async function settle(run: () => Outcome | Promise<Outcome>): Promise<Outcome> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof NotRun) return { verdict: 'not-run', reason: error.message };
    if (error instanceof NotApplicable) return { verdict: 'not-applicable', reason: error.message };
    // A bug of ours must not be reported as a fault of the engine, nor prevent the other checks.
    const name = error instanceof Error ? error.name : typeof error;
    return { verdict: 'not-run', reason: `the check itself failed (${name}); please report this bug` };
  }
}

function countEngineRequests(checks: readonly NamedCheck[]): number {
  return new Set(['discovery', ...checks.flatMap(({ engineProbes = [] }) => engineProbes)]).size;
}

function countDeploymentRequests(checks: readonly NamedCheck[]): number {
  const scores = checks.some(({ scope, probes }) => scope === 'deployment' || probes);
  const probes = new Set<ScoringProbe>([
    ...(scores ? FORM_PROBES : []),
    ...checks.flatMap((check) => check.probes ?? []),
  ]);
  return [...probes].reduce((sum, probe) => sum + countRequests(probe), 0);
}

function toUnreachable(base: URL, message: string, insecure: boolean): string {
  const isCertificate = /CERT|SIGNED|VERIFY|ERR_TLS/.test(message);
  const hint =
    isCertificate && !insecure ? ' --ca-file trusts the authority in a file; --insecure accepts any certificate.' : '';
  return `${base.host}: ${message}.${hint}`;
}

function toSafeFinding(finding: Finding, toSafe: (text: string) => string): Finding {
  const { verdict, ...texts } = finding;
  const safe = Object.entries(texts).map(([key, text]: [string, string]) => [key, toSafe(text)]);
  return { verdict, ...Object.fromEntries(safe) } as Finding;
}

function toNone(error: unknown): undefined {
  if (!(error instanceof NotRun || error instanceof NotApplicable)) throw error;
}
