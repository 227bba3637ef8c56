/** Plan and result of a training, as `train` prints them. */
import { basename, resolve } from 'node:path';
import { formatCount, formatList, formatName, toArgument } from '../errors/quote-text.ts';
import type { Cell } from '../csv/cell-type.ts';
import { formatDay } from '../models/calendar-date.ts';
import type { Survey } from '../csv/survey-columns.ts';
import type { FeaturePlan, TrainingPlan } from '../training/plan-training.ts';
import { describeImportance } from '../training/importances.ts';
import { METRIC_NAMES, type Metrics } from '../training/metrics.ts';
import type { TrainingResult } from '../training/training-result.ts';

/** The maximum number of columns, or classes, that are listed. */
const MAX_COLUMNS = 40;

/** What was inferred from a file, before anything is learned. */
export function toPlanText(
  { problemType, label, features, warnings, notices }: TrainingPlan,
  { rows, columns }: Survey,
): string {
  const unlabelled = columns.find(({ index }) => index === label.index)?.missing ?? 0;
  const labelled = unlabelled > 0 ? ` (${rows - unlabelled} with a label)` : '';
  const classes = label.classes ? `: ${toShortList(label.classes)}` : '';
  const width = Math.max(...features.slice(0, MAX_COLUMNS).map(({ name }) => formatName(name).length));
  const lines = features
    .slice(0, MAX_COLUMNS)
    .map((feature) => `  ${formatName(feature.name).padEnd(width)}  ${toColumnText(feature)}`);
  if (features.length > MAX_COLUMNS) lines.push(`  … and ${features.length - MAX_COLUMNS} more`);
  return [
    ...warnings.map((warning) => `Warning: ${warning}`),
    `${formatCount(rows, 'row')}${labelled}, ${formatCount(features.length, 'feature')}, ${problemType} label ${formatName(label.name)}${classes}`,
    ...lines,
    ...notices.map((notice) => `  (${notice})`),
  ].join('\n');
}

function toColumnText({ type, categorical, survey, nullable, dates }: FeaturePlan): string {
  const values = dates
    ? `dates from ${formatDay(dates.since)} on`
    : categorical
      ? `${survey.counts?.size ?? 'many'} categories: ${toShortList([...(survey.counts?.keys() ?? [])])}`
      : type === 'boolean'
        ? ''
        : `${survey.range[0]} to ${survey.range[1]}`;
  return [type, values, nullable ? `${survey.missing} missing` : ''].filter(Boolean).join(', ');
}

function toShortList(items: readonly Cell[]): string {
  return formatList(items.map(String), 5);
}

/** The result as text. */
export function toResultText(result: TrainingResult, out: string): string {
  const { folder, plan, split, evaluation, seconds } = result;
  const { metrics, baseline, uncalibrated, importances, verdict } = evaluation;
  const isClassifier = plan.label.classes !== undefined;
  const lines = [
    ...(verdict.warning ? [`Warning: ${verdict.warning}`, ''] : []),
    `Trained on ${split.training.length} rows in ${seconds.toFixed(2)} s. On ${split.test.length} held-out rows:`,
    '',
    `  ${''.padEnd(20)}${'model'.padStart(10)}${(isClassifier ? 'majority' : 'mean').padStart(10)}`,
  ];
  for (const [key, name] of METRIC_NAMES) {
    const value = numberOf(metrics, key);
    if (value !== undefined)
      lines.push(`  ${name.padEnd(20)}${format(value)}${format(numberOf(baseline, key) ?? NaN)}`);
  }
  if ('f1' in metrics && plan.label.classes) {
    plan.label.classes
      .slice(0, MAX_COLUMNS)
      .forEach((name, index) =>
        lines.push(`  ${`F1 of ${formatName(String(name))}`.padEnd(20)}${format(metrics.f1[index] as number)}`),
      );
    const more = plan.label.classes.length - MAX_COLUMNS;
    if (more > 0) lines.push(`  … and ${more} more classes`);
  }
  if (uncalibrated) {
    const { log_loss, calibration_error } = uncalibrated;
    lines.push(
      '',
      `Before calibration, the log loss was ${log_loss.toFixed(4)}, and the calibration error ${calibration_error.toFixed(4)}.`,
    );
  }
  lines.push('', `Most important features (${describeImportance(isClassifier)}):`, '');
  for (const { feature, mean, std } of importances.slice(0, 5))
    lines.push(`  ${formatName(feature).padEnd(20)}${formatImportance(mean)} ±${formatImportance(std)}`);
  return [...lines, '', `Wrote ${folder} (see report.html for more).`, '', ...toNextSteps(folder, out)].join('\n');
}

/** Commands that go on with the deployment. */
function toNextSteps(folder: string, out: string): string[] {
  const deployments = resolve(out) === resolve('deployments') ? '' : ` --deployments ${toArgument(out)}`;
  const id = basename(folder);
  return [
    'Next steps:',
    '',
    `  npx custom-ml-engine serve${deployments}`,
    `  npx custom-ml-engine check http://127.0.0.1:8080 --deployment ${id}`,
    `  npx custom-ml-engine register ${id}${deployments}`,
    '',
    'An engine that runs on this folder already serves the deployment. Give `register` the URL at which OpenScale reaches the engine: --url.',
  ];
}

function numberOf(metrics: Metrics, key: string): number | undefined {
  const value = (metrics as unknown as Record<string, unknown>)[key];
  return typeof value === 'number' ? value : undefined;
}

/** Four digits: squared errors can be of any size. */
function formatImportance(value: number): string {
  return (Math.abs(value) < 1000 ? value.toFixed(4) : value.toExponential(3)).padStart(10);
}

function format(value: number): string {
  return (Number.isFinite(value) ? value.toFixed(4) : '–').padStart(10);
}
