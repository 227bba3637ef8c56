/** The importance of each feature, which decides what the drift monitor compares in pairs. */
import type { Deployment } from '../../models/deployment.ts';
import { measureImportances } from '../../training/importances.ts';
import type { TypedTable } from '../../training/load-table.ts';
import { round } from './drift/round.ts';

/** How many rows are shuffled: of a model on another server few, because each is sent several times for each feature. */
const ROWS = { local: 1000, remote: 50 };
const SEED = 1;

/**
 * The importances of all features, in the order of the columns: those that `train` recorded, or else permutation importances.
 * Features that a model does better without have 0. Rounded, so that ranks can be told from what is written.
 */
export async function findImportances(
  deployment: Pick<Deployment, 'file' | 'model' | 'remote'>,
  table: TypedTable,
  {
    onProgress,
    signal,
  }: { onProgress?: (features: number, total: number) => void; signal?: AbortSignal | undefined } = {},
): Promise<Map<string, number>> {
  const { file } = deployment;
  const names = file.columns.map(({ name }) => name);
  const recorded = readRecorded(file.training?.['importances']);
  const known = names.every((name) => recorded.has(name)) ? recorded : await measure();
  return new Map(names.map((name) => [name, round(Math.max(0, known.get(name) as number))]));

  async function measure(): Promise<Map<string, number>> {
    const count = Math.min(table.rowCount, deployment.remote ? ROWS.remote : ROWS.local);
    // Evenly from the whole table, because files are often sorted.
    const rows = Int32Array.from({ length: count }, (_, index) => Math.floor((index * table.rowCount) / count));
    const classCount = file.label.classes?.length ?? 0;
    const importances = await measureImportances(deployment, table, rows, classCount, SEED, { onProgress, signal });
    return new Map(importances.map(({ feature, mean }) => [feature, mean]));
  }
}

/** The record may have been edited. */
function readRecorded(recorded: unknown): Map<string, number> {
  const entries = Array.isArray(recorded) ? (recorded as { feature?: unknown; mean?: unknown }[]) : [];
  return new Map(
    entries.flatMap(({ feature, mean }) =>
      typeof feature === 'string' && typeof mean === 'number' ? [[feature, mean]] : [],
    ),
  );
}
