/** Sends the invalid requests that the error checks use. */
import { NotRun } from '../../outcome.ts';
import type { Exchange } from '../../client/exchange.ts';
import type { DeploymentEvidence } from '../../evidence/deployment-evidence.ts';
import type { SingleProbe } from '../../evidence/scoring-probes.ts';

/** Requests that are invalid for every model. */
export const INVALID = [
  'malformed-json',
  'no-table',
  'missing-feature',
  'wrong-type',
  'ragged-row',
  'other-media-type',
  'wrong-method',
  'unknown-deployment',
] as const satisfies SingleProbe[];
/** Requests that a model may score, but must survive. */
export const DOUBTFUL = ['null-cell', 'unknown-category'] as const satisfies SingleProbe[];
/** Requests that are meaningful only if the engine scores the rows otherwise. */
const WITH_ROWS: readonly SingleProbe[] = ['missing-feature', 'wrong-type', 'ragged-row', ...DOUBTFUL];

/**
 * The response to an invalid request.
 * @throws {NotRun} if the request needs valid rows and these are not scored, or if every request to the scoring URL is rejected
 */
export async function sendInvalid(deployment: DeploymentEvidence, probe: SingleProbe): Promise<Exchange> {
  if (WITH_ROWS.includes(probe)) await deployment.scored();
  if (await deployment.leadsNowhere()) throw new NotRun('the scoring URL rejects every call; see scoring-status');
  return deployment.exchange(probe);
}
