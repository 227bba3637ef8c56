import { describeImportance, type Importance } from '../../importances.ts';
import { toName, toNote } from '../html.ts';
import { formatShare, toCommonFormatter } from '../numbers.ts';
import type { ReportInput, Section } from '../section.ts';
import { toBar, toTable, type Column } from '../table.ts';

/** The importance of every feature, as a table with bars. */
export function toImportancesSection({ result }: ReportInput): Section {
  const { importances } = result.evaluation;
  const max = importances[0]?.mean ?? 0;
  const isClassifier = result.plan.label.classes !== undefined;
  // Squared errors can be of any size.
  const format = isClassifier ? formatShare : toCommonFormatter(importances.map(({ mean }) => mean));
  const columns: Column<Importance>[] = [
    { head: 'feature', cell: ({ feature }) => toName(feature) },
    { head: 'importance', cell: ({ mean }) => format(mean) },
    { head: '± std', cell: ({ std }) => format(std) },
    { head: '', isText: true, cell: ({ mean }) => (max > 0 ? toBar(mean / max) : '') },
  ];
  const text = describeImportance(isClassifier);
  const html =
    toTable(`${text.charAt(0).toUpperCase()}${text.slice(1)}`, columns, importances, { className: 'bars' }) +
    toNote(
      'The mean of five shuffles among held-out rows, and their standard deviation (Breiman 2001). 0 or less: the model does as well without it. Features that say the same share their importance.',
    );
  return { id: 'importances', title: 'Importance of the features', html };
}
