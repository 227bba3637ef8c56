/** Scores training data through a deployment's model, in parts, as requests would. */
import type { Deployment } from '../../models/deployment.ts';
import { NO_CALL, type Model } from '../../models/model.ts';
import { score } from '../../models/score-table.ts';
import { toRequest, type TypedTable } from '../../training/load-table.ts';

/** The scores of all rows: class indices or numbers, and the probabilities of all classes row by row. */
export interface RowScores {
  readonly predictions: Float64Array;
  readonly probabilities: Float64Array | undefined;
}

/** A model whose calls end when the signal is aborted, also where the model cannot be stopped. */
export function toStoppable(model: Model, signal: AbortSignal | undefined): Model {
  if (!signal) return model;
  const stopped = new Promise<never>((_, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  // Where no call waits for it.
  stopped.catch(() => undefined);
  return {
    score: (table, call = NO_CALL) => Promise.race([model.score(table, { ...call, signal }), stopped]),
  };
}

/** Rows per call; more would only take more memory. */
const PART = 1000;

/**
 * Scores the rows of a table.
 * @throws {EngineError} as the model does, when it cannot score the rows; the signal's reason when it is aborted
 */
export async function scoreRows(
  deployment: Pick<Deployment, 'file' | 'model'>,
  table: TypedTable,
  { onProgress, signal }: { onProgress?: (rows: number) => void; signal?: AbortSignal | undefined } = {},
): Promise<RowScores> {
  const width = deployment.file.label.classes?.length ?? 0;
  const predictions = new Float64Array(table.rowCount);
  let probabilities: Float64Array | undefined;
  for (let start = 0; start < table.rowCount; start += PART) {
    signal?.throwIfAborted();
    const rows = Array.from({ length: Math.min(PART, table.rowCount - start) }, (_, index) => start + index);
    const scores = await score(deployment, toRequest(table, rows), '', NO_CALL).catch((error: unknown) => {
      // Whatever the model says then, it was stopped.
      signal?.throwIfAborted();
      throw error;
    });
    predictions.set(Array.from(scores.predictions), start);
    if (scores.probabilities && width > 0) {
      probabilities ??= new Float64Array(table.rowCount * width);
      probabilities.set(Array.from(scores.probabilities), start * width);
    }
    onProgress?.(start + rows.length);
  }
  return { predictions, probabilities };
}
