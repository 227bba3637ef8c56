/** Scores rows with a scorecard or a set of rules. */
import { buildJudge, TRUTH } from './build-predicates.ts';
import { countClasses, toWinners, type Evaluate, type ModelBuilder } from './evaluate.ts';
import type { Frame } from './frame.ts';
import type { RuleSetPlan, ScorecardPlan } from './plan.ts';

export function buildScorecard(plan: ScorecardPlan, builder: ModelBuilder): Evaluate {
  const judge = buildJudge(plan.predicates, builder.getters);
  const characteristics = plan.characteristics.map(({ attributes }) =>
    attributes.map(({ predicate, score, expression }) => ({
      predicate,
      toScore: expression ? builder.build(expression, 'ComplexPartialScore') : () => score,
    })),
  );
  return (frames) => ({
    values: Float64Array.from(frames, (frame) => {
      let sum = plan.initial;
      for (const attributes of characteristics) {
        const found = attributes.find(({ predicate }) => judge(predicate, frame) === TRUTH.true);
        // A characteristic without a score leaves the card without one.
        const score = found?.toScore(frame) ?? null;
        if (score === null) return NaN;
        sum += score as number;
      }
      return sum;
    }),
  });
}

export function buildRuleSet(plan: RuleSetPlan, builder: ModelBuilder): Evaluate {
  const judge = buildJudge(plan.predicates, builder.getters);
  const { method, rules, defaultClass } = plan;
  const classCount = countClasses(plan, builder);
  const fires = ({ predicates }: RuleSetPlan['rules'][number], frame: Frame) =>
    predicates.every((predicate) => judge(predicate, frame) === TRUTH.true);
  const findClass = (frame: Frame): number => {
    if (method === 'firstHit') return rules.find((rule) => fires(rule, frame))?.classIndex ?? -1;
    const weights = new Float64Array(classCount).fill(-1);
    for (const rule of rules) {
      if (!fires(rule, frame)) continue;
      const { classIndex, weight } = rule;
      const known = weights[classIndex] as number;
      weights[classIndex] = method === 'weightedMax' ? Math.max(known, weight) : Math.max(known, 0) + weight;
    }
    const winner = toWinners(weights, classCount)[0] as number;
    return (weights[winner] as number) < 0 ? -1 : winner;
  };
  return (frames) => ({
    values: Float64Array.from(frames, (frame) => {
      const found = findClass(frame);
      const index = found < 0 ? defaultClass : found;
      return index < 0 ? NaN : index;
    }),
  });
}
