import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { catboost } from '../../../models/kinds/catboost/catboost.ts';
import type { FileDescription } from '../../../models/kinds/model-file.ts';
import type { Scores } from '../../../models/model.ts';
import { score } from '../../../models/score-table.ts';
import { Random } from '../../../training/forest/random.ts';
import { compareCase, toDeployment } from '../../kinds-proof/model-case.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/catboost/1.2.10', import.meta.url));

function readCase(name: string): string {
  return readFileSync(join(FOLDER, name, 'model.json'), 'utf8');
}

function describeText(text: string): FileDescription {
  return catboost.describe(Buffer.from(text), 'model.json') as FileDescription;
}

/** The problems of a model that is refused; fails if it is not. */
function listProblems(text: string): readonly string[] {
  try {
    describeText(text);
  } catch (error) {
    if (error instanceof DeploymentError) return error.problems;
    throw error;
  }
  throw new Error('expected the model to be refused');
}

async function scoreModel(model: object, rows: readonly (readonly unknown[])[], keys: object = {}): Promise<Scores> {
  const columns = (rows[0] ?? []).map((_, index) => ({ name: `x${index}`, type: 'double', nullable: true }));
  const deployment = { kind: 'catboost', problem_type: 'regression', columns, label: { name: 'y', type: 'double' } };
  const file = toDeployment({ ...deployment, ...keys }, rows);
  const { model: loaded } = await catboost.load({
    file,
    folder: '',
    readJson: () => Promise.reject(new Error('reads bytes')),
    readBytes: () => Promise.resolve(Buffer.from(JSON.stringify(model))),
    readPieces: () => [],
    allowModules: false,
  });
  return score({ file, model: loaded }, { fields: file.columns.map(({ name }) => name), values: rows });
}

const toFloat = (index: number, nan_value_treatment = 'AsIs') => ({
  feature_id: '',
  feature_index: index,
  flat_feature_index: index,
  borders: [0.5],
  has_nans: nan_value_treatment !== 'AsIs',
  nan_value_treatment,
});

const FLOAT_SPLIT = { split_type: 'FloatFeature', float_feature_index: 0, border: 0.5, split_index: 0 };
const CATEGORY_SPLIT = { split_type: 'OneHotFeature', cat_feature_index: 0, value: -1, split_index: 1 };

/** A model of one float feature and one oblivious tree, some of its keys replaced. */
function toModel(keys: object = {}): object {
  return {
    features_info: { float_features: [toFloat(0)] },
    model_info: { params: { loss_function: { type: 'RMSE' } } },
    oblivious_trees: [{ leaf_values: [1, 2], splits: [FLOAT_SPLIT] }],
    scale_and_bias: [1, [0]],
    ...keys,
  };
}

/** A model whose only feature is a category; the hashes of "a" and "b" are 2³² - 1 and 5. */
function toCategoryModel({
  hashes = [-1],
  trees,
}: { hashes?: readonly number[]; trees?: readonly object[] } = {}): object {
  return toModel({
    features_info: {
      categorical_features: [{ feature_id: '', feature_index: 0, flat_feature_index: 0, values: hashes }],
      cat_features_hash: [
        { hash: 2 ** 32 - 1, value: 'a' },
        { hash: 5, value: 'b' },
        { hash: 6, value: 'c' },
      ],
    },
    oblivious_trees: trees ?? [{ leaf_values: [1, 2], splits: [CATEGORY_SPLIT] }],
  });
}

const toColumn = (type: string, ...categories: readonly unknown[]) => ({ columns: [{ name: 'x0', type, categories }] });

