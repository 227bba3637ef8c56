/** Checks of error responses: JSON for the caller, without internals, and a working engine afterwards. */
import { readAnswer } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, NotRun, pass, type Outcome } from '../../outcome.ts';
import { describe, isHtml, isReply, toText, type Reply } from '../../client/exchange.ts';
import { isObject, parseJson } from '../../client/parse-json.ts';
import { findDifference } from '../../evidence/compare-scores.ts';
import type { DeploymentEvidence } from '../../evidence/deployment-evidence.ts';
import type { ScoringRequest } from '../../evidence/scoring-probes.ts';
import { DOUBTFUL, sendInvalid, INVALID } from './send-invalid.ts';

const ALL: readonly ScoringRequest[] = [...INVALID, ...DOUBTFUL, 'empty', 'envelope'];
/** The pattern below takes time quadratic in the length. */
const MAX_SEARCHED = 20_000;
/** Stack traces of Python, JavaScript, Java, .NET, Go, PHP and Ruby. */
const TRACE =
  /Traceback \(most recent call last\)|File \\?"[^"]+\\?", line \d+|\bat [\w$.<>]+ ?\([^)]*:\d+(:\d+)?\)|\bat (file:\/\/)?\/[^\s:]+:\d+:\d+|\bat [\w.$]+\([\w]+\.(java|kt|scala):\d+\)|\bin [^\s]+\.cs:line \d+|goroutine \d+ \[|#\d+ \/[^\s(]+\.php\(\d+\)|\.rb:\d+:in [`']/;

/** Checks of the bodies of error responses. */
export const bodyChecks = {
  'errors-json': {
    scope: 'deployment',
    level: 'required',
    statement: 'Error responses are JSON objects, never HTML, plain text or empty.',
    why: 'Clients parse the body of an error response to show what is wrong.',
    fix: 'Replace the error pages of the framework with JSON, for every route and status.',
    probes: INVALID,
    run: (deployment) =>
      judgeRejections(deployment, 'a JSON object', (reply) => {
        const parsed = parseJson(reply);
        if ('value' in parsed && isObject(parsed.value)) return undefined;
        return isHtml(reply) ? 'an HTML page' : describe(reply);
      }),
  },
  'errors-container': {
    scope: 'deployment',
    level: 'informative',
    statement: 'Error responses have the form that IBM Cloud uses: `trace`, and `errors` with `code` and `message`.',
    why: "IBM's clients show the messages. The original format is lost; this one is common to IBM's services.",
    fix: 'Return {"trace": "…", "errors": [{"code": "…", "message": "…"}]}.',
    probes: INVALID,
    run: (deployment) =>
      judgeRejections(deployment, 'trace and errors', (reply) => {
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
    statement: 'No error response contains a stack trace.',
    why: 'It reveals paths, versions and sometimes data to anyone who sends an invalid request.',
    fix: 'Turn off debug mode, and write causes to the log.',
    probes: ALL,
    run: (deployment) =>
      judgeReplies(deployment, ALL, 'a message for the caller', (reply) => {
        const found = reply.status >= 400 ? TRACE.exec(toPlain(reply).slice(0, MAX_SEARCHED)) : undefined;
        return found ? `…${found[0]}…` : undefined;
      }),
  },
  'errors-recovery': {
    scope: 'deployment',
    level: 'required',
    statement: 'After all these invalid requests, the engine scores as before.',
    why: 'One invalid request must not affect the next.',
    fix: 'Keep no state from a request that could change the model or the process.',
    probes: ['again', 'recovery'],
    run: async (deployment) => {
      const { answer: first, names } = await deployment.scoredAlike();
      const answer = readAnswer(await deployment.exchange('recovery'), deployment.few.values.length);
      const problem = 'problem' in answer ? answer.problem : findDifference(first, answer, names);
      return problem === undefined ? pass() : fail(problem, 'the scores of the first call');
    },
  },
  'errors-connection': {
    scope: 'deployment',
    level: 'required',
    statement:
      'On a connection on which a request was rejected, the next one is answered correctly, or the connection is closed.',
    why: 'Clients and proxies reuse connections; a rejected body that was not read is then parsed as the next request.',
    fix: 'Read the body before you reject, or send Connection: close and close the connection.',
    probes: ['again', 'one-connection'],
    run: async (deployment) => {
      const { answer: first, names } = await deployment.scoredAlike();
      const exchange = await deployment.scoreAfterRejection();
      // A server may close a connection at any time (RFC 9112, 9.5).
      if (exchange.kind === 'closed') return pass('it was closed');
      const answer = readAnswer(exchange, deployment.few.values.length);
      const problem = 'problem' in answer ? answer.problem : findDifference(first, answer, names);
      return problem === undefined ? pass() : fail(problem, 'the scores of the first call');
    },
  },
} as const satisfies Record<string, Check>;

/** Judges the responses to rejected requests; a request that was not rejected is covered by its own check. */
function judgeRejections(
  deployment: DeploymentEvidence,
  expected: string,
  findProblem: (reply: Reply) => string | undefined,
): Promise<Outcome> {
  return judgeReplies(deployment, INVALID, expected, (reply) => {
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
    const exchange = await sendInvalid(deployment, probe).catch(toNothing);
    if (!exchange || !isReply(exchange)) continue;
    seen += 1;
    const problem = findProblem(exchange);
    if (problem !== undefined) problems.push(`${probe}: ${problem}`);
  }
  if (seen === 0) throw new NotRun('no invalid request was answered');
  return problems.length === 0 ? pass() : fail(problems.join('; '), expected);
}

function toNothing(error: unknown): undefined {
  if (!(error instanceof NotRun)) throw error;
}

/** The body with JSON's escapes of white space replaced. */
function toPlain(reply: Reply): string {
  return (toText(reply) ?? '').replace(/\\[nrt]/g, ' ');
}
