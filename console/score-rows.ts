/** Scores rows in requests that the engine accepts. */
import { score } from './api.ts';
import { writeBody } from './cells.ts';
import type { DeploymentDetails } from './data.ts';
import { splitRows, type RowAnswer } from './variations.ts';

/** Rows of a request, so that progress can be seen and the engine stays free for others. */
const ROWS_PER_REQUEST = 1000;

/** Reports progress, and can be cancelled. */
export interface ScoreRowsOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

/**
 * Scores rows, one request after the other, each within the engine's limits.
 * @param rows JSON, with the columns of the model
 * @returns the answer to each row
 * @throws {RequestError}
 */
export async function scoreRows(
  details: DeploymentDetails,
  rows: readonly string[],
  { signal, onProgress }: ScoreRowsOptions,
): Promise<RowAnswer[]> {
  const { columns, engine } = details;
  const { maxRows, maxBody } = engine.limits;
  const answers: RowAnswer[] = [];
  for (const [from, to] of splitRows(rows, Math.min(maxRows, ROWS_PER_REQUEST), maxBody / 2)) {
    answers.push(...(await score(details, writeBody(columns, rows.slice(from, to)), signal)));
    onProgress?.(to);
  }
  return answers;
}
