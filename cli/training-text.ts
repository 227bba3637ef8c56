/** The plan of a training, as `train` prints it. */
import { formatCount, formatList, formatName } from '../errors/quote-text.ts';
import type { Cell } from '../csv/cell-type.ts';
import { formatDay } from '../models/calendar-date.ts';
import type { Survey } from '../csv/survey-columns.ts';
import type { FeaturePlan, TrainingPlan } from '../training/plan-training.ts';

/** The maximum number of columns that are listed. */
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
