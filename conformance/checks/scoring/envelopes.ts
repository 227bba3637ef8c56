/** Checks of tables in an envelope, the form of IBM's runtime. */
import { findTableProblem, unwrap, type Answer } from '../../evidence/answer.ts';
import type { Check } from '../../check.ts';
import { fail, NotRun, pass, type Outcome } from '../../outcome.ts';
import { findDifference } from '../../evidence/compare-scores.ts';
import { describe, isReply } from '../../client/exchange.ts';
import { isObject, parseJson } from '../../client/parse-json.ts';
import type { DeploymentEvidence } from '../../evidence/deployment-evidence.ts';
import type { SingleProbe } from '../../evidence/scoring-probes.ts';

const EXPECTED = '{"predictions": [{"fields": […], "values": [[…]]}]}';
const SAME = 'the scores of the first call, row for row';

/** Checks of envelopes. */
export const envelopeChecks = {
  envelope: {
    scope: 'deployment',
    level: 'recommended',
    raised: {
      level: 'required',
      when: 'the engine is called without credentials or with a bearer token',
      // ibm_common_scoring_utils 5.4.2, clients/custom_ml_provider.py: a bare table is sent with Basic authentication only.
      applies: ({ authentication }) => authentication === 'none' || authentication === 'bearer',
    },
    statement: 'A table in an envelope {"input_data": [table]} is answered as {"predictions": [table]}.',
    why: "IBM's ScoreManager sends envelopes only, unless the engine has Basic authentication; IBM's Spark client always does.",
    fix: 'Answer in the form of the request: an envelope with an envelope, a table with a table.',
    probes: ['again', 'envelope'],
    run: (deployment) => judgeEnvelope(deployment, 'envelope', [(row) => row]),
  },
  'envelope-several': {
    scope: 'deployment',
    level: 'recommended',
    statement: 'Several tables in an envelope are each answered, in order.',
    why: 'A client that sends two tables and gets one matches its scores to the wrong table.',
    fix: 'Answer every entry of input_data.',
    probes: ['again', 'single', 'envelope', 'several-tables'],
    run: async (deployment) => {
      await deployment.scoredApart();
      const one = await judgeEnvelope(deployment, 'envelope', [(row) => row]);
      if (one.verdict === 'failed') throw new NotRun('one table in an envelope is not answered; see envelope');
      const last = deployment.few.values.length - 1;
      return judgeEnvelope(deployment, 'several-tables', [() => last, (row) => row], [1, last + 1]);
    },
  },
} as const satisfies Record<string, Check>;

async function judgeEnvelope(
  deployment: DeploymentEvidence,
  probe: SingleProbe,
  toFirst: readonly ((row: number) => number)[],
  rows: readonly number[] = [deployment.few.values.length],
): Promise<Outcome> {
  const { answer: first, names } = await deployment.scoredAlike();
  const exchange = await deployment.exchange(probe);
  const parsed = isReply(exchange) && exchange.status === 200 ? parseJson(exchange) : undefined;
  if (!parsed) return fail(describe(exchange), EXPECTED);
  if ('problem' in parsed) return fail(parsed.problem, EXPECTED);
  const predictions = isObject(parsed.value) ? parsed.value['predictions'] : undefined;
  if (!Array.isArray(predictions)) return fail('there is no list `predictions`', EXPECTED);
  if (predictions.length !== rows.length)
    return fail(`${predictions.length} predictions for ${rows.length} tables`, 'one for each');
  for (const [index, prediction] of (predictions as unknown[]).entries()) {
    if (unwrap(prediction) !== prediction)
      throw new NotRun('every table is answered with an envelope, even within one; see scoring-shape');
    const problem =
      findTableProblem(prediction, rows[index] as number) ??
      findDifference(first, prediction as Answer, names, toFirst[index]);
    if (problem !== undefined) return fail(`predictions[${index}]: ${problem}`, SAME);
  }
  return pass();
}
