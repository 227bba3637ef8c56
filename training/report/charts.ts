/** The charts of a training report, as Chart.js configurations. */
import { describeImportance } from '../importances.ts';
import { toCalibration, toRocCurve } from '../curves.ts';
import { formatNumber } from './html.ts';
import type { TrainingResult } from '../training-result.ts';

/** Longer series are thinned to this many points. */
const MAX_POINTS = 1000;
const MAX_FEATURES = 20;

/** A chart with its title and note. */
export interface ChartSection {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  /** The Chart.js configuration. */
  readonly config: object;
}

const COLOURS = ['#2f6fde', '#e0702f', '#2a9d6f', '#a24fc4', '#c9a227', '#d1435b', '#3aa6b9', '#7a8794'];

/** ROC curves, calibration and importances of a classifier. */
export function toClassCharts(
  { evaluation, plan }: Omit<TrainingResult, 'folder'>,
  classes: readonly string[],
): ChartSection[] {
  const { truth, scores } = evaluation;
  const probabilities = scores.probabilities as ArrayLike<number>;
  // The curve of the first of two classes mirrors that of the second.
  const shown = classes.length === 2 ? [1] : classes.map((_, index) => index).slice(0, COLOURS.length);
  const curve = (points: (index: number) => readonly (readonly [number, number])[]) =>
    shown.map((index, at) => ({
      label: classes[index],
      data: points(index).map(([x, y]) => ({ x, y })),
      borderColor: COLOURS[at],
      backgroundColor: COLOURS[at],
      pointRadius: 0,
      borderWidth: 2,
    }));
  return [
    {
      id: 'roc',
      title: 'ROC curve',
      note: 'The true positive rate against the false positive rate, at every threshold. The diagonal is chance.',
      config: toLineChart(
        thin(curve((index) => toRocCurve(truth, probabilities, classes.length, index))),
        'False positive rate',
        'True positive rate',
      ),
    },
    {
      id: 'calibration',
      title: 'Calibration',
      note: `The share of rows of the class against the predicted probability. On the diagonal, probabilities are accurate.${toCalibrationNote(evaluation)}`,
      config: toLineChart(
        curve((index) => toCalibration(truth, probabilities, classes.length, index)).map((set) => ({
          ...set,
          pointRadius: 4,
        })),
        'Mean probability',
        'Share of the class',
      ),
    },
    toImportanceChart(evaluation.importances, plan.problemType),
  ];
}

/** What the calibration of the probabilities changed. */
function toCalibrationNote({ uncalibrated, metrics }: TrainingResult['evaluation']): string {
  if (!uncalibrated || !('log_loss' in metrics)) return '';
  const [before, after] = [uncalibrated, metrics].map(
    ({ log_loss, calibration_error }) => [formatNumber(log_loss), formatNumber(calibration_error)] as const,
  ) as [readonly [string, string], readonly [string, string]];
  return ` Before calibration the log loss was ${before[0]}, now ${after[0]}; the calibration error was ${before[1]}, now ${after[1]}.`;
}

/** Predicted against actual values, and importances, of a regression. */
export function toRegressionCharts({ evaluation, plan }: Omit<TrainingResult, 'folder'>): ChartSection[] {
  const { truth, scores } = evaluation;
  const step = Math.max(1, Math.ceil(truth.length / MAX_POINTS));
  const points = Array.from(truth, (x, row) => ({ x, y: scores.predictions[row] as number })).filter(
    (_, row) => row % step === 0,
  );
  const ends = points.flatMap(({ x, y }) => [x, y]);
  const [min, max] = [Math.min(...ends), Math.max(...ends)];
  return [
    {
      id: 'fit',
      title: 'Predicted against actual',
      note: 'One point per row; on the line, the prediction is exact.',
      config: {
        type: 'scatter',
        data: {
          datasets: [
            { label: plan.label.name, data: points, backgroundColor: `${COLOURS[0]}80`, pointRadius: 3 },
            {
              ...DIAGONAL,
              type: 'line',
              data: [
                { x: min, y: min },
                { x: max, y: max },
              ],
            },
          ],
        },
        options: toAxes('Actual', 'Predicted'),
      },
    },
    toImportanceChart(evaluation.importances, plan.problemType),
  ];
}

const DIAGONAL = { label: 'diagonal', borderColor: '#9aa4b1', borderDash: [5, 5], borderWidth: 1, pointRadius: 0 };

function toLineChart(datasets: object[], x: string, y: string): object {
  const diagonal = {
    ...DIAGONAL,
    data: [
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ],
  };
  return { type: 'line', data: { datasets: [...datasets, diagonal] }, options: toAxes(x, y, { min: 0, max: 1 }) };
}

function toAxes(x: string, y: string, range: object = {}): object {
  const axis = (text: string) => ({ type: 'linear', title: { display: true, text }, ...range });
  return { maintainAspectRatio: false, animation: false, scales: { x: axis(x), y: axis(y) } };
}

function toImportanceChart(
  importances: TrainingResult['evaluation']['importances'],
  problemType: string,
): ChartSection {
  const shown = importances.slice(0, MAX_FEATURES);
  const isClassifier = problemType !== 'regression';
  return {
    id: 'importances',
    title: 'Importance of the features',
    note: `${toSentence(describeImportance(isClassifier))}: the mean of five shuffles, ± their standard deviation. Below 0 is chance.`,
    config: {
      type: 'bar',
      data: {
        labels: shown.map(({ feature, std }) => `${feature} ± ${formatNumber(std)}`),
        datasets: [
          { label: describeImportance(isClassifier), data: shown.map(({ mean }) => mean), backgroundColor: COLOURS[0] },
        ],
      },
      options: {
        indexAxis: 'y',
        maintainAspectRatio: false,
        animation: false,
        plugins: { legend: { display: false } },
      },
    },
  };
}

function toSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function thin<Set extends { readonly data: readonly object[] }>(sets: Set[]): Set[] {
  return sets.map((set) => {
    const step = Math.max(1, Math.ceil(set.data.length / MAX_POINTS));
    return { ...set, data: set.data.filter((_, index) => index % step === 0 || index === set.data.length - 1) };
  });
}
