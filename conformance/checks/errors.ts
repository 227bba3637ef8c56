/** How the engine refuses what is wrong: with a 4xx in JSON that tells nothing of its inside, and with its health intact. */
import { readAnswer } from '../answer.ts';
import { fail, notApplicable, NotRun, pass, type Check, type Outcome } from '../check.ts';
import { describe, isHtml, isReply, toText, type Exchange, type Reply } from '../client/exchange.ts';
import { isObject, parseJson } from '../client/parse-json.ts';
import { findDifference } from '../compare-scores.ts';
import type { DeploymentEvidence } from '../deployment-evidence.ts';
import type { ScoringRequest } from '../scoring-probes.ts';

/** Requests that are wrong whatever the model takes. */
const WRONG = [
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
const DOUBTFUL = ['null-cell', 'unknown-category'] as const satisfies ScoringRequest[];
const ALL: readonly ScoringRequest[] = [...WRONG, ...DOUBTFUL, 'empty', 'envelope'];
/** Those that need rows which the engine scores. */
const WITH_ROWS: readonly ScoringRequest[] = ['missing-feature', 'wrong-type', 'ragged-row', ...DOUBTFUL];

/** Signs of a stack trace: Python, Java, JavaScript, .NET, Go, R, PHP, Ruby. */
/** Searching for these signs takes the square of the length. */
const MOST_SEARCHED = 20_000;
const TRACE =
  /Traceback \(most recent call last\)|File \\?"[^"]+\\?", line \d+|\bat [\w$.<>]+ ?\([^)]*:\d+(:\d+)?\)|\bat (file:\/\/)?\/[^\s:]+:\d+:\d+|\bat [\w.$]+\([\w]+\.(java|kt|scala):\d+\)|\bin [^\s]+\.cs:line \d+|goroutine \d+ \[|#\d+ \/[^\s(]+\.php\(\d+\)|\.rb:\d+:in [`']/;

export const errorChecks = {
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
  'errors-json': {
    scope: 'deployment',
    level: 'required',
    statement: 'Refusals are JSON, never a page of HTML, a text or nothing.',
    why: 'Clients parse the body of a refusal to show what is wrong.',
    mend: 'Replace the error pages of the framework by JSON, for every route and status.',
    probes: WRONG,
    run: (deployment) =>
      judgeRefusals(deployment, 'a JSON object', (reply) => {
        const parsed = parseJson(reply);
        if ('value' in parsed && isObject(parsed.value)) return undefined;
        return isHtml(reply) ? 'a page of HTML' : describe(reply);
      }),
  },
  'errors-container': {
    scope: 'deployment',
    level: 'informative',
    statement: 'Refusals have the form of IBM Cloud: `trace`, and `errors` with `code` and `message`.',
    why: "IBM's clients show the messages; the original form is lost, and this one is shared by IBM's services.",
    mend: 'Answer {"trace": "…", "errors": [{"code": "…", "message": "…"}]}.',
    probes: WRONG,
    run: (deployment) =>
      judgeRefusals(deployment, 'trace and errors', (reply) => {
        const parsed = parseJson(reply);
        if (!('value' in parsed) || !isObject(parsed.value)) return undefined;
        const { trace, errors } = parsed.value;
        const isError = (error: unknown) =>
          isObject(error) && typeof error['code'] === 'string' && typeof error['message'] === 'string';
        const isContainer =
          typeof trace === 'string' && Array.isArray(errors) && errors.length > 0 && errors.every(isError);
        return isContainer ? undefined : describe(reply);
      }),
  },
  'errors-no-stack-trace': {
    scope: 'deployment',
    level: 'required',
    statement: 'No refusal or failure shows a stack trace.',
    why: 'It shows paths, versions and at times data to whoever can send a wrong request.',
    mend: 'Turn debugging off, and write causes to the log.',
    probes: ALL,
    run: (deployment) =>
      judgeReplies(deployment, ALL, 'a message for the caller', (reply) => {
        const found = reply.status >= 400 ? TRACE.exec((toText(reply) ?? '').slice(0, MOST_SEARCHED)) : undefined;
        return found ? `…${found[0]}…` : undefined;
      }),
  },
  'errors-recovery': {
    scope: 'deployment',
    level: 'required',
    statement: 'After all these wrong requests, the engine scores as before.',
    why: 'One wrong request must not stop the next.',
    mend: 'Let nothing that a request leaves behind change the model or the process.',
    probes: ['recovery'],
    run: async (deployment) => {
      const { answer: first, names } = await deployment.scored();
      const answer = readAnswer(await deployment.exchange('recovery'), deployment.few.values.length);
      const problem = 'problem' in answer ? answer.problem : findDifference(first, answer, names);
      return problem === undefined ? pass() : fail(problem, 'the scores of the first call');
    },
  },
} as const satisfies Record<string, Check>;

/**
 * What came of a wrong request; where it needs rows, only if these are scored when nothing is wrong.
 * @throws {NotRun} also when the scoring URL leads nowhere, where every request would be refused
 */
async function sendWrong(deployment: DeploymentEvidence, probe: ScoringRequest): Promise<Exchange> {
  if (WITH_ROWS.includes(probe)) await deployment.scored();
  if (await deployment.leadsNowhere()) throw new NotRun('the scoring URL leads nowhere; see scoring-status');
  return deployment.exchange(probe);
}

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

/** Judges the refusals of wrong requests; what was not refused has a check of its own. */
function judgeRefusals(
  deployment: DeploymentEvidence,
  expected: string,
  findProblem: (reply: Reply) => string | undefined,
): Promise<Outcome> {
  return judgeReplies(deployment, WRONG, expected, (reply) => {
    return reply.status >= 400 && reply.status < 500 ? findProblem(reply) : undefined;
  });
}

async function judgeReplies(
  deployment: DeploymentEvidence,
  probes: readonly ScoringRequest[],
  expected: string,
  findProblem: (reply: Reply) => string | undefined,
): Promise<Outcome> {
  let seen = 0;
  const problems: string[] = [];
  for (const probe of probes) {
    const exchange = await sendWrong(deployment, probe).catch(toNothing);
    if (!exchange || !isReply(exchange)) continue;
    seen += 1;
    const problem = findProblem(exchange);
    if (problem !== undefined) problems.push(`${probe}: ${problem}`);
  }
  if (seen === 0) throw new NotRun('no wrong request was answered');
  return problems.length === 0 ? pass() : fail(problems.join('; '), expected);
}

function toNothing(error: unknown): undefined {
  if (!(error instanceof NotRun)) throw error;
}
