/**
 * How outcomes are distributed over the values of the compared attributes and over the groups, as IBM's TrainingStats
 * (ibm-watson-openscale) computes it, except for two faults: of a regression it counts the different labels in place of the
 * rows, and it may put the first value of a group into the range before it.
 */
import { CommandError } from '../errors/command-error.ts';
import type { DeploymentFile } from '../models/deployment-file.ts';
import type { FairnessParameters, Group, Outcome, Range } from './fairness.ts';
import type { WrittenStatistics } from './written-statistics.ts';

type Outcomes = WrittenStatistics['outcomes'];
type OutcomesOfFeature = Outcomes['features'][number];

/** Up to so many different numbers are listed one by one; more are put into about as many ranges. */
const MAX_VALUES = 45;

/** The distributions of each compared attribute, and of the label. */
export interface FairnessDistributions {
  readonly distributions: readonly object[];
  readonly training_data_distributions: { readonly fields: readonly string[]; readonly values: readonly unknown[][] };
}

/**
 * Computes the distributions.
 * @throws {CommandError} for a bound of a group that falls between values that the statistics do not tell apart
 */
export function toFairnessDistributions(
  outcomes: Outcomes,
  { features, favourable_class, unfavourable_class }: FairnessParameters,
  label: DeploymentFile['label'],
): FairnessDistributions {
  if (outcomes.rows === 0) throw new CommandError('--fairness: every row of the training data has a missing cell');
  const chosen = [...favourable_class, ...unfavourable_class];
  // Of a classifier all classes are counted, of a regression the chosen ranges.
  const counted = label.classes ?? chosen;
  const labelsOf = findOutcomes([...counted, ...chosen], outcomes.labels);
  const favourable = new Set(favourable_class);
  const distributions: object[] = [];
  const values: unknown[][] = [];
  for (const { feature, majority, minority } of features) {
    const ofFeature = outcomes.features.find(({ attribute }) => attribute === feature);
    if (!ofFeature) throw new CommandError(`--fairness: the training data has no column ${JSON.stringify(feature)}`);
    const class_labels = toBuckets(ofFeature, [...majority, ...minority]).map(({ label: value, indices }) => {
      const count = buildCount(ofFeature, indices, labelsOf);
      return {
        label: value,
        counts: counted
          .map((outcome) => ({ class_value: toClassValue(outcome), count: count(outcome) }))
          .filter((one) => one.count > 0),
      };
    });
    distributions.push({ attribute: feature, ...describeValues(ofFeature), class_labels });
    const addGroup = (group: Group, kind: 'reference' | 'monitored') => {
      const count = buildCount(ofFeature, findValues(group, ofFeature), labelsOf);
      for (const outcome of chosen) {
        const rows = count(outcome);
        if (rows > 0) values.push([feature, group, toGroupLabel(outcome), rows, favourable.has(outcome), kind]);
      }
    };
    for (const group of majority) addGroup(group, 'reference');
    for (const group of minority) addGroup(group, 'monitored');
  }
  distributions.push({ attribute: label.name, is_class_label: true, ...describeLabel(counted) });
  const fields = ['feature', 'feature_value', 'label', 'count', 'is_favourable', 'group'];
  return { distributions, training_data_distributions: { fields, values } };
}

function describeValues({ values }: OutcomesOfFeature): object {
  if (values.some((value) => typeof value === 'string')) return { distinct_values: values.toSorted() };
  const [min, max] = toSpan(values.map(toRange));
  return { min, max };
}

function describeLabel(outcomes: readonly Outcome[]): object {
  const numbers = outcomes.filter((outcome) => typeof outcome === 'number');
  if (numbers.length === 0) return { distinct_values: outcomes };
  const [min, max] = toSpan(numbers.map(toRange));
  return { min, max };
}

/** Values of an attribute that are counted together. */
interface Bucket {
  /** A text, a number, or "[min, max]". */
  readonly label: string | number;
  /** The positions of the values. */
  readonly indices: readonly number[];
}

/**
 * Texts and few numbers are counted one by one, other numbers in ranges of about equal width. Each range lies in one group or
 * between groups, so that the ranges of a group have its rows and no others. Within a group a range begins where the one
 * before it ends; that bound belongs to the first of them.
 */
function toBuckets({ values, attribute }: OutcomesOfFeature, groups: readonly Group[]): Bucket[] {
  const singles = values.filter((value) => typeof value !== 'object');
  const isNumeric = groups.every((group) => typeof group === 'object');
  if (!isNumeric || (singles.length === values.length && singles.length <= MAX_VALUES)) {
    const buckets = singles.map((label, index) => ({ label, indices: [index] }));
    return isNumeric ? buckets : buckets.toSorted((one, other) => (one.label < other.label ? -1 : 1));
  }
  const ranges = values.map(toRange);
  for (const group of groups) findRanges(group, ranges, `--fairness: ${JSON.stringify(attribute)}`);
  const [least, greatest] = toSpan([...groups, ...ranges]);
  const width = (greatest - least) / MAX_VALUES;
  return splitAtGroups(ranges, groups).flatMap((run) => cutRun(run, ranges, width));
}

