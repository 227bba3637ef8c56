/** Whether scoring is answered with a table of the right shape. */
import { findCountProblem, findShapeProblem, findWidthProblem, unwrap, type Answer } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, NotRun, pass, type Outcome } from '../../outcome.ts';
import { describe, isReply, toText, type Reply } from '../../client/exchange.ts';
import { isObject, parseJson } from '../../client/parse-json.ts';
import type { DeploymentEvidence } from '../../evidence/deployment-evidence.ts';
import { describeOrigin } from '../../rows/rows.ts';
import { judgeContentType } from '../judge-content-type.ts';

/** Checks of the response to a table. */
export const replyChecks = {
  'scoring-answers': {
    scope: 'deployment',
    level: 'required',
    statement: 'A scoring call gets a complete HTTP response.',
    why: 'Every monitor scores; a call that hangs or is cut off stops it.',
    fix: 'Answer every request, close every response, and keep it below 8 MiB for a few rows, 64 MiB for thousands.',
    run: async (deployment) => {
      const exchange = await deployment.exchange('batch');
      return isReply(exchange)
        ? pass()
        : fail(`the call ${exchange.message}`, 'a complete response', await noteForm(deployment));
    },
  },
  'scoring-status': {
    scope: 'deployment',
    level: 'required',
    statement: 'Rows that the model can score are answered with status 200.',
    why: 'OpenScale treats any other status as a failure.',
    fix: 'See the actual response. If the model does not take these rows, pass others with --rows.',
    run: async (deployment) => {
      const reply = await readReply(deployment);
      const origin = `${deployment.few.values.length} rows ${describeOrigin(deployment.few)}`;
      return reply.status === 200 ? pass() : fail(describe(reply), '200', origin);
    },
  },
  'scoring-json': {
    scope: 'deployment',
    level: 'required',
    statement: 'The body of a scoring response is a JSON object in UTF-8.',
    why: 'NaN, a byte order mark or another encoding makes clients fail.',
    fix: 'Write the body with a JSON library; write null for a number that is missing.',
    run: async (deployment) => {
      const parsed = parseJson(await readSuccess(deployment));
      if ('problem' in parsed) return fail(parsed.problem, 'a JSON object');
      return isObject(parsed.value) ? pass() : fail(JSON.stringify(parsed.value), 'a JSON object');
    },
  },
  'scoring-content-type': {
    scope: 'deployment',
    level: 'recommended',
    statement: 'A scoring response has the Content-Type application/json.',
    why: 'Clients that check the Content-Type do not parse anything else.',
    fix: 'Send Content-Type: application/json.',
    run: async (deployment) => judgeContentType((await readSuccess(deployment)).headers['content-type']),
  },
  'scoring-shape': {
    scope: 'deployment',
    level: 'required',
    statement: 'A table is answered with a table: `fields`, a list of distinct names, and `values`, a list of rows.',
    why: 'OpenScale reads scores in this form.',
    fix: 'Return {"fields": ["prediction", "probability"], "values": [["a", [0.9, 0.1]]]}.',
    run: async (deployment) => {
      const expected = '{"fields": […], "values": [[…]]}';
      const body = await readBody(deployment);
      if ((await deployment.form()) === 'table') return judge(findShapeProblem(body), expected);
      const exchange = await deployment.exchange('batch');
      if (!isReply(exchange)) throw new NotRun('a table got no response; see scoring-answers');
      return fail(describe(exchange), expected, await noteForm(deployment));
    },
  },
  'row-count': {
    scope: 'deployment',
    level: 'required',
    statement: 'The answer has as many rows as the request.',
    why: 'Scores are matched to rows by position.',
    fix: 'Return a row for every row; if one cannot be scored, reject the entire call.',
    run: async (deployment) =>
      judge(findCountProblem(await readTable(deployment), deployment.few.values.length), 'a row for each'),
  },
  'row-width': {
    scope: 'deployment',
    level: 'required',
    statement: 'Every row has as many cells as `fields` has names.',
    why: 'Cells are matched to columns by position.',
    fix: 'Build `fields` and the rows from the same list of columns.',
    run: async (deployment) => judge(findWidthProblem(await readTable(deployment)), 'a cell for each of fields'),
  },
  'no-error-word': {
    scope: 'deployment',
    level: 'recommended',
    statement: 'A successful answer does not contain the word “error”.',
    why: "IBM's command line reports a failure wherever it finds the word.",
    fix: 'Leave empty error fields out of answers.',
    run: async (deployment) => {
      // An answer without scores is not a success.
      await readTable(deployment);
      const text = toText(await readSuccess(deployment)) ?? '';
      const sent = JSON.stringify(deployment.few);
      const at = text.search(/error/i);
      // The word was sent, and is echoed.
      if (at < 0 || /error/i.test(sent)) return pass();
      return fail(`…${text.slice(Math.max(0, at - 40), at + 40)}…`, 'an answer without the word');
    },
  },
} as const satisfies Record<string, Check>;

async function noteForm(deployment: DeploymentEvidence): Promise<string | undefined> {
  const isEnvelope = (await deployment.form()) === 'envelope';
  return isEnvelope ? 'The engine takes tables in an envelope only; the other checks send them that way.' : undefined;
}

async function readReply(deployment: DeploymentEvidence): Promise<Reply> {
  const exchange = await deployment.firstReply();
  if (!isReply(exchange)) throw new NotRun('scoring did not respond; see scoring-answers');
  return exchange;
}

async function readSuccess(deployment: DeploymentEvidence): Promise<Reply> {
  const reply = await readReply(deployment);
  if (reply.status !== 200) throw new NotRun('scoring did not return 200; see scoring-status');
  return reply;
}

async function readBody(deployment: DeploymentEvidence): Promise<unknown> {
  const parsed = parseJson(await readSuccess(deployment));
  if ('problem' in parsed || !isObject(parsed.value))
    throw new NotRun('the answer is not a JSON object; see scoring-json');
  return parsed.value;
}

async function readTable(deployment: DeploymentEvidence): Promise<Answer> {
  const body = unwrap(await readBody(deployment));
  if (findShapeProblem(body) !== undefined) throw new NotRun('the answer is not a table; see scoring-shape');
  return body as Answer;
}

function judge(problem: string | undefined, expected: string): Outcome {
  return problem === undefined ? pass() : fail(problem, expected);
}