describe('the kind catboost', () => {
  describe('scores as CatBoost does:', () => {
    for (const name of readdirSync(FOLDER)) {
      it(name, async () => {
        expect((await compareCase(join(FOLDER, name))).problem).to.equal(undefined);
      });
    }
  });

  it('recognizes the JSON of a model, and the binary format that it refuses', () => {
    expect(catboost.recognizes(Buffer.from(readCase('loss-RMSE')))).to.equal(true);
    expect(catboost.recognizes(Buffer.from('{"ctr_data": {}'))).to.equal(true);
    expect(catboost.recognizes(Buffer.from('CBM1\0\0'))).to.equal(true);
    for (const text of ['', '{', '{"learner": {}}', '{"name":"tree"}', '[]', 'CBM2'])
      expect(catboost.recognizes(Buffer.from(text)), text).to.equal(false);
    expect(listProblems('CBM1\0\0')[0]).to.include('format="json"');
  });

  describe('describes', () => {
    it('the version, the loss function, the trees and the classes', () => {
      expect(describeText(readCase('loss-Logloss'))).to.deep.include({
        format: 'CatBoost 1.2.10, JSON',
        facts: { loss_function: 'Logloss', trees: 3, leaves: 12 },
        problemType: 'binary',
        classCount: 2,
        classes: [0, 1],
      });
      const { problemType, classes, isNormalized, notices } = describeText(readCase('loss-MultiClassOneVsAll-3'));
      expect([problemType, classes]).to.deep.equal(['multiclass', ['class 0', 'class 1', 'class 2']]);
      expect(isNormalized).to.equal(true);
      expect(notices.join()).to.include('divided by the sum of the row');
      expect(describeText(readCase('class-names-boolean')).classes).to.deep.equal(['False', 'True']);
    });

    it('features with their names, and those with categories', () => {
      const { features } = describeText(readCase('categories-binary'));
      expect(features.map(({ name }) => name)).to.deep.equal(['job', 'amount', 'code', 'flag', 'town']);
      expect(features[1]).to.deep.equal({ name: 'amount', isCategorical: false, nullable: true });
      expect(features[2]).to.deep.include({ isCategorical: true, comparesTexts: true, nullable: false });
      expect(features[2]?.categories?.every((text) => ['5', '7', '11', '-1300'].includes(String(text)))).to.equal(true);
      expect(describeText(readCase('no-names')).features[0]).to.deep.equal({ isCategorical: false, nullable: true });
    });
  });

  describe('compares', () => {
    it('floats of 32 bits, with >', async () => {
      const split = { ...FLOAT_SPLIT, border: Math.fround(0.1) };
      const model = toModel({ oblivious_trees: [{ leaf_values: [1, 2], splits: [split] }] });
      // 0.1 is less than the float next to it, but becomes the float.
      const rows = [[0.1], [Math.fround(0.1)], [Math.fround(0.1) + 1e-12], [0.10000001]];
      expect(Array.from((await scoreModel(model, rows)).predictions)).to.deep.equal([1, 1, 1, 2]);
    });

    it('a missing value as the feature says', async () => {
      for (const [treatment, expected] of [
        ['AsIs', 1],
        ['AsFalse', 1],
        ['AsTrue', 2],
      ] as const) {
        const model = toModel({ features_info: { float_features: [toFloat(0, treatment)] } });
        expect((await scoreModel(model, [[null]])).predictions[0], treatment).to.equal(expected);
      }
    });

    it('the test with index k as bit k of the leaf', async () => {
      const splits = [FLOAT_SPLIT, { ...FLOAT_SPLIT, border: 1.5 }, { ...FLOAT_SPLIT, border: 2.5 }];
      const model = toModel({ oblivious_trees: [{ leaf_values: [0, 1, 2, 3, 4, 5, 6, 7], splits }] });
      const { predictions } = await scoreModel(model, [[0], [1], [2], [3]]);
      expect(Array.from(predictions)).to.deep.equal([0, 1, 3, 7]);
    });

    it('the text of a category by its hash; one that no tree tests matches nothing', async () => {
      const rows = [['a'], ['b'], ['c'], ['never seen']];
      const { predictions } = await scoreModel(toCategoryModel(), rows, toColumn('string', 'a', 'c'));
      expect(Array.from(predictions)).to.deep.equal([2, 1, 1, 1]);
    });

    it('an integer and a boolean by its text', async () => {
      const model = JSON.parse(JSON.stringify(toCategoryModel()).replace('"a"', '"1"')) as object;
      const integers = await scoreModel(model, [[1], [0], [2]], toColumn('integer', 1, 0));
      expect(Array.from(integers.predictions)).to.deep.equal([2, 1, 1]);
      const booleans = await scoreModel(model, [[true], [false]], toColumn('boolean', true, false));
      expect(Array.from(booleans.predictions)).to.deep.equal([2, 1]);
    });

    it('nested trees, whose tests lead to the right if they hold', async () => {
      const leaf = (value: number | number[]) => ({ value, weight: 1 });
      const inner = { split: { ...FLOAT_SPLIT, border: 1.5 }, left: leaf(2), right: leaf(3) };
      const trees = [{ split: FLOAT_SPLIT, left: leaf(1), right: inner }];
      const { predictions } = await scoreModel(toModel({ oblivious_trees: undefined, trees }), [[0], [1], [2]]);
      expect(Array.from(predictions)).to.deep.equal([1, 2, 3]);
    });
  });

  it('multiplies the sum of the leaves by the scale and adds the bias', async () => {
    for (const bias of [5, [5]]) {
      const { predictions } = await scoreModel(toModel({ scale_and_bias: [0.5, bias] }), [[0], [1]]);
      expect(Array.from(predictions)).to.deep.equal([5.5, 6]);
    }
  });

  it('requires the categories that trees test to come first, and no missing ones', async () => {
    const load = async (column: object) => {
      const error = await scoreModel(toCategoryModel(), [['a']], {
        columns: [{ name: 'x0', type: 'string', ...column }],
      }).catch((problem: unknown) => problem);
      expect(error).to.be.instanceOf(DeploymentError);
      return (error as DeploymentError).problems.join();
    };
    expect(await load({ categories: ['c', 'a'] })).to.include('in the order of their codes');
    expect(await load({ categories: ['c'] })).to.include('in the order of their codes');
    expect(await load({ categories: ['a'], nullable: true })).to.include('.nullable: expected false');
  });

  describe('refuses', () => {
    const withInfo = (info: object) => toModel({ features_info: { float_features: [toFloat(0)], ...info } });
    const withLoss = (type: string, info: object = {}) =>
      toModel({ model_info: { params: { loss_function: { type } }, ...info } });
    const classes = { class_label_type: 'Integer', class_names: [0, 1], class_to_label: [0, 1], classes_count: 0 };
    const refusals: Readonly<Record<string, readonly [model: object, problem: string]>> = {
      'statistics of categories': [withInfo({ ctrs: [{ identifier: 'x' }] }), 'one_hot_max_size'],
      'text features': [withInfo({ text_features: [{}] }), 'model.json.features_info.text_features: expected none'],
      'embedding features': [withInfo({ embedding_features: [{}] }), 'embedding_features: expected none'],
      'an unknown loss function': [withLoss('Magic'), 'model.json.model_info.params.loss_function.type: expected'],
      'a loss function named like a key of every object': [withLoss('constructor'), 'loss_function.type: expected'],
      'several targets': [toModel({ scale_and_bias: [1, [0, 0]] }), 'loss_function.type: expected'],
      'one output for several classes': [withLoss('MultiClass'), 'loss_function.type: expected'],
      'a model that does not say how it was trained': [toModel({ model_info: {} }), 'model_info.params: expected'],
      'another threshold than 0.5': [
        withLoss('Logloss', { class_params: classes, binclass_probability_threshold: '0.3' }),
        'set_probability_threshold(None)',
      ],
      'more classes than outputs': [
        withLoss('Logloss', { class_params: { ...classes, class_names: [0, 1, 2] } }),
        'the names of 2 classes',
      ],
      'a number of classes that was told': [
        withLoss('Logloss', { class_params: { ...classes, classes_count: 3 } }),
        'train without classes_count',
      ],
      'categories without their texts': [toCategoryModel({ hashes: [-1, 7] }), 'pool=Pool(X'],
      'a category twice': [toCategoryModel({ hashes: [-1, -1] }), 'different signed integers'],
      'a category that its feature does not have': [
        toCategoryModel({ trees: [{ leaf_values: [1, 2], splits: [{ ...CATEGORY_SPLIT, value: 5 }] }] }),
        'model.json.oblivious_trees[0].splits[0].value: expected one of the values',
      ],
      'another test': [
        toModel({ oblivious_trees: [{ leaf_values: [1, 2], splits: [{ split_type: 'OnlineCtr' }] }] }),
        'split_type: expected FloatFeature or OneHotFeature',
      ],
      'a feature that does not exist': [
        toModel({ oblivious_trees: [{ leaf_values: [1, 2], splits: [{ ...FLOAT_SPLIT, float_feature_index: 1 }] }] }),
        'float_feature_index: expected an integer from 0 to 0',
      ],
      'a border that is no number': [
        toModel({ oblivious_trees: [{ leaf_values: [1, 2], splits: [{ ...FLOAT_SPLIT, border: 'x' }] }] }),
        'border: expected a finite number',
      ],
      'fewer leaves than splits make': [
        toModel({ oblivious_trees: [{ leaf_values: [1], splits: [FLOAT_SPLIT] }] }),
        'model.json.oblivious_trees[0].leaf_values: expected 2 numbers',
      ],
      'more splits than CatBoost has': [
        toModel({ oblivious_trees: [{ leaf_values: [1], splits: Array(40).fill(FLOAT_SPLIT) }] }),
        'splits: expected at most 16 splits',
      ],
      'no trees': [toModel({ oblivious_trees: [] }), 'one tree or more'],
      'a node with a split and no children': [
        toModel({ oblivious_trees: undefined, trees: [{ split: FLOAT_SPLIT }] }),
        'trees[0].left',
      ],
      'a leaf that is no number': [toModel({ oblivious_trees: undefined, trees: [{ value: 'x' }] }), 'trees[0].value'],
      'two features in one place': [
        toModel({ features_info: { float_features: [toFloat(0), { ...toFloat(1), flat_feature_index: 0 }] } }),
        'flat_feature_index: expected a number that no other feature has',
      ],
      'a treatment of missing values that is unknown': [
        toModel({ features_info: { float_features: [toFloat(0, 'Guess')] } }),
        'nan_value_treatment: expected one of',
      ],
      'no features': [toModel({ features_info: {} }), 'features'],
      'a scale that is none': [toModel({ scale_and_bias: ['1', [0]] }), 'scale_and_bias: expected'],
      'a bias that is none': [toModel({ scale_and_bias: [1, []] }), 'scale_and_bias: expected'],
    };
    for (const [what, [model, problem]] of Object.entries(refusals)) {
      it(what, () => {
        const [first = ''] = listProblems(JSON.stringify(model));
        expect(first).to.include(problem);
        expect(first.startsWith('model.json')).to.equal(true);
      });
    }

    it('infinity and NaN as a leaf', () => {
      for (const value of ['Infinity', 'NaN', '1e999']) {
        expect(listProblems(JSON.stringify(toModel()).replace('[1,2]', `[1,${value}]`))[0]).to.include('finite');
      }
    });

    it('a tree of a hundred thousand levels, quickly', () => {
      const depth = 100_000;
      const split = JSON.stringify(FLOAT_SPLIT);
      const tree = `{"split":${split},"left":{"value":1},"right":`.repeat(depth) + '{"value":2}' + '}'.repeat(depth);
      const text = JSON.stringify(toModel({ oblivious_trees: undefined, trees: ['tree'] })).replace('"tree"', tree);
      expect(listProblems(text)[0]).to.include('levels');
    });

    it('a file that was cut anywhere', () => {
      for (const name of ['categories-binary', 'lossguide-categories']) {
        const text = readCase(name).trimEnd();
        for (let length = 0; length < text.length; length += 211) listProblems(text.slice(0, length));
        listProblems(text.slice(0, -1));
      }
    });

    it('or serves a file with random changes, and does nothing else', () => {
      const random = new Random(7);
      const texts = ['categories-binary', 'lossguide-categories', 'depthwise-multiclass'].map(readCase);
      let refused = 0;
      for (let round = 0; round < 300; round++) {
        const bytes = Buffer.from(texts[round % texts.length] as string);
        for (let change = 0; change <= round % 4; change++) {
          const at = random.below(bytes.length);
          if (random.below(2) === 0) bytes[at] = '0123456789-.,[]{}"e'.charCodeAt(random.below(19));
          else bytes.copyWithin(at, random.below(bytes.length), random.below(bytes.length));
        }
        try {
          describeText(bytes.toString('latin1'));
        } catch (error) {
          expect(error).to.be.instanceOf(DeploymentError);
          refused++;
        }
      }
      expect(refused).to.be.greaterThan(150);
    });
  });
});
