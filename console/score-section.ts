/** The section in which a row is scored: the form, and the answer beside it. */
import { Answer } from './answer.ts';
import { writeFormRow, type CellText, type Row } from './cells.ts';
import type { ColumnData, DeploymentDetails } from './data.ts';
import { Field } from './field.ts';
import { html, useState, type VNode } from './html.ts';
import { useAnswer } from './use-answer.ts';

/** Fields that are shown at first. */
const FIELDS = 40;

interface ScoreSectionProperties {
  readonly details: DeploymentDetails;
  readonly row: Row;
  readonly onChange: (name: string, text: CellText) => void;
  readonly onReset: () => void;
}

/** The columns whose names contain all words of a filter, in any case. */
function filterColumns(columns: readonly ColumnData[], filter: string): readonly ColumnData[] {
  const words = filter.toLowerCase().split(/\s+/);
  return columns.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
}

/** Enter in the field that finds others does not score the row. */
function keepForm(event: KeyboardEvent): void {
  if (event.key === 'Enter') event.preventDefault();
}

/** The form and its answer. */
export function ScoreSection({ details, row, onChange, onReset }: ScoreSectionProperties): VNode {
  const { columns } = details;
  const isWide = columns.length > FIELDS;
  const [hasAll, setAll] = useState(false);
  const [filter, setFilter] = useState('');
  const { json, problems } = writeFormRow(columns, row);
  const state = useAnswer(details, problems.size === 0 ? json : undefined);
  const place = /^values\[0\]\[(\d+)\]/.exec(state.error?.place ?? '')?.[1];
  const named = place === undefined ? undefined : columns[Number(place)]?.name;
  const found = filterColumns(columns, filter);
  // A field with a problem is always there: the row cannot be scored without it.
  const kept = new Set(hasAll || !isWide ? found : found.slice(0, FIELDS));
  const shown = columns.filter((column) => kept.has(column) || problems.has(column.name) || column.name === named);
  const submit = (event: Event) => {
    event.preventDefault();
    const [first] = problems.keys();
    if (first === undefined) state.scoreNow();
    else document.getElementById(`field-${columns.findIndex(({ name }) => name === first)}`)?.focus();
  };
  return html`<section aria-labelledby="score-row">
    <h2 id="score-row">Score a row</h2>
    <div class="split">
      <form class="panel" onSubmit=${submit} novalidate>
        ${
          isWide &&
          html`<div class="actions find"><input type="search" aria-label="Find a field" placeholder="Find a field by name" value=${filter} onKeyDown=${keepForm}
          onInput=${(event: Event) => setFilter((event.target as HTMLInputElement).value)} />
          <span class="muted" role="status">${found.length === 0 ? 'No field name matches.' : `${shown.length} of ${columns.length} fields shown`}</span></div>`
        }
        <div class="fields">
          ${shown.map((column) => {
            const index = columns.indexOf(column);
            const problem = problems.get(column.name) ?? (named === column.name ? state.error?.message : undefined);
            return html`<${Field} key=${column.name} id=${`field-${index}`} column=${column} text=${row[column.name] ?? null}
              problem=${problem} example=${details.example} isRefusing=${details.unknownCategories === 'refuse'} onChange=${onChange} />`;
          })}
        </div>
        ${found.length > kept.size && html`<p><button type="button" class="quiet" onClick=${() => setAll(true)}>Show all ${found.length} fields</button></p>`}
        <div class="actions">
          <button type="submit" class="primary">Score</button>
          <button type="button" class="quiet" onClick=${onReset}>Back to the example</button>
          <label class="check"><input type="checkbox" checked=${state.isLive} onChange=${(event: Event) => state.setLive((event.target as HTMLInputElement).checked)} /> Score as values change</label>
        </div>
        ${state.isSlow && !state.isLive && html`<p class="hint" role="status">This model is slow to answer, so rows are scored when you press Score.</p>`}
        ${details.isRemote && !state.isSlow && !state.isLive && html`<p class="hint">Another server runs this model, so rows are scored when you press Score.</p>`}
      </form>
      <${Answer} details=${details} state=${state} isIncomplete=${problems.size > 0} isPlaced=${named !== undefined} />
    </div>
  </section>`;
}
