/** The result of a training, as `train` prints it. */
import { basename, resolve } from 'node:path';
import { formatName, toArgument } from '../errors/quote-text.ts';
import { describeWeights, type CrossValidation } from '../training/cross-validate.ts';
import { describeFairness } from '../training/evaluation/fairness.ts';
import { describeImportance } from '../training/importances.ts';
import { METRIC_NAMES, type ClassMetrics, type MetricKey } from '../training/metrics.ts';
import { formatShare, toCommonFormatter, toMetricFormatter } from '../training/report/numbers.ts';
import type { TrainingResult } from '../training/training-result.ts';

/** The maximum number of classes that are listed. */
const MAX_CLASSES = 40;
const MAX_FEATURES = 5;
/** The least widths of names and numbers. */
const [NAME, NUMBER] = [20, 11];

/** The result as text. */
export function toResultText(result: TrainingResult, out: string): string {
  const { folder, split, evaluation, seconds, crossValidation, isRefitted } = result;
  const { uncalibrated, verdict, fairness } = evaluation;
  const rows = split.training.length + split.test.length;
  const parts = [
    ...(verdict.warning ? [[`Warning: ${verdict.warning}`]] : []),
    ...(crossValidation ? [toComparison(crossValidation)] : []),
    [
      `Trained on ${split.training.length} rows in ${seconds.toFixed(2)} s. On ${split.test.length} held-out rows:`,
      '',
      ...toMetrics(result),
    ],
    ...(isRefitted
      ? [
          [
            `The served model was then learned once more, from all ${rows} rows; the figures are those of the model that learned from ${split.training.length}.`,
          ],
        ]
      : []),
    ...('f1' in evaluation.metrics ? [toClasses(result, evaluation.metrics)] : []),
    ...(uncalibrated
      ? [
          [
            `Before calibration, the log loss was ${formatShare(uncalibrated.log_loss)}, and the calibration error ${formatShare(uncalibrated.calibration_error)}.`,
          ],
        ]
      : []),
    toImportances(result),
    ...(fairness.comparisons.length > 0 ? [[describeFairness(fairness)]] : []),
    [`Wrote ${folder} (see report.html for more).`],
    toNextSteps(folder, out),
  ];
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}

function toMetrics({ evaluation, outOfBag, plan }: TrainingResult): string[] {
  const values = (of: object) => of as Readonly<Record<string, number>>;
  const [metrics, baseline] = [values(evaluation.metrics), values(evaluation.baseline)];
  const intervals = evaluation.intervals?.metrics;
  const format = toMetricFormatter(metrics, baseline);
  const columns: [head: string, toValue: (key: MetricKey) => number | undefined][] = [
    ['model', (key) => metrics[key]],
    ...(intervals
      ? ([
          ['95 % from', (key) => intervals[key]?.[0]],
          ['to', (key) => intervals[key]?.[1]],
        ] satisfies typeof columns)
      : []),
    [plan.label.classes ? 'majority' : 'mean', (key) => baseline[key]],
    ...(outOfBag ? ([['out of bag', (key) => outOfBag[key]]] satisfies typeof columns) : []),
  ];
  const shown = METRIC_NAMES.filter(([key]) => typeof metrics[key] === 'number');
  return toLines([
    ['', ...columns.map(([head]) => head)],
    ...shown.map(([key, name]) => [name, ...columns.map(([, toValue]) => format(key, toValue(key) ?? NaN))]),
  ]);
}

function toClasses({ plan, evaluation }: TrainingResult, metrics: ClassMetrics): string[] {
  const classes = plan.label.classes ?? [];
  const lines = classes.slice(0, MAX_CLASSES).map((value, index) => {
    const shares = [metrics.precision, metrics.recall, metrics.f1].map((list) => formatShare(list[index] as number));
    const name = formatName(String(value));
    return [index === evaluation.positive ? `${name} (positive)` : name, ...shares, String(metrics.support[index])];
  });
  const more = classes.length - MAX_CLASSES;
  return [
    ...toLines([['class', 'precision', 'recall', 'F1', 'rows'], ...lines]),
    ...(more > 0 ? [`  … and ${more} more classes`] : []),
  ];
}

/** The kinds that were compared, by the metric that decides. */
function toComparison({ metric, folds, rows, candidates, chosen }: CrossValidation): string[] {
  const [, name = metric] = METRIC_NAMES.find(([key]) => key === metric) ?? [];
  const format = toMetricFormatter(...candidates.map(({ metrics }) => ({ [metric]: metrics[metric]?.mean })));
  const toText = (value: number | undefined) => format(metric, value ?? NaN);
  const lines = candidates.map(({ kind, metrics, folds: measured, seconds }) => {
    const figure = metrics[metric];
    return [kind, toText(figure?.mean), toText(figure?.std), String(measured), seconds.toFixed(1)];
  });
  const remarks = candidates.map(({ kind, note, weights }) => {
    const isChosen = candidates.length > 1 && kind === chosen;
    return [
      ...(isChosen ? ['chosen'] : []),
      ...(weights ? [describeWeights(weights)] : []),
      ...(note === undefined ? [] : [note]),
    ]
      .map((text) => `  ${text}`)
      .join('');
  });
  return [
    `Cross-validated on ${folds} folds of ${rows} training rows:`,
    '',
    ...toLines([['kind', name, '±', 'folds', 'seconds'], ...lines]).map(
      (line, at) => `${line}${remarks[at - 1] ?? ''}`,
    ),
  ];
}

function toImportances({ evaluation, plan }: TrainingResult): string[] {
  const isClassifier = plan.label.classes !== undefined;
  const shown = evaluation.importances.slice(0, MAX_FEATURES);
  // Squared errors can be of any size.
  const format = isClassifier ? formatShare : toCommonFormatter(shown.map(({ mean }) => mean));
  return [
    `Most important features (${describeImportance(isClassifier)}):`,
    '',
    ...toLines(shown.map(({ feature, mean, std }) => [formatName(feature), format(mean), `± ${format(std)}`])),
  ];
}

/** A table: names on the left, and numbers in columns of the same width, on the right of them. */
function toLines(rows: readonly (readonly string[])[]): string[] {
  const toWidth = (texts: readonly string[], min: number) => Math.max(min, ...texts.map(({ length }) => length + 2));
  const first = toWidth(
    rows.map(([name = '']) => name),
    NAME,
  );
  const other = toWidth(
    rows.flatMap(([, ...numbers]) => numbers),
    NUMBER,
  );
  return rows.map(([name = '', ...numbers]) =>
    `  ${name.padEnd(first)}${numbers.map((number) => number.padStart(other)).join('')}`.trimEnd(),
  );
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
