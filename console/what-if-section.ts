/** What-if: how the answer moves along one column while all others stay. */
import { RequestError, score } from './api.ts';
import { writeBody, type Row } from './cells.ts';
import { Chart, type Line } from './chart.ts';
import type { DeploymentDetails } from './data.ts';
import { formatNumber, formatPercent } from './format.ts';
import { html, useEffect, useMemo, useRef, useState, type VNode } from './html.ts';
import {
  findFlips,
  isFixed,
  toSpan,
  toVariation,
  toVariedRows,
  withCurrent,
  type RowAnswer,
  type Variation,
} from './variations.ts';

/** Values of a number that are tried in one request. */
const VALUES = 41;
/** Lines of a chart; of more classes, the most probable. */
const MAX_LINES = 8;

interface Result {
  readonly variation: Variation;
  readonly answers: readonly RowAnswer[];
}

/** The section. */
export function WhatIfSection({ details, row }: { readonly details: DeploymentDetails; readonly row: Row }): VNode {
  const { columns, example, engine, isRemote } = details;
  const movable = useMemo(() => columns.filter((column) => toVariation(column, null, example, 3)), [columns]);
  const [name, setName] = useState(() =>
    chooseColumn(
      details,
      movable.map((column) => column.name),
    ),
  );
  const [result, setResult] = useState<Result | undefined>(undefined);
  const [error, setError] = useState('');
  const [isRequested, setRequested] = useState(!isRemote);
  const column = movable.find((one) => one.name === name);
  const current = column ? (row[column.name] ?? null) : null;
  const isOutside =
    column?.range !== undefined &&
    current !== null &&
    (Number(current) < column.range[0] || Number(current) > column.range[1]);
  const spread =
    column &&
    toVariation(column, isOutside ? current : null, example, Math.min(VALUES, Math.max(2, engine.limits.maxRows - 1)));
  const variation = spread && withCurrent(spread, current);
  const isReady = variation !== undefined && isFixed(columns, row, variation.column.name);
  const body = isReady ? writeBody(columns, toVariedRows(columns, row, variation)) : undefined;
  const latest = useRef<AbortController | undefined>(undefined);
  useEffect(() => {
    if (body === undefined || !variation || !isRequested) return;
    // Movements of the other columns are followed when they pause.
    const timer = setTimeout(() => {
      latest.current?.abort();
      const { signal } = (latest.current = new AbortController());
      score(details, body, signal).then(
        (answers) => {
          setResult({ variation, answers });
          setError('');
          if (isRemote) setRequested(false);
        },
        (failure: unknown) => {
          if (!signal.aborted)
            setError(failure instanceof RequestError ? failure.message : 'The answer could not be read.');
        },
      );
    }, 120);
    return () => clearTimeout(timer);
  }, [body, isRequested]);
  useEffect(() => () => latest.current?.abort(), []);
  return html`<section aria-labelledby="what-if">
    <h2 id="what-if">What-if</h2>
    <div class="panel">
      ${
        movable.length === 0
          ? html`<p class="muted">This model has only texts without known categories, so there is no column to move.</p>`
          : html`<div class="actions"><label for="what-if-column">Column to move</label>
            <select id="what-if-column" value=${name} onChange=${(event: Event) => setName((event.target as HTMLSelectElement).value)}>
              ${movable.map((one) => html`<option value=${one.name} selected=${one.name === name}>${one.name}</option>`)}
            </select>
            ${isRemote && html`<button type="button" onClick=${() => setRequested(true)}>Ask the model</button>`}
            <span class="muted">All other columns stay as they are in the form.</span></div>`
      }
      ${error && html`<p class="problem" role="alert">${error}</p>`}
      ${!isReady && column && html`<p class="hint">Complete the row in the form first.</p>`}
      ${result?.variation.column.name === name && html`<${Shown} details=${details} result=${result} current=${current} />`}
    </div>
  </section>`;
}

/** The most important column, or the first. */
function chooseColumn({ training }: DeploymentDetails, names: readonly string[]): string {
  return training?.importances.find(({ feature }) => names.includes(feature))?.feature ?? names[0] ?? '';
}

interface ShownProperties {
  readonly details: DeploymentDetails;
  readonly result: Result;
  readonly current: string | null;
}

