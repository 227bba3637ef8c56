/**
 * Runs the checks against an engine. Discovery is called first; then the maximum number of requests is known, and is reported
 * before any more are sent. Checks run one after the other, so that the load of one does not slow down another.
 */
import type { LookupFunction } from 'node:net';
import type { NamedCheck } from './checks/all-checks.ts';
import { NotApplicable, NotRun, type Outcome } from './outcome.ts';
import { listSecrets, type Credentials } from './client/credentials.ts';
import { HttpClient } from './client/http-client.ts';
import { DeploymentEvidence } from './evidence/deployment-evidence.ts';
import { EngineEvidence, type DiscoveryLimits } from './evidence/engine-evidence.ts';
import type { PublishedDeployment } from './evidence/published-deployment.ts';
import { conclude, countVerdicts, toVerdict, type CheckResult, type Finding, type Report } from './report/report.ts';
import { toCount } from './report/text.ts';
import { buildSafeText } from './report/safe-text.ts';
import { chooseRows } from './rows/choose-rows.ts';
import { ORIGINS, type GivenRows } from './rows/rows.ts';
import { countRequests, type ScoringProbe } from './evidence/scoring-probes.ts';
import { UsageError } from './usage-error.ts';

export interface CheckOptions {
  readonly base: URL;
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
/** At most this many deployments are scored, and at most this many published ones are judged; the report says when there are more. */
const MAX_SCORED = 100;
const MAX_PUBLISHED = 1000;

/**
 * Checks an engine.
 * @throws {UsageError} when the engine cannot be reached, or does not have the deployments that were asked for
 */
export async function checkEngine(options: CheckOptions): Promise<Report> {
  const { base, checks, credentials, timeout, insecure, lookup, maxReply = MAX_REPLY, limits = LIMITS } = options;
  const started = new Date();
  const client = new HttpClient({ base, credentials, timeout, maxReply, insecure, ...(lookup && { lookup }) });
  const engine = new EngineEvidence(base, client, limits, credentials !== undefined);
  const toSafe = buildSafeText(listSecrets(credentials));

  const perEngine = countEngineRequests(checks);
  const perDeployment = countDeploymentRequests(checks);
  options.onBudget?.(
    `At most ${toCount(perEngine, 'request')} to the engine, and ${perDeployment} to each deployment; none to any host but ${base.host}.`,
  );
  const discovery = await engine.exchange('discovery');
  if (discovery.kind === 'unreachable') throw new UsageError(toUnreachable(base, discovery.message, insecure));
  const published = await engine.published().catch(toNone);
  const deployments = chooseDeployments(published, options.deployments, toSafe).map(
    (deployment) => new DeploymentEvidence(engine, deployment, chooseRows(deployment, options.rows), options.maxRows),
  );
  const budget = perEngine + perDeployment * deployments.length;
  client.budget = budget;
  options.onBudget?.(`${toCount(deployments.length, 'deployment')} to score: at most ${toCount(budget, 'request')}.`);

  const results: CheckResult[] = [];
  for (const check of checks) {
    const findings = (await runCheck(check, engine, published, deployments)).map((finding) =>
      toSafeFinding(finding, toSafe),
    );
    const { id, group, level, statement, why, fix } = check;
    const result = { id, group, level, statement, why, fix, verdict: toVerdict(findings), findings };
    results.push(result);
    options.onProgress?.(results.length, checks.length, result);
  }
  return {
    url: base.href,
    started_at: started.toISOString(),
    seconds: Math.round(Date.now() - started.getTime()) / 1000,
    requests: { sent: client.sent, budget },
    deployments: deployments.map(({ published: { label }, url, rows }) => ({
      id: toSafe(label),
      scoring_url: toSafe(url.href),
      rows: ORIGINS[rows.origin],
    })),
    level: options.level,
    conclusion: conclude(results, options.level),
    counts: countVerdicts(results),
    results,
  };
}

async function runCheck(
  check: NamedCheck,
  engine: EngineEvidence,
  published: readonly PublishedDeployment[],
  deployments: readonly DeploymentEvidence[],
): Promise<Finding[]> {
  if (check.scope === 'engine') return [await settle(() => check.run(engine, deployments))];
  // The reason why there are none is the reason not to run.
  const missing = await settle(async () => {
    await engine.resources();
    return { verdict: 'not-run', reason: 'there is no deployment' };
  });
  if (published.length === 0) return [missing];
  const findings: Finding[] = [];
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
    ...(scores ? ['batch' as const] : []),
    ...checks.flatMap((check) => check.probes ?? []),
  ]);
  return [...probes].reduce((sum, probe) => sum + countRequests(probe), 0);
}

function chooseDeployments(
  published: readonly PublishedDeployment[],
  asked: readonly string[] | undefined,
  toSafe: (text: string) => string,
): PublishedDeployment[] {
  const known = published.filter(({ id }) => id !== undefined);
  if (!asked) return known.slice(0, MAX_SCORED);
  const ids = known.map(({ id }) => id);
  const unknown = asked.find((id) => !ids.includes(id));
  if (unknown !== undefined && known.length > 0)
    throw new UsageError(
      `--deployment: the engine has no ${JSON.stringify(unknown)}; it has ${toSafe(ids.join(', '))}.`,
    );
  return known.filter(({ id }) => asked.includes(id as string));
}

function toUnreachable(base: URL, message: string, insecure: boolean): string {
  const isCertificate = /CERT|SIGNED|VERIFY|ERR_TLS/.test(message);
  const hint = isCertificate && !insecure ? ' --insecure accepts any certificate.' : '';
  return `${base.host}: ${message}.${hint}`;
}

function toSafeFinding(finding: Finding, toSafe: (text: string) => string): Finding {
  const { verdict, ...texts } = finding;
  const safe = Object.entries(texts).map(([key, text]: [string, string]) => [key, toSafe(text)]);
  return { verdict, ...Object.fromEntries(safe) } as Finding;
}

function toNone(error: unknown): readonly PublishedDeployment[] {
  if (error instanceof NotRun) return [];
  throw error;
}
