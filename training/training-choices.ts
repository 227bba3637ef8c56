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
  const resolved = { ...resolveRules(choices, header), ...Object.fromEntries(lists), label };
  if (resolved.drop?.includes(label)) throw new CommandError('--drop: the label cannot be dropped.');
  return resolved;
}
