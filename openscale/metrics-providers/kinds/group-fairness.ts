/**
 * Group fairness as Fairlearn defines it (Bird et al. 2020, fairlearn.metrics): rates per group, and how far the groups are apart.
 * A difference is that of the highest and the lowest rate, a ratio that of the lowest and the highest (`method="between_groups"`).
 * AIF360's differences of an unprivileged and a privileged group are the same numbers, with a sign. Fairlearn counts a rate
 * without rows as 0; here it is undefined, and left out.
 */
import { z } from 'zod';
import { listOf, recordOf } from '../../../models/list-of.ts';
import {
  ProviderError,
  takeColumn,
  type MetricGroup,
  type ProviderInput,
  type ProviderKind,
} from '../provider-kind.ts';
import { toKey, toNumber } from '../record-table.ts';

const value = z.union([z.string(), z.number(), z.boolean()]);
const range = z.tuple([z.number(), z.number()]).refine(([min, max]) => min <= max, 'the minimum before the maximum');
const members = listOf(z.union([value, range]), 1);

const attributeSchema = z.strictObject({
  name: z.string().min(1),
  /** Groups by name: values, or ranges with both bounds. Without them, each value is a group. */
  groups: recordOf(z.string().min(1), members).optional(),
});

const schema = z.object({
  attributes: listOf(
    z.union([
      z
        .string()
        .min(1)
        .transform((name) => ({ name })),
      attributeSchema,
    ]),
    1,
    50,
  ),
  /** The labels that are good for whom they are given to; of a regression ranges. */
  favourable: members,
  /** Groups with fewer records are counted, and not compared. */
  min_group_records: z.int().min(1).default(1),
});
type Parameters = z.infer<typeof schema>;
type Attribute = Parameters['attributes'][number];
type Members = z.infer<typeof members>;

/** Max groups of an attribute: more are no groups, but an id or a number. */
const MAX_GROUPS = 100;

