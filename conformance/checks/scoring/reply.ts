/** Whether scoring is answered with a table of the right shape. */
import { findCountProblem, findShapeProblem, findWidthProblem, type Answer } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, NotRun, pass, type Outcome } from '../../outcome.ts';
import { describe, isReply, toText, type Reply } from '../../client/exchange.ts';
import { isObject, parseJson } from '../../client/parse-json.ts';
import type { DeploymentEvidence } from '../../evidence/deployment-evidence.ts';
import { ORIGINS } from '../../rows/rows.ts';
import { judgeContentType } from '../judge-content-type.ts';

/** The answer to a table. */
export const replyChecks = {
  'scoring-answers': {
    scope: 'deployment',
    level: 'required',
    statement: 'A scoring call is answered with one whole HTTP reply.',
    why: 'Every monitor scores; a call that hangs or breaks off ends it.',
    mend: 'Answer every request, close what you open, and keep the reply below 8 MiB for a few rows, 64 MiB for thousands.',
    run: async (deployment) => {
      const exchange = await deployment.firstReply();
      return isReply(exchange) ? pass() : fail(`the call ${exchange.message}`, 'a whole reply');
    },
  },
  'scoring-status': {
    scope: 'deployment',
    level: 'required',
    statement: 'Rows that the model can score are answered with the status 200.',
    why: 'OpenScale takes any other status for a failure.',
    mend: 'See what came. If the rows are not what the model takes, give others with --rows.',
    run: async (deployment) => {
      const reply = await readReply(deployment);
      const origin = `${deployment.few.values.length} rows ${ORIGINS[deployment.few.origin]}`;
      return reply.status === 200 ? pass() : fail(describe(reply), '200', origin);
    },
  },
  'scoring-json': {
    scope: 'deployment',
    level: 'required',
    statement: 'The answer is a JSON object in UTF-8.',
    why: 'NaN, a byte order mark or other encodings make clients fail.',
    mend: 'Write the body with a JSON library; say null for a number that is none.',
    run: async (deployment) => {
      const parsed = parseJson(await readSuccess(deployment));
      if ('problem' in parsed) return fail(parsed.problem, 'a JSON object');
      return isObject(parsed.value) ? pass() : fail(JSON.stringify(parsed.value), 'a JSON object');
    },
  },
  'scoring-content-type': {
    scope: 'deployment',
    level: 'recommended',
    statement: 'The answer says that it is application/json.',
    why: 'Clients that look at the Content-Type do not parse anything else.',
    mend: 'Send Content-Type: application/json.',
    run: async (deployment) => judgeContentType((await readSuccess(deployment)).headers['content-type']),
  },
  'scoring-shape': {
    scope: 'deployment',
    level: 'required',
    statement: 'A table is answered with a table: `fields`, a list of different names, and `values`, a list of rows.',
    why: 'It is the only form in which OpenScale reads scores.',
    mend: 'Answer {"fields": ["prediction", "probability"], "values": [["a", [0.9, 0.1]]]}.',
    run: async (deployment) => judge(findShapeProblem(await readBody(deployment)), 'fields and values'),
  },
  'row-count': {
    scope: 'deployment',
    level: 'required',
    statement: 'As many rows come back as were sent.',
    why: 'Scores are put to rows by their place.',
    mend: 'Answer every row; refuse the whole call where one cannot be scored.',
    run: async (deployment) =>
      judge(findCountProblem(await readTable(deployment), deployment.few.values.length), 'a row for each'),
  },
  'row-width': {
    scope: 'deployment',
    level: 'required',
    statement: 'Every row is as wide as `fields`.',
    why: 'Cells are put to columns by their place.',
    mend: 'Make `fields` and the rows from one list of columns.',
    run: async (deployment) => judge(findWidthProblem(await readTable(deployment)), 'a cell for each of fields'),
  },
  'no-error-word': {
    scope: 'deployment',
    level: 'recommended',
    statement: 'The word “error” is not in an answer that succeeds.',
    why: "IBM's command line warns of a failure wherever it finds the word.",
    mend: 'Leave empty error fields out of answers.',
    run: async (deployment) => {
      // What is no score at all is no success.
      await readTable(deployment);
      const text = toText(await readSuccess(deployment)) ?? '';
      const sent = JSON.stringify(deployment.few);
      const at = text.search(/error/i);
      // What was sent comes back, and is no fault of the engine's.
      if (at < 0 || /error/i.test(sent)) return pass();
      return fail(`…${text.slice(Math.max(0, at - 40), at + 40)}…`, 'an answer without the word');
    },
  },
} as const satisfies Record<string, Check>;

async function readReply(deployment: DeploymentEvidence): Promise<Reply> {
  const exchange = await deployment.firstReply();
  if (!isReply(exchange)) throw new NotRun('scoring was not answered; see scoring-answers');
  return exchange;
}

async function readSuccess(deployment: DeploymentEvidence): Promise<Reply> {
  const reply = await readReply(deployment);
  if (reply.status !== 200) throw new NotRun('scoring did not answer 200; see scoring-status');
  return reply;
}

async function readBody(deployment: DeploymentEvidence): Promise<unknown> {
  const parsed = parseJson(await readSuccess(deployment));
  if ('problem' in parsed || !isObject(parsed.value))
    throw new NotRun('the answer is no JSON object; see scoring-json');
  return parsed.value;
}

async function readTable(deployment: DeploymentEvidence): Promise<Answer> {
  const body = await readBody(deployment);
  if (findShapeProblem(body) !== undefined) throw new NotRun('the answer is no table; see scoring-shape');
  return body as Answer;
}

function judge(problem: string | undefined, expected: string): Outcome {
  return problem === undefined ? pass() : fail(problem, expected);
}
