/**
 * The fairness settings that only a user can choose: which groups are compared, and which outcomes are favourable. Whatever
 * IBM's own validator (ibm-watson-openscale, TrainingStats) rejects is rejected here, with the option that is wrong.
 */
import { CommandError } from '../errors/command-error.ts';
import { formatList, quoteText } from '../errors/quote-text.ts';
import type { Column, DeploymentFile, Label } from '../models/deployment-file.ts';
import { IMPACT_THRESHOLD } from '../models/disparate-impact.ts';

/** A range of numbers that includes both bounds. */
export type Range = readonly [min: number, max: number];
type Class = string | number;
/** A text, or a range of numbers: OpenScale compares nothing else. */
export type Group = string | Range;
/** A class, or for a regression a range. */
export type Outcome = Class | Range;

/** The groups of one attribute to compare, as typed by the user: texts, or ranges such as 18..25. */
export interface ComparedGroups {
  readonly feature: string;
  readonly majority: readonly string[];
  readonly minority: readonly string[];
}

/** What the user chose, as typed: outcomes are classes, or for a regression ranges such as 10..20. */
export interface FairnessChoices {
  readonly groups: readonly ComparedGroups[];
  readonly favourable: readonly string[];
  /** By default, for a classifier, all classes that are not favourable. */
  readonly unfavourable: readonly string[];
  /** How much less often the minority may have a favourable outcome: of the attributes named, and of all others. */
  readonly thresholds?: { readonly all?: number | undefined; readonly of: ReadonlyMap<string, number> };
  /** By default the disparate impact alone. */
  readonly metrics?: readonly string[] | undefined;
  /** How many records an evaluation needs; 100 by default. */
  readonly minRecords?: number | undefined;
}

/** The ids of OpenScale's fairness metrics (ibm-watson-openscale, FairnessMetrics). */
export const FAIRNESS_METRICS = [
  'fairness_value',
  'statistical_parity_difference',
  'average_odds_difference',
  'average_abs_odds_difference',
  'false_negative_rate_difference',
  'false_positive_rate_difference',
  'false_discovery_rate_difference',
  'false_omission_rate_difference',
  'error_rate_difference',
];

/** The `parameters` of OpenScale's fairness configuration. */
export interface FairnessParameters {
  readonly features: readonly {
    readonly feature: string;
    readonly majority: readonly Group[];
    readonly minority: readonly Group[];
    readonly threshold: number;
    readonly metric_ids?: readonly string[];
  }[];
  readonly favourable_class: readonly Outcome[];
  readonly unfavourable_class: readonly Outcome[];
  readonly min_records: number;
}

/** OpenScale computes no metrics for fewer records than this. */
export const MIN_RECORDS = 100;

/**
 * Parses `sex=male:female` or `age=26..75:18..25`: an attribute, its majority and its minority, each a comma-separated list, in
 * which texts with commas or colons are in double quotes.
 */
export function parseComparedGroups(text: string): ComparedGroups {
  const [, feature = '', groups = ''] = /^(.+?)=(.+)$/s.exec(text) ?? [];
  const [majority = '', minority = '', ...others] = splitOutsideQuotes(groups, ':');
  if (feature === '' || majority.trim() === '' || minority.trim() === '' || others.length > 0) {
    throw new CommandError(
      'expected <attribute>=<majority>:<minority>, such as sex=male:female or age=26..75:18..25; texts with commas or colons need double quotes',
    );
  }
  return { feature: unquote(feature), majority: parseItems(majority), minority: parseItems(minority) };
}

/** Parses texts separated by commas; those that contain commas are in double quotes. */
export function parseItems(text: string): string[] {
  return splitOutsideQuotes(text, ',').map(unquote);
}

