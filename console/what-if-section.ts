/** What-if: how the answer moves along one column while all others stay. */
import { RequestError } from './api.ts';
import { findCategory, type Row } from './cells.ts';
import { Chart, type Line } from './chart.ts';
import { formatOnLine, toNumber, toTicksOnLine } from './column-numbers.ts';
import type { ColumnData, DeploymentDetails } from './data.ts';
import { formatNumber, formatPercent, isolate } from './format.ts';
import { html, useEffect, useRef, useState, type VNode } from './html.ts';
import { scoreRows } from './score-rows.ts';
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

/** Values of a number or a date that are tried. */
const VALUES = 41;
/** Lines of a chart; of more classes, the most probable. */
const MAX_LINES = 8;
/** Columns that cannot be moved, of which the names are given. */
const MAX_NAMES = 5;
/** Categories whose predictions are put into words. */
const MAX_DESCRIBED = 8;

interface Result {
  readonly variation: Variation;
  readonly answers: readonly RowAnswer[];
  /** The rows that were scored, and the version of the deployment. */
  readonly rows: string;
  readonly version: string;
}

/** The section. */
export function WhatIfSection({ details, row }: { readonly details: DeploymentDetails; readonly row: Row }): VNode {
  const { columns, example, isRemote } = details;
  const movable = columns.filter((column) => toVariation(column, row[column.name] ?? null, example, 3));
  const fixed = columns.filter((column) => !movable.includes(column));
  const [chosen, setName] = useState<string | undefined>(undefined);
  // A new version of the deployment may have other columns.
  const name = movable.some((one) => one.name === chosen) ? chosen : chooseColumn(details, movable);
  const [result, setResult] = useState<Result | undefined>(undefined);
  const [error, setError] = useState('');
  const [isRequested, setRequested] = useState(!isRemote);
  const column = movable.find((one) => one.name === name);
  const current = column ? (row[column.name] ?? null) : null;
  const isOutside =
    column?.range !== undefined &&
    current !== null &&
    (Number(current) < column.range[0] || Number(current) > column.range[1]);
  const spread = column && toVariation(column, isOutside || column.isDate ? current : null, example, VALUES);
  const isScored =
    details.unknownCategories === 'accept' || !column?.categories || findCategory(column, current) !== undefined;
  const variation = spread && (isScored ? withCurrent(spread, current) : spread);
  const isReady = variation !== undefined && isFixed(columns, row, variation.column.name);
  const rows = isReady ? toVariedRows(columns, row, variation) : [];
  const { version } = details.summary;
  // The lines of another version may have other classes.
  const shown = result && result.variation.column.name === name && result.version === version ? result : undefined;
  const latest = useRef<AbortController | undefined>(undefined);
  useEffect(() => {
    if (rows.length === 0 || !variation || !isRequested) return;
    // Movements of the other columns are followed when they pause.
    const timer = setTimeout(() => {
      latest.current?.abort();
      const { signal } = (latest.current = new AbortController());
      scoreRows(details, rows, { signal }).then(
        (answers) => {
          setResult({ variation, answers, rows: rows.join(), version });
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
  }, [rows.join(), isRequested, version]);
  useEffect(() => () => latest.current?.abort(), []);
  return html`<section aria-labelledby="what-if">
    <h2 id="what-if">What-if</h2>
    <div class="panel">
      ${
        movable.length === 0
          ? html`<p class="muted">There is no column to move.</p>`
          : html`<div class="actions"><label for="what-if-column">Column to move</label>
            <select id="what-if-column" value=${name} onChange=${(event: Event) => setName((event.target as HTMLSelectElement).value)}>
              ${movable.map((one) => html`<option value=${one.name} selected=${one.name === name}>${one.name}</option>`)}
            </select>
            ${isRemote && html`<button type="button" onClick=${() => setRequested(true)}>Ask the model</button>`}
            <span class="muted">All other columns stay as they are in the form.</span></div>`
      }
      ${fixed.length > 0 && html`<p class="hint">${describeFixed(fixed)}</p>`}
      ${column?.isDate && html`<p class="hint">${describeDates(column)}</p>`}
      ${error && html`<p class="problem" role="alert">${error}</p>`}
      ${!isReady && column && html`<p class="hint">Complete the row in the form first.</p>`}
      ${shown && !isRequested && shown.rows !== rows.join() && html`<p class="hint">The row has changed. Ask the model again.</p>`}
      ${shown && html`<${Shown} details=${details} result=${shown} current=${current} />`}
    </div>
  </section>`;
}

/** The most important column, or the first. */
function chooseColumn({ training }: DeploymentDetails, columns: readonly ColumnData[]): string {
  const important = training?.importances.find(({ feature }) => columns.some(({ name }) => name === feature));
  return important?.feature ?? columns[0]?.name ?? '';
}

function describeFixed(columns: readonly ColumnData[]): string {
  const names = columns.slice(0, MAX_NAMES).map(({ name }) => isolate(name));
  const more = columns.length > names.length ? ` and ${columns.length - names.length} more` : '';
  const reason = columns.some(({ isDate }) => isDate)
    ? 'texts without known categories, or dates that are not written as 2026-11-23'
    : 'texts without known categories';
  return `These columns cannot be moved: ${names.join(', ')}${more}. They are ${reason}.`;
}

function describeDates({ firstDate }: ColumnData): string {
  return firstDate === undefined
    ? 'The dates of the training data are not recorded, so the dates shown are those of the example and the form, and those around them.'
    : `The training data begins on ${firstDate}. Its end is not recorded, so the dates shown end with those of the example and the form.`;
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
  const xs = values.map((value) => toNumber(column, value));
  const toText = (value: string) => (variation.isNumeric ? formatOnLine(column, toNumber(column, value), 6) : value);
  const [min, max] = variation.isNumeric ? toSpan(column, null, details.example) : [0, 0];
  const now = toNumber(column, current);
  return html`
    ${
      variation.isNumeric
        ? lines.length > 0 &&
          html`<${Chart} description=${`The ${what} along ${column.name}, from ${formatOnLine(column, Math.min(min, ...xs))} to ${formatOnLine(column, Math.max(max, ...xs))}`}
          xTitle=${column.name} xs=${xs} lines=${lines} isShare=${hasShares} current=${Number.isFinite(now) ? now : undefined} toTicksOfX=${(from: number, to: number, count: number) => toTicksOnLine(column, from, to, count)}
          flips=${flips.map(({ before, after }) => (toNumber(column, before) + toNumber(column, after)) / 2)} />`
        : html`<${Categories} description=${`The ${what} by ${column.name}`} result=${result} lines=${lines} hasShares=${hasShares} current=${current} />`
    }
    ${classes.length > 0 && html`<p class="flips" aria-live="polite">${describeFlips(variation, flips, answers)}</p>`}
    <details><summary>Show the figures</summary>
      <div class="scroll"><table>
        <thead><tr><th scope="col">${column.name}</th>${classes.length > 0 && html`<th scope="col">Prediction</th>`}${lines.map((line) => html`<th scope="col" class="number">${line.name}</th>`)}</tr></thead>
        <tbody>${values.map((value, index) => html`<tr><th scope="row">${toText(value)}</th>${classes.length > 0 && html`<td>${String(answers[index]?.prediction)}</td>`}${lines.map(({ points }) => html`<td class="number">${format(points[index] ?? NaN)}</td>`)}</tr>`)}</tbody>
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
  const most = lines.sort((one, other) => Math.max(...other.points) - Math.max(...one.points)).slice(0, MAX_LINES);
  // Each of them has a colour of its own.
  return most.map((line, color) => ({ ...line, color }));
}

function describeFlips(
  { column, isNumeric, values }: Variation,
  flips: ReturnType<typeof findFlips>,
  answers: readonly RowAnswer[],
): string {
  if (flips.length === 0)
    return `The prediction stays ${isolate(answers[0]?.prediction)} for all values of ${isolate(column.name)}.`;
  if (!isNumeric) {
    const shown = values.slice(0, MAX_DESCRIBED);
    const more = values.length > shown.length ? `; and ${values.length - shown.length} more` : '';
    return `${shown.map((value, index) => `${isolate(value)}: ${isolate(answers[index]?.prediction)}`).join('; ')}${more}`;
  }
  const shown = flips
    .slice(0, 4)
    .map(
      ({ from, to, before, after }) =>
        `from ${isolate(from)} to ${isolate(to)} at about ${formatOnLine(column, (toNumber(column, before) + toNumber(column, after)) / 2)}`,
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
        <span class="stack-label"><bdi>${value}</bdi>${value === current && html` <span class="tag">now</span>`}</span>
        <span class="stack">${lines.map(({ color, points }) => html`<span class=${`fill c${color % 8}`} style=${{ width: `${hasShares ? 100 * (points[index] ?? 0) : toShare(points[index] ?? 0)}%` }}></span>`)}</span>
        <span class="bar-value">${hasShares ? String(result.answers[index]?.prediction) : formatNumber(lines[0]?.points[index] ?? NaN)}</span>
      </li>`,
      )}
    </ul>
    ${hasShares && html`<ul class="legend">${lines.map(({ name, color }) => html`<li><span class=${`swatch c${color % 8}`}></span><bdi>${name}</bdi></li>`)}</ul>`}
  </div>`;
}
