/** What the user of `train` decides about columns and cells. */
import { resolveName, resolveNames } from '../csv/resolve-names.ts';
import { resolveRules } from '../csv/resolve-rules.ts';
import type { CellRules } from '../csv/survey-columns.ts';
import { CommandError } from '../errors/command-error.ts';
import type { ProblemType } from '../models/deployment-file.ts';

/** The user's options. Columns are given by their names, or by lists of names as resolveNames reads them. */
export interface TrainingChoices extends CellRules {
  readonly label: string;
  readonly problemType?: ProblemType;
  /** The positive class of a binary label; the rarer one by default. */
  readonly positive?: string;
  /** The features; by default all columns but the label. */
  readonly features?: readonly string[];
  readonly drop?: readonly string[];
  /** The column of groups, whose rows are either all held out or all learned from. */
  readonly group?: string;
  /** The column of times: the latest rows are held out. */
  readonly time?: string;
  /** Whether `"` and `=` in names, on which OpenScale fails, are replaced by `_`. */
  readonly safeNames?: boolean;
  /** Whether dates are learned from, by their year, month, weekday and the days since the first. */
  readonly dates?: boolean;
}

/**
 * The choices with the names that the file has.
 * @throws {CommandError} if it has no such column
 */
export function resolveChoices(choices: TrainingChoices, header: readonly string[]): TrainingChoices {
  const names = header.filter((name) => name.trim() !== '');
  const label = resolveName('--label', choices.label, names);
  const lists = (['features', 'drop'] as const).flatMap((key) => {
    const values = choices[key];
    return values ? [[key, resolveNames(`--${key}`, values, names)] as const] : [];
  });
  const columns = (['group', 'time'] as const).flatMap((key) => {
    const value = choices[key];
    return value === undefined ? [] : [[key, resolveName(`--${key}`, value, names)] as const];
  });
  if (columns.length > 1) throw new CommandError('--group and --time cannot be combined; choose one of them.');
  const resolved = {
    ...resolveRules(choices, header),
    ...(Object.fromEntries([...lists, ...columns]) as Partial<TrainingChoices>),
    label,
  };
  if (resolved.drop?.includes(label)) throw new CommandError('--drop: the label cannot be dropped.');
  const [own] = columns.filter(([, name]) => name === label);
  if (own) throw new CommandError(`--${own[0]}: the label cannot decide which rows are held out.`);
  return resolved;
}
