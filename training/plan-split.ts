/** Which columns decide the rows that a model is judged by: `--group` and `--time`. */
import type { Cell } from '../csv/cell-type.ts';
import type { ColumnSurvey } from '../csv/column-survey.ts';
import { formatExample } from '../csv/examples.ts';
import { formatCount, quoteText } from '../errors/quote-text.ts';
import { CommandError } from '../errors/command-error.ts';
import { readDate, readTimeOfDay, type DateOrder } from '../models/calendar-date.ts';
import type { TrainingChoices } from './training-choices.ts';

/** The column of the groups, or of the times. */
export interface SplitPlan {
  readonly by: 'group' | 'time';
  readonly name: string;
  /** Its position in the records, from 0. */
  readonly index: number;
  /** The group of a cell, or its time as a number; null if it is missing. */
  readonly read: (text: string) => Cell | null;
}

/**
 * Plans how rows are held out.
 * @param choices as resolveChoices gives them
 * @param warnings receives what probably should not be so
 * @returns undefined if they are drawn at random
 * @throws {CommandError} if a column does not suit
 */
export function planSplit(
  columns: readonly ColumnSurvey[],
  { group, time }: TrainingChoices,
  warnings: string[],
): SplitPlan | undefined {
  const by = group === undefined ? 'time' : 'group';
  const column = columns.find(({ name }) => name === (group ?? time));
  if (!column) return undefined;
  const { name, index, missing, nature, counts } = column;
  if (nature === 'empty' || counts?.size === 1)
    throw new CommandError(
      `--${by}: column ${quoteText(name)} has ${nature === 'empty' ? 'no values' : 'the same value in every row'}, so that no rows can be held out by it.`,
    );
  if (missing > 0) {
    const rows = `${formatCount(missing, 'row')} without a ${quoteText(name)} ${missing === 1 ? 'is' : 'are'} treated as`;
    const group = missing === 1 ? 'a group of its own' : 'groups of one row each';
    warnings.push(`${rows} ${by === 'group' ? group : 'the earliest'}.`);
  }
  return { by, name, index, read: by === 'group' ? column.read : toTimeReader(column) };
}

/** Times as numbers: numbers as they are; dates, with their time of day if they have one, in days since 1970-01-01. */
function toTimeReader({ name, nature, dates, first, read }: ColumnSurvey): SplitPlan['read'] {
  if (nature === 'integer' || nature === 'double') return read;
  if (nature === 'date' && dates) return (text) => (read(text) === null ? null : readTime(text.trim(), dates.order));
  throw new CommandError(
    `--time: column ${quoteText(name)} must have dates or numbers, not ${nature === 'boolean' ? 'booleans' : 'texts'}${first ? ` such as ${formatExample(first)}` : ''}. Write dates as 2026-11-23.`,
  );
}

function readTime(text: string, order: DateOrder): number | null {
  const day = readDate(text)?.[order];
  return day === undefined ? null : day + readTimeOfDay(text);
}
