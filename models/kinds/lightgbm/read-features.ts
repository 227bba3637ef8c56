/**
 * What a LightGBM model says of its features: names, ranges or category codes, and the categories of a pandas DataFrame. The
 * file lists those by the categorical columns of the DataFrame, without saying which features these are.
 */
import type { FileFeature } from '../model-file.ts';
import type { Scalar } from '../../deployment-file.ts';
import { toLineError, toText, type LineValue, type ModelLines } from './model-lines.ts';

/** The features of a model, and what the user should know of them. */
export interface Features {
  readonly features: readonly FileFeature[];
  readonly notices: readonly string[];
}

/** A feature as the file lists it. */
interface ListedFeature {
  /** The codes that LightGBM's training saw or tests; undefined if the feature is not categorical. */
  readonly codes: ReadonlySet<number> | undefined;
}

/**
 * Reads the features.
 * @param tested the codes of categories that trees test, by feature
 * @throws {DeploymentError} that names the line
 */
export function readFeatures(
  { header, parameters, pandasCategorical }: ModelLines,
  featureCount: number,
  tested: ReadonlyMap<number, ReadonlySet<number>>,
  place: string,
): Features {
  const names = readList(header.get('feature_names'), featureCount, place, 'feature_names');
  if (new Set(names).size < names.length)
    throw toLineError(place, (header.get('feature_names') as LineValue).line, 'feature_names: expected unique names');
  const infos = header.get('feature_infos');
  const listed = readList(infos, featureCount, place, 'feature_infos').map((info, index) => {
    const feature = readInfo(info, tested.get(index));
    if (feature) return feature;
    const expected = 'expected [min:max], integers separated by colons, or none';
    throw toLineError(place, (infos as LineValue).line, `feature_infos, feature ${index}: ${expected}`);
  });
  const lists = readCategories(pandasCategorical, place);
  const declared = readDeclared(parameters.get('categorical_feature'));
  const match = lists.length === 0 ? undefined : matchCategories(listed, lists, declared);
  const hasOwnNames = !names.every((name, index) => name === `Column_${index}`);
  return {
    features: listed.map(({ codes }, index) => ({
      ...(hasOwnNames && { name: names[index] as string }),
      ...describeCategories(codes, lists.length > 0, match?.get(index)),
      nullable: true,
    })),
    notices: listNotices(listed, lists, match),
  };
}

function describeCategories(
  codes: ReadonlySet<number> | undefined,
  hasLists: boolean,
  categories: readonly Scalar[] | undefined,
): Pick<FileFeature, 'isCategorical' | 'categories' | 'codes'> {
  if (categories) return { isCategorical: true, categories };
  if (!codes) return { isCategorical: false };
  if (hasLists) return { isCategorical: true };
  const list = [...codes].sort((a, b) => a - b);
  return { isCategorical: true, categories: list, codes: list };
}

function listNotices(
  listed: readonly ListedFeature[],
  lists: readonly unknown[],
  match: ReadonlyMap<number, unknown> | undefined,
): string[] {
  const notices: string[] = [];
  if (lists.length > 0 && !match)
    notices.push(
      'The file lists the categories of pandas columns without their names, and not as many lists as features with ' +
        'categories: --categories must name those of each column, also of ordered ones, as Series.cat.categories lists them.',
    );
  if (lists.length === 0 && listed.some(({ codes }) => codes))
    notices.push('The categories of the model are integers: a column must have the same integers as in training.');
  return notices;
}

function readList(value: LineValue | undefined, count: number, place: string, key: string): readonly string[] {
  const list = value ? toText(value).split(' ') : [];
  if (list.length !== count)
    throw toLineError(place, value?.line ?? 1, `${key}: expected one entry per feature, ${count}`);
  return list;
}

const INTEGER = /^-?[0-9]{1,10}$/;

function readInfo(info: string, tested: ReadonlySet<number> | undefined): ListedFeature | undefined {
  if (info === 'none' || /^\[[^:\]]+:[^:\]]+\]$/.test(info)) return { codes: tested };
  const codes = new Set(tested);
  for (const code of info.split(':')) {
    if (!INTEGER.test(code)) return undefined;
    // A missing value is -1.
    if (Number(code) >= 0) codes.add(Number(code));
  }
  return { codes };
}

/** The categories of the DataFrame's categorical columns, in the order of their codes; none if there was no DataFrame. */
function readCategories(value: LineValue | undefined, place: string): readonly (readonly Scalar[])[] {
  if (!value) return [];
  const fail = (expected: string) => toLineError(place, value.line, `pandas_categorical: expected ${expected}`);
  let json: unknown;
  try {
    json = JSON.parse(toText(value));
  } catch {
    throw fail('JSON; the file may be incomplete');
  }
  if (json === null) return [];
  if (!Array.isArray(json)) throw fail('lists of categories');
  for (const list of json as unknown[]) {
    if (!Array.isArray(list)) throw fail('lists of categories');
    const [first] = list as unknown[];
    for (const category of list as unknown[]) {
      if (!['string', 'number', 'boolean'].includes(typeof category) || typeof category !== typeof first)
        throw fail(
          'the categories of a column to be all texts, all numbers or all booleans; convert them to texts to train',
        );
      if (typeof category === 'number' && Math.abs(category) > Number.MAX_SAFE_INTEGER)
        throw fail('numbers of up to 15 digits; convert the categories to texts to train');
    }
    if (new Set(list).size < list.length) throw fail('unique categories');
  }
  return json as Scalar[][];
}

/** The features that were declared categorical, where the parameters list their indices. */
function readDeclared(text: string | undefined): ReadonlySet<number> | undefined {
  const parts = text?.split(',') ?? [];
  return parts.every((part) => INTEGER.test(part)) && parts.length > 0 ? new Set(parts.map(Number)) : undefined;
}

/**
 * Matches lists of categories with features, both in order. Besides the features with codes, constant ones that were declared
 * categorical have lists. An ordered column has one, too, but LightGBM takes its codes for numbers.
 * @returns the categories by feature; undefined unless each categorical feature has a list, and each list a feature
 */
function matchCategories(
  listed: readonly ListedFeature[],
  lists: readonly (readonly Scalar[])[],
  declared: ReadonlySet<number> | undefined,
): ReadonlyMap<number, readonly Scalar[]> | undefined {
  const categorical = listed.flatMap(({ codes }, index) => (codes || declared?.has(index) ? [index] : []));
  if (categorical.length !== lists.length) return undefined;
  const match = new Map(categorical.map((feature, index) => [feature, lists[index] as readonly Scalar[]]));
  for (const [feature, { length }] of match) {
    for (const code of listed[feature]?.codes ?? []) if (code >= length) return undefined;
  }
  return match;
}
