import { toCalibrationBins, type CalibrationBin } from '../../evaluation/calibration-curve.ts';
import { CALIBRATION_BINS, type ClassMetrics } from '../../metrics.ts';
import { toChart, type Series } from '../chart.ts';
import { toName, toNote } from '../html.ts';
import { formatPercent, formatShare } from '../numbers.ts';
import type { ReportInput, Section } from '../section.ts';
import { toTable, type Column } from '../table.ts';

const TENTHS = 10;

/** Whether probabilities are what happens: of the positive class, or of the class that is predicted. */
export function toCalibrationSection({ result }: ReportInput, classes: readonly (string | number)[]): Section {
  const { truth, scores, positive, metrics, uncalibrated } = result.evaluation;
  const bins = toCalibrationBins(truth, scores, classes.length, TENTHS, positive);
  const what = positive === undefined ? 'the predicted class' : toName(classes[positive] as string);
  const columns: Column<CalibrationBin>[] = [
    { head: 'probability', cell: ({ from, to }) => `${from.toFixed(1)} to ${to.toFixed(1)}` },
    { head: 'rows', cell: ({ rows }) => String(rows) },
    { head: 'share of the rows', cell: ({ rows }) => formatPercent(rows / truth.length) },
    { head: 'mean probability', cell: ({ probability }) => formatShare(probability) },
    {
      head: positive === undefined ? 'share that is right' : `share of ${what}`,
      cell: ({ share }) => formatShare(share),
    },
    { head: 'difference', cell: ({ probability, share }) => formatShare(share - probability) },
  ];
  const series: Series[] = [
    {
      name: 'exact',
      look: 'guide',
      points: [
        [0, 0],
        [1, 1],
      ],
    },
    {
      name: 'calibration',
      look: 'dots',
      points: bins.filter(({ rows }) => rows > 0).map(({ probability, share }) => [probability, share] as const),
    },
  ];
  const axis = (title: string) => ({ title, min: 0, max: 1 });
  const after = (metrics as ClassMetrics).calibration_error;
  const before = uncalibrated
    ? `; before calibration it was ${formatShare(uncalibrated.calibration_error)}, and the log loss ${formatShare(uncalibrated.log_loss)} (now ${formatShare((metrics as ClassMetrics).log_loss)})`
    : '';
  const html =
    `<div class="pair"><div>${toChart('Calibration curve: the points are in the table', axis('Mean probability'), axis('Share that is of the class'), series)}</div>` +
    `<div>${toTable(`Probabilities of ${what}`, columns, bins)}</div></div>` +
    toNote(
      `On the dashed line, probabilities are what happens. Points of few rows stray by chance. The calibration error, over ${CALIBRATION_BINS} ranges, is ${formatShare(after)}${before}.`,
    );
  return { id: 'calibration', title: 'Calibration', html };
}
