/** Checks that scores do not depend on the order of columns and rows, other rows, repetition, or unknown parts of a request. */
import { readAnswer } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, notApplicable, NotRun, pass, type Outcome } from '../../outcome.ts';
import { findDifference } from '../../evidence/compare-scores.ts';
import type { DeploymentEvidence } from '../../evidence/deployment-evidence.ts';
import type { SingleProbe } from '../../evidence/scoring-probes.ts';

const SAME = 'the scores of the first call, row for row';

/** Checks of what must not change the scores. */
export const invarianceChecks = {
  'row-order': {
    scope: 'deployment',
    level: 'required',
    statement: 'Rows sent in reverse order are returned in reverse order.',
    why: 'Scores are matched to rows by position; sorted or shuffled scores end up on the wrong rows.',
    fix: 'Score rows in the order of the request; do not sort them.',
    probes: ['again', 'reversed'],
    run: (deployment) => {
      const last = deployment.few.values.length - 1;
      return judgeRows(deployment, 'reversed', last + 1, (row) => last - row);
    },
  },
  'columns-by-name': {
    scope: 'deployment',
    level: 'required',
    statement: 'Columns are found by name: sent in another order, they give the same scores.',
    why: 'OpenScale sends columns in the order of its own tables.',
    fix: 'Look up each column in `fields`; in pandas, DataFrame(values, columns=fields)[features].',
    probes: ['again', 'permuted'],
    run: (deployment) => judgeSame(deployment, 'permuted'),
  },
  'extra-columns': {
    scope: 'deployment',
    level: 'required',
    statement: 'Columns that the model does not use change nothing, wherever they are.',
    why: "IBM's drift notebook sends every column of the training data, including the label.",
    fix: 'Select the columns of the model, and ignore the others.',
    probes: ['again', 'extra-columns'],
    run: (deployment) => judgeSame(deployment, 'extra-columns'),
  },
  'meta-harmless': {
    scope: 'deployment',
    level: 'required',
    statement: '`meta` beside the table changes nothing.',
    why: 'For indirect bias, OpenScale sends attributes that the model must not see as `meta`.',
    fix: 'Accept `meta`, and do not pass it to the model.',
    probes: ['again', 'meta'],
    run: (deployment) => judgeSame(deployment, 'meta'),
  },
  'headers-harmless': {
    scope: 'deployment',
    level: 'required',
    statement: 'Unknown request headers change nothing.',
    why: 'OpenScale users can configure headers, and proxies add their own.',
    fix: 'Ignore unknown headers.',
    probes: ['again', 'headers'],
    run: (deployment) => judgeSame(deployment, 'headers'),
  },
  'row-alone': {
    scope: 'deployment',
    level: 'required',
    statement: 'A row sent alone gets the same scores as among others.',
    why: 'Explanations compare calls of one row with calls of thousands.',
    fix: 'Do not let a score depend on other rows: no scaling, encoding or ranking across the batch.',
    probes: ['again', 'single'],
    run: (deployment) => judgeRows(deployment, 'single', 1, () => deployment.few.values.length - 1),
  },
  repeatable: {
    scope: 'deployment',
    level: 'required',
    statement: 'The same request twice gives the same scores.',
    why: 'An explanation of a score that changes by itself explains nothing.',
    fix: 'Fix random seeds, and disable dropout and sampling when scoring.',
    probes: ['again'],
    run: async (deployment) => {
      const problem = await deployment.findChange();
      return problem === undefined ? pass() : fail(problem, SAME);
    },
  },
  fractions: {
    scope: 'deployment',
    level: 'recommended',
    statement: 'Integer columns accept fractions, too.',
    why: 'Explanations perturb numbers without regard to integers; a rejection loses the explanation.',
    fix: 'Accept any finite number in a numeric column.',
    probes: ['fractions'],
    run: async (deployment) => {
      await deployment.scored();
      const exchange = await deployment.exchange('fractions').catch(toNotApplicable);
      if ('verdict' in exchange) return exchange;
      const answer = readAnswer(exchange, deployment.few.values.length);
      return 'problem' in answer ? fail(answer.problem, 'a score for each row') : pass();
    },
  },
  'empty-table': {
    scope: 'deployment',
    level: 'recommended',
    statement: 'A table without rows is answered with a table without rows.',
    why: 'A filter that matches nothing is not a failure.',
    fix: 'Answer `values: []` with `values: []`.',
    probes: ['empty'],
    run: async (deployment) => {
      await deployment.scored();
      const answer = readAnswer(await deployment.exchange('empty'), 0);
      return 'problem' in answer ? fail(answer.problem, 'a table without rows') : pass();
    },
  },
} as const satisfies Record<string, Check>;

/** As judgeSame(), for checks that need at least two rows. */
function judgeRows(...args: Parameters<typeof judgeSame>): Promise<Outcome> {
  const [deployment] = args;
  if (deployment.few.values.length < 2) throw new NotRun('there is only one row; pass more with --rows');
  return judgeSame(...args);
}

async function judgeSame(
  deployment: DeploymentEvidence,
  probe: SingleProbe,
  rows = deployment.few.values.length,
  toFirst?: (row: number) => number,
): Promise<Outcome> {
  const { answer: first, names } = await deployment.scoredAlike();
  const exchange = await deployment.exchange(probe).catch(toNotApplicable);
  if ('verdict' in exchange) return exchange;
  const answer = readAnswer(exchange, rows);
  if ('problem' in answer) return fail(answer.problem, SAME);
  const difference = findDifference(first, answer, names, toFirst);
  return difference === undefined ? pass() : fail(difference, SAME);
}

function toNotApplicable(error: unknown): Outcome {
  if (error instanceof NotRun) return notApplicable(error.message);
  throw error;
}
