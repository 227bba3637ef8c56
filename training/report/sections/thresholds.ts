import { countByThreshold } from '../../curves.ts';
import { toGains, type Tenth } from '../../evaluation/gains.ts';
import { toThresholdTable, type AtThreshold } from '../../evaluation/thresholds.ts';
import { toName, toNote } from '../html.ts';
import { formatPercent, formatRatio, formatShare } from '../numbers.ts';
import type { ReportInput, Section } from '../section.ts';
import { toBar, toTable, type Column } from '../table.ts';

/** What happens if the positive class is predicted from other probabilities on, and what is gained by taking the highest first. */
export function toThresholdSections({ result }: ReportInput, classes: readonly (string | number)[]): Section[] {
  const { truth, scores, positive } = result.evaluation;
  if (positive === undefined) return [];
  const counts = countByThreshold(truth, scores.probabilities as ArrayLike<number>, classes.length, positive);
  const name = toName(classes[positive] as string);
  const [thresholds, gains] = [toThresholdTable(counts), toGains(counts)];
  if (thresholds.length === 0) return [];
  return [
    { id: 'thresholds', title: 'Thresholds', html: toThresholds(thresholds, name) },
    { id: 'gains', title: 'Gains and lift', html: toGainsTable(gains, name) },
  ];
}

function toThresholds(rows: readonly AtThreshold[], name: string): string {
  const count = (head: string, toValue: (row: AtThreshold) => number): Column<AtThreshold> => ({
    head,
    cell: (row) => String(toValue(row)),
  });
  const share = (head: string, toValue: (row: AtThreshold) => number): Column<AtThreshold> => ({
    head,
    cell: (row) => formatShare(toValue(row)),
  });
  const columns: Column<AtThreshold>[] = [
    { head: 'probability from', cell: ({ threshold }) => formatShare(threshold) },
    count('predicted', ({ truePositives, falsePositives }) => truePositives + falsePositives),
    count('true positives', ({ truePositives }) => truePositives),
    count('false positives', ({ falsePositives }) => falsePositives),
    count('false negatives', ({ falseNegatives }) => falseNegatives),
    count('true negatives', ({ trueNegatives }) => trueNegatives),
    share('precision', ({ precision }) => precision),
    share('recall', ({ recall }) => recall),
    share('false positive rate', ({ falsePositiveRate }) => falsePositiveRate),
    share('F1', ({ f1 }) => f1),
    share('accuracy', ({ accuracy }) => accuracy),
    { head: '', isText: true, cell: ({ isBest }) => (isBest ? '<b>highest F1</b>' : '') },
  ];
  return (
    toTable(`If ${name} is predicted from a probability on`, columns, rows, {
      mark: ({ isBest }) => (isBest ? 'chosen' : undefined),
    }) +
    toNote(
      'The deployment predicts the more probable class, which is the threshold 0.5. Other thresholds are for the program that reads the probabilities. One that is chosen by these rows looks a little better on them than it will be on others.',
    )
  );
}

function toGainsTable(tenths: readonly Tenth[], name: string): string {
  const columns: Column<Tenth & { readonly number: number }>[] = [
    { head: 'tenth', cell: ({ number }) => String(number) },
    { head: 'rows', cell: ({ rows }) => String(rows) },
    { head: 'lowest probability', cell: ({ from }) => formatShare(from) },
    { head: `rows of ${name}`, cell: ({ hits }) => hits.toFixed(1) },
    { head: 'share', cell: ({ hits, rows }) => formatPercent(hits / rows) },
    { head: 'lift', cell: ({ lift }) => formatRatio(lift) },
    { head: 'found so far', cell: ({ gain }) => formatPercent(gain) },
    { head: 'lift so far', cell: ({ cumulativeLift }) => formatRatio(cumulativeLift) },
    { head: '', isText: true, cell: ({ gain }) => toBar(gain) },
  ];
  return (
    toTable(
      `If the rows with the highest probability of ${name} are taken first`,
      columns,
      tenths.map((tenth, index) => ({ ...tenth, number: index + 1 })),
    ) +
    toNote(
      'Lift: how many times more frequent the class is than among all rows. Rows with the same probability count in proportion where a tenth divides them.',
    )
  );
}
