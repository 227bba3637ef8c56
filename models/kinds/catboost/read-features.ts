/**
 * The features of a CatBoost model. Trees test a category by the hash of its text, and the file has a table of texts and
 * hashes only if it was saved with data. The categories that no tree tests make no difference, so a feature is described
 * with those that one tests; a column may have more.
 */
import type { Part } from '../../json/numeric-value.ts';
import type { FileFeature } from '../model-file.ts';

/** The features of a model, by their index in a row. */
export interface Features {
  readonly features: readonly FileFeature[];
  /** For each float feature as trees number them: its index in a row, and whether a missing value passes every test. */
  readonly floats: readonly { readonly index: number; readonly isMissingAbove: boolean }[];
  /** For each categorical feature as trees number them: its index in a row, and the codes of each hash. */
  readonly categories: readonly { readonly index: number; readonly codes: ReadonlyMap<number, readonly number[]> }[];
}

const NAN_TREATMENTS = ['AsIs', 'AsFalse', 'AsTrue'];
const MAX_FEATURES = 2 ** 20;

/**
 * Reads `features_info`.
 * @throws {DeploymentError} that names the place
 */
export function readFeatures(info: Part): Features {
  for (const key of ['text_features', 'embedding_features']) {
    if (isFilled(info.at(key))) info.at(key).fail('none: CatBoost evaluates these itself; train without them');
  }
  if (isFilled(info.at('ctrs')))
    info
      .at('ctrs')
      .fail(
        'none: statistics of categories are not supported; train with one_hot_max_size above the number of categories of each ' +
          'feature, or encode them before you train',
      );
  const texts = readTexts(info.at('cat_features_hash'));
  const floatParts = toList(info.at('float_features'));
  const categoryParts = toList(info.at('categorical_features'));
  const count = floatParts.length + categoryParts.length;
  if (count === 0 || count > MAX_FEATURES) info.fail(`1 to ${MAX_FEATURES} features`);
  const features = new Array<FileFeature | undefined>(count);
  const add = (part: Part, position: number, feature: FileFeature): number => {
    if (part.at('feature_index').integer(0, count - 1) !== position) part.at('feature_index').fail(String(position));
    const index = part.at('flat_feature_index').integer(0, count - 1);
    if (features[index]) part.at('flat_feature_index').fail('a number that no other feature has');
    features[index] = feature;
    return index;
  };
  const floats = floatParts.map((part, position) => {
    const treatment = part.at('nan_value_treatment').text();
    if (!NAN_TREATMENTS.includes(treatment)) part.at('nan_value_treatment').fail(`one of ${NAN_TREATMENTS.join(', ')}`);
    const index = add(part, position, { ...readName(part), isCategorical: false, nullable: true });
    return { index, isMissingAbove: treatment === 'AsTrue' };
  });
  const categories = categoryParts.map((part, position) => {
    const { names, codes } = readCategories(part, texts);
    const feature = { isCategorical: true, categories: names, comparesTexts: true, nullable: false };
    return { index: add(part, position, { ...readName(part), ...feature }), codes };
  });
  const named = features as FileFeature[];
  if (new Set(named.map(({ name }) => name)).size < count && named.some(({ name }) => name !== undefined))
    info.fail('a name for each feature, all different');
  return { features: named, floats, categories };
}

function readName(part: Part): Pick<FileFeature, 'name'> {
  const name = [part.at('feature_name'), part.at('feature_id')].find(({ exists }) => exists);
  return name && name.text() !== '' ? { name: name.text() } : {};
}

function toList(part: Part): readonly Part[] {
  return part.exists ? part.list() : [];
}

function isFilled(part: Part): boolean {
  return toList(part).length > 0;
}

/** The texts of each hash. */
function readTexts(part: Part): ReadonlyMap<number, readonly string[]> {
  const texts = new Map<number, string[]>();
  for (const entry of toList(part)) {
    const hash = entry.at('hash').integer(0, 2 ** 32 - 1);
    const known = texts.get(hash);
    if (known) known.push(entry.at('value').text());
    else texts.set(hash, [entry.at('value').text()]);
  }
  return texts;
}

/** The categories that trees test, and their codes, which are counted from 0, by hash. */
function readCategories(
  part: Part,
  texts: ReadonlyMap<number, readonly string[]>,
): { names: readonly string[]; codes: ReadonlyMap<number, readonly number[]> } {
  const names: string[] = [];
  const codes = new Map<number, readonly number[]>();
  const values = part.at('values');
  for (const value of values.exists ? values.numbers() : []) {
    // A hash of 32 bits, which the file writes as a signed integer.
    const hash = value >>> 0;
    const own = texts.get(hash);
    if (value !== (hash | 0) || codes.has(hash)) return values.fail('different signed integers of 32 bits');
    if (!own)
      return values.fail(
        'categories that are in features_info.cat_features_hash: without the texts of categories the model cannot be served; ' +
          'save it with its training data, model.save_model("model.json", format="json", pool=Pool(X, cat_features=…))',
      );
    codes.set(
      hash,
      own.map((text) => names.push(text) - 1),
    );
  }
  return { names, codes };
}
