/** Checks of error responses: JSON for the caller, without internals, and a working engine afterwards. */
import { readAnswer } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, NotApplicable, NotRun, pass, type Outcome } from '../../outcome.ts';
import { describe, isHtml, isReply, toText, type Reply } from '../../client/exchange.ts';
import { isObject, parseJson } from '../../client/parse-json.ts';
import { findDifference } from '../../evidence/compare-scores.ts';
import type { DeploymentEvidence } from '../../evidence/deployment-evidence.ts';
import type { SingleProbe } from '../../evidence/scoring-probes.ts';
import { DOUBTFUL, sendInvalid, INVALID } from './send-invalid.ts';

const ALL: readonly SingleProbe[] = [...INVALID, ...DOUBTFUL, 'empty', 'envelope'];
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
      judgeReplies(deployment, INVALID, {
        expected: 'a JSON object',
        applies: isRejection,
        otherwise: 'no request was rejected with a 4xx',
        findProblem: (reply) => {
          if (readObject(reply)) return undefined;
          return isHtml(reply) ? 'an HTML page' : describe(reply);
        },
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
      judgeReplies(deployment, INVALID, {
        expected: 'trace and errors',
        // A body that is not an object is covered by errors-json.
        applies: (reply) => isRejection(reply) && readObject(reply) !== undefined,
        otherwise: 'no error response is a JSON object; see errors-json',
        findProblem: (reply) => {
          const { trace, errors } = readObject(reply) ?? {};
          const isError = (error: unknown) =>
            isObject(error) && typeof error['code'] === 'string' && typeof error['message'] === 'string';
          const isContainer =
            typeof trace === 'string' && Array.isArray(errors) && errors.length > 0 && errors.every(isError);
          return isContainer ? undefined : describe(reply);
        },
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
      judgeReplies(deployment, ALL, {
        expected: 'a message for the caller',
        applies: ({ status }) => status >= 400,
        otherwise: 'no request was rejected',
        findProblem: (reply) => {
          const found = TRACE.exec(toPlain(reply).slice(0, MAX_SEARCHED));
          return found ? `…${found[0]}…` : undefined;
        },
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

interface Judgement {
  readonly expected: string;
  /** The responses to judge; the others are covered by other checks. */
  readonly applies: (reply: Reply) => boolean;
  /** Why nothing is judged if there are no such responses. */
  readonly otherwise: string;
  readonly findProblem: (reply: Reply) => string | undefined;
}

/** Judges some of the responses to invalid requests. @throws {NotRun} if there are none of them */
async function judgeReplies(
  deployment: DeploymentEvidence,
  probes: readonly SingleProbe[],
  { expected, applies, otherwise, findProblem }: Judgement,
): Promise<Outcome> {
  let judged = 0;
  let seen = 0;
  const problems: string[] = [];
  for (const probe of probes) {
    const exchange = await sendInvalid(deployment, probe).catch(toNothing);
    if (!exchange || !isReply(exchange)) continue;
    seen += 1;
    if (!applies(exchange)) continue;
    judged += 1;
    const problem = findProblem(exchange);
    if (problem !== undefined) problems.push(`${probe}: ${problem}`);
  }
  if (seen === 0) throw new NotRun('no invalid request was answered');
  if (judged === 0) throw new NotRun(otherwise);
  return problems.length === 0 ? pass() : fail(problems.join('; '), expected);
}

function isRejection({ status }: Reply): boolean {
  return status >= 400 && status < 500;
}

/** The body as a JSON object, or undefined. */
function readObject(reply: Reply): Readonly<Record<string, unknown>> | undefined {
  const parsed = parseJson(reply);
  return 'value' in parsed && isObject(parsed.value) ? parsed.value : undefined;
}

function toNothing(error: unknown): undefined {
  if (!(error instanceof NotRun || error instanceof NotApplicable)) throw error;
}

/** The body with JSON's escapes of white space replaced. */
function toPlain(reply: Reply): string {
  return (toText(reply) ?? '').replace(/\\[nrt]/g, ' ');
}
