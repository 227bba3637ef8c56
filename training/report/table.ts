/** Tables of a report. */

/** Tables with at most so many rows are not divided by pages. */
const MAX_KEPT = 30;

/** A column of a table of rows. */
export interface Column<Row> {
  /** Its heading, as HTML. */
  readonly head: string;
  /** The cell of a row, as HTML. */
  readonly cell: (row: Row) => string;
  /** Whether it is text, and not numbers, which are aligned on the right; `wide` if it is long. */
  readonly isText?: boolean | 'wide';
  /** The style of a cell. */
  readonly style?: (row: Row) => string | undefined;
}

/**
 * A table. Its first column names the rows.
 * @param caption says what it shows, as HTML
 * @param options `mark`: the class of a row; `className`: that of the table
 */
export function toTable<Row>(
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: { readonly mark?: (row: Row) => string | undefined; readonly className?: string } = {},
): string {
  const heads = columns.map(({ head, isText }, at) => `<th scope="col"${at > 0 ? toClass(isText) : ''}>${head}</th>`);
  const lines = rows.map((row) => {
    const cells = columns.map(({ cell, isText, style }, at) => {
      if (at === 0) return `<th scope="row">${cell(row)}</th>`;
      const css = style?.(row);
      return `<td${toClass(isText)}${css ? ` style="${css}"` : ''}>${cell(row)}</td>`;
    });
    const mark = options.mark?.(row);
    return `<tr${mark ? ` class="${mark}"` : ''}>${cells.join('')}</tr>`;
  });
  const name = options.className ? ` class="${options.className}"` : '';
  // On paper, short tables stay on one page.
  const box = rows.length <= MAX_KEPT ? 'scroll keep' : 'scroll';
  return `<div class="${box}"><table${name}><caption>${caption}</caption><thead><tr>${heads.join('')}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`;
}

function toClass(isText: Column<never>['isText']): string {
  return isText ? ` class="${isText === 'wide' ? 't wide' : 't'}"` : '';
}

/** A bar for a share from 0 to 1, in a cell of its own: the number stands beside it. */
export function toBar(share: number): string {
  const width = Math.min(100, Math.max(0, 100 * share));
  return Number.isFinite(share) ? `<i class="bar" style="width:${Number(width.toFixed(1))}%"></i>` : '';
}
