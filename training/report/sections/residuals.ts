import type { Point } from '../../curves.ts';
import { toErrorsByTenth, toResiduals, type ErrorsInRange } from '../../evaluation/residuals.ts';
import { measureSpread, summarize, toQuantile, type Summary } from '../../evaluation/statistics.ts';
import { toChart, type Axis, type Series } from '../chart.ts';
import { toName, toNote } from '../html.ts';
import { formatShare, toFormatter } from '../numbers.ts';
import type { ReportInput, Section } from '../section.ts';
import { toTable, type Column } from '../table.ts';

type Format = (value: number) => string;

/** The label of a regression, the predictions beside it, and the errors. */
export function toRegressionSections({ result }: ReportInput): Section[] {
  const { evaluation, plan } = result;
  const { truth, scores, profile } = evaluation;
  const { predictions } = scores;
  const format = toFormatter(profile.label?.training.std ?? 1);
  const residuals = toResiduals(truth, predictions);
  const summaries: [string, Summary | undefined][] = [
    ['label, training rows', profile.label?.training],
    ['label, held-out rows', profile.label?.test],
    ['prediction, held-out rows', summarize(predictions)],
  ];
  return [
    {
      id: 'label',
      title: 'The label',
      html: toSummaries(`Distribution of ${toName(plan.label.name)}`, summaries, format),
    },
    { id: 'fit', title: 'Predicted against actual', html: toFit(truth, predictions, format) },
    { id: 'residuals', title: 'Residuals', html: toResidualTables(truth, predictions, residuals, format) },
  ];
}

function toSummaries(caption: string, rows: readonly [string, Summary | undefined][], format: Format): string {
  const column = (head: string, toValue: (summary: Summary) => number): Column<[string, Summary]> => ({
    head,
    cell: ([, summary]) => format(toValue(summary)),
  });
  const columns: Column<[string, Summary]>[] = [
    { head: '', cell: ([name]) => name },
    { head: 'rows', cell: ([, summary]) => String(summary.rows) },
    column('mean', ({ mean }) => mean),
    column('std', ({ std }) => std),
    column('min', ({ min }) => min),
    column('25 %', ({ quartiles }) => quartiles[0]),
    column('median', ({ quartiles }) => quartiles[1]),
    column('75 %', ({ quartiles }) => quartiles[2]),
    column('max', ({ max }) => max),
  ];
  return toTable(
    caption,
    columns,
    rows.filter((row): row is [string, Summary] => row[1] !== undefined),
  );
}

function toFit(truth: ArrayLike<number>, predictions: ArrayLike<number>, format: Format): string {
  const tenths = toErrorsByTenth(truth, predictions, predictions);
  const points = Array.from(truth, (value, row): Point => [predictions[row] as number, value]);
  const x = toAxis(
    'Predicted',
    points.map(([predicted]) => predicted),
  );
  const y = toAxis(
    'Actual',
    points.map(([, actual]) => actual),
  );
  const [min, max] = [Math.max(x.min, y.min), Math.min(x.max, y.max)];
  const exact: Series[] =
    max > min
      ? [
          {
            name: 'exact',
            look: 'guide',
            points: [
              [min, min],
              [max, max],
            ],
          },
        ]
      : [];
  const series: Series[] = [
    ...exact,
    { name: 'a row', look: 'points', points },
    {
      name: 'mean of a tenth',
      look: 'dots',
      points: tenths.map(({ meanPredicted, meanActual }) => [meanPredicted, meanActual]),
    },
  ];
  const columns: Column<ErrorsInRange>[] = [
    { head: 'predicted', cell: ({ min: from, max: to }) => `${format(from)} to ${format(to)}` },
    { head: 'rows', cell: ({ rows }) => String(rows) },
    { head: 'mean predicted', cell: ({ meanPredicted }) => format(meanPredicted) },
    { head: 'mean actual', cell: ({ meanActual }) => format(meanActual) },
    { head: 'std of actual', cell: ({ stdActual }) => format(stdActual) },
  ];
  return (
    `<div class="pair"><div>${toChart('Actual against predicted values: the means of tenths are in the table', x, y, series)}</div>` +
    `<div>${toTable('By tenths of the predictions', columns, tenths)}</div></div>` +
    toNote(
      'On the dashed line, the prediction is exact. The standard deviation says how much rows with about the same prediction differ.',
    )
  );
}

function toResidualTables(
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
  residuals: Float64Array,
  format: Format,
): string {
  const sorted = residuals.slice().sort();
  const { mean, std } = measureSpread(residuals);
  const within = (share: number) =>
    residuals.filter((error) => Math.abs(error) <= share * std).length / residuals.length;
  const quantiles: [string, string][] = [
    ['mean', format(mean)],
    ['standard deviation', format(std)],
    ...[0, 0.05, 0.25, 0.5, 0.75, 0.95, 1].map((share): [string, string] => [
      toQuantileName(share),
      format(toQuantile(sorted, share)),
    ]),
    ['share within 1 standard deviation', formatShare(within(1))],
    ['share within 2 standard deviations', formatShare(within(2))],
  ];
  const points = Array.from(residuals, (error, row): Point => [predictions[row] as number, error]);
  const x = toAxis(
    'Predicted',
    points.map(([predicted]) => predicted),
  );
  const y = toAxis('Residual', [...residuals, 0]);
  const series: Series[] = [
    {
      name: 'none',
      look: 'guide',
      points: [
        [x.min, 0],
        [x.max, 0],
      ],
    },
    { name: 'a row', look: 'points', points },
  ];
  const columns: Column<ErrorsInRange>[] = [
    { head: 'actual', cell: ({ min, max }) => `${format(min)} to ${format(max)}` },
    { head: 'rows', cell: ({ rows }) => String(rows) },
    { head: 'mean predicted', cell: ({ meanPredicted }) => format(meanPredicted) },
    { head: 'mean residual', cell: ({ meanError }) => format(meanError) },
    { head: 'std of residuals', cell: ({ stdError }) => format(stdError) },
    { head: 'MAE', cell: ({ mae }) => format(mae) },
    { head: 'RMSE', cell: ({ rmse }) => format(rmse) },
  ];
  const byPredicted = [{ ...columns[0], head: 'predicted' } as Column<ErrorsInRange>, ...columns.slice(1)];
  return (
    `<div class="pair"><div>${toChart('Residuals against predictions: their spread by ranges is in the tables', x, y, series)}</div>` +
    `<div>${toTable(
      'Residuals: actual minus predicted',
      [
        { head: '', cell: ([name]: [string, string]) => name },
        { head: 'value', cell: ([, value]) => value },
      ],
      quantiles,
    )}</div></div>` +
    toTable('Errors by tenths of the predictions', byPredicted, toErrorsByTenth(truth, predictions, predictions)) +
    toTable('Errors by tenths of the actual values', columns, toErrorsByTenth(truth, predictions, truth)) +
    toNote(
      'That the highest values are predicted too low, and the lowest too high, is what every model that is not exact does.',
    )
  );
}

function toQuantileName(share: number): string {
  return { 0: 'min', 0.5: 'median', 1: 'max' }[share] ?? `${Math.round(100 * share)} %`;
}

function toAxis(title: string, values: readonly number[]): Axis {
  const min = values.reduce((one, other) => Math.min(one, other), Infinity);
  const max = values.reduce((one, other) => Math.max(one, other), -Infinity);
  const margin = 0.03 * (max - min);
  return { title, min: min - margin, max: max + margin };
}
