/** Joins learned models to one: their weighted mean. */
import type { BlendMember } from '../models/kinds/blend.ts';
import type { LearnedKind } from './hyperparameters.ts';
import type { Column, LearnedModel } from './learned-model.ts';

export interface Member {
  readonly kind: LearnedKind;
  readonly weight: number;
  readonly model: LearnedModel;
}

/** The blend of models that have learned from the same table; their files are written separately, as `toMemberFile` names them. */
export function blendModels(members: readonly Member[]): LearnedModel {
  const used = members.map(({ model }) => model.used);
  return {
    kind: 'blend',
    // Large models are written as soon as they are learned.
    files: [],
    columns: joinColumns(members.map(({ model }) => model.columns)),
    settings: { members: members.map(toSettings) },
    ...(used.every((names) => names !== undefined) && { used: new Set(used.flatMap((names) => [...names])) }),
    hyperparameters: Object.fromEntries(
      members.flatMap(({ kind, weight, model }) => [
        [`${kind}.weight`, weight],
        ...Object.entries(model.hyperparameters).map(([key, value]) => [`${kind}.${key}`, value] as const),
      ]),
    ),
  };
}

function toSettings({ kind, weight, model: { kind: servedKind, settings, columns } }: Member): BlendMember {
  return { name: kind, kind: servedKind as BlendMember['kind'], weight, settings, columns };
}

/** The columns of all: with the most categories that a member knows. What replaces a null is the business of each member. */
function joinColumns(lists: readonly (readonly Column[])[]): Column[] {
  const [first = []] = lists;
  return first.map((_, index) => {
    const versions = lists.map((list) => list[index] as Column);
    const [fullest] = [...versions].sort((a, b) => (b.categories?.length ?? 0) - (a.categories?.length ?? 0));
    const column = { ...(fullest as Column) };
    delete column.impute;
    return column;
  });
}
