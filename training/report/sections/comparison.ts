import { METRIC_NAMES } from '../../metrics.ts';
import { escapeHtml, toNote } from '../html.ts';
import { toMetricFormatter } from '../numbers.ts';
import type { ReportInput, Section } from '../section.ts';
import { toTable, type Column } from '../table.ts';
import { describeWeights, type Candidate } from '../../cross-validate.ts';

/** How the kinds did in cross-validation, or the one kind over its folds. */
export function toComparison({ result }: ReportInput): Section[] {
  const { crossValidation, split } = result;
  if (!crossValidation) return [];
  const { metric, folds, rows, candidates, chosen } = crossValidation;
  const all = split.training.length;
  const keys = METRIC_NAMES.filter(([key]) => candidates.some(({ metrics }) => metrics[key] !== undefined)).sort(
    ([one], [other]) => Number(other === metric) - Number(one === metric),
  );
  const means = candidates.map(({ metrics }) =>
    Object.fromEntries(Object.entries(metrics).map(([key, { mean }]) => [key, mean])),
  );
  const format = toMetricFormatter(...means);
  const columns: Column<Candidate>[] = [
    {
      head: 'kind',
      cell: ({ kind, weights }) =>
        `${kind}${weights ? `: ${describeWeights(weights)}` : ''}${kind === chosen && candidates.length > 1 ? ' <b>(chosen)</b>' : ''}`,
    },
    ...keys.map(([key, name]): Column<Candidate> => ({
      head: `${name}${key === metric && candidates.length > 1 ? ' (decides)' : ''}`,
      cell: ({ metrics }) => {
        const figure = metrics[key];
        if (!figure) return '–';
        const { mean, std } = figure;
        return std === undefined ? format(key, mean) : `${format(key, mean)} <small>± ${format(key, std)}</small>`;
      },
    })),
    { head: 'folds', cell: (candidate) => String(candidate.folds) },
    { head: 'seconds', cell: ({ seconds }) => seconds.toFixed(1) },
    ...(candidates.some(({ note }) => note !== undefined)
      ? [{ head: 'note', isText: 'wide' as const, cell: ({ note = '' }: Candidate) => escapeHtml(note) }]
      : []),
  ];
  const caption = `Mean over the folds ± standard deviation, of ${folds} folds of ${rows < all ? `${rows} of ` : ''}the ${all} training rows`;
  const mark = ({ kind }: Candidate) => (kind === chosen && candidates.length > 1 ? 'chosen' : undefined);
  const html =
    toTable(caption, columns, candidates, { mark }) +
    toNote(
      'In each fold, models learn from the other folds and are measured on this one. The held-out rows take no part in it.',
    );
  return [{ id: 'comparison', title: candidates.length > 1 ? 'Comparison of the kinds' : 'Cross-validation', html }];
}
