import type { ModelPlan } from './plan.ts';
import { toForestOfNodes } from './to-forest.ts';

/** Makes a forest of each tree that the kernel can express and that is not part of a larger forest. */
export function addForests(model: ModelPlan, place: string): ModelPlan {
  if (model.kind === 'tree') return { ...model, forest: toForestOfNodes(model, place) };
  if (model.kind !== 'mining' || model.forest) return model;
  const segments = model.segments.map((segment) => ({ ...segment, model: addForests(segment.model, place) }));
  return { ...model, segments };
}
