/** Which columns move the answer most, for the row of the form: each is moved over its range, by scoring. */
import { RequestError } from './api.ts';
import { writeFormRow, type Row } from './cells.ts';
import type { DeploymentDetails, Scalar } from './data.ts';
import { formatNumber, formatPercent, isolate } from './format.ts';
import { html, useEffect, useRef, useState, type VNode } from './html.ts';
import { scoreRows } from './score-rows.ts';
import { rankMovements, toMovement, toVariation, toVariedRows, type Movement } from './variations.ts';

/** Values that are tried of a number. */
const VALUES = 21;
/** Columns that are listed at first. */
const SHOWN = 15;

/** The section. */
export function RankingSection({ details, row }: { readonly details: DeploymentDetails; readonly row: Row }): VNode {
  const [ranking, setRanking] = useState<
    { readonly movements: readonly Movement[]; readonly json: string; readonly version: string } | undefined
  >(undefined);
  const [progress, setProgress] = useState<readonly [number, number] | undefined>(undefined);
  const [message, setMessage] = useState('');
  const [hasAll, setAll] = useState(false);
  const control = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => control.current?.abort(), []);
  const { json, problems } = writeFormRow(details.columns, row);
  const rank = async (): Promise<void> => {
    const { columns, example, label } = details;
    const variations = columns.flatMap(
      (column) => toVariation(column, row[column.name] ?? null, example, VALUES) ?? [],
    );
    const rows = variations.flatMap((variation) => toVariedRows(columns, row, variation));
    const { signal } = (control.current = new AbortController());
    setMessage('');
    setProgress([0, rows.length]);
    try {
      const onProgress = (done: number) => setProgress([done, rows.length]);
      const answers = await scoreRows(details, rows, { signal, onProgress });
      let at = 0;
      const movements = variations.map((variation) =>
        toMovement(variation, answers.slice(at, (at += variation.values.length)), label.classes ?? []),
      );
      setRanking({ movements: rankMovements(movements), json, version: details.summary.version });
    } catch (error) {
      setMessage(
        signal.aborted ? 'Cancelled.' : error instanceof RequestError ? error.message : 'The answer could not be read.',
      );
    }
    setProgress(undefined);
  };
  const movements = ranking?.movements ?? [];
  const max = Math.max(...movements.map(({ low, high }) => high - low), 1e-12);
  return html`<section aria-labelledby="ranking">
    <h2 id="ranking">Which columns matter</h2>
    <div class="panel">
      <p class="muted">Each column is moved over its learned range while the others stay as they are in the form. Columns are ranked by how far that moves the answer to this row, from the lowest to the highest.</p>
      <div class="actions">
        <button type="button" onClick=${() => void rank()} disabled=${progress !== undefined || problems.size > 0}>Rank the columns</button>
        ${progress && html`<progress value=${progress[0]} max=${progress[1]} aria-label="Progress"></progress><button type="button" class="quiet" onClick=${() => control.current?.abort()}>Cancel</button>`}
        <span role="status">${message}${ranking && !progress && message === '' ? `${movements.length} columns ranked.` : ''}</span>
      </div>
      ${ranking && (ranking.json !== json || ranking.version !== details.summary.version) && html`<p class="hint">The row or the model has changed; rank the columns again.</p>`}
      ${
        movements.length > 0 &&
        html`<ol class="ranking">
        ${movements.slice(0, hasAll ? undefined : SHOWN).map(
          ({ column, label, low, high, lowAt, highAt, flips }) => html`<li>
          <span class="bar-label"><bdi>${column.name}</bdi>${flips && html` <span class="tag">changes the prediction</span>`}</span>
          <span class="bar-value">${describe(details, high - low)}</span>
          <span class="bar" aria-hidden="true"><span class="fill c0" style=${{ width: `${(100 * (high - low)) / max}%` }}></span></span>
          <span class="muted small">${high > low ? `${label === undefined ? details.label.name : isolate(label as Scalar)}: ${describe(details, low)} at ${toShort(lowAt)}, ${describe(details, high)} at ${toShort(highAt)}` : 'does not move the answer'}</span>
        </li>`,
        )}
      </ol>`
      }
      ${movements.length > SHOWN && !hasAll && html`<button type="button" class="quiet" onClick=${() => setAll(true)}>Show all ${movements.length} columns</button>`}
    </div>
  </section>`;
}

function describe({ result }: DeploymentDetails, value: number): string {
  return result.probability === undefined ? formatNumber(value) : formatPercent(value);
}

function toShort(value: string): string {
  return value !== '' && Number.isFinite(Number(value)) ? formatNumber(Number(value), 5) : value;
}
