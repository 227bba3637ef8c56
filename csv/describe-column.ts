/** Describes a column: what it holds, its values, and what a user should know about them. */
import { toBoolean, type Cell } from './cell-type.ts';
import type { ColumnSurvey } from './column-survey.ts';
import type { ColumnTally } from './column-tally.ts';
import { decideColumn, type ColumnRules, type FileContext } from './decide-column.ts';
import { Examples } from './examples.ts';
import { formatCount, quoteList, quoteText } from '../errors/quote-text.ts';

/** A column as it was counted. */
export interface CountedColumn {
  readonly name: string;
  readonly index: number;
  readonly tally: ColumnTally;
  /** How often each text occurs, if there are few enough. */
  readonly texts: ReadonlyMap<string, number> | undefined;
}

/** Describes a column. */
export function describeColumn(column: CountedColumn, rules: ColumnRules, file: FileContext): ColumnSurvey {
  const { name, index, tally, texts } = column;
  const decision = decideColumn(tally, rules, file);
  const { nature, gaps, read } = decision;
  const counts = texts && countValues(texts, read);
  return {
    name,
    index,
    ...decision,
    missing: gaps.empty + gaps.marked.count + gaps.unreadable.count,
    counts,
    spellings: nature === 'boolean' && texts ? findSpellings(texts) : new Map(),
    variants: nature === 'text' && counts ? findVariants(counts) : [],
    padded: nature === 'text' ? tally.padded : new Examples(),
    isRowNumber: nature === 'integer' && tally.isRowNumber,
    first: tally.first,
  };
}

/** What is said about the texts that stand for a missing value: an end of a sentence, as in the survey's notices. */
export function formatMarked({ gaps: { marked } }: ColumnSurvey): string[] {
  if (marked.count === 0) return [];
  const verb = marked.texts?.length === 1 ? 'counts' : 'count';
  return [`${marked.format()} ${verb} as missing (${formatCount(marked.count, 'cell')})`];
}

/** The same for the cells that cannot be read. */
export function formatUnreadable({ gaps: { unreadable } }: ColumnSurvey): string[] {
  if (unreadable.count === 0) return [];
  const cells = `${formatCount(unreadable.count, 'cell')} that cannot be read`;
  return [`${cells}, ${unreadable.format()}, ${unreadable.count === 1 ? 'counts' : 'count'} as missing`];
}

/** The same for texts that look alike. */
export function formatVariants({ variants }: ColumnSurvey): string[] {
  if (variants.length === 0) return [];
  const shown = variants.slice(0, 3).map((group) => quoteList(group, 5));
  return [`${shown.join('; ')}${variants.length > 3 ? '; …' : ''} differ only by case, blanks or invisible characters`];
}

/** The same for booleans that are written in more than one way. */
export function formatSpellings({ spellings }: ColumnSurvey): string[] {
  return [...spellings.values()]
    .filter((texts) => texts.length > 1)
    .map((texts) => `${quoteList(texts, 5)} are the same, ${quoteText(texts[0] as string)}`);
}

function countValues(texts: ReadonlyMap<string, number>, read: ColumnSurvey['read']): ReadonlyMap<Cell, number> {
  const counts = new Map<Cell, number>();
  for (const [text, count] of texts) {
    const value = read(text);
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return counts;
}

/** The spellings of true and of false, the most frequent first. */
function findSpellings(texts: ReadonlyMap<string, number>): ReadonlyMap<Cell, readonly string[]> {
  const counts = new Map<string, number>();
  for (const [text, count] of texts) counts.set(text.trim(), (counts.get(text.trim()) ?? 0) + count);
  const sorted = [...counts].sort(([, a], [, b]) => b - a).map(([text]) => text);
  return new Map([true, false].map((value) => [value, sorted.filter((text) => toBoolean(text) === value)]));
}

/** What a reader distinguishes: letters however they are encoded, no characters that cannot be seen, one blank for many. */
function toVisible(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function findVariants(counts: ReadonlyMap<Cell, number>): string[][] {
  const groups = new Map<string, string[]>();
  for (const value of counts.keys()) {
    const key = toVisible(String(value));
    const group = groups.get(key);
    if (group) group.push(String(value));
    else groups.set(key, [String(value)]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
