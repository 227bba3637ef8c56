/** Column names, and other lists, as options give them. */
import { parse } from 'csv-parse/sync';
import { CommandError } from '../errors/command-error.ts';
import { quoteList, quoteText } from '../errors/quote-text.ts';

/**
 * Parses a list of texts as one record of CSV: separated by commas; in double quotes where they contain commas.
 * @throws {CommandError} naming the option, if it is not one
 */
export function parseList(option: string, text: string): string[] {
  try {
    const [items = ['']] = parse(text, { relax_quotes: true, ltrim: true, skip_empty_lines: true, to: 1 });
    return items;
  } catch {
    throw new CommandError(`${option}: expected texts separated by commas, with those that contain commas in quotes.`);
  }
}

/**
 * Finds the columns that an option names. A name that the file has is taken as it is, whatever characters are in it;
 * otherwise the text is a list, and blanks around its names do not count.
 * @param values what the option was given, as often as it was given
 * @returns names of the file
 * @throws {CommandError} if the file has no such column, with those that it has
 */
export function resolveNames(option: string, values: readonly string[], names: readonly string[]): string[] {
  return values.flatMap((value) =>
    names.includes(value) ? [value] : parseList(option, value).map((item) => resolveName(option, item, names)),
  );
}

/** Finds the one column that an option names: by its exact name, or else without regard to blanks around it. */
export function resolveName(option: string, name: string, names: readonly string[]): string {
  if (names.includes(name)) return name;
  const trimmed = name.trim();
  const matches = names.filter((other) => other.trim() === trimmed);
  if (matches.length === 1) return matches[0] as string;
  if (matches.length > 1)
    throw new CommandError(`${option}: the columns ${quoteList(matches)} differ only by blanks; give the exact name.`);
  const near = names.find((other) => other.trim().toLowerCase() === trimmed.toLowerCase());
  const hint = near === undefined ? `the columns are ${quoteList(names)}` : `did you mean ${quoteText(near)}?`;
  throw new CommandError(`${option}: there is no column ${quoteText(name)}; ${hint}${near === undefined ? '.' : ''}`);
}