/** Neighbouring ranges that are all in one group, or all between the same groups, and the bounds of the whole. */
interface Run {
  readonly bounds: Range;
  readonly indices: readonly number[];
}

function splitAtGroups(ranges: readonly Range[], groups: readonly Range[]): Run[] {
  // A range between groups is known by how many of them are below it.
  const places = ranges.map((range) => groups.find((group) => contains(group, range)) ?? countBelow(groups, range));
  const starts = [...places.keys()].filter((index) => index === 0 || places[index] !== places[index - 1]);
  return starts.map((start, index) => {
    const place = places[start];
    const indices = [...places.keys()].slice(start, starts[index + 1]);
    const bounds = typeof place === 'object' ? place : toSpan(indices.map((at) => ranges[at] as Range));
    return { bounds, indices };
  });
}

function countBelow(groups: readonly Range[], [min]: Range): number {
  return groups.filter((group) => group[1] < min).length;
}

function cutRun({ bounds: [start, end], indices }: Run, ranges: readonly Range[], width: number): Bucket[] {
  const toStep = (index: number) => Math.max(1, Math.ceil(((ranges[index] as Range)[1] - start) / width));
  const firsts = indices.filter((index, at) => at === 0 || toStep(index) !== toStep(index - 1));
  const bounds = [start, ...firsts.slice(1).map((first) => (ranges[first - 1] as Range)[1]), end];
  return firsts.map((first, at) => ({
    label: toRangeText([bounds[at] as number, bounds[at + 1] as number]),
    indices: indices.filter((index) => index >= first && index < (firsts[at + 1] ?? Infinity)),
  }));
}

/** The positions of the values that are in a group. */
function findValues(group: Group, { values, attribute }: OutcomesOfFeature): number[] {
  if (typeof group === 'object')
    return findRanges(group, values.map(toRange), `--fairness: ${JSON.stringify(attribute)}`);
  return [...values.keys()].filter((index) => values[index] === group);
}

/** The positions of the labels that make up each outcome. */
type LabelsOf = ReadonlyMap<Outcome, readonly number[]>;

function findOutcomes(outcomes: readonly Outcome[], labels: Outcomes['labels']): LabelsOf {
  const positions = new Map<unknown, number[]>();
  for (const [index, label] of labels.entries()) {
    const known = positions.get(label);
    if (known) known.push(index);
    else positions.set(label, [index]);
  }
  return new Map(
    outcomes.map((outcome) => [
      outcome,
      typeof outcome === 'object'
        ? findRanges(outcome, labels.map(toRange), '--favourable and --unfavourable')
        : (positions.get(outcome) ?? []),
    ]),
  );
}

/** The positions of the ranges inside another one, which may end inside none of them. */
function findRanges([min, max]: Range, ranges: readonly Range[], place: string): number[] {
  for (const [index, [low, high]] of ranges.entries()) {
    if (low < min && min <= high) throw cutsRange(place, min, low, ranges[index + 1]?.[0]);
    if (low <= max && max < high) throw cutsRange(place, max, ranges[index - 1]?.[1], high);
  }
  return [...ranges.keys()].filter((index) => contains([min, max], ranges[index] as Range));
}

function cutsRange(place: string, bound: number, ...nearest: readonly (number | undefined)[]): CommandError {
  const bounds = nearest.filter((one) => one !== undefined).join(' or ');
  return new CommandError(
    `${place}: the statistics of the training data cannot be divided at ${bound}; the nearest possible bound is ${bounds}`,
  );
}

/** A function that gives how many rows with one of some values have an outcome. The values are gone through once for all outcomes. */
function buildCount({ counts }: OutcomesOfFeature, indices: readonly number[], labelsOf: LabelsOf) {
  const rowsOf = new Map<number, number>();
  for (const index of indices)
    for (const [label, rows] of counts[index] ?? []) rowsOf.set(label, (rowsOf.get(label) ?? 0) + rows);
  return (outcome: Outcome): number =>
    (labelsOf.get(outcome) ?? []).reduce((sum, label) => sum + (rowsOf.get(label) ?? 0), 0);
}

function contains(outer: Range, inner: Range): boolean {
  return outer[0] <= inner[0] && inner[1] <= outer[1];
}

function toRange(value: OutcomesOfFeature['values'][number]): Range {
  return typeof value === 'object' ? value : [Number(value), Number(value)];
}

/** The range of all ranges. */
function toSpan(ranges: readonly Range[]): Range {
  return ranges.reduce(([min, max], range) => [Math.min(min, range[0]), Math.max(max, range[1])]);
}

function toRangeText([min, max]: Range): string {
  return `[${min}, ${max}]`;
}

function toClassValue(outcome: Outcome): string | number {
  return typeof outcome === 'object' ? toRangeText(outcome) : outcome;
}

/** IBM writes a range of a regression's label otherwise for groups than for values. */
function toGroupLabel(outcome: Outcome): string | number {
  return typeof outcome === 'object' ? outcome.join('-') : outcome;
}
