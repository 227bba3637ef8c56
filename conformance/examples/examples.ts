/** An example for every check, which reports show beside a failure. A check without one does not compile. */
import type { CheckId } from '../checks/all-checks.ts';
import { discoveryExamples } from './discovery.ts';
import { errorExamples, securityExamples } from './errors.ts';
import type { Example } from './example.ts';
import { loggingExamples } from './logging.ts';
import { loadExamples, scoringExamples } from './scoring.ts';

/** The examples by the ids of the checks; checks that are fixed in the same way share one. */
export const EXAMPLES: Readonly<Record<CheckId, Example>> = {
  ...discoveryExamples,
  ...scoringExamples,
  ...loadExamples,
  ...errorExamples,
  ...securityExamples,
  ...loggingExamples,
};
