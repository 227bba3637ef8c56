/**
 * The load that OpenScale sends: an explanation is one call of 5000 rows, 100 calls of 51 rows and 101 calls of one row. Every
 * call has its own connection, and the time to connect counts.
 */
import { readAnswer } from '../evidence/answer.ts';
import type { Check } from '../check.ts';
import { fail, NotRun, pass } from '../outcome.ts';
import { findDifference } from '../evidence/compare-scores.ts';
import type { Exchange } from '../client/exchange.ts';
import type { DeploymentEvidence } from '../evidence/deployment-evidence.ts';

const MANY = 5000;
const SOME = 51;
const EXPLANATION = [...Array.from({ length: 100 }, () => SOME), ...Array.from({ length: 101 }, () => 1)];
const AT_ONCE = 8;
/** An explanation may take this many times the time limit of a call. */
const MAX_LIMITS = 5;

/** Checks of the load that OpenScale sends. */
export const loadChecks = {
  'load-many-rows': {
    scope: 'deployment',
    level: 'required',
    statement: `${MANY} rows in one call are scored within the time limit.`,
    why: 'Every explanation begins with such a call, and drift training sends even more.',
    fix: 'Score the batch at once, not row by row; allow bodies of 12 MB and more.',
    probes: ['again', 'single', 'many-rows'],
    run: async (deployment) => {
      await deployment.scoredApart();
      const rows = Math.min(MANY, deployment.maxRows);
      const exchange = await deployment.sendRows(rows);
      const problem = await findProblem(deployment, exchange, rows, 0);
      const perSecond = Math.round((1000 * rows) / exchange.milliseconds);
      const took = `${rows} rows in ${toSeconds(exchange.milliseconds)}, ${perSecond} rows/s`;
      if (problem !== undefined) return fail(problem, `the scores of ${rows} rows`, took);
      if (rows < MANY) throw new NotRun(`--max-rows does not allow ${MANY}; ${took}`);
      return pass(took);
    },
  },
  'load-explanation': {
    scope: 'deployment',
    level: 'required',
    statement: 'An explanation’s 100 calls of 51 rows and 101 calls of one row are all answered.',
    why: 'A single failed call loses the explanation.',
    fix: 'Make calls of few rows cheap: load the model once, and keep it in memory.',
    probes: ['again', 'single', 'explanation'],
    run: async (deployment) => {
      await deployment.scoredApart();
      const { timeout } = deployment.engine.client;
      const start = performance.now();
      const times: number[] = [];
      for (const [index, size] of EXPLANATION.entries()) {
        const rows = Math.min(size, deployment.maxRows);
        const exchange = await deployment.sendRows(rows, index);
        const problem = await findProblem(deployment, exchange, rows, index);
        if (problem !== undefined)
          return fail(`call ${index + 1}, of ${rows} rows: ${problem}`, 'the scores of its rows');
        times.push(exchange.milliseconds);
        if (performance.now() - start > MAX_LIMITS * timeout)
          return fail(
            `${index + 1} of ${EXPLANATION.length} calls in ${toSeconds(performance.now() - start)}`,
            `all within ${toSeconds(MAX_LIMITS * timeout)}`,
          );
      }
      const took = `${EXPLANATION.length} calls in ${toSeconds(performance.now() - start)}, ${toQuantiles(times)}`;
      if (deployment.maxRows < SOME) throw new NotRun(`--max-rows does not allow ${SOME}; ${took}`);
      return pass(took);
    },
  },
  'load-concurrent': {
    scope: 'deployment',
    level: 'required',
    statement: `${AT_ONCE} concurrent calls each get the scores of their own rows.`,
    why: 'Monitors run in parallel.',
    fix: 'Share no state between requests: no globals, no shared buffers.',
    probes: ['again', 'single', 'concurrent'],
    run: async (deployment) => {
      await deployment.scoredApart();
      const rows = Math.min(SOME, deployment.maxRows);
      const calls = Array.from({ length: AT_ONCE }, (_, index) => index);
      const exchanges = await Promise.all(calls.map((index) => deployment.sendRows(rows, index)));
      for (const [index, exchange] of exchanges.entries()) {
        const problem = await findProblem(deployment, exchange, rows, index);
        if (problem !== undefined)
          return fail(`call ${index + 1} of ${AT_ONCE}: ${problem}`, 'the scores of its own rows');
      }
      return pass(toQuantiles(exchanges.map(({ milliseconds }) => milliseconds)));
    },
  },
} as const satisfies Record<string, Check>;

/** Why a response does not contain the scores of `rows` rows from `first` on; those of the first call are known. */
async function findProblem(
  deployment: DeploymentEvidence,
  exchange: Exchange,
  rows: number,
  first: number,
): Promise<string | undefined> {
  const answer = readAnswer(exchange, rows);
  if ('problem' in answer) return answer.problem;
  const scored = await deployment.scored();
  const known = deployment.few.values.length;
  const all = deployment.rows.values.length;
  return findDifference(scored.answer, answer, scored.names, (row) => {
    const at = (first + row) % all;
    return at < known ? at : undefined;
  });
}

function toSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

function toQuantiles(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const quantile = (share: number) => (sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(1);
  return `p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms`;
}
