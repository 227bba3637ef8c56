/** The first rows of a table with their scores, as text. Whatever comes from files and servers is made safe for a terminal. */
import { buildSafeText } from '../conformance/report/safe-text.ts';
import type { DeploymentFile } from '../models/deployment-file.ts';
import type { RequestTable } from '../models/table.ts';

const MAX_ROWS = 5;
/** Max characters per cell. */
const MAX_CELL_WIDTH = 20;
const DEFAULT_WIDTH = 100;

const toSafe = buildSafeText([]);

/** Rows with their answers. */
export interface ScoredTable {
  readonly file: DeploymentFile;
  readonly scored: RequestTable & { readonly answer: NonNullable<DeploymentFile['example']['answer']> };
}

/** Lays out the first rows: the features that fit, and all scores. */
export function toScoredTable({ file, scored }: ScoredTable, width = DEFAULT_WIDTH): string[] {
  const { fields, values, answer } = scored;
  const { classes = [] } = file.label;
  const rows = values.slice(0, MAX_ROWS).map((cells, row) => ({
    cells: cells.map(toCell),
    results: [
      toCell(answer.predictions[row]),
      ...(answer.probabilities?.[row] ?? []).map((probability) => probability.toFixed(4)),
    ],
  }));
  const results = toColumns(
    [file.result.prediction, ...(answer.probabilities ? classes : [])].map(toCell),
    rows.map((row) => row.results),
  );
  const features = toColumns(
    fields.map(toCell),
    rows.map((row) => row.cells),
  );
  // The reader knows the features; the answers matter, so they are never cut.
  let room = width - 6 - results.reduce((sum, column) => sum + column.width + 2, 0);
  const fitting = features.filter((column) => (room -= column.width + 2) >= 0);
  const cut = fitting.length < features.length ? '  …' : '';
  return [-1, ...rows.keys()].map((row) => `${toLine(fitting, row)}${cut}  │${toLine(results, row)}`);
}

interface TextColumn {
  readonly head: string;
  readonly cells: readonly string[];
  readonly width: number;
}

function toColumns(heads: readonly string[], rows: readonly (readonly string[])[]): TextColumn[] {
  return heads.map((head, index) => {
    const cells = rows.map((row) => row[index] ?? '');
    return { head, cells, width: Math.max(...[head, ...cells].map((text) => text.length)) };
  });
}

/** A row of the table; -1 is its header. */
function toLine(columns: readonly TextColumn[], row: number): string {
  return columns.map(({ head, cells, width }) => `  ${(row < 0 ? head : (cells[row] ?? '')).padStart(width)}`).join('');
}

/** A cell, short and safe. */
export function toCell(value: unknown): string {
  const text = value === null ? '–' : toSafe(typeof value === 'string' ? value : JSON.stringify(value));
  return text.length > MAX_CELL_WIDTH ? `${text.slice(0, MAX_CELL_WIDTH - 1)}…` : text;
}
