/** The answer to the row of the form: a bar per class, or the number. */
import type { DeploymentDetails } from './data.ts';
import { formatNumber, formatPercent } from './format.ts';
import { html, useState, type VNode } from './html.ts';
import type { AnswerState } from './use-answer.ts';

/** Classes whose bars are shown at first; of more, the most probable. */
const MAX_BARS = 12;

interface AnswerProperties {
  readonly details: DeploymentDetails;
  readonly state: AnswerState;
  readonly isIncomplete: boolean;
  /** Whether the error is shown at a field. */
  readonly isPlaced: boolean;
}

/** The region with the answer, its errors, and what it waits for. */
export function Answer({ details, state, isIncomplete, isPlaced }: AnswerProperties): VNode {
  const { answer, error, isBusy, isStale } = state;
  const { label } = details;
  const classes = label.classes ?? [];
  return html`<section class=${`panel answer${isStale || isIncomplete ? ' stale' : ''}`} aria-label="Answer" aria-busy=${isBusy}>
    <p class="overline">${classes.length > 0 ? 'Predicted' : 'Predicted value of'} <bdi>${label.name}</bdi></p>
    ${
      answer
        ? html`<p class="prediction" role="status">${classes.length > 0 ? String(answer.prediction) : formatNumber(Number(answer.prediction), 6)}</p>`
        : html`<p class="prediction muted" role="status">${error ? '–' : isBusy ? '…' : 'Press Score'}</p>`
    }
    ${answer && answer.probabilities.length > 0 && html`<${Bars} classes=${classes} probabilities=${answer.probabilities} prediction=${answer.prediction} />`}
    ${isIncomplete && html`<p class="hint">Complete the marked fields to score the row.</p>`}
    ${isStale && !isIncomplete && !isBusy && !error && html`<p class="hint">The row or the model has changed. Press Score.</p>`}
    ${error && html`<p class="problem" role="alert">${isPlaced ? 'The engine rejected a value: see the field.' : error.message}</p>`}
  </section>`;
}

interface BarsProperties {
  readonly classes: readonly unknown[];
  readonly probabilities: readonly number[];
  readonly prediction: unknown;
}

function Bars({ classes, probabilities, prediction }: BarsProperties): VNode {
  const [hasAll, setAll] = useState(false);
  const all = classes.map((label, index) => ({ label, index, share: probabilities[index] ?? 0 }));
  const isCut = all.length > MAX_BARS && !hasAll;
  const shown = isCut ? [...all].sort((one, other) => other.share - one.share).slice(0, MAX_BARS) : all;
  return html`<ul class="bars">
      ${shown.map(
        ({ label, index, share }) => html`<li key=${index} class=${label === prediction ? 'chosen' : ''}>
          <span class="bar-label">${String(label)}</span><span class="bar-value">${formatPercent(share)}</span>
          <span class="bar" aria-hidden="true"><span class=${`fill c${index % 8}`} style=${{ width: `${Math.max(0.4, 100 * share)}%` }}></span></span>
        </li>`,
      )}
    </ul>
    ${isCut && html`<button type="button" class="quiet" onClick=${() => setAll(true)}>Show all ${all.length} classes</button>`}`;
}
