/** Describes a column: what it holds, its values, and what a user should know about them. */
import { toBoolean, type Cell } from './cell-type.ts';
import type { ColumnSurvey } from './column-survey.ts';
import type { ColumnTally } from './column-tally.ts';
import { decideColumn, type ColumnRules, type FileContext } from './decide-column.ts';
import { Examples } from './examples.ts';
import { formatCount, quoteList } from '../errors/quote-text.ts';

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

/** The same for texts that differ only by case or blanks. */
export function formatVariants({ variants }: ColumnSurvey): string[] {
  if (variants.length === 0) return [];
  const shown = variants.slice(0, 3).map((group) => quoteList(group, 5));
  return [`${shown.join('; ')}${variants.length > 3 ? '; …' : ''} differ only by case or blanks`];
}

function countValues(texts: ReadonlyMap<string, number>, read: ColumnSurvey['read']): ReadonlyMap<Cell, number> {
  const counts = new Map<Cell, number>();
  for (const [text, count] of texts) {
    const value = read(text);
    if (value !== null) counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return counts;
}

/** The most frequent spelling of true and of false. */
function findSpellings(texts: ReadonlyMap<string, number>): ReadonlyMap<Cell, string> {
  const counts = new Map<string, number>();
  for (const [text, count] of texts) counts.set(text.trim(), (counts.get(text.trim()) ?? 0) + count);
  const sorted = [...counts].sort(([, a], [, b]) => a - b);
  return new Map(sorted.map(([text]) => [toBoolean(text) ?? text, text]));
}

function findVariants(counts: ReadonlyMap<Cell, number>): string[][] {
  const groups = new Map<string, string[]>();
  for (const value of counts.keys()) {
    const key = String(value).toLowerCase().replace(/\s+/g, ' ');
    const group = groups.get(key);
    if (group) group.push(String(value));
    else groups.set(key, [String(value)]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
