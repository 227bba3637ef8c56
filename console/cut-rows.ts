/** The first of many rows of a table or a list, and a button that shows the others. */
import { html, useState, type VNode } from './html.ts';

/** Rows that are shown at first. */
const SHOWN = 20;

/**
 * Gives the rows to show, and the button below them.
 * @param what the rows, in the plural, such as `columns`
 */
export function useCutRows<Row>(rows: readonly Row[], what: string): [shown: readonly Row[], more: VNode | false] {
  const [hasAll, setAll] = useState(false);
  // A button for one or two more rows would take as much room as they do.
  if (hasAll || rows.length <= SHOWN + 2) return [rows, false];
  const show = () => setAll(true);
  return [
    rows.slice(0, SHOWN),
    html`<button type="button" class="quiet" onClick=${show}>Show all ${rows.length} ${what}</button>`,
  ];
}
