/** What options say about the cells of a file, once its columns are known. */
import { CommandError } from '../errors/command-error.ts';
import { quoteText } from '../errors/quote-text.ts';
import { resolveNames } from './resolve-names.ts';
import type { CellRules } from './survey-columns.ts';

/**
 * The rules with the names that the file has.
 * @throws {CommandError} if it has no such column, or a column is named as numeric and as categorical
 */
export function resolveRules<Rules extends CellRules>(rules: Rules, header: readonly string[]): Rules {
  const names = header.filter((name) => name.trim() !== '');
  const numeric = rules.numeric && resolveNames('--numeric', rules.numeric, names);
  const categorical = rules.categorical && resolveNames('--categorical', rules.categorical, names);
  const both = numeric?.find((name) => categorical?.includes(name));
  if (both !== undefined)
    throw new CommandError(`Column ${quoteText(both)} is named by both --numeric and --categorical.`);
  return { ...rules, ...(numeric && { numeric }), ...(categorical && { categorical }) };
}
