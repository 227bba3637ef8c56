/** Scores feedback with the deployment, where its records have no predictions. */
import { EngineError } from '../../errors/engine-error.ts';
import type { Deployment } from '../../models/deployment.ts';
import { NO_CALL, type Scores } from '../../models/model.ts';
import { score } from '../../models/score-table.ts';
import type { RequestTable } from '../../models/table.ts';
import { ProviderError } from './provider-kind.ts';
import type { RecordTable } from './record-table.ts';

/** Rows per call. */
const PART = 1000;

/**
 * The records with the columns `prediction` and `probability`. Records that the model does not accept have nulls there.
 * @throws {ProviderError} if the model cannot score any record
 */
export async function scoreRecords(
  { columns, rowCount }: RecordTable,
  deployment: Deployment,
  { prediction, probability }: { readonly prediction: string; readonly probability: string },
  signal: AbortSignal,
): Promise<RecordTable> {
  const { file } = deployment;
  const fields = file.columns.map(({ name }) => name);
  const cells = fields.map((name) => columns.get(name));
  const predictions: unknown[] = [];
  const vectors: unknown[] = [];
  let failure: unknown;
  const append = async (rows: RequestTable['values']): Promise<void> => {
    signal.throwIfAborted();
    let scores: Scores;
    try {
      scores = await score(deployment, { fields, values: rows }, '', { ...NO_CALL, signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!isOfRows(error)) throw error;
      failure = error;
      if (rows.length > 1) {
        // One row at fault must not cost the others.
        const half = rows.length >> 1;
        await append(rows.slice(0, half));
        await append(rows.slice(half));
      } else {
        predictions.push(null);
        vectors.push(null);
      }
      return;
    }
    const { classes } = file.label;
    const width = classes?.length ?? 0;
    rows.forEach((_, row) => {
      const predicted = scores.predictions[row] as number;
      predictions.push(classes ? classes[predicted] : predicted);
      vectors.push(
        scores.probabilities && width > 0
          ? Array.from({ length: width }, (_, index) => scores.probabilities?.[row * width + index])
          : null,
      );
    });
  };
  for (let start = 0; start < rowCount; start += PART) {
    const length = Math.min(PART, rowCount - start);
    await append(Array.from({ length }, (_, row) => cells.map((column) => column?.[start + row] ?? null)));
  }
  if (failure !== undefined && predictions.every((one) => one === null))
    throw new ProviderError(`No record of feedback can be scored: ${(failure as Error).message}`, 'not_scored');
  return { rowCount, columns: new Map([...columns, [prediction, predictions], [probability, vectors]]) };
}

/** Whether rows are at fault, and not the model. */
function isOfRows(error: unknown): boolean {
  return error instanceof EngineError && ['missing_fields', 'invalid_value', 'invalid_row'].includes(error.code);
}
