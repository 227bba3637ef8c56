/** What refusals say: JSON for the caller, nothing of the inside. And that the engine is well afterwards. */
import { readAnswer } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, NotRun, pass, type Outcome } from '../../outcome.ts';
import { describe, isHtml, isReply, toText, type Reply } from '../../client/exchange.ts';
import { isObject, parseJson } from '../../client/parse-json.ts';
import { findDifference } from '../../evidence/compare-scores.ts';
import type { DeploymentEvidence } from '../../evidence/deployment-evidence.ts';
import type { ScoringRequest } from '../../evidence/scoring-probes.ts';
import { DOUBTFUL, sendWrong, WRONG } from './send-wrong.ts';

const ALL: readonly ScoringRequest[] = [...WRONG, ...DOUBTFUL, 'empty', 'envelope'];
/** Searching for the signs below takes the square of the length. */
const MOST_SEARCHED = 20_000;
/** Signs of a stack trace: Python, JavaScript, Java, .NET, Go, PHP, Ruby. */
const TRACE =
  /Traceback \(most recent call last\)|File \\?"[^"]+\\?", line \d+|\bat [\w$.<>]+ ?\([^)]*:\d+(:\d+)?\)|\bat (file:\/\/)?\/[^\s:]+:\d+:\d+|\bat [\w.$]+\([\w]+\.(java|kt|scala):\d+\)|\bin [^\s]+\.cs:line \d+|goroutine \d+ \[|#\d+ \/[^\s(]+\.php\(\d+\)|\.rb:\d+:in [`']/;

/** What is common to all refusals. */
export const bodyChecks = {
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
        const found = reply.status >= 400 ? TRACE.exec(toPlain(reply).slice(0, MOST_SEARCHED)) : undefined;
        return found ? `…${found[0]}…` : undefined;
      }),
  },
  'errors-recovery': {
    scope: 'deployment',
    level: 'required',
    statement: 'After all these wrong requests, the engine scores as before.',
    why: 'One wrong request must not stop the next.',
    mend: 'Let nothing that a request leaves behind change the model or the process.',
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
      'On a connection on which a request was refused, the next one is answered rightly, or the connection is closed.',
    why: 'Clients and proxies keep connections; a body that was refused unread is then taken for the next request.',
    mend: 'Read the body before you refuse, or send Connection: close and close.',
    probes: ['again', 'one-connection'],
    run: async (deployment) => {
      const { answer: first, names } = await deployment.scoredAlike();
      const exchange = await deployment.scoreAfterRefusal();
      // To close a connection at any time is a server's right (RFC 9112, 9.5).
      if (exchange.kind === 'closed') return pass('it was closed');
      const answer = readAnswer(exchange, deployment.few.values.length);
      const problem = 'problem' in answer ? answer.problem : findDifference(first, answer, names);
      return problem === undefined ? pass() : fail(problem, 'the scores of the first call');
    },
  },
} as const satisfies Record<string, Check>;

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

/** The body with the escapes of white space in JSON undone. */
function toPlain(reply: Reply): string {
  return (toText(reply) ?? '').replace(/\\[nrt]/g, ' ');
}
