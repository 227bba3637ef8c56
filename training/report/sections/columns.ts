import type { Column as DeploymentColumn } from '../../../models/deployment-file.ts';
import { toNames, toName } from '../html.ts';
import { formatPercent } from '../numbers.ts';
import type { ReportInput, Section } from '../section.ts';
import { toTable, type Column } from '../table.ts';

const MAX_CATEGORIES = 12;

/** The columns of the deployment, and how many of their cells are missing. */
export function toColumnsSection({ file, result }: ReportInput): Section {
  const { missing, rows } = result.evaluation.profile;
  const count = ({ name }: DeploymentColumn) => missing.get(name) ?? 0;
  const columns: Column<DeploymentColumn>[] = [
    { head: 'name', cell: ({ name }) => toName(name) },
    { head: 'type', isText: true, cell: ({ type }) => type },
    { head: 'missing cells', cell: (column) => String(count(column)) },
    { head: 'share', cell: (column) => formatPercent(count(column) / rows) },
    {
      head: 'categories or range',
      isText: 'wide',
      cell: ({ categories, range }) =>
        categories
          ? toNames(categories, MAX_CATEGORIES)
          : (range?.map((bound) => String(Number(bound.toPrecision(6)))).join(' to ') ?? ''),
    },
  ];
  const caption = `${file.columns.length} columns; missing cells among the ${rows} rows with a label`;
  return { id: 'columns', title: 'Columns', html: toTable(caption, columns, file.columns) };
}
