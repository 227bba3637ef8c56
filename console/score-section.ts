/** The section in which a row is scored: the form, and the answer beside it. */
import { Answer } from './answer.js';
import { writeFormRow, type CellText, type Row } from './cells.js';
import type { DeploymentDetails } from './data.js';
import { Field } from './field.js';
import { html, useState, type VNode } from './html.js';
import { useAnswer } from './use-answer.js';

/** Fields that are shown at first. */
const FIELDS = 40;

interface ScoreSectionProperties {
  readonly details: DeploymentDetails;
  readonly row: Row;
  readonly onChange: (name: string, text: CellText) => void;
  readonly onReset: () => void;
}

/** The form and its answer. */
export function ScoreSection({ details, row, onChange, onReset }: ScoreSectionProperties): VNode {
  const { columns } = details;
  const [hasAll, setAll] = useState(columns.length <= FIELDS);
  const { json, problems } = writeFormRow(columns, row);
  const state = useAnswer(details, problems.size === 0 ? json : undefined);
  const place = /^values\[0\]\[(\d+)\]/.exec(state.error?.place ?? '')?.[1];
  const named = place === undefined ? undefined : columns[Number(place)]?.name;
  const shown = hasAll
    ? columns
    : columns.filter(({ name }, index) => index < FIELDS || problems.has(name) || name === named);
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
        <div class="fields">
          ${shown.map((column) => {
            const index = columns.indexOf(column);
            const problem = problems.get(column.name) ?? (named === column.name ? state.error?.message : undefined);
            return html`<${Field}
              key=${index}
              id=${`field-${index}`}
              column=${column}
              text=${row[column.name] ?? null}
              problem=${problem}
              example=${details.example}
              onChange=${onChange}
            />`;
          })}
        </div>
        ${!hasAll && html`<p><button type="button" class="quiet" onClick=${() => setAll(true)}>Show all ${columns.length} fields</button></p>`}
        <div class="actions">
          <button type="submit" class="primary">Score</button>
          <button type="button" class="quiet" onClick=${onReset}>Back to the example</button>
          <label class="check"
            ><input
              type="checkbox"
              checked=${state.isLive}
              onChange=${(event: Event) => state.setLive((event.target as HTMLInputElement).checked)}
            />
            Score as values change</label
          >
        </div>
        ${state.isSlow && !state.isLive && html`<p class="hint" role="status">This model takes its time, so press Score when the row is complete.</p>`}
        ${details.isRemote && !state.isSlow && !state.isLive && html`<p class="hint">Another server runs this model, so rows are sent when you press Score.</p>`}
      </form>
      <${Answer} details=${details} state=${state} isIncomplete=${problems.size > 0} isPlaced=${named !== undefined} />
    </div>
  </section>`;
}
