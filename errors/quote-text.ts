/** Texts of users and files, names above all, as messages show them. */

const MAX_LENGTH = 40;
/** Control characters, and those that change the direction of text or the line. */
// eslint-disable-next-line no-control-regex -- these are what is looked for.
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g;

/** A text in double quotes, shortened, with nothing in it that a terminal would act on. */
export function quoteText(text: string): string {
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return escapeControls(JSON.stringify(shown));
}

/** A text in which whatever a terminal would act on is escaped. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Texts in double quotes, separated by commas; of many, the first. */
export function quoteList(texts: Iterable<string>, max = 20): string {
  const all = [...texts];
  return [...all.slice(0, max).map(quoteText), ...(all.length > max ? ['…'] : [])].join(', ');
}

/** A column name or a value in a message: in quotes, unless it is short and made of words. */
export function formatName(name: string): string {
  return name.length <= MAX_LENGTH && /^[\p{L}\p{N}_.-]+( [\p{L}\p{N}_.-]+)*$/u.test(name) ? name : quoteText(name);
}

/** Names or values as formatName shows them, separated by commas; of many, the first. */
export function formatList(names: Iterable<string>, max = 20): string {
  const all = [...names];
  return [...all.slice(0, max).map(formatName), ...(all.length > max ? ['…'] : [])].join(', ');
}

/** A number with its noun: `1 cell`, `2 cells`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A text as an argument of a POSIX shell. */
export function toArgument(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Texts as one argument that parseList reads. */
export function toListArgument(texts: readonly string[]): string {
  const items = texts.map((text) =>
    /[",\r\n]/.test(text) || text.trim() !== text ? `"${text.replaceAll('"', '""')}"` : text,
  );
  return toArgument(items.join(','));
}
