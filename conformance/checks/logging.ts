/**
 * Checks of two operations that IBM's contract does not have: `…/predictions`, which scores and logs, and `…/feedback`. An engine
 * needs neither, and one that has them logs what these checks send. So they are run only if someone asks for them.
 */
import type { Check } from '../check.ts';
import { describe, isReply, type Exchange, type Reply } from '../client/exchange.ts';
import { readAnswer } from '../evidence/answer.ts';
import { findDifference } from '../evidence/compare-scores.ts';
import type { DeploymentEvidence } from '../evidence/deployment-evidence.ts';
import { LOGGED_ROWS, SCORING_ID } from '../evidence/logging-probes.ts';
import type { SingleProbe } from '../evidence/scoring-probes.ts';
import { fail, NotApplicable, NotRun, pass } from '../outcome.ts';

const SAME = 'the scores of the first call, row for row';
/** Statuses of an engine that does not have an operation, or not for this deployment. */
const ABSENT = [404, 405, 410, 501];

/** Checks of scoring with payload logging, and of feedback. */
export const loggingChecks = {
  'predictions-same': {
    scope: 'deployment',
    level: 'informative',
    statement: '`/predictions` answers as `/online` does.',
    why: 'OpenScale evaluates what is logged by asking `/online` again; applications must get the same scores.',
    fix: 'Score both ways with the same function, and log beside it.',
    probes: ['again', 'logged'],
    run: async (deployment) => {
      const problem = await findLoggedProblem(deployment, 'logged');
      return problem === undefined ? pass() : fail(problem, SAME);
    },
  },
  'predictions-id': {
    scope: 'deployment',
    level: 'informative',
    statement: 'Each reply of `/predictions` has a scoring id of its own in `X-Scoring-Id`.',
    why: 'With the id, a request is found again in OpenScale, and explained.',
    fix: 'Draw an id for each request that brings none, log it, and send it in the header of the reply.',
    probes: ['again', 'logged', 'logged-again'],
    run: async (deployment) => {
      await checkLogged(deployment);
      const [first, second] = [
        toId(await deployment.exchange('logged')),
        toId(await deployment.exchange('logged-again')),
      ];
      if (first === undefined || second === undefined) return fail('no X-Scoring-Id', 'an id in X-Scoring-Id');
      return first === second ? fail('the same id for two requests', 'an id for each request') : pass();
    },
  },
  'predictions-own-id': {
    scope: 'deployment',
    level: 'informative',
    statement: 'A scoring id that the caller sends comes back, and the request may be repeated with it.',
    why: 'A caller that does not know whether a request was logged repeats it; with the same id, it is logged once.',
    fix: 'Take the id of `X-Scoring-Id`, answer a repeated request as the first one, and log it once.',
    probes: ['again', 'logged', 'logged-with-id', 'logged-with-id-again'],
    run: async (deployment) => {
      await checkLogged(deployment);
      for (const probe of ['logged-with-id', 'logged-with-id-again'] as const) {
        const problem = await findLoggedProblem(deployment, probe);
        if (problem !== undefined) return fail(problem, SAME);
        if (toId(await deployment.exchange(probe)) !== deployment.scoringId)
          return fail('another X-Scoring-Id, or none', 'the X-Scoring-Id of the request');
      }
      return pass(`the id was ${deployment.scoringId}`);
    },
  },
  'predictions-meta': {
    scope: 'deployment',
    level: 'informative',
    statement: '`meta` beside the table is accepted by `/predictions`, and changes nothing.',
    why: 'Indirect bias is found in attributes that are logged, and that the model must not see.',
    fix: 'Log `meta` with the record, and do not pass it to the model.',
    probes: ['again', 'logged', 'logged-with-meta'],
    run: async (deployment) => {
      await checkLogged(deployment);
      const problem = await findLoggedProblem(deployment, 'logged-with-meta');
      return problem === undefined ? pass() : fail(problem, SAME);
    },
  },
  'feedback-accepted': {
    scope: 'deployment',
    level: 'informative',
    statement: '`/feedback` accepts rows with their label.',
    why: 'The quality monitor compares predictions with labels that turned out to be right.',
    fix: 'Accept a table with the columns of the model and its label column.',
    probes: ['feedback'],
    run: async (deployment) => {
      const reply = await sendFeedback(deployment, 'feedback');
      return isAccepted(reply) ? pass() : fail(describe(reply), 'a 2xx');
    },
  },
  'feedback-rejected': {
    scope: 'deployment',
    level: 'informative',
    statement: '`/feedback` rejects rows without the label column with a 4xx.',
    why: 'Rows without a label make evaluations fail later, when nobody knows where they came from.',
    fix: 'Check that the label column is there, and name it in the message.',
    probes: ['feedback', 'feedback-without-label'],
    run: async (deployment) => {
      if (!isAccepted(await sendFeedback(deployment, 'feedback')))
        throw new NotRun('feedback with a label is not accepted; see feedback-accepted');
      const reply = await deployment.exchange('feedback-without-label');
      const isRejected = isReply(reply) && reply.status >= 400 && reply.status < 500;
      return isRejected ? pass() : fail(describe(reply), 'a 4xx');
    },
  },
} as const satisfies Record<string, Check>;

/** Why a request to /predictions was not answered like the first call. @throws {NotApplicable} if there is no such operation */
async function findLoggedProblem(deployment: DeploymentEvidence, probe: SingleProbe): Promise<string | undefined> {
  const { answer, names } = await deployment.scoredAlike();
  const exchange = await deployment.exchange(probe);
  if (probe === 'logged') checkPresent(exchange, '/predictions');
  const logged = readAnswer(exchange, Math.min(LOGGED_ROWS, deployment.few.values.length));
  return 'problem' in logged ? logged.problem : findDifference(answer, logged, names);
}

/** @throws {NotRun} if /predictions does not answer as it should */
async function checkLogged(deployment: DeploymentEvidence): Promise<void> {
  if ((await findLoggedProblem(deployment, 'logged')) !== undefined)
    throw new NotRun('/predictions does not answer as /online does; see predictions-same');
}

async function sendFeedback(deployment: DeploymentEvidence, probe: SingleProbe): Promise<Exchange> {
  const { published } = deployment;
  if (published.text('label_column') === undefined) throw new NotApplicable('no label column is published');
  await deployment.scored();
  const exchange = await deployment.exchange(probe);
  checkPresent(exchange, '/feedback');
  return exchange;
}

function checkPresent(exchange: Exchange, operation: string): void {
  if (isReply(exchange) && ABSENT.includes(exchange.status))
    throw new NotApplicable(`the engine has no ${operation} for this deployment (${exchange.status})`);
}

function isAccepted(exchange: Exchange): exchange is Reply {
  return isReply(exchange) && exchange.status >= 200 && exchange.status < 300;
}

function toId(exchange: Exchange): string | undefined {
  const id = isReply(exchange) ? exchange.headers[SCORING_ID.toLowerCase()] : undefined;
  return id === '' ? undefined : id;
}
