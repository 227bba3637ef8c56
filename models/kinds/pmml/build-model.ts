/** Builds the evaluator of a model: that of its kind, then its targets and outputs. */
import { buildFields } from './build-expressions.ts';
import { countClasses, toWinners, type Evaluate, type ModelBuilder, type Result } from './evaluate.ts';
import { rejectRow, type Frame } from './frame.ts';
import type { ModelPlan, OutputPlan, Plan, TargetPlan, Value } from './plan.ts';
import { buildGeneralRegression } from './score-general-regression.ts';
import { buildMiningModel } from './score-mining-model.ts';
import { buildNaiveBayes } from './score-naive-bayes.ts';
import { buildNetwork } from './score-network.ts';
import { buildRegression } from './score-regression.ts';
import { buildRuleSet, buildScorecard } from './score-rules.ts';
import { buildSupportVectors } from './score-support-vectors.ts';
import { buildTree } from './score-tree.ts';
import { castValue } from './values.ts';

/** Builds the evaluator of a plan's model. */
export function buildProgram(plan: Plan): Evaluate {
  const builder: ModelBuilder = {
    ...buildFields(plan),
    classes: plan.classes,
    buildModel: (model) => buildModel(model, builder),
  };
  return buildModel(plan.model, builder);
}

function buildKind(plan: ModelPlan, builder: ModelBuilder): Evaluate {
  switch (plan.kind) {
    case 'tree':
      return buildTree(plan, builder);
    case 'mining':
      return buildMiningModel(plan, builder);
    case 'regression':
      return buildRegression(plan, builder);
    case 'general-regression':
      return buildGeneralRegression(plan, builder);
    case 'scorecard':
      return buildScorecard(plan, builder);
    case 'network':
      return buildNetwork(plan, builder);
    case 'rule-set':
      return buildRuleSet(plan, builder);
    case 'naive-bayes':
      return buildNaiveBayes(plan, builder);
    case 'support-vectors':
      return buildSupportVectors(plan, builder);
  }
}

function buildModel(plan: ModelPlan, builder: ModelBuilder): Evaluate {
  const evaluate = buildKind(plan, builder);
  const { target } = plan;
  const classCount = countClasses(plan, builder);
  const outputs = plan.outputs.map((output) => buildOutput(output, plan, builder));
  if (!target && !plan.rounds && outputs.length === 0) return evaluate;
  return (frames) => {
    const result = target ? applyTarget(evaluate(frames), target, plan.float, classCount) : evaluate(frames);
    if (plan.rounds) result.values.forEach((value, row) => (result.values[row] = Math.fround(value)));
    for (const output of outputs)
      for (let row = 0; row < frames.length; row++) output(frames[row] as Frame, result, row);
    return result;
  };
}

/** Changes predictions as Target says. */
function applyTarget(result: Result, target: TargetPlan, float: boolean, classCount: number): Result {
  const { values } = result;
  const round = float ? Math.fround : (x: number) => x;
  if (classCount > 0) {
    const { priors } = target;
    if (priors.length === 0) return result;
    const probabilities = result.probabilities ?? new Float64Array(values.length * classCount);
    const prior = new Float64Array(classCount);
    prior.set(priors);
    for (let row = 0; row < values.length; row++) {
      if (!Number.isNaN(values[row])) continue;
      probabilities.set(prior, row * classCount);
      values[row] = toWinners(prior, classCount)[0] as number;
    }
    return { ...result, probabilities };
  }
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    if (Number.isNaN(value)) {
      values[row] = target.defaultValue;
      continue;
    }
    const bounded = Math.min(Math.max(value, target.min), target.max);
    const scaled = round(round(bounded * round(target.factor)) + round(target.constant));
    values[row] = castInteger(scaled, target.cast);
  }
  return result;
}

function castInteger(value: number, cast: TargetPlan['cast']): number {
  switch (cast) {
    case 'round':
      return Math.floor(value + 0.5);
    case 'ceiling':
      return Math.ceil(value);
    case 'floor':
      return Math.floor(value);
    default:
      return value;
  }
}

/** Builds what writes an output of a row into its slot. */
function buildOutput(
  output: OutputPlan,
  plan: ModelPlan,
  builder: ModelBuilder,
): (frame: Frame, result: Result, row: number) => void {
  const { slot, name, feature, classIndex, expression, type, from } = output;
  const classes = builder.classes[plan.classes] ?? [];
  const cast = (value: Value): Value => {
    if (value === null) return null;
    return castValue(value, from, type) ?? rejectRow(`the output ${JSON.stringify(name)} has no value of type ${type}`);
  };
  switch (feature) {
    case 'predictedValue':
      return (frame, { values }, row) => {
        const value = values[row] as number;
        frame[slot] = Number.isNaN(value) ? null : cast(plan.isClassifier ? (classes[value] as Value) : value);
      };
    case 'probability':
      return (frame, { values, probabilities }, row) => {
        const value = values[row] as number;
        const index = classIndex < 0 ? value : classIndex;
        if (!probabilities) rejectRow(`the output ${JSON.stringify(name)}: the model has no probabilities`);
        frame[slot] = Number.isNaN(value) ? null : cast(probabilities[row * classes.length + index] as number);
      };
    case 'entityId': {
      const ids = plan.kind === 'tree' ? plan.tree.ids : [];
      return (frame, { nodes }, row) => {
        frame[slot] = ids[nodes?.[row] ?? -1] ?? null;
      };
    }
    default: {
      const compute = expression ? builder.build(expression, name) : () => null;
      return (frame) => {
        frame[slot] = compute(frame);
      };
    }
  }
}
