import { listConfusions, MAX_CONFUSION_CLASSES, type Confusion } from '../../evaluation/confusions.ts';
import type { ClassMetrics } from '../../metrics.ts';
import { escapeHtml, toName, toNote } from '../html.ts';
import { formatPercent } from '../numbers.ts';
import type { ReportInput, Section } from '../section.ts';
import { toBar, toTable, type Column } from '../table.ts';

/** With more classes, the columns of the matrix have numbers, and its cells no decimals. */
const MAX_NAMED = 8;
const MAX_LISTED = 20;

/** Which classes are taken for which: the largest confusions, and the matrix of at most 30 classes. */
export function toConfusionSection({ result }: ReportInput, classes: readonly (string | number)[]): Section {
  const { confusion, support } = result.evaluation.metrics as ClassMetrics;
  const all = listConfusions(confusion, classes);
  const isMany = classes.length > MAX_CONFUSION_CLASSES;
  const shown = isMany ? all : all.slice(0, MAX_LISTED);
  const rowsOf = new Map(classes.map((value, index) => [value, support[index] as number]));
  const toShare = ({ actual, rows }: Confusion) => rows / (rowsOf.get(actual) as number);
  const columns: Column<Confusion>[] = [
    { head: 'actual', cell: ({ actual }) => toName(actual) },
    { head: 'predicted', isText: true, cell: ({ predicted }) => toName(predicted) },
    { head: 'rows', cell: ({ rows }) => String(rows) },
    { head: 'share of the actual class', cell: (one) => formatPercent(toShare(one)) },
    { head: '', isText: true, cell: (one) => toBar(toShare(one)) },
  ];
  const pairs = countPairs(confusion);
  const caption = `The largest confusions${pairs > shown.length ? `: ${shown.length} of ${pairs} pairs of classes` : ''}`;
  const list = pairs === 0 ? '<p>No held-out row was given a wrong class.</p>' : toTable(caption, columns, shown);
  const matrix = isMany
    ? toNote(
        `A matrix of ${classes.length} classes could not be read; the record in deployment.json has the same list.`,
      )
    : toMatrix(confusion, support, classes);
  return { id: 'confusion', title: 'Confusions', html: `${list}${matrix}` };
}

function countPairs(confusion: readonly (readonly number[])[]): number {
  return confusion.reduce(
    (sum, line, actual) => sum + line.filter((rows, predicted) => rows > 0 && predicted !== actual).length,
    0,
  );
}

function toMatrix(
  confusion: readonly (readonly number[])[],
  support: readonly number[],
  classes: readonly (string | number)[],
): string {
  const isNamed = classes.length <= MAX_NAMED;
  const columns: Column<number>[] = [
    {
      head: 'actual \\ predicted',
      cell: (actual) => `${isNamed ? '' : `${actual + 1} `}${toName(classes[actual] as string, isNamed ? 32 : 20)}`,
    },
    ...classes.map((value, predicted): Column<number> => ({
      head: isNamed
        ? toName(value, 14)
        : `<abbr title="${escapeHtml(String(value).slice(0, 100))}">${predicted + 1}</abbr>`,
      cell: (actual) => {
        const [rows, total] = [confusion[actual]?.[predicted] as number, support[actual] as number];
        if (total === 0) return '–';
        if (isNamed) return `${formatPercent(rows / total)} <small>${rows}</small>`;
        // That there are some must be seen, however few.
        return rows > 0 && rows / total < 0.005 ? '&lt;1' : String(Math.round((100 * rows) / total));
      },
      style: (actual) =>
        toHeat(confusion[actual]?.[predicted] as number, support[actual] as number, actual === predicted),
    })),
    { head: 'rows', cell: (actual) => String(support[actual]) },
  ];
  const caption = isNamed
    ? 'Shares of each actual class, and numbers of rows'
    : 'Shares of each actual class, in percent; columns have the numbers of the classes';
  return toTable(caption, columns, [...classes.keys()], { className: isNamed ? 'matrix' : 'matrix small' });
}

function toHeat(rows: number, total: number, isRight: boolean): string | undefined {
  if (rows === 0) return undefined;
  const colour = isRight ? '47,111,222' : '224,112,47';
  return `background:rgba(${colour},${(0.08 + 0.52 * (rows / total)).toFixed(2)})`;
}
