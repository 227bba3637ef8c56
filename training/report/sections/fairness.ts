import { IMPACT_THRESHOLD } from '../../../models/disparate-impact.ts';
import { describeFairness, MIN_GROUP_ROWS, type Fairness, type FairnessComparison } from '../../evaluation/fairness.ts';
import { toName, toNames, toNote } from '../html.ts';
import { formatPercent, formatRatio } from '../numbers.ts';
import type { ReportInput, Section } from '../section.ts';
import { toTable, type Column } from '../table.ts';

/** Of more comparisons, those with the lowest disparate impact are shown. */
const MAX_SHOWN = 300;
const MAX_SMALL = 50;

/** The disparate impact of each group, both ways. */
export function toFairnessSection({ result }: ReportInput): Section {
  const { fairness } = result.evaluation;
  return {
    id: 'fairness',
    title: 'Fairness of groups',
    html: toHtml(fairness, result.plan.label.classes === undefined),
  };
}

function toHtml(fairness: Fairness, isRegression: boolean): string {
  const { comparisons, tooFew } = fairness;
  if (comparisons.length === 0 && tooFew.length === 0)
    return '<p>There are no groups to compare: no categorical feature with two values or more, and no age, in the held-out rows.</p>';
  const shown =
    comparisons.length > MAX_SHOWN
      ? new Set([...comparisons].sort((a, b) => toLowest(a) - toLowest(b)).slice(0, MAX_SHOWN))
      : new Set(comparisons);
  const summary = comparisons.length === 0 ? '' : `<p><b>${describeFairness(fairness)}</b></p>`;
  const tables = fairness.outcomes.flatMap((outcome) => {
    const rows = comparisons.filter((one) => one.outcome === outcome && shown.has(one));
    return rows.length === 0
      ? []
      : [toTable(`Favourable: ${toName(outcome)} is predicted`, COLUMNS, rows, { mark: toMark })];
  });
  return `${summary}${tables.join('')}${toNotes(fairness, shown.size, isRegression)}`;
}

const COLUMNS: Column<FairnessComparison>[] = [
  { head: 'attribute', cell: ({ attribute }) => toName(attribute, 24) },
  { head: 'group', isText: true, cell: ({ group }) => toName(group, 24) },
  { head: 'rows', cell: ({ rows }) => String(rows) },
  { head: 'favourable', cell: ({ rate }) => formatPercent(rate) },
  { head: 'of the others', cell: ({ otherRate }) => formatPercent(otherRate) },
  { head: 'impact on the group', cell: ({ impact }) => formatRatio(impact) },
  { head: 'on the others', cell: ({ otherImpact }) => formatRatio(otherImpact) },
  { head: 'on the group, in the data', cell: ({ actualImpact }) => formatRatio(actualImpact) },
  {
    head: '',
    isText: true,
    cell: ({ isBelow, mayBeChance }) =>
      isBelow ? `<b>below ${IMPACT_THRESHOLD}</b>${mayBeChance ? ', may be chance' : ''}` : '',
  },
];

function toMark({ isBelow, mayBeChance }: FairnessComparison): string | undefined {
  if (!isBelow) return undefined;
  return mayBeChance ? 'perhaps' : 'below';
}

function toLowest({ impact, otherImpact }: FairnessComparison): number {
  return Math.min(...[impact, otherImpact].filter((value) => !Number.isNaN(value)), Infinity);
}

function toNotes(fairness: Fairness, shown: number, isRegression: boolean): string {
  const { comparisons, tooFew, omitted, omittedAttributes, booleans } = fairness;
  const small = tooFew
    .slice(0, MAX_SMALL)
    .map(({ attribute, group, rows }) => `${toName(attribute)}: ${toName(group)} (${rows})`);
  const more = tooFew.length > small.length ? ` and ${tooFew.length - small.length} more` : '';
  const notes = [
    `Disparate impact is the share of favourable predictions in the monitored group, divided by that in the reference group, as OpenScale computes it; below ${IMPACT_THRESHOLD} it raises an alert. Here each group is monitored with all other held-out rows as the reference, and the other way round. Which outcome is favourable, and which attributes matter, only you can say: <code>register --fairness --favourable</code>.`,
    isRegression
      ? 'Of a regression, values above the median of the training rows are taken as favourable, and then the others.'
      : '',
    comparisons.length > shown ? `The ${shown} lowest of ${comparisons.length} comparisons are shown.` : '',
    tooFew.length > 0
      ? `Too few rows to compare (the group or the others have fewer than ${MIN_GROUP_ROWS} held-out rows): ${small.join(', ')}${more}.`
      : '',
    omitted.length > 0
      ? `Only the most frequent values are compared; rarer ones are left out of ${omitted.map(({ attribute, values }) => `${toName(attribute)} (${values})`).join(', ')}.`
      : '',
    omittedAttributes.length > 0
      ? `Not compared, because there are so many attributes: ${toNames(omittedAttributes, 20)}.`
      : '',
    booleans.length > 0
      ? `OpenScale takes no booleans as attributes; write these as texts before you monitor them: ${toNames(booleans, 20)}.`
      : '',
    'Columns that the model does not learn from are not compared. “In the data” is the disparate impact of the actual labels.',
  ];
  return notes.filter(Boolean).map(toNote).join('');
}