/** Splits a text where a separator stands outside of double quotes, which begin a part. */
function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts = [''];
  let isQuoted = false;
  for (const letter of text) {
    const part = parts.at(-1) as string;
    if (letter === '"' && (isQuoted || /(^|[,"])\s*$/.test(part))) isQuoted = !isQuoted;
    if (letter === separator && !isQuoted) parts.push('');
    else parts[parts.length - 1] = part + letter;
  }
  return parts;
}

function unquote(text: string): string {
  const [, quoted] = /^\s*"(.*)"\s*$/s.exec(text) ?? [];
  return quoted === undefined ? text.trim() : quoted.replaceAll('""', '"');
}

/**
 * The parameters of the fairness configuration; undefined when nothing was chosen.
 * @throws {CommandError} for attributes, groups and outcomes that the deployment does not have or OpenScale does not accept
 */
export function toFairnessParameters(
  { groups, favourable, unfavourable, thresholds, metrics, minRecords }: FairnessChoices,
  { label, columns }: Pick<DeploymentFile, 'label' | 'columns'>,
): FairnessParameters | undefined {
  if (groups.length === 0 && favourable.length === 0 && unfavourable.length === 0) return undefined;
  const unknown = [...(thresholds?.of.keys() ?? [])].find((name) => !groups.some(({ feature }) => feature === name));
  if (unknown !== undefined)
    throw new CommandError(`--fairness-threshold: --fairness names no groups of ${quoteText(unknown)}`);
  if (groups.length === 0)
    throw new CommandError('--favourable and --unfavourable also need --fairness: the groups to compare');
  if (favourable.length === 0) throw new CommandError('--fairness also needs --favourable: the outcomes to compare');
  const features = groups.map(({ feature, majority, minority }, index) => {
    const column = columns.find(({ name }) => name === feature);
    if (!column) {
      const known = formatList(columns.map(({ name }) => name));
      throw new CommandError(`--fairness: the deployment has no feature ${quoteText(feature)}; it has ${known}`);
    }
    if (groups.findIndex((other) => other.feature === feature) < index)
      throw new CommandError(`--fairness: ${JSON.stringify(feature)} is given twice`);
    const parsed = {
      majority: majority.map((text) => parseGroup(text, column)),
      minority: minority.map((text) => parseGroup(text, column)),
    };
    checkDisjoint(`--fairness: ${JSON.stringify(feature)}`, [...parsed.majority, ...parsed.minority]);
    return {
      feature,
      ...parsed,
      threshold: thresholds?.of.get(feature) ?? thresholds?.all ?? IMPACT_THRESHOLD,
      ...(metrics && { metric_ids: metrics }),
    };
  });
  return { features, ...parseOutcomes(favourable, unfavourable, label), min_records: minRecords ?? MIN_RECORDS };
}

function parseOutcomes(favourable: readonly string[], unfavourable: readonly string[], label: Label) {
  const good = favourable.map((text) => parseOutcome('--favourable', text.trim(), label));
  const bad = unfavourable.map((text) => parseOutcome('--unfavourable', text.trim(), label));
  checkDisjoint('--favourable and --unfavourable', [...good, ...bad]);
  if (bad.length === 0) bad.push(...(label.classes ?? []).filter((value) => !good.includes(value)));
  if (bad.length === 0) {
    throw new CommandError(
      label.classes
        ? '--favourable: expected at least one class to be left as unfavourable'
        : '--favourable also needs --unfavourable for a regression: ranges of the label, such as 0..9.9',
    );
  }
  return { favourable_class: good, unfavourable_class: bad };
}

function parseOutcome(option: string, text: string, { classes }: Label): Outcome {
  const found = classes ? classes.find((value) => String(value) === text) : parseRange(text);
  if (found !== undefined) return found;
  throw new CommandError(
    classes
      ? `${option}: expected classes of the label: ${formatList(classes.map(String))}`
      : `${option}: expected ranges of the label, such as 10..20, the smaller bound first`,
  );
}

function parseGroup(text: string, { name, type, categories }: Column): Group {
  const place = `--fairness: ${JSON.stringify(name)}`;
  if (type === 'boolean') {
    throw new CommandError(
      `${place} is boolean; OpenScale compares only texts and ranges of numbers. Write the column as texts, such as yes and no, and train again`,
    );
  }
  if (type === 'string') {
    if (!categories || categories.includes(text)) return text;
    throw new CommandError(`${place}: expected its categories: ${formatList(categories.map(String))}`);
  }
  const range = parseRange(text);
  if (range) return range;
  throw new CommandError(
    `${place}: expected ranges, such as ${categories ? '2..2 for the number 2' : '18..25, the smaller bound first'}`,
  );
}

/** Ranges that share a bound overlap, because OpenScale includes both bounds. */
function checkDisjoint(place: string, values: readonly (Group | Outcome)[]): void {
  values.forEach((one, index) => {
    const other = values.slice(0, index).find((value) => overlaps(value, one));
    if (other === undefined) return;
    if (typeof one !== 'object') throw new CommandError(`${place}: ${one} is given twice`);
    throw new CommandError(`${place}: ${(other as Range).join('..')} and ${one.join('..')} overlap`);
  });
}

function overlaps(one: Group | Outcome, other: Group | Outcome): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  return one[0] <= other[1] && other[0] <= one[1];
}

function parseRange(text: string): Range | undefined {
  const [, min, max] = /^(-?(?:\d+(?:\.\d+)?|\.\d+))\.\.(-?(?:\d+(?:\.\d+)?|\.\d+))$/.exec(text) ?? [];
  const range = [Number(min), Number(max)] as const;
  return range[0] <= range[1] ? range : undefined;
}
