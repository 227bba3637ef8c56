/** The tables of a training report, as HTML. */
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { listConfusions, MAX_CONFUSION_CLASSES, METRIC_NAMES, type ClassMetrics, type Metrics } from '../metrics.ts';
import { escapeHtml, formatNumber } from './html.ts';

/** The metrics of the model and the baseline. */
export function toMetricsTable(metrics: Metrics, baseline: Metrics, isClassifier: boolean): string {
  const rows = METRIC_NAMES.flatMap(([key, name]) => {
    const value = (metrics as unknown as Record<string, unknown>)[key];
    const other = (baseline as unknown as Record<string, unknown>)[key];
    return typeof value === 'number'
      ? [`<tr><th>${name}</th><td>${formatNumber(value)}</td><td>${formatNumber(other as number)}</td></tr>`]
      : [];
  });
  return `<table><thead><tr><th></th><th>model</th><th>${isClassifier ? 'majority class' : 'mean'}</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

/** The confusion matrix and F1 per class; of many classes, the most frequent confusions. */
export function toConfusionTable(metrics: ClassMetrics, classes: readonly string[]): string {
  if (classes.length > MAX_CONFUSION_CLASSES) return toConfusionList(metrics, classes);
  const { confusion, f1 } = metrics;
  const head = classes.map((name) => `<th>${escapeHtml(name)}</th>`).join('');
  const rows = confusion.map((line, actual) => {
    const total = line.reduce((sum, count) => sum + count, 0);
    const cells = line.map((count, predicted) => {
      const share = total > 0 ? count / total : 0;
      const colour = predicted === actual ? '47, 111, 222' : '224, 112, 47';
      return `<td style="background: rgba(${colour}, ${(0.75 * share).toFixed(3)})">${count}</td>`;
    });
    return `<tr><th>${escapeHtml(classes[actual] as string)}</th>${cells.join('')}<td>${formatNumber(f1[actual] as number)}</td></tr>`;
  });
  return `<div class="scroll"><table class="confusion"><thead><tr><th>actual \\ predicted</th>${head}<th>F1</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function toConfusionList(metrics: ClassMetrics, classes: readonly string[]): string {
  const rows = listConfusions(metrics, classes).map(
    ({ actual, predicted, rows: count }) =>
      `<tr><th>${escapeHtml(String(actual))}</th><td class="text">${escapeHtml(String(predicted))}</td><td>${count}</td></tr>`,
  );
  const note = `The most frequent confusions among ${classes.length} classes.`;
  return `<div class="scroll"><table><thead><tr><th>actual</th><th class="text">predicted</th><th>rows</th></tr></thead><tbody>${rows.join('')}</tbody></table></div><p class="note">${note}</p>`;
}

/** The columns of the deployment. */
export function toSchemaTable({ columns }: DeploymentFile): string {
  const rows = columns.map(({ name, type, nullable, categories, range }) => {
    const shown = categories?.slice(0, 12).map(String).join(', ');
    const rest = categories && categories.length > 12 ? `, … (${categories.length})` : '';
    const values = shown === undefined ? (range?.map(formatNumber).join(' to ') ?? '') : `${shown}${rest}`;
    return `<tr><th>${escapeHtml(name)}</th><td>${type}</td><td>${nullable ? 'may be missing' : ''}</td><td class="text">${escapeHtml(values)}</td></tr>`;
  });
  return `<div class="scroll"><table><thead><tr><th>name</th><th>type</th><th></th><th class="text">categories or range</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
