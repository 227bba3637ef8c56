/** Options that list classes and categories, the same for `wrap` and `import`. */
import { parseList } from '../csv/resolve-names.ts';
import { CommandError } from '../errors/command-error.ts';

/** Text separated by commas, read as numbers if all of it is, unlike 01; a JSON array is explicit about types. */
export function parseLabels(text: string): (string | number)[] {
  if (!text.trimStart().startsWith('[')) {
    const names = parseList('--labels', text).map((name) => name.trim());
    if (names.includes('')) throw toUsageError('--labels: expected a name between any two commas.');
    return names.every((name) => /^[+-]?(0|[1-9]\d*)(\.\d+)?$/.test(name)) ? names.map(Number) : names;
  }
  const labels = parseJson(text);
  if (!Array.isArray(labels) || !labels.every((name) => typeof name === 'string' || typeof name === 'number'))
    throw toUsageError('--labels: expected a,b or a JSON array of strings or numbers.');
  return labels;
}

/** Parses `--categories column=values` options. */
export function parseCategories(texts: readonly string[]): Map<string, string[]> {
  return new Map(
    texts.map((text) => {
      const [, column, values] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      const categories = values?.trimStart().startsWith('[')
        ? parseJson(values)
        : values && parseList('--categories', values);
      const isList = Array.isArray(categories) && categories.length > 0 && categories.every(isCategory);
      if (column === undefined || !isList || new Set(categories.map(String)).size < categories.length)
        throw toUsageError('--categories: expected column=a,b or column= and a JSON array, with each category once.');
      return [column, categories.map(String)];
    }),
  );
}

function isCategory(value: unknown): value is string | number | boolean {
  return value !== '' && ['string', 'number', 'boolean'].includes(typeof value);
}

function toUsageError(message: string): CommandError {
  return new CommandError(message, { exitCode: 2 });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
