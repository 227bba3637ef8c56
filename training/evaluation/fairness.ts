/**
 * The disparate impact of a model on the groups of its held-out rows, as OpenScale computes it of logged requests: by the
 * predictions. Each group is compared with all others, in both directions, for each outcome that could be the favourable one.
 */
import { IMPACT_THRESHOLD, toDisparateImpact, type GroupOutcome } from '../../models/disparate-impact.ts';
import type { TrainingTable } from '../load-table.ts';
import { toAttribute } from './fairness-groups.ts';
import { summarize } from './statistics.ts';

/** A group beside all other rows, for one favourable outcome. */
export interface FairnessComparison {
  readonly attribute: string;
  readonly group: string;
  readonly outcome: string;
  readonly rows: number;
  /** The share of favourable predictions in the group, and among the other rows. */
  readonly rate: number;
  readonly otherRate: number;
  /** The group's rate divided by the others', and the others' by the group's; NaN if it would be by 0. */
  readonly impact: number;
  readonly otherImpact: number;
  /** The first of them by the actual labels: what the data itself contains. */
  readonly actualImpact: number;
  /** Whether one of them is below OpenScale's threshold. */
  readonly isBelow: boolean;
  /** Whether the rates differ by no more than chance explains at the 5 % level. */
  readonly mayBeChance: boolean;
}

/** A group with too few rows to be compared. */
export interface SmallGroup {
  readonly attribute: string;
  readonly group: string;
  readonly rows: number;
}

export interface Fairness {
  /** What was taken as the favourable outcome, one after the other. */
  readonly outcomes: readonly string[];
  readonly comparisons: readonly FairnessComparison[];
  readonly tooFew: readonly SmallGroup[];
  /** Rarer values that were not compared: how many of each attribute. */
  readonly omitted: readonly { readonly attribute: string; readonly values: number }[];
  /** Attributes that were not compared because there are so many. */
  readonly omittedAttributes: readonly string[];
  /** Attributes of booleans, which OpenScale does not accept. */
  readonly booleans: readonly string[];
}

/** Groups with fewer rows, or with fewer other rows, are not compared. */
export const MIN_GROUP_ROWS = 30;
const MAX_ATTRIBUTES = 30;
const MAX_OUTCOMES = 10;
/** One-sided, 5 %. */
const CLEAR = 1.645;

/** An outcome, and whether a prediction or a label is it. */
interface Outcome {
  readonly name: string;
  readonly includes: (value: number) => boolean;
}

/** What is compared. */
export interface FairnessInput {
  readonly table: TrainingTable;
  readonly training: Int32Array;
  /** The held-out rows, with their labels and predictions: class indices or numbers. */
  readonly test: Int32Array;
  readonly truth: ArrayLike<number>;
  readonly predictions: ArrayLike<number>;
  /** Undefined for a regression. */
  readonly classes: readonly (string | number)[] | undefined;
}

/** Compares the groups of every categorical attribute, and of ages. */
export function measureFairness(input: FairnessInput): Fairness {
  const { table, test, truth, predictions } = input;
  const outcomes = chooseOutcomes(input);
  const attributes = table.columns.flatMap((column) => toAttribute(column, test) ?? []);
  const compared = attributes.filter(({ groups }) => groups.length > 1);
  const shown = compared.slice(0, MAX_ATTRIBUTES);
  const comparisons: FairnessComparison[] = [];
  const tooFew: SmallGroup[] = [];
  const marks = outcomes.map(({ includes }) => {
    const mark = (values: ArrayLike<number>) => Uint8Array.from(values, (value) => (includes(value) ? 1 : 0));
    return [mark(predictions), mark(truth)] as const;
  });
  for (const { name: attribute, groups } of shown) {
    for (const { name: group, rows } of groups) {
      if (rows.length < MIN_GROUP_ROWS || test.length - rows.length < MIN_GROUP_ROWS) {
        tooFew.push({ attribute, group, rows: rows.length });
        continue;
      }
      outcomes.forEach(({ name: outcome }, index) => {
        const [predicted, actual] = marks[index] as readonly [Uint8Array, Uint8Array];
        comparisons.push({ attribute, group, outcome, ...compare(rows, predicted, actual) });
      });
    }
  }
  return {
    outcomes: outcomes.map(({ name }) => name),
    comparisons,
    tooFew,
    omitted: shown.flatMap(({ name, omitted }) => (omitted > 0 ? [{ attribute: name, values: omitted }] : [])),
    omittedAttributes: compared.slice(MAX_ATTRIBUTES).map(({ name }) => name),
    booleans: shown.filter(({ isBoolean }) => isBoolean).map(({ name }) => name),
  };
}

