import { METRIC_NAMES, type MetricKey } from '../../metrics.ts';
import { toName, toNote } from '../html.ts';
import { formatPercent, formatShare, toMetricFormatter } from '../numbers.ts';
import type { ReportInput, Section } from '../section.ts';
import { toTable, type Column } from '../table.ts';

type Row = (typeof METRIC_NAMES)[number];

/** The metrics of the model and of its baseline, with confidence intervals and out-of-bag figures. */
export function toMetricsSection({ result }: ReportInput): Section {
  const { evaluation, plan, split, outOfBag, isRefitted } = result;
  const { metrics, baseline, intervals, uncalibrated } = evaluation;
  const isClassifier = plan.label.classes !== undefined;
  const values = (of: object) => of as Readonly<Record<string, unknown>>;
  const format = toMetricFormatter(values(metrics), values(baseline));
  const column = (head: string, toValue: (key: MetricKey) => unknown): Column<Row> => ({
    head,
    cell: ([key]) => {
      const value = toValue(key);
      return typeof value === 'number' ? format(key, value) : '–';
    },
  });
  const columns: Column<Row>[] = [
    { head: 'metric', cell: ([, name]) => name },
    column('model', (key) => values(metrics)[key]),
    ...(intervals
      ? [column('95 % from', (key) => intervals.metrics[key]?.[0]), column('to', (key) => intervals.metrics[key]?.[1])]
      : []),
    column(isClassifier ? 'majority class' : 'mean', (key) => values(baseline)[key]),
    ...(outOfBag ? [column('out of bag', (key) => outOfBag[key])] : []),
  ];
  const rows = METRIC_NAMES.filter(([key]) => typeof values(metrics)[key] === 'number');
  const notes = [
    isRefitted
      ? 'These are the figures of the model that learned from the training rows alone. The model that is served was learned once more, from all rows, and cannot be measured on rows that it has not seen.'
      : '',
    intervals
      ? `95 % confidence intervals: the held-out rows were drawn ${intervals.samples} times with replacement (bootstrap, percentile method). They cover the chance in these rows, not that in learning.`
      : 'There are too few held-out rows for confidence intervals.',
    'accuracy' in metrics && metrics.accuracy === 1 ? toFlawlessNote(split.test.length) : '',
    outOfBag
      ? 'Out of bag: the served forest on the rows that it learned from, each judged by the trees that did not learn from it.'
      : '',
    uncalibrated
      ? `Before calibration the log loss was ${formatShare(uncalibrated.log_loss)}, and the calibration error ${formatShare(uncalibrated.calibration_error)}.`
      : '',
  ];
  const baselineName = isClassifier ? 'that always answers the most frequent class' : 'that always answers the mean';
  const held =
    plan.split && `${plan.split.by === 'group' ? 'whole groups' : 'the latest'} by ${toName(plan.split.name)}`;
  const caption = `On ${split.test.length} held-out rows${held ? ` (${held})` : ''}, beside a baseline ${baselineName}`;
  return {
    id: 'metrics',
    title: 'Metrics on held-out rows',
    html: toTable(caption, columns, rows) + notes.filter(Boolean).map(toNote).join(''),
  };
}

/** What no error among some rows says about others: with a higher share of errors, no error in so many rows has a probability below 5 %. */
function toFlawlessNote(rows: number): string {
  return `None of ${rows} rows is wrong. Of other rows, up to ${formatPercent(1 - 0.05 ** (1 / rows))} may be, with a confidence of 95 %.`;
}
