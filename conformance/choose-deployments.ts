/** Chooses the deployments to score: the published ones, those of `--deployment`, or that of `--scoring-url`. */
import { DeploymentEvidence } from './evidence/deployment-evidence.ts';
import type { EngineEvidence } from './evidence/engine-evidence.ts';
import { PublishedDeployment } from './evidence/published-deployment.ts';
import { findDeploymentId, toHttpUrl, toScoringUrl } from './evidence/scoring-url.ts';
import { chooseRows } from './rows/choose-rows.ts';
import type { GivenRows } from './rows/rows.ts';
import { UsageError } from './usage-error.ts';

/** At most this many deployments are scored; the report says when there are more. */
export const MAX_SCORED = 100;

interface Options {
  readonly scoringUrl?: URL;
  readonly deployments?: readonly string[];
  readonly rows?: GivenRows;
  readonly maxRows: number;
}

/**
 * The deployments to score.
 * @throws {UsageError} if the engine does not have one that was asked for
 */
export function chooseDeployments(
  engine: EngineEvidence,
  published: readonly PublishedDeployment[],
  options: Options,
  toSafe: (text: string) => string,
): DeploymentEvidence[] {
  const { scoringUrl, rows, maxRows } = options;
  const build = (deployment: PublishedDeployment, url: URL) =>
    new DeploymentEvidence(engine, deployment, url, chooseRows(deployment, rows), maxRows);
  if (scoringUrl) return [build(toDeployment(published, scoringUrl, options.deployments), scoringUrl)];
  const chosen = selectDeployments(published, options.deployments, toSafe);
  return chosen.map((deployment) => build(deployment, toScoringUrl(engine, deployment)));
}

function selectDeployments(
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

/** The published deployment that a scoring URL belongs to, or else one of which nothing is published. */
function toDeployment(
  published: readonly PublishedDeployment[],
  url: URL,
  asked: readonly string[] | undefined,
): PublishedDeployment {
  if (asked && asked.length > 1) throw new UsageError('--deployment: expected at most one with --scoring-url.');
  const [id = findDeploymentId(url)] = asked ?? [];
  const isSame = (text: unknown) =>
    toHttpUrl(text)?.pathname === url.pathname && toHttpUrl(text)?.search === url.search;
  return (
    (asked ? undefined : published.find(({ scoringUrls }) => scoringUrls.some(([, text]) => isSame(text)))) ??
    published.find((deployment) => deployment.id !== undefined && deployment.id === id) ??
    new PublishedDeployment({ metadata: { guid: id ?? url.pathname } }, 0)
  );
}
