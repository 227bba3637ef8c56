/** The section about the deployment: its columns, the training report, its version and its upstream. */
import type { ColumnData, DeploymentDetails, TrainingReport } from './data.ts';
import { formatCount, formatNumber, formatTime } from './format.ts';
import { useCutRows } from './cut-rows.ts';
import { html, type VNode } from './html.ts';

const MAX_NAMES = 12;
const MAX_MATRIX = 12;

/** The section. */
export function About({ details }: { readonly details: DeploymentDetails }): VNode {
  const { summary, columns, training, label, modifiedAt, createdAt } = details;
  const { traffic, upstream } = summary;
  const [shown, moreColumns] = useCutRows(columns, 'columns');
  return html`<section aria-labelledby="about">
    <h2 id="about">About this deployment</h2>
    <div class="panel">
      <dl class="facts">
        <div><dt>Id</dt><dd><code>${summary.id}</code></dd></div>
        <div><dt>Version</dt><dd><code>${summary.version}</code></dd></div>
        <div><dt>Label</dt><dd>${label.name} (${label.type}${label.classes ? `, ${formatCount(label.classes.length)} classes` : ''})</dd></div>
        <div><dt>Modified</dt><dd>${toDate(modifiedAt)}</dd></div>
        <div><dt>Created</dt><dd>${toDate(createdAt)}</dd></div>
        <div><dt>Unknown categories</dt><dd>${details.unknownCategories === 'accept' ? 'scored as unknown' : 'rejected'}</dd></div>
        ${upstream && html`<div><dt>Upstream</dt><dd>${describeUpstream(upstream)}</dd></div>`}
        ${traffic && html`<div><dt>Traffic since the engine started</dt><dd>${formatCount(traffic.requests)} requests, ${formatCount(traffic.rows)} rows, ${formatCount(traffic.errors)} errors${traffic.meanMs !== null && `, ${formatTime(traffic.meanMs)} on average`}</dd></div>`}
        <div><dt>In the API</dt><dd><a href=${`v1/deployments/${encodeURIComponent(summary.id)}`}>this deployment</a>, <a href="v1/deployments">all deployments</a> (JSON), <a href="docs/">contract</a></dd></div>
        ${summary.hasApp && html`<div><dt>Web application</dt><dd><a href=${`apps/${encodeURIComponent(summary.id)}/`}>open</a></dd></div>`}
      </dl>
      <h3>Columns</h3>
      <div class="scroll" tabindex="0" role="group" aria-label="Columns"><table>
        <thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">May be missing</th><th scope="col">Learned values</th></tr></thead>
        <tbody>${shown.map((column) => html`<tr><th scope="row">${column.name}</th><td>${column.isDate ? 'date' : column.type}</td><td>${column.nullable ? 'yes' : 'no'}</td><td>${describeValues(column)}</td></tr>`)}</tbody>
      </table></div>
      ${moreColumns}
      ${training ? html`<${Training} training=${training} classes=${label.classes ?? []} />` : html`<h3>Training report</h3><p class="muted">None: the model was not trained with <code>custom-ml-engine train</code>.</p>`}
    </div>
  </section>`;
}

function describeUpstream({
  status,
  problem,
  example,
  isCircuitOpen,
}: NonNullable<DeploymentDetails['summary']['upstream']>): string {
  const words = {
    ready: 'answers',
    failing: `does not answer: ${problem ?? 'no reason is known'}`,
    unknown: 'has not been checked yet',
  }[status];
  return [
    words,
    ...(isCircuitOpen ? ['calls are paused'] : []),
    ...(example ? ['its answers differ from the recorded ones: the model has been replaced'] : []),
  ].join('; ');
}

function describeValues({ categories, range, firstDate }: ColumnData): string {
  if (firstDate !== undefined) return `from ${firstDate}`;
  if (range) return `${formatNumber(range[0], 6)} to ${formatNumber(range[1], 6)}`;
  if (!categories) return '';
  return `${categories.slice(0, MAX_NAMES).map(String).join(', ')}${categories.length > MAX_NAMES ? ` … (${formatCount(categories.length)} in all)` : ''}`;
}

function toDate(iso: string): string {
  return iso.replace('T', ' ').replace(/(:\d\d)?(\.\d+)?Z$/, ' UTC');
}

