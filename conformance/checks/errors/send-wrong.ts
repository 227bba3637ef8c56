/** The wrong requests that the checks of errors look at. */
import { NotRun } from '../../outcome.ts';
import type { Exchange } from '../../client/exchange.ts';
import type { DeploymentEvidence } from '../../evidence/deployment-evidence.ts';
import type { ScoringRequest } from '../../evidence/scoring-probes.ts';

/** Requests that are wrong whatever the model takes. */
export const WRONG = [
  'malformed-json',
  'no-table',
  'missing-feature',
  'wrong-type',
  'ragged-row',
  'other-media-type',
  'wrong-method',
  'unknown-deployment',
] as const satisfies ScoringRequest[];
/** And those that a model may take, but must not fall over. */
export const DOUBTFUL = ['null-cell', 'unknown-category'] as const satisfies ScoringRequest[];
/** Those that need rows which the engine scores. */
const WITH_ROWS: readonly ScoringRequest[] = ['missing-feature', 'wrong-type', 'ragged-row', ...DOUBTFUL];

/**
 * What came of a wrong request; where it needs rows, only if these are scored when nothing is wrong.
 * @throws {NotRun} also when the scoring URL leads nowhere, where every request would be refused
 */
export async function sendWrong(deployment: DeploymentEvidence, probe: ScoringRequest): Promise<Exchange> {
  if (WITH_ROWS.includes(probe)) await deployment.scored();
  if (await deployment.leadsNowhere()) throw new NotRun('the scoring URL leads nowhere; see scoring-status');
  return deployment.exchange(probe);
}
