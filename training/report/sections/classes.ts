import { countByThreshold, toArea, toAveragePrecision, toPrecisionRecallCurve, toRocCurve } from '../../curves.ts';
import type { ClassMetrics } from '../../metrics.ts';
import { toName, toNote } from '../html.ts';
import { formatPercent, formatShare } from '../numbers.ts';
import type { ReportInput, Section } from '../section.ts';
import { toTable, type Column } from '../table.ts';

/** Of more classes, the areas under the curves of each take too long. */
const MAX_AREAS = 100;

interface Row {
  readonly name: string;
  readonly training: number;
  readonly support: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly area?: number;
  readonly averagePrecision?: number;
  readonly isMean?: boolean;
}

/** How frequent each class is, and how well it is found. */
export function toClassesSection({ result }: ReportInput, classes: readonly (string | number)[]): Section {
  const { evaluation, split } = result;
  const metrics = evaluation.metrics as ClassMetrics;
  const { truth, scores, profile, positive } = evaluation;
  const hasAreas = classes.length <= MAX_AREAS;
  const predicted = classes.map((_, index) =>
    metrics.confusion.reduce((sum, line) => sum + (line[index] as number), 0),
  );
  const rows = classes.map((value, index): Row => {
    const support = metrics.support[index] as number;
    return {
      name: `${toName(value)}${index === positive ? ' <b>(positive)</b>' : ''}`,
      training: profile.classes[index]?.training ?? 0,
      support,
      // Shares of no rows are not shown as zeros.
      precision: predicted[index] === 0 ? NaN : (metrics.precision[index] as number),
      recall: support === 0 ? NaN : (metrics.recall[index] as number),
      f1: support === 0 && predicted[index] === 0 ? NaN : (metrics.f1[index] as number),
      ...(hasAreas && measureAreas(truth, scores.probabilities as ArrayLike<number>, classes.length, index)),
    };
  });
  const columns: Column<Row>[] = [
    { head: 'class', cell: ({ name }) => name },
    { head: 'training rows', cell: ({ training }) => String(training) },
    { head: 'share', cell: ({ training }) => formatPercent(training / split.training.length) },
    { head: 'held out (support)', cell: ({ support }) => String(support) },
    { head: 'share', cell: ({ support }) => formatPercent(support / split.test.length) },
    { head: 'precision', cell: ({ precision }) => formatShare(precision) },
    { head: 'recall', cell: ({ recall }) => formatShare(recall) },
    { head: 'F1', cell: ({ f1 }) => formatShare(f1) },
    ...(hasAreas
      ? [
          { head: 'ROC AUC', cell: ({ area = NaN }: Row) => formatShare(area) },
          { head: 'average precision', cell: ({ averagePrecision = NaN }: Row) => formatShare(averagePrecision) },
        ]
      : []),
  ];
  const means = [
    toMean('mean of the classes', metrics, rows, () => 1),
    toMean('weighted by rows', metrics, rows, ({ support }) => support),
  ];
  const caption =
    'Precision: the share of the rows predicted as the class that are of it. Recall: the share of the rows of the class that are predicted.';
  const html =
    toTable(caption, columns, [...rows, ...means], { mark: ({ isMean }) => (isMean ? 'mean' : undefined) }) +
    toNote('In the means, a share of no rows counts as 0, as in scikit-learn’s classification_report.');
  return { id: 'classes', title: 'Classes', html };
}

function measureAreas(truth: ArrayLike<number>, probabilities: ArrayLike<number>, classCount: number, index: number) {
  const counts = countByThreshold(truth, probabilities, classCount, index);
  const roc = toRocCurve(counts);
  return {
    area: roc.length > 0 ? toArea(roc) : NaN,
    averagePrecision: toAveragePrecision(toPrecisionRecallCurve(counts)),
  };
}

function toMean(name: string, metrics: ClassMetrics, rows: readonly Row[], toWeight: (row: Row) => number): Row {
  const weights = rows.map(toWeight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value, index) => sum + value * (weights[index] as number), 0) / total;
  const sum = (key: 'training' | 'support') => rows.reduce((count, row) => count + row[key], 0);
  return {
    name,
    training: sum('training'),
    support: sum('support'),
    precision: mean(metrics.precision),
    recall: mean(metrics.recall),
    f1: mean(metrics.f1),
    isMean: true,
  };
}
