/** Reads what the library itself predicted, for comparison: CSV with a header, or JSON in the form of the engine's own reply. */
import type { RowsFile } from '../csv/load-rows.ts';
import { loadRows } from '../csv/load-rows.ts';
import { formatCount, quoteList } from '../errors/quote-text.ts';
import type { RowsColumn } from '../csv/rows-column.ts';
import { CommandError } from '../errors/command-error.ts';
import type { ScoredRows } from '../models/kinds/model-file.ts';

/** The scores of n rows, as far as they are known. */
export interface ExpectedScores {
  /** Where they come from, for messages. */
  readonly source: string;
  readonly predictions?: readonly unknown[];
  /** By class, in its order among the classes: n numbers, or undefined where the class has no column. */
  readonly probabilities?: readonly (readonly unknown[] | undefined)[];
}

/**
 * Loads a file of scores. CSV has a column `prediction`, or a column per class that is named after it, or both.
 * @param classes the classes; undefined for a regression
 * @param rows the rows that were scored
 * @throws {CommandError} when it has neither, or another number of rows
 */
export async function readScores(
  path: string,
  rows: RowsFile,
  classes: readonly (string | number)[] | undefined,
): Promise<ExpectedScores> {
  let file: RowsFile;
  try {
    file = await loadRows(path);
  } catch (error) {
    throw error instanceof CommandError ? new CommandError(error.message.replace(/^--rows/, '--scores')) : error;
  }
  if (file.count !== rows.count) {
    // Rows that were left out are often the reason.
    const notices = [...rows.notices, ...file.notices].map((notice) => ` (${notice})`).join('');
    throw new CommandError(
      `--scores: expected ${formatCount(rows.count, 'row')}, as many as there are rows, not ${file.count}.${notices}`,
    );
  }
  const find = (name: string) => file.columns.find((column) => column.name.trim() === name);
  const vectors = find('probability')?.toCells('double');
  const byClass = classes?.map((name, index) =>
    vectors
      ? vectors.map((vector) => (Array.isArray(vector) ? (vector[index] as unknown) : undefined))
      : toNumbers(find(String(name))),
  );
  const prediction = find('prediction');
  const probabilities = byClass?.some((column) => column) ? byClass : undefined;
  if (!prediction && !probabilities) {
    const others = classes ? `, or a column per class (${quoteList(classes.map(String))})` : '';
    throw new CommandError(
      `--scores: expected a column "prediction"${others}; the file has ${quoteList(file.columns.map(({ name }) => name))}.`,
    );
  }
  return {
    source: '--scores',
    ...(prediction && { predictions: toNumbersOrText(prediction, classes) }),
    ...(probabilities && { probabilities }),
  };
}

function toNumbers(column: RowsColumn | undefined): readonly unknown[] | undefined {
  return column?.toCells('double');
}

function toNumbersOrText(column: RowsColumn, classes: readonly unknown[] | undefined): readonly unknown[] {
  return column.toCells(classes && typeof classes[0] === 'string' ? 'string' : 'double');
}

/** The scores that a model file has of its own rows. */
export function toExpected(
  { predictions, probabilities }: ScoredRows,
  classes: readonly unknown[] | undefined,
): ExpectedScores {
  return {
    source: 'the model file',
    ...(predictions && { predictions }),
    ...(probabilities && { probabilities: classes?.map((_, index) => probabilities.map((row) => row[index])) ?? [] }),
  };
}

/** Divides the probabilities of each row by their sum, where all classes have a column; else they are as they were. */
export function normalizeScores(scores: ExpectedScores): ExpectedScores {
  const columns = scores.probabilities ?? [];
  const sums = columns[0]?.map((_, row) => columns.reduce((sum, column) => sum + Number(column?.[row] ?? NaN), 0));
  if (!sums || sums.some(Number.isNaN)) return scores;
  const probabilities = columns.map((column) => column?.map((value, row) => Number(value) / (sums[row] as number)));
  return { ...scores, probabilities };
}