/** In one sentence, how many groups have a disparate impact below OpenScale's threshold. */
export function describeFairness({ comparisons }: Fairness): string {
  const countGroups = (some: readonly FairnessComparison[]) =>
    new Set(some.map(({ attribute, group }) => JSON.stringify([attribute, group]))).size;
  const below = comparisons.filter(({ isBelow }) => isBelow);
  const [all, clear] = [countGroups(below), countGroups(below.filter(({ mayBeChance }) => !mayBeChance))];
  if (all === 0) return `No group has a disparate impact below ${IMPACT_THRESHOLD}.`;
  const groups = all === 1 ? 'One group has' : `${all} groups have`;
  const chance = 'by more than chance explains';
  const certainty =
    clear === all ? chance : clear === 0 ? 'which may be chance in so few rows' : `${clear} of them ${chance}`;
  return `${groups} a disparate impact below ${IMPACT_THRESHOLD}, in one direction or the other, ${certainty}.`;
}

/** Each class, of many the most frequent ones; of a regression what is above the median of the training rows, and what is not. */
function chooseOutcomes({ table, training, classes }: FairnessInput): Outcome[] {
  const labels = Float64Array.from(training, (row) => table.target[row] as number);
  if (!classes) {
    const median = summarize(labels).quartiles[1];
    const text = String(Number(median.toPrecision(6)));
    return [
      { name: `more than ${text}`, includes: (value) => value > median },
      { name: `at most ${text}`, includes: (value) => value <= median },
    ];
  }
  const counts = new Int32Array(classes.length);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  return [...classes.keys()]
    .sort((a, b) => (counts[b] as number) - (counts[a] as number))
    .slice(0, MAX_OUTCOMES)
    .sort((a, b) => a - b)
    .map((index) => ({ name: String(classes[index]), includes: (value) => value === index }));
}

function compare(rows: readonly number[], predicted: Uint8Array, actual: Uint8Array) {
  const [group, others] = split(rows, predicted);
  const [impact, otherImpact] = [toDisparateImpact(group, others), toDisparateImpact(others, group)];
  return {
    rows: rows.length,
    rate: group.favourable / group.rows,
    otherRate: others.favourable / others.rows,
    impact,
    otherImpact,
    actualImpact: toDisparateImpact(...split(rows, actual)),
    isBelow: impact < IMPACT_THRESHOLD || otherImpact < IMPACT_THRESHOLD,
    mayBeChance: !differsClearly(group, others),
  };
}

function split(rows: readonly number[], marks: Uint8Array): [group: GroupOutcome, others: GroupOutcome] {
  const favourable = rows.reduce((sum, row) => sum + (marks[row] as number), 0);
  const all = marks.reduce((sum, mark) => sum + mark, 0);
  return [
    { rows: rows.length, favourable },
    { rows: marks.length - rows.length, favourable: all - favourable },
  ];
}

/** The z test of two proportions. */
function differsClearly(one: GroupOutcome, other: GroupOutcome): boolean {
  const share = (one.favourable + other.favourable) / (one.rows + other.rows);
  const error = Math.sqrt(share * (1 - share) * (1 / one.rows + 1 / other.rows));
  return Math.abs(one.favourable / one.rows - other.favourable / other.rows) > CLEAR * error;
}
