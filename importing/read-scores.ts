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
 * @throws {CommandError} when it has neither, or another number of rows
 */
export async function readScores(
  path: string,
  rowCount: number,
  classes: readonly (string | number)[] | undefined,
): Promise<ExpectedScores> {
  let file: RowsFile;
  try {
    file = await loadRows(path);
  } catch (error) {
    throw error instanceof CommandError ? new CommandError(error.message.replace(/^--rows/, '--scores')) : error;
  }
  if (file.count !== rowCount)
    throw new CommandError(
      `--scores: expected ${formatCount(rowCount, 'row')}, as many as there are rows, not ${file.count}.`,
    );
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
