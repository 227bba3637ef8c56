/** The row of the form, kept in this tab while somebody logs in again. */
import type { Row } from './cells.ts';

const KEY = 'custom-ml-engine row';

/** Keeps the row of a deployment. */
export function keepRow(id: string, row: Row): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ id, row: Object.entries(row) }));
  } catch {
    // A browser may forbid it, or be full: then nothing is kept.
  }
}

/** Gives the row that was kept of a deployment, once. */
export function takeRow(id: string, names: readonly string[]): Row | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as {
      id: string;
      row: [string, string | null][];
    } | null;
    sessionStorage.removeItem(KEY);
    if (kept?.id !== id || !names.every((name) => kept.row.some(([own]) => own === name))) return undefined;
    return Object.fromEntries(kept.row);
  } catch {
    return undefined;
  }
}