function Training({
  training,
  classes,
}: {
  readonly training: TrainingReport;
  readonly classes: readonly unknown[];
}): VNode {
  const { rows, figures, confusion, largestConfusions, importances, hyperparameters, command } = training;
  const hasBag = figures.some(({ outOfBag }) => outOfBag !== undefined);
  const [shownClasses, moreClasses] = useCutRows([...classes.entries()], 'classes');
  const max = Math.max(...importances.map(({ mean }) => mean), 1e-12);
  return html`<h3>Training report</h3>
    ${rows && html`<p>Trained on ${formatCount(rows.training)} rows and evaluated on ${formatCount(rows.test)} others${training.isRefitted ? '; the model that is served was then trained again, on all of them' : ''}.</p>`}
    ${
      figures.length > 0 &&
      html`<div class="scroll" tabindex="0" role="group" aria-label="Quality"><table>
      <thead><tr><th scope="col">Quality</th><th scope="col" class="number">Model</th><th scope="col" class="number">Baseline</th>${hasBag && html`<th scope="col" class="number">Out of bag</th>`}</tr></thead>
      <tbody>${figures.map(({ name, value, baseline, outOfBag }) => html`<tr><th scope="row">${name}</th><td class="number">${formatNumber(value)}</td><td class="number">${baseline === undefined ? '–' : formatNumber(baseline)}</td>${hasBag && html`<td class="number">${outOfBag === undefined ? '–' : formatNumber(outOfBag)}</td>`}</tr>`)}</tbody>
    </table></div><p class="hint">The baseline always predicts ${classes.length > 0 ? 'the most frequent class' : 'the mean'}.</p>`
    }
    ${
      training.classes.length > 0 &&
      html`<h4>By class</h4><div class="scroll" tabindex="0" role="group" aria-label="By class"><table>
      <thead><tr><th scope="col">Class</th>${training.classes.map(({ name }) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
      <tbody>${shownClasses.map(([index, one]) => html`<tr><th scope="row">${String(one)}</th>${training.classes.map(({ values }) => html`<td class="number">${formatNumber(values[index] ?? NaN, 3)}</td>`)}</tr>`)}</tbody>
    </table></div>${moreClasses}`
    }
    ${
      confusion &&
      confusion.length <= MAX_MATRIX &&
      html`<h4>Confusion matrix</h4><p class="hint">Rows are actual classes, columns predicted ones.</p><div class="scroll" tabindex="0" role="group" aria-label="Confusion matrix"><table class="matrix">
      <thead><tr><th scope="col">Actual</th>${classes.map((one) => html`<th scope="col" class="number">${String(one)}</th>`)}</tr></thead>
      <tbody>${confusion.map((line, index) => html`<tr><th scope="row">${String(classes[index])}</th>${line.map((count, at) => html`<td class=${`number${at === index ? ' hit' : count > 0 ? ' miss' : ''}`}>${formatCount(count)}</td>`)}</tr>`)}</tbody>
    </table></div>`
    }
    ${largestConfusions && largestConfusions.length > 0 && html`<h4>Most frequent confusions</h4><ul>${largestConfusions.slice(0, 10).map(({ actual, predicted, rows: count }) => html`<li>${String(actual)} predicted as ${String(predicted)}: ${formatCount(count)} rows</li>`)}</ul>`}
    ${importances.length > 0 && html`<h4>Importance of the columns</h4><p class="hint">How much worse the model gets when a column is shuffled.</p><ol class="ranking">${importances.slice(0, 20).map(({ feature, mean }) => html`<li><span class="bar-label">${feature}</span><span class="bar-value">${formatNumber(mean, 3)}</span><span class="bar" aria-hidden="true"><span class="fill c0" style=${{ width: `${Math.max(0, (100 * mean) / max)}%` }}></span></span></li>`)}</ol>`}
    ${hyperparameters.length > 0 && html`<h4>Settings</h4><p class="tags">${hyperparameters.map(({ name, value }) => html`<span class="tag">${name}: ${value}</span> `)}</p>`}
    ${command && html`<h4>Command</h4><pre tabindex="0" aria-label="Command"><code>${command}</code></pre>`}`;
}
