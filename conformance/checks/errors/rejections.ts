/** Checks that the engine rejects invalid requests with a 4xx, and survives unusual ones. */
import { readAnswer } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, notApplicable, NotRun, pass, type Outcome } from '../../outcome.ts';
import { describe, isReply } from '../../client/exchange.ts';
import type { DeploymentEvidence } from '../../evidence/deployment-evidence.ts';
import type { SingleProbe } from '../../evidence/scoring-probes.ts';
import { sendInvalid } from './send-invalid.ts';

/** One check per invalid request. */
export const rejectionChecks = {
  'error-malformed-json': {
    scope: 'deployment',
    level: 'required',
    statement: 'A body that is not JSON is rejected with a 4xx.',
    why: 'A 5xx means that the engine is broken, and is retried; a 200 means that rows were scored.',
    fix: 'Catch the parser’s exception, and return 400.',
    probes: ['malformed-json'],
    run: (deployment) => judgeRejection(deployment, 'malformed-json'),
  },
  'error-no-table': {
    scope: 'deployment',
    level: 'required',
    statement: 'A body without a table, {}, is rejected with a 4xx.',
    why: "IBM's samples answer it with 200 and an empty object, which is mistaken for a score.",
    fix: 'Require `fields` and `values`, and return 400 if they are missing.',
    probes: ['no-table'],
    run: (deployment) => judgeRejection(deployment, 'no-table'),
  },
  'error-missing-feature': {
    scope: 'deployment',
    level: 'required',
    statement: 'A table without a column that the model needs is rejected with a 4xx.',
    why: 'Otherwise the row is scored with an invented value, or the engine crashes.',
    fix: 'Compare `fields` with the columns of the model, and name the missing ones.',
    probes: ['missing-feature'],
    run: (deployment) => judgeRejection(deployment, 'missing-feature'),
  },
  'error-wrong-type': {
    scope: 'deployment',
    level: 'required',
    statement: 'A cell of the wrong type is rejected with a 4xx: a string in a numeric column, or an object.',
    why: 'The message should tell the user which cell is wrong.',
    fix: 'Check each cell against the type of its column.',
    probes: ['wrong-type'],
    run: (deployment) => judgeRejection(deployment, 'wrong-type'),
  },
  'error-ragged-row': {
    scope: 'deployment',
    level: 'required',
    statement: 'A row with fewer cells than there are fields is rejected with a 4xx.',
    why: 'Otherwise cells are assigned to the wrong columns.',
    fix: 'Compare the length of each row with that of `fields`.',
    probes: ['ragged-row'],
    run: (deployment) => judgeRejection(deployment, 'ragged-row'),
  },
  'error-unknown-deployment': {
    scope: 'deployment',
    level: 'required',
    statement: 'Scoring a deployment that does not exist is rejected with a 4xx.',
    why: 'Otherwise one model answers for another.',
    fix: 'Look up the deployment by its id, and return 404.',
    probes: ['unknown-deployment'],
    run: (deployment) => judgeRejection(deployment, 'unknown-deployment'),
  },
  'error-wrong-method': {
    scope: 'deployment',
    level: 'required',
    statement: 'GET on the scoring URL is rejected, with a 4xx or 501.',
    why: 'Crawlers and probes send GET; the response must not look like a score.',
    fix: 'Return 405.',
    probes: ['wrong-method'],
    run: async (deployment) => {
      const exchange = await deployment.exchange('wrong-method');
      // RFC 9110, 15.6.2: a server may say of a method that it does not implement it.
      return isReply(exchange) && exchange.status === 501 ? pass() : judgeRejection(deployment, 'wrong-method');
    },
  },
  'error-other-media-type': {
    scope: 'deployment',
    level: 'required',
    statement: 'CSV, sent as text/csv, is rejected with a 4xx.',
    why: 'An engine that interprets it as something else scores something else.',
    fix: 'Return 415 for anything but application/json.',
    probes: ['other-media-type'],
    run: (deployment) => judgeRejection(deployment, 'other-media-type'),
  },
  'error-json-as-text': {
    scope: 'deployment',
    level: 'recommended',
    statement: 'JSON that is sent as text/plain is rejected with a 4xx.',
    why: 'A web page can send text/plain to any site without a preflight request, but not application/json.',
    fix: 'Return 415 for anything but application/json.',
    probes: ['json-as-text'],
    run: async (deployment) => {
      await deployment.scored();
      return judgeRejection(deployment, 'json-as-text');
    },
  },
  'error-null-cell': {
    scope: 'deployment',
    level: 'required',
    statement: 'A row of nulls is scored or rejected with a 4xx, never answered with a 5xx.',
    why: 'Real data has missing values.',
    fix: 'Impute missing values, or reject them by name.',
    probes: ['null-cell'],
    run: (deployment) => judgeSurvival(deployment, 'null-cell'),
  },
  'error-unknown-category': {
    scope: 'deployment',
    level: 'required',
    statement: 'An unknown category is scored or rejected with a 4xx, never answered with a 5xx.',
    why: 'Future data contains new categories, and one of them must not stop a monitor.',
    fix: 'Encode unknown categories as such (scikit-learn: handle_unknown="ignore").',
    probes: ['unknown-category'],
    run: (deployment) => judgeSurvival(deployment, 'unknown-category'),
  },
} as const satisfies Record<string, Check>;

async function judgeRejection(deployment: DeploymentEvidence, probe: SingleProbe): Promise<Outcome> {
  const exchange = await sendInvalid(deployment, probe);
  const isRejection = isReply(exchange) && exchange.status >= 400 && exchange.status < 500;
  if (isRejection && exchange.status === 401) throw new NotRun('the engine requires credentials');
  return isRejection ? pass(`${exchange.status}`) : fail(describe(exchange), 'a 4xx');
}

async function judgeSurvival(deployment: DeploymentEvidence, probe: SingleProbe): Promise<Outcome> {
  const { few } = deployment;
  if (probe === 'unknown-category' && !few.values[0]?.some((cell) => typeof cell === 'string'))
    return notApplicable('no column contains strings');
  const exchange = await sendInvalid(deployment, probe);
  if (!isReply(exchange) || exchange.status >= 500 || exchange.status < 200)
    return fail(describe(exchange), '200 or a 4xx');
  if (exchange.status !== 200)
    return exchange.status >= 400 ? pass(`${exchange.status}`) : fail(describe(exchange), '200 or a 4xx');
  const answer = readAnswer(exchange, few.values.length);
  return 'problem' in answer ? fail(answer.problem, '200 with a score for each row, or a 4xx') : pass('200');
}