function Shown({ details, result, current }: ShownProperties): VNode {
  const { variation, answers } = result;
  const { values, column } = variation;
  const classes = details.label.classes ?? [];
  const hasShares = classes.length > 0 && answers.every(({ probabilities }) => probabilities.length > 0);
  const lines = toLines(details, answers, hasShares);
  const flips = classes.length > 0 ? findFlips(values, answers) : [];
  const format = hasShares ? formatPercent : (value: number) => formatNumber(value, 5);
  const what = hasShares ? `probability of ${details.label.name}` : `predicted ${details.label.name}`;
  const xs = values.map(Number);
  const [min, max] = variation.isNumeric ? toSpan(column, null, details.example) : [0, 0];
  const isNow = current !== null && current.trim() !== '' && Number.isFinite(Number(current));
  return html`
    ${
      variation.isNumeric
        ? lines.length > 0 &&
          html`<${Chart} description=${`The ${what} along ${column.name}, from ${formatNumber(Math.min(min, ...xs))} to ${formatNumber(Math.max(max, ...xs))}`}
          xTitle=${column.name} xs=${xs} lines=${lines} isShare=${hasShares} current=${isNow ? Number(current) : undefined}
          flips=${flips.map(({ before, after }) => (Number(before) + Number(after)) / 2)} />`
        : html`<${Categories} description=${`The ${what} by ${column.name}`} result=${result} lines=${lines} hasShares=${hasShares} current=${current} />`
    }
    ${classes.length > 0 && html`<p class="flips" aria-live="polite">${describeFlips(variation, flips, answers)}</p>`}
    <details><summary>Show the figures</summary>
      <div class="scroll"><table>
        <thead><tr><th scope="col">${column.name}</th>${classes.length > 0 && html`<th scope="col">Prediction</th>`}${lines.map((line) => html`<th scope="col" class="number">${line.name}</th>`)}</tr></thead>
        <tbody>${values.map((value, index) => html`<tr><th scope="row">${variation.isNumeric ? formatNumber(Number(value), 6) : value}</th>${classes.length > 0 && html`<td>${String(answers[index]?.prediction)}</td>`}${lines.map(({ points }) => html`<td class="number">${format(points[index] ?? NaN)}</td>`)}</tr>`)}</tbody>
      </table></div>
    </details>`;
}

function toLines({ label }: DeploymentDetails, answers: readonly RowAnswer[], hasShares: boolean): Line[] {
  const { classes } = label;
  if (!classes) return [{ name: label.name, color: 0, points: answers.map(({ prediction }) => Number(prediction)) }];
  if (!hasShares) return [];
  const lines = classes.map((one, index) => ({
    name: String(one),
    color: index,
    points: answers.map(({ probabilities }) => probabilities[index] as number),
  }));
  if (lines.length <= MAX_LINES) return lines;
  return lines.sort((one, other) => Math.max(...other.points) - Math.max(...one.points)).slice(0, MAX_LINES);
}

function describeFlips(
  { column, isNumeric, values }: Variation,
  flips: ReturnType<typeof findFlips>,
  answers: readonly RowAnswer[],
): string {
  if (flips.length === 0)
    return `The prediction stays ${String(answers[0]?.prediction)} for all values of ${column.name}.`;
  if (!isNumeric) return values.map((value, index) => `${value}: ${String(answers[index]?.prediction)}`).join('; ');
  const shown = flips
    .slice(0, 4)
    .map(
      ({ from, to, before, after }) =>
        `from ${String(from)} to ${String(to)} at about ${formatNumber((Number(before) + Number(after)) / 2)}`,
    );
  return `The prediction changes ${shown.join(', ')}${flips.length > shown.length ? `, and ${flips.length - shown.length} more times` : ''}.`;
}

interface CategoriesProperties {
  readonly description: string;
  readonly result: Result;
  readonly lines: readonly Line[];
  readonly hasShares: boolean;
  readonly current: string | null;
}

/** Stacked bars of shares, or bars from the lowest number to the highest. */
function Categories({ description, result, lines, hasShares, current }: CategoriesProperties): VNode {
  const { values } = result.variation;
  const all = lines.flatMap(({ points }) => points);
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const toShare = (value: number) => (100 * (value - low)) / (high - low || 1);
  return html`<div role="img" aria-label=${description}>
    <ul class="stacks">
      ${values.map(
        (value, index) => html`<li class=${value === current ? 'now' : ''}>
        <span class="stack-label">${value}${value === current && html` <span class="tag">now</span>`}</span>
        <span class="stack">${lines.map(({ color, points }) => html`<span class=${`fill c${color % 8}`} style=${{ width: `${hasShares ? 100 * (points[index] ?? 0) : toShare(points[index] ?? 0)}%` }}></span>`)}</span>
        <span class="bar-value">${hasShares ? String(result.answers[index]?.prediction) : formatNumber(lines[0]?.points[index] ?? NaN)}</span>
      </li>`,
      )}
    </ul>
    ${hasShares && html`<ul class="legend">${lines.map(({ name, color }) => html`<li><span class=${`swatch c${color % 8}`}></span>${name}</li>`)}</ul>`}
  </div>`;
}
