/**
 * Finds the inputs that a model needs: where one is missing, the model has no prediction. It is said of columns before they
 * are served, so that a missing cell is rejected with its place; a row that has no prediction for other reasons is rejected
 * when it is scored.
 */
import { findBuiltIn } from './built-ins.ts';
import { OPERATOR, type Expression, type ModelPlan, type Plan } from './plan.ts';

/** The slots whose values must not be missing. */
export function findRequired(plan: Pick<Plan, 'slots' | 'model'>): ReadonlySet<number> {
  const required = new Set<number>();
  const pending = [...findInModel(plan.model)];
  for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
    if (required.has(slot)) continue;
    required.add(slot);
    const source = plan.slots[slot];
    if (source?.kind === 'treated' && source.treatment.missing !== 'replace') pending.push(source.source);
    else if (source?.kind === 'derived') for (const found of findInExpression(source.expression)) pending.push(found);
  }
  return required;
}

/** The slots without which an expression is missing. */
function findInExpression(expression: Expression): number[] {
  switch (expression.op) {
    case 'field':
      return [expression.slot];
    case 'cast':
    case 'norm':
    case 'discretize':
      return findInExpression(expression.of);
    case 'map':
      return expression.missing === null ? expression.of.flatMap(findInExpression) : [];
    case 'apply':
      return expression.missing === null && findBuiltIn(expression.name)?.takesMissing !== true
        ? expression.of.flatMap(findInExpression)
        : [];
    default:
      return [];
  }
}

function findInModel(model: ModelPlan): number[] {
  const { target } = model;
  if (target && (!Number.isNaN(target.defaultValue) || target.priors.length > 0)) return [];
  switch (model.kind) {
    case 'regression':
      return model.tables.flatMap(({ terms }) => [...terms.slots, ...terms.products.flatMap(({ slots }) => slots)]);
    case 'general-regression':
      return model.cells.flatMap((list) =>
        [...list.parameters].flatMap((index) => model.parameters[index]?.map(({ slot }) => slot) ?? []),
      );
    case 'network':
    case 'support-vectors':
      return model.inputs.flatMap(findInExpression);
    case 'tree': {
      // A model that never predicts from missing values; paths that do not ask for a field are no reason to leave it out.
      if (model.missing !== 'nullPrediction') return [];
      const { operator, slot } = model.predicates;
      // Some paths are for missing values.
      if (operator.some((code) => code === OPERATOR.isMissing || code === OPERATOR.surrogate)) return [];
      return [...slot].filter((field) => field >= 0);
    }
    case 'mining': {
      if (model.missing === 'skipSegment') return [];
      const sure = model.segments.filter(({ predicate }) => model.predicates.operator[predicate] === OPERATOR.true);
      if (model.method === 'selectFirst')
        return model.segments[0] === sure[0] && sure[0] ? findInModel(sure[0].model) : [];
      if (model.method !== 'modelChain') return sure.flatMap((segment) => findInModel(segment.model));
      return findInChain(model.segments, sure);
    }
    default:
      return [];
  }
}

/** What the last model of a chain needs, and what the models need whose outputs it needs. */
function findInChain(
  segments: (ModelPlan & { kind: 'mining' })['segments'],
  sure: (ModelPlan & { kind: 'mining' })['segments'],
): number[] {
  const last = segments.at(-1);
  if (!last || sure.at(-1) !== last) return [];
  const needed = new Set(findInModel(last.model));
  for (const { model } of [...sure].reverse().slice(1))
    if (model.outputs.some(({ slot, feature }) => needed.has(slot) && feature !== 'expression'))
      for (const slot of findInModel(model)) needed.add(slot);
  return [...needed];
}