/** The counts of a group: what was predicted, and what came true. */
interface Counts {
  records: number;
  selected: number;
  labelled: number;
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/** Rates between 0 and 1 of a group's counts; NaN where there are no rows. */
const RATES = {
  selection_rate: ({ selected, records }: Counts) => selected / records,
  true_positive_rate: ({ truePositives: tp, falseNegatives: fn }: Counts) => tp / (tp + fn),
  false_positive_rate: ({ falsePositives: fp, trueNegatives: tn }: Counts) => fp / (fp + tn),
  false_negative_rate: ({ truePositives: tp, falseNegatives: fn }: Counts) => fn / (tp + fn),
  precision: ({ truePositives: tp, falsePositives: fp }: Counts) => tp / (tp + fp),
  accuracy: ({ truePositives: tp, trueNegatives: tn, labelled }: Counts) => (tp + tn) / labelled,
} as const;
type Rate = keyof typeof RATES;

const PARITIES = {
  demographic_parity: 'selection_rate',
  equal_opportunity: 'true_positive_rate',
  predictive_parity: 'precision',
  false_positive_rate: 'false_positive_rate',
  false_negative_rate: 'false_negative_rate',
  accuracy: 'accuracy',
} as const satisfies Readonly<Record<string, Rate>>;

const upper = (limit: number) => ({ type: 'upper_limit', default: limit }) as const;
const lower = (limit: number) => ({ type: 'lower_limit', default: limit }) as const;

export const groupFairness: ProviderKind<Parameters> = {
  schema,
  dataSets: ['feedback', 'payload'],
  needsScores: true,
  tags: [
    { name: 'attribute', description: 'the column whose groups are compared' },
    { name: 'group', description: 'a group of the attribute' },
  ],
  metrics: [
    { name: 'demographic_parity_difference', description: 'difference of the selection rates', threshold: upper(0.1) },
    { name: 'demographic_parity_ratio', description: 'ratio of the selection rates', threshold: lower(0.8) },
    {
      name: 'equal_opportunity_difference',
      description: 'difference of the true positive rates',
      threshold: upper(0.1),
    },
    { name: 'equal_opportunity_ratio', description: 'ratio of the true positive rates', threshold: lower(0.8) },
    {
      name: 'equalized_odds_difference',
      description: 'the larger difference of true and false positive rates',
      threshold: upper(0.1),
    },
    {
      name: 'equalized_odds_ratio',
      description: 'the smaller ratio of true and false positive rates',
      threshold: lower(0.8),
    },
    { name: 'predictive_parity_difference', description: 'difference of the precisions', threshold: upper(0.1) },
    { name: 'predictive_parity_ratio', description: 'ratio of the precisions', threshold: lower(0.8) },
    {
      name: 'false_positive_rate_difference',
      description: 'difference of the false positive rates',
      threshold: upper(0.1),
    },
    { name: 'false_positive_rate_ratio', description: 'ratio of the false positive rates' },
    {
      name: 'false_negative_rate_difference',
      description: 'difference of the false negative rates',
      threshold: upper(0.1),
    },
    { name: 'false_negative_rate_ratio', description: 'ratio of the false negative rates' },
    { name: 'accuracy_difference', description: 'difference of the accuracies', threshold: upper(0.1) },
    { name: 'accuracy_ratio', description: 'ratio of the accuracies' },
    { name: 'groups_compared', description: 'groups with enough records' },
    { name: 'records_without_group', description: 'records that are in none of the groups' },
    { name: 'group_records', description: 'records of a group' },
    { name: 'group_selection_rate', description: 'share of favourable predictions of a group' },
    { name: 'group_true_positive_rate', description: 'favourable predictions where the label is favourable' },
    { name: 'group_false_positive_rate', description: 'favourable predictions where the label is not' },
    { name: 'group_false_negative_rate', description: 'unfavourable predictions where the label is favourable' },
    { name: 'group_precision', description: 'favourable labels where the prediction is favourable' },
    { name: 'group_accuracy', description: 'labels that were predicted, as favourable or not' },
  ],
  compute: (input, parameters) =>
    parameters.attributes.flatMap((attribute) => compareGroups(input, attribute, parameters)),
};

function compareGroups(
  input: ProviderInput,
  attribute: Attribute,
  { favourable, min_group_records }: Parameters,
): MetricGroup[] {
  const groups = countGroups(input, attribute, buildIsIn(favourable));
  const { withoutGroup } = groups;
  const all = [...groups.counts].sort(([one], [other]) => (one < other ? -1 : 1));
  const compared = all.filter(([, { records }]) => records >= min_group_records);
  const rates = (rate: Rate) => compared.map(([, counts]) => RATES[rate](counts)).filter((one) => !Number.isNaN(one));
  const tags = { attribute: attribute.name };
  const parities = Object.entries(PARITIES).flatMap(([name, rate]) => compareRates(name, rates(rate)));
  const between = new Map(parities);
  const [tprDifference, fprDifference] = ['equal_opportunity_difference', 'false_positive_rate_difference'].map(find);
  const [tprRatio, fprRatio] = ['equal_opportunity_ratio', 'false_positive_rate_ratio'].map(find);
  function find(name: string): number | undefined {
    return between.get(name);
  }
  if (tprDifference !== undefined && fprDifference !== undefined)
    between.set('equalized_odds_difference', Math.max(tprDifference, fprDifference));
  if (tprRatio !== undefined && fprRatio !== undefined)
    between.set('equalized_odds_ratio', Math.min(tprRatio, fprRatio));
  return [
    {
      ...Object.fromEntries(between),
      groups_compared: compared.length,
      records_without_group: withoutGroup,
      ...tags,
    },
    ...all.map(([group, counts]) => ({
      group_records: counts.records,
      ...Object.fromEntries(
        (Object.keys(RATES) as Rate[])
          .map((rate) => [`group_${rate}`, RATES[rate](counts)] as const)
          .filter(([, one]) => !Number.isNaN(one)),
      ),
      ...tags,
      group,
    })),
  ];
}

/** The difference and the ratio of rates; nothing where fewer than two groups have one, and no ratio where all are 0. */
function compareRates(name: string, rates: readonly number[]): [string, number][] {
  if (rates.length < 2) return [];
  const [min, max] = [Math.min(...rates), Math.max(...rates)];
  return [[`${name}_difference`, max - min], ...(max > 0 ? [[`${name}_ratio`, min / max] as [string, number]] : [])];
}

function countGroups(
  { records, prediction, label }: ProviderInput,
  { name, groups }: Attribute & { groups?: Readonly<Record<string, Members>> | undefined },
  isFavourable: (value: unknown) => boolean,
): { readonly counts: ReadonlyMap<string, Counts>; readonly withoutGroup: number } {
  if (prediction === undefined) throw new ProviderError('The records have no column with the prediction.');
  const values = takeColumn(records, name, 'attributes');
  const predictions = takeColumn(records, prediction, 'prediction');
  const labels = label === undefined ? undefined : records.columns.get(label);
  const named = Object.entries(groups ?? {}).map(([group, own]) => [group, buildIsIn(own)] as const);
  const find = (one: unknown) => (groups ? named.find(([, isIn]) => isIn(one))?.[0] : toKey(one));
  const counts = new Map<string, Counts>(named.map(([group]) => [group, toEmpty()]));
  let withoutGroup = 0;
  for (let row = 0; row < records.rowCount; row++) {
    const [own, predicted, actual] = [values[row] ?? null, predictions[row] ?? null, labels?.[row] ?? null];
    const group = own === null || predicted === null ? undefined : find(own);
    if (group === undefined) {
      withoutGroup += 1;
      continue;
    }
    let count = counts.get(group);
    if (!count) counts.set(group, (count = toEmpty()));
    if (counts.size > MAX_GROUPS)
      throw new ProviderError(
        `attributes: ${JSON.stringify(name)} has more than ${MAX_GROUPS} values; name its groups, such as {"name": ${JSON.stringify(name)}, "groups": {"young": [[18, 25]]}}.`,
      );
    const isSelected = isFavourable(predicted);
    count.records += 1;
    if (isSelected) count.selected += 1;
    if (actual === null) continue;
    count.labelled += 1;
    const isGood = isFavourable(actual);
    count[isSelected ? (isGood ? 'truePositives' : 'falsePositives') : isGood ? 'falseNegatives' : 'trueNegatives'] +=
      1;
  }
  return { counts, withoutGroup };
}

function toEmpty(): Counts {
  const none = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
  return { records: 0, selected: 0, labelled: 0, ...none };
}

/** Whether a value is one of the members, or in one of their ranges. */
function buildIsIn(list: Members): (value: unknown) => boolean {
  const keys = new Set(list.filter((member) => !Array.isArray(member)).map(toKey));
  const ranges = list.filter((member): member is [number, number] => Array.isArray(member));
  return (one) => {
    if (keys.has(toKey(one))) return true;
    const number = ranges.length > 0 ? toNumber(one) : undefined;
    return number !== undefined && ranges.some(([min, max]) => number >= min && number <= max);
  };
}
