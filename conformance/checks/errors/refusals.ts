/** Whether the engine refuses what is wrong with a 4xx, and does not fall over what is merely unusual. */
import { readAnswer } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, notApplicable, NotRun, pass, type Outcome } from '../../outcome.ts';
import { describe, isReply } from '../../client/exchange.ts';
import type { DeploymentEvidence } from '../../evidence/deployment-evidence.ts';
import type { ScoringRequest } from '../../evidence/scoring-probes.ts';
import { sendWrong } from './send-wrong.ts';

/** A check for each wrong request. */
export const refusalChecks = {
  'error-malformed-json': {
    scope: 'deployment',
    level: 'required',
    statement: 'A body that is no JSON is refused with a 4xx.',
    why: 'A 5xx says that the engine is broken, and is retried; a 200 says that rows were scored.',
    mend: 'Catch what the parser throws, and answer 400.',
    probes: ['malformed-json'],
    run: (deployment) => judgeRefusal(deployment, 'malformed-json'),
  },
  'error-no-table': {
    scope: 'deployment',
    level: 'required',
    statement: 'A body without a table, {}, is refused with a 4xx.',
    why: "IBM's samples answer it with 200 and nothing, which is taken for a score.",
    mend: 'Ask for `fields` and `values`, and answer 400 where they are missing.',
    probes: ['no-table'],
    run: (deployment) => judgeRefusal(deployment, 'no-table'),
  },
  'error-missing-feature': {
    scope: 'deployment',
    level: 'required',
    statement: 'A table without a column that the model needs is refused with a 4xx.',
    why: 'Else it is scored with something made up, or the engine falls over it.',
    mend: 'Compare `fields` with the columns of the model, and name those that are missing.',
    probes: ['missing-feature'],
    run: (deployment) => judgeRefusal(deployment, 'missing-feature'),
  },
  'error-wrong-type': {
    scope: 'deployment',
    level: 'required',
    statement: 'A cell of the wrong type is refused with a 4xx: a text among numbers, or an object.',
    why: 'The user learns which cell is wrong, or learns nothing.',
    mend: 'Check each cell against the type of its column.',
    probes: ['wrong-type'],
    run: (deployment) => judgeRefusal(deployment, 'wrong-type'),
  },
  'error-ragged-row': {
    scope: 'deployment',
    level: 'required',
    statement: 'A row with fewer cells than there are fields is refused with a 4xx.',
    why: 'Else cells are put to the wrong columns.',
    mend: 'Compare the length of each row with `fields`.',
    probes: ['ragged-row'],
    run: (deployment) => judgeRefusal(deployment, 'ragged-row'),
  },
  'error-unknown-deployment': {
    scope: 'deployment',
    level: 'required',
    statement: 'Scoring a deployment that is not there is refused with a 4xx.',
    why: 'Else one model answers for another.',
    mend: 'Look the deployment up by its id, and answer 404.',
    probes: ['unknown-deployment'],
    run: (deployment) => judgeRefusal(deployment, 'unknown-deployment'),
  },
  'error-wrong-method': {
    scope: 'deployment',
    level: 'required',
    statement: 'GET on the scoring URL is refused, with a 4xx or 501.',
    why: 'Crawlers and probes send GET; it must not look like a score.',
    mend: 'Answer 405.',
    probes: ['wrong-method'],
    run: async (deployment) => {
      const exchange = await deployment.exchange('wrong-method');
      // RFC 9110, 15.6.2: a server may say of a method that it does not implement it.
      return isReply(exchange) && exchange.status === 501 ? pass() : judgeRefusal(deployment, 'wrong-method');
    },
  },
  'error-other-media-type': {
    scope: 'deployment',
    level: 'required',
    statement: 'CSV, sent as text/csv, is refused with a 4xx.',
    why: 'An engine that takes it for something else scores something else.',
    mend: 'Answer 415 to what is not application/json.',
    probes: ['other-media-type'],
    run: (deployment) => judgeRefusal(deployment, 'other-media-type'),
  },
  'error-json-as-text': {
    scope: 'deployment',
    level: 'recommended',
    statement: 'JSON that is sent as text/plain is refused with a 4xx.',
    why: 'A page in a browser may send text/plain anywhere, without asking first; application/json it may not.',
    mend: 'Answer 415 to what is not application/json.',
    probes: ['json-as-text'],
    run: async (deployment) => {
      await deployment.scored();
      return judgeRefusal(deployment, 'json-as-text');
    },
  },
  'error-null-cell': {
    scope: 'deployment',
    level: 'required',
    statement: 'A row of nulls is scored, or refused with a 4xx; it is no 5xx.',
    why: 'Data in the wild has gaps.',
    mend: 'Impute missing values, or refuse them by name.',
    probes: ['null-cell'],
    run: (deployment) => judgeSurvival(deployment, 'null-cell'),
  },
  'error-unknown-category': {
    scope: 'deployment',
    level: 'required',
    statement: 'A category that the model has never seen is scored, or refused with a 4xx; it is no 5xx.',
    why: 'Future data has new categories, and one must not stop a monitor.',
    mend: 'Encode unknown categories as such (scikit-learn: handle_unknown="ignore").',
    probes: ['unknown-category'],
    run: (deployment) => judgeSurvival(deployment, 'unknown-category'),
  },
} as const satisfies Record<string, Check>;

async function judgeRefusal(deployment: DeploymentEvidence, probe: ScoringRequest): Promise<Outcome> {
  const exchange = await sendWrong(deployment, probe);
  const isRefusal = isReply(exchange) && exchange.status >= 400 && exchange.status < 500;
  if (isRefusal && exchange.status === 401) throw new NotRun('the engine wants credentials');
  return isRefusal ? pass(`${exchange.status}`) : fail(describe(exchange), 'a 4xx');
}

async function judgeSurvival(deployment: DeploymentEvidence, probe: ScoringRequest): Promise<Outcome> {
  const { few } = deployment;
  if (probe === 'unknown-category' && !few.values[0]?.some((cell) => typeof cell === 'string'))
    return notApplicable('no column holds texts');
  const exchange = await sendWrong(deployment, probe);
  if (!isReply(exchange) || exchange.status >= 500 || exchange.status < 200)
    return fail(describe(exchange), '200 or a 4xx');
  if (exchange.status !== 200)
    return exchange.status >= 400 ? pass(`${exchange.status}`) : fail(describe(exchange), '200 or a 4xx');
  const answer = readAnswer(exchange, few.values.length);
  return 'problem' in answer ? fail(answer.problem, '200 with a score for each row, or a 4xx') : pass('200');
}
