/** The fairness settings that only a user can choose: which outcomes are favourable, and which groups are compared. */
import { CommandError } from '../errors/command-error.ts';
import type { Column, DeploymentFile, Label } from '../models/deployment-file.ts';

type Range = readonly [min: number, max: number];
type Class = string | number;
type Group = Category | Range;
type Category = NonNullable<Column['categories']>[number];

/** The groups of one attribute to compare, as typed by the user: categories, or ranges such as 18..25. */
export interface ComparedGroups {
  readonly feature: string;
  readonly majority: readonly string[];
  readonly minority: readonly string[];
}

/** The `parameters` of OpenScale's fairness configuration. */
export interface FairnessParameters {
  readonly features: readonly {
    readonly feature: string;
    readonly majority: readonly Group[];
    readonly minority: readonly Group[];
    readonly threshold: number;
  }[];
  readonly favourable_class: readonly (Class | Range)[];
  readonly unfavourable_class: readonly (Class | Range)[];
  readonly min_records: number;
}

/** OpenScale warns when the minority's rate of favourable outcomes is less than this share of the majority's (the 80 % rule). */
const THRESHOLD = 0.8;
/** OpenScale computes no metrics for fewer records than this. */
const MIN_RECORDS = 100;

/** Parses `sex=male:female` or `age=26..75:18..25`: an attribute, its majority and its minority, each a comma-separated list. */
export function parseComparedGroups(text: string): ComparedGroups {
  const [, feature, majority, minority] = /^([^=]+)=([^:]+):([^:]+)$/.exec(text) ?? [];
  if (feature === undefined || majority === undefined || minority === undefined) {
    throw new CommandError('expected <attribute>=<majority>:<minority>, such as sex=male:female or age=26..75:18..25');
  }
  return { feature, majority: toList(majority), minority: toList(minority) };
}

/**
 * The parameters of the fairness configuration; empty when nothing was chosen.
 * @param favourable classes, or for a regression ranges such as 10..20
 * @throws {CommandError} for attributes, groups and classes that the deployment does not have
 */
export function toFairnessParameters(
  groups: readonly ComparedGroups[],
  favourable: readonly string[],
  { label, columns }: Pick<DeploymentFile, 'label' | 'columns'>,
): FairnessParameters {
  const features = groups.map(({ feature, majority, minority }) => {
    const column = columns.find(({ name }) => name === feature);
    if (!column) throw new CommandError(`--fairness: the deployment has no feature ${JSON.stringify(feature)}`);
    const parse = (text: string) => parseGroup(text, column);
    return { feature, majority: majority.map(parse), minority: minority.map(parse), threshold: THRESHOLD };
  });
  const chosen = favourable.map((text) => parseOutcome(text.trim(), label));
  if (features.length > 0 && chosen.length === 0)
    throw new CommandError('--fairness also needs --favourable: the outcomes to compare');
  return {
    features,
    favourable_class: chosen,
    unfavourable_class: chosen.length === 0 ? [] : (label.classes ?? []).filter((name) => !chosen.includes(name)),
    min_records: MIN_RECORDS,
  };
}

function parseOutcome(text: string, { classes }: Label): Class | Range {
  const found = classes ? findByText(classes, text) : parseRange(text);
  if (found !== undefined) return found;
  throw new CommandError(
    classes
      ? `--favourable: expected classes of the label: ${classes.join(', ')}`
      : '--favourable: expected ranges of the label, such as 10..20',
  );
}

function parseGroup(text: string, { name, type, categories }: Column): Group {
  const place = `--fairness: ${JSON.stringify(name)}`;
  const known = categories ?? (type === 'boolean' ? [true, false] : undefined);
  if (!known && type === 'string') return text;
  const found = known ? findByText(known, text) : parseRange(text);
  if (found !== undefined) return found;
  throw new CommandError(
    known ? `${place}: expected its categories: ${known.join(', ')}` : `${place}: expected ranges, such as 18..25`,
  );
}

function toList(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function findByText<Value>(values: readonly Value[], text: string): Value | undefined {
  return values.find((value) => String(value) === text);
}

function parseRange(text: string): Range | undefined {
  const [, min, max] = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
  const range = [Number(min), Number(max)] as const;
  return range[0] <= range[1] ? range : undefined;
}
