/** Which classes were taken for which others. */

/** Of more classes than this, the confusion matrix is too large to be shown or kept. */
export const MAX_CONFUSION_CLASSES = 30;
const MAX_CONFUSIONS = 50;

/** How many rows of a class another class was predicted for. */
export interface Confusion {
  readonly actual: string | number;
  readonly predicted: string | number;
  readonly rows: number;
}

/**
 * The pairs of different classes that were confused most often.
 * @param confusion numbers of rows by actual, then predicted class
 */
export function listConfusions(
  confusion: readonly (readonly number[])[],
  classes: readonly (string | number)[],
): Confusion[] {
  const found = confusion.flatMap((line, actual) =>
    line.flatMap((rows, predicted) => (rows > 0 && actual !== predicted ? [{ actual, predicted, rows }] : [])),
  );
  return found
    .sort((a, b) => b.rows - a.rows)
    .slice(0, MAX_CONFUSIONS)
    .map(({ actual, predicted, rows }) => ({
      actual: classes[actual] as string | number,
      predicted: classes[predicted] as string | number,
      rows,
    }));
}
