import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { xgboost } from '../../../models/kinds/xgboost/xgboost.ts';
import type { Scores } from '../../../models/model.ts';
import { score } from '../../../models/score-table.ts';
import { compareCase } from '../../kinds-proof/model-case.ts';
import { catchError, toClassifier, toSource } from '../../support/deployment.ts';
import { toLeaf, toModel, toTree, toUbjson } from '../../support/xgboost-model.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/xgboost', import.meta.url));
const COLUMNS = [
  { name: 'a', type: 'double', nullable: true },
  { name: 'b', type: 'double', nullable: true },
];

/** The scores of a model; b is 0 in every row. */
async function scoreModel(model: object | Buffer, cells: readonly unknown[], keys: object = {}): Promise<Scores> {
  const source = toSource({ kind: 'xgboost', columns: COLUMNS, ...keys }, model);
  const readBytes = Buffer.isBuffer(model) ? () => Promise.resolve(model) : source.readBytes;
  const loaded = await xgboost.load({ ...source, readBytes });
  const values = cells.map((cell) => [cell, 0]);
  return score({ file: source.file, model: loaded.model }, { fields: ['a', 'b'], values });
}

async function predict(...parameters: Parameters<typeof scoreModel>): Promise<number[]> {
  return Array.from((await scoreModel(...parameters)).predictions);
}

const describeModel = (model: object) => xgboost.describe(Buffer.from(JSON.stringify(model)), 'model.json');

async function findProblem(model: object | Buffer, keys?: object): Promise<string> {
  const { problems } = await catchError(DeploymentError, () => scoreModel(model, [0], keys));
  expect(problems).to.have.length(1);
  return problems[0] as string;
}

/** One tree per class. */
const threeTrees = { trees: [toLeaf(0), toLeaf(0), toLeaf(0)], outputs: [0, 1, 2] };
const MODEL = 'model.json.learner.gradient_booster.model';
const TREE = `${MODEL}.trees[0]`;

describe('a model of XGBoost', () => {
  describe('scores as the library does', () => {
    for (const version of readdirSync(FIXTURES)) {
      for (const name of readdirSync(`${FIXTURES}/${version}`)) {
        it(`${version}, ${name}`, async () => {
          expect((await compareCase(`${FIXTURES}/${version}/${name}`)).problem).to.equal(undefined);
        });
      }
    }
  });

  it('is the same in JSON and in UBJSON', async () => {
    const model = toModel({ trees: [toTree(), toTree({ split_conditions: [0.1, -0.3, 0.7] })] });
    const cells = [0, 0.1, 0.3, 0.5, 0.7, null];
    expect(await predict(toUbjson(model), cells)).to.deep.equal(await predict(model, cells));
  });

  it('compares numbers of 32 bits', async () => {
    const trees = [toTree({ split_conditions: [0.1, 1, 2] })];
    const threshold = Math.fround(0.1);
    // The first is less than the threshold in 64 bits, and rounds to it in 32.
    expect(await predict(toModel({ trees }), [threshold - 1e-12, threshold - 1e-8, -0, 0])).to.deep.equal([2, 1, 1, 1]);
    const zero = [toTree({ split_conditions: [0, 1, 2] })];
    expect(await predict(toModel({ trees: zero }), [0, -0, -1e-36, -1e-46])).to.deep.equal([2, 2, 1, 2]);
  });

  it('sums up 32 bits, beginning with base_score since 1.3 and ending with it before', async () => {
    // Adding 1 to 2 ** 24 changes nothing in 32 bits.
    const keys = { trees: [toLeaf(1), toLeaf(1), toLeaf(2)], baseScore: String(2 ** 24) };
    expect(await predict(toModel({ ...keys, version: [1, 3, 0] }), [0])).to.deep.equal([2 ** 24 + 2]);
    expect(await predict(toModel({ ...keys, version: [1, 2, 1] }), [0])).to.deep.equal([2 ** 24 + 4]);
  });

  it('sends a missing cell where default_left says', async () => {
    expect(await predict(toModel({ trees: [toTree({ default_left: [0, 0, 0] })] }), [null])).to.deep.equal([2]);
    expect(await predict(toModel({ trees: [toTree({ default_left: [1, 0, 0] })] }), [null])).to.deep.equal([1]);
    const booleans = { default_left: [true, false, false], split_type: undefined };
    expect(await predict(toModel({ trees: [toTree(booleans)] }), [null])).to.deep.equal([1]);
  });

  describe('that splits by categories', () => {
    const types = { feature_types: ['c', 'float'] };
    const columns = [
      { name: 'a', type: 'string', nullable: true, categories: ['x', 'y', 'z'] },
      { name: 'b', type: 'double' },
    ];
    const toCategoryTree = (keys: object = {}) =>
      toTree({
        split_type: [1, 0, 0],
        categories: [0, 2],
        categories_nodes: [0],
        categories_segments: [0],
        categories_sizes: [2],
        ...keys,
      });

    it('sends those in the set right, and all others left, even what it has never seen', async () => {
      const model = toModel({ trees: [toCategoryTree()], learner: types });
      expect(await predict(model, ['x', 'y', 'z', 'never seen', null], { columns })).to.deep.equal([2, 1, 2, 1, 2]);
    });

    it('sends a missing cell where default_left says', async () => {
      const model = toModel({ trees: [toCategoryTree({ default_left: [1, 0, 0] })], learner: types });
      expect(await predict(model, ['x', 'y', 'z', 'never seen', null], { columns })).to.deep.equal([2, 1, 2, 1, 1]);
    });

    it('has NaN for their threshold in files of XGBoost 1', async () => {
      const text = JSON.stringify(toModel({ trees: [toCategoryTree()], learner: types })).replace(
        '[0.5,1,2]',
        '[NaN,1,2]',
      );
      expect(await predict(Buffer.from(text), ['x', 'y'], { columns })).to.deep.equal([2, 1]);
    });

    it('has their names since 3.1, texts or numbers', () => {
      const enc = [
        { offsets: [0, 2, 3], values: [120, 121, 122] },
        { offsets: [], values: [] },
      ];
      const model = { cats: { enc, feature_segments: [], sorted_idx: [] } };
      const { features, notices } = describeSync(toModel({ trees: [toCategoryTree()], learner: types, model }));
      expect(features[0]).to.deep.equal({ name: 'a', isCategorical: true, categories: ['xy', 'z'], nullable: true });
      expect(features[1]).to.deep.equal({ name: 'b', type: 'double', isCategorical: false, nullable: true });
      expect(notices.join()).not.to.include('categories');
      const numbers = {
        cats: {
          enc: [
            { type: 15, values: [10, 30] },
            { values: [], offsets: [] },
          ],
        },
      };
      expect(describeSync(toModel({ learner: types, model: numbers })).features[0]?.categories).to.deep.equal([10, 30]);
    });

    it('has no names of them that can be trusted if one is not in ASCII, because XGBoost cuts those off', () => {
      const enc = [
        { offsets: [0, 1, 2], values: [-61, -68] },
        { offsets: [], values: [] },
      ];
      const { features, notices } = describeSync(toModel({ learner: types, model: { cats: { enc } } }));
      expect(features[0]).to.deep.equal({ name: 'a', isCategorical: true, nullable: true });
      expect(notices.join()).to.include('in the order of their codes');
    });

    it('has numbers as categories, one or more, and may have an empty text', () => {
      const describeFirst = (first: object) => {
        const enc = [first, { values: [], offsets: [] }];
        return describeSync(toModel({ learner: types, model: { cats: { enc } } })).features[0]?.categories;
      };
      expect(describeFirst({ values: [7] })).to.deep.equal([7]);
      expect(describeFirst({ values: [120], offsets: [0, 0, 1] })).to.deep.equal(['', 'x']);
    });

    it('has their names in UTF-8 since XGBoost 3.4', () => {
      const describeNames = (offsets: number[], values: number[]) => {
        const enc = [
          { offsets, values },
          { offsets: [], values: [] },
        ];
        return describeSync(toModel({ version: [3, 4, 1], learner: types, model: { cats: { enc } } })).features[0];
      };
      expect(describeNames([0, 2, 3], [-61, -68, 120])?.categories).to.deep.equal(['ü', 'x']);
      expect(() => describeNames([0, 1, 3], [-61, -68, 120])).to.throw('values: expected texts in UTF-8');
      expect(() => describeNames([0, 2, 4], [-61, -68, 120])).to.throw('offsets: expected ascending positions');
    });

    for (const [what, keys, place] of [
      ['a set without a node', { categories_nodes: [1] }, 'categories_nodes: expected a node that tests categories'],
      ['a node without a set', { categories_nodes: [] }, 'categories_nodes: expected node 0, which tests categories'],
      ['two sets of a node', { categories_nodes: [0, 0] }, 'categories_nodes: expected a node that tests categories'],
      ['a range beyond the end', { categories_sizes: [3] }, 'categories_segments: expected a range'],
      ['a negative category', { categories: [0, -1] }, 'categories: expected an integer from 0 to 16777215 at index 1'],
      ['a category that is too large', { categories: [0, 2 ** 24] }, 'categories: expected an integer'],
      ['another type of split', { split_type: [2, 0, 0] }, 'split_type: expected 0 or 1 at index 0'],
    ] as const) {
      it(`is rejected with ${what}`, async () => {
        const model = toModel({ trees: [toCategoryTree(keys)], learner: types });
        expect(await findProblem(model, { columns })).to.include(`${TREE}.${place}`);
      });
    }
  });

  describe('has its base_score', () => {
    const leaf = { trees: [toLeaf(0)] };
    const half = Math.fround(0.42);
    const logit = Math.fround(-Math.log(Math.fround(Math.fround(1 / half) - 1)));
    const raw = { ...leaf, objective: 'binary:logitraw' };
    for (const [what, keys, expected] of [
      ['as a number', { ...leaf, baseScore: '4.2E-1', version: [2, 1, 4] }, half],
      ['as a number in the form of 1.0', { ...leaf, baseScore: '0.420000', version: [1, 0, 2] }, half],
      ['as a list', { ...leaf, baseScore: '[4.2E-1]' }, half],
      ['as a margin, for binary:logitraw', { ...raw, baseScore: '4.2E-1', version: [1, 3, 1] }, half],
      ['as a probability, for binary:logitraw until 1.3.0', { ...raw, baseScore: '0.42', version: [1, 3, 0] }, logit],
      ['as a count, for count:poisson', { ...leaf, objective: 'count:poisson', baseScore: '4.2E-1' }, half],
      ['as a probability, for reg:logistic', { ...leaf, objective: 'reg:logistic', baseScore: '4.2E-1' }, half],
    ] as const) {
      it(what, async () => {
        expect((await predict(toModel(keys), [0]))[0]).to.be.closeTo(expected, 1e-7);
      });
    }

    it('as a list with one number per class', async () => {
      const keys = { objective: 'multi:softprob', classCount: 3, ...threeTrees, baseScore: '[1E0,3E0,2E0]' };
      const { predictions, probabilities } = await scoreModel(toModel(keys), [0], toClassifier('x', 'y', 'z'));
      expect(predictions[0]).to.equal(1);
      expect(Math.log((probabilities?.[1] as number) / (probabilities?.[0] as number))).to.be.closeTo(2, 1e-6);
    });

    it('as 1, which becomes 0.999999 since 3.2 and is rejected before', async () => {
      const keys = { objective: 'binary:logistic', trees: [toLeaf(0)], baseScore: '[1E0]' };
      const { probabilities } = await scoreModel(toModel(keys), [0], toClassifier('no', 'yes'));
      expect(probabilities?.[1]).to.be.closeTo(0.999999, 1e-7);
      const problem = await findProblem(toModel({ ...keys, version: [3, 1, 3] }), toClassifier('no', 'yes'));
      expect(problem).to.equal(
        'model.json.learner.learner_model_param.base_score: expected finite numbers in the range of the objective',
      );
    });

    it('not as a list with a number that is none', async () => {
      const keys = { objective: 'multi:softprob', classCount: 3, ...threeTrees, baseScore: '[1E0,NaN,2E0]' };
      expect(await findProblem(toModel(keys), toClassifier('x', 'y', 'z'))).to.include(
        'base_score: expected finite numbers',
      );
    });

    for (const baseScore of ['', 'half', '[1E0,2E0]', '[]', 'NaN', '1e99']) {
      it(`not as ${JSON.stringify(baseScore)}`, async () => {
        expect(await findProblem(toModel({ baseScore }))).to.match(
          /^model\.json\.learner\.learner_model_param\.base_score: /,
        );
      });
    }
  });

  it('predicts the class of 32 bits: a margin that rounds to a probability of 0.5 is not the second class', async () => {
    const keys = { objective: 'binary:logistic', baseScore: '[5E-1]' };
    const classes = toClassifier('no', 'yes');
    const scoreMargin = (margin: number) => scoreModel(toModel({ ...keys, trees: [toLeaf(margin)] }), [0], classes);
    expect(await scoreMargin(1e-9)).to.deep.include({ predictions: Int32Array.of(0) });
    expect(await scoreMargin(1e-6)).to.deep.include({ predictions: Int32Array.of(1) });
  });

  it('predicts the first class of binary:hinge for a margin of 0', async () => {
    const keys = { objective: 'binary:hinge', trees: [toTree({ split_conditions: [0.5, 0, 1e-9] })] };
    expect(await predict(toModel(keys), [0, 1], toClassifier('no', 'yes'))).to.deep.equal([0, 1]);
  });

  it('predicts the class of the greatest margin for multi:softmax, and of the greatest probability for multi:softprob', async () => {
    const trees = [toLeaf(0), toLeaf(1e-9), toLeaf(-1)];
    const keys = { classCount: 3, trees, outputs: [0, 1, 2] };
    const classes = toClassifier('x', 'y', 'z');
    const predictions = (objective: string) => predict(toModel({ ...keys, objective }), [0], classes);
    expect(await predictions('multi:softmax')).to.deep.equal([1]);
    expect(await predictions('multi:softprob')).to.deep.equal([0]);
  });

  it('multiplies the trees of dart by their weights', async () => {
    const { gradient_booster } = toModel({ trees: [toTree(), toTree()] }).learner;
    const booster = { name: 'dart', gbtree: gradient_booster, weight_drop: [0.5, 0.25] };
    expect(await predict(toModel({ booster }), [0, 1])).to.deep.equal([0.75, 1.5]);
    const problem = await findProblem(toModel({ booster: { ...booster, weight_drop: [1] } }));
    expect(problem).to.equal('model.json.learner.gradient_booster.weight_drop: expected one weight per tree');
  });

  it('of the booster gblinear leaves out missing cells', async () => {
    const linear = (weights: readonly number[]) => toModel({ booster: { name: 'gblinear', model: { weights } } });
    expect(await predict(linear([2, 7, 0.5]), [3, null])).to.deep.equal([6.5, 0.5]);
    expect(await predict(linear([1, 0, 0]), [0.1])).to.deep.equal([Math.fround(0.1)]);
    expect(await predict(linear([3, 0, 0]), [2 ** 24 + 1])).to.deep.equal([3 * 2 ** 24]);
    expect(await findProblem(linear([2, 7]))).to.equal(`${MODEL}.weights: expected 3 finite numbers`);
  });

  describe('whose training was stopped early', () => {
    const trees = [1, 2, 4, 8, 16, 32].map(toLeaf);
    const attributes = { best_iteration: '1' };
    const all = { settings: { iterations: 'all' } };
    const best = { settings: { iterations: 'best' } };

    it('uses the iterations up to the best one, or all if the settings say so', async () => {
      for (const model of [{ iteration_indptr: [0, 1, 2, 3, 4, 5, 6] }, {}]) {
        expect(await predict(toModel({ trees, attributes, model }), [0])).to.deep.equal([3]);
        expect(await predict(toModel({ trees, attributes, model }), [0], best)).to.deep.equal([3]);
        expect(await predict(toModel({ trees, attributes, model }), [0], all)).to.deep.equal([63]);
      }
    });

    it('counts the trees of an iteration, of a random forest or of several classes', async () => {
      const model = { gbtree_model_param: { num_trees: '6', num_parallel_tree: '2' } };
      expect(await predict(toModel({ trees, attributes, model }), [0])).to.deep.equal([15]);
      expect(
        await predict(toModel({ trees, attributes, model: { iteration_indptr: [0, 3, 5, 6] } }), [0]),
      ).to.deep.equal([31]);
    });

    it('uses best_ntree_limit where files of XGBoost 1.0 to 1.5 do not say how many trees an iteration has', async () => {
      const model = { gbtree_model_param: { num_trees: '6' } };
      const limit = { ...attributes, best_ntree_limit: '4' };
      expect(await predict(toModel({ trees, attributes: limit, model }), [0])).to.deep.equal([15]);
      const wrapper = { ...attributes, scikit_learn: '{"missing": NaN, "best_ntree_limit": 4}' };
      expect(await predict(toModel({ trees, attributes: wrapper, model }), [0])).to.deep.equal([15]);
      const two = {
        objective: 'multi:softprob',
        classCount: 2,
        trees: [0, 1, 5, 0].map(toLeaf),
        outputs: [0, 1, 0, 1],
      };
      const first = { best_iteration: '0', best_ntree_limit: '1' };
      const twoModel = toModel({ ...two, attributes: first, model: { gbtree_model_param: { num_trees: '4' } } });
      expect(await predict(twoModel, [0], toClassifier('no', 'yes'))).to.deep.equal([1]);
      expect(await predict(toModel({ trees, attributes, model }), [0], all)).to.deep.equal([63]);
      expect(await findProblem(toModel({ trees, attributes, model }))).to.include('set settings.iterations to "all"');
      expect(describeSync(toModel({ trees, attributes, model })).settings).to.deep.equal({ iterations: 'all' });
    });

    it('is described with the setting and a notice, unless the best iteration is the last', () => {
      const { facts, settings, notices } = describeSync(toModel({ trees, attributes }));
      expect(facts).to.deep.include({ 'best iteration': 1, trees: 6 });
      expect(settings).to.deep.equal({ iterations: 'best' });
      expect(notices.join()).to.include('stopped early');
      const last = describeSync(toModel({ trees, attributes: { best_iteration: '5' } }));
      expect(last.settings).to.equal(undefined);
      expect(last.notices.join()).not.to.include('stopped early');
    });

    for (const [what, keys] of [
      ['a best iteration that it does not have', { attributes: { best_iteration: '6' } }],
      ['iterations out of order', { attributes, model: { iteration_indptr: [0, 4, 2, 6] } }],
      ['iterations that end early', { attributes, model: { iteration_indptr: [0, 2, 4] } }],
      ['an iteration that is not whole', { model: { gbtree_model_param: { num_trees: '6', num_parallel_tree: '4' } } }],
    ] as const) {
      it(`is rejected with ${what}`, async () => {
        expect(await findProblem(toModel({ trees, ...keys }))).to.include('expected');
      });
    }
  });

  describe('is described', () => {
    it('with its format, objective, features and classes', () => {
      const keys = {
        objective: 'multi:softprob',
        classCount: 3,
        ...threeTrees,
        learner: { feature_types: ['int', 'i'] },
      };
      expect(describeSync(toModel(keys))).to.deep.equal({
        format: 'XGBoost 3.2.0, JSON',
        facts: { objective: 'multi:softprob', booster: 'gbtree', trees: 3 },
        problemType: 'multiclass',
        classCount: 3,
        features: [
          { name: 'a', type: 'integer', isCategorical: false, nullable: true },
          { name: 'b', isCategorical: false, nullable: true },
        ],
        notices: ['If the model was trained with another missing value than NaN, send null in its place.'],
      });
    });

    it('without names where the file has none', () => {
      const { features } = describeSync(toModel({ learner: { feature_names: [], feature_types: [] } }));
      expect(features).to.deep.equal([
        { isCategorical: false, nullable: true },
        { isCategorical: false, nullable: true },
      ]);
    });

    it('with classes only where they are not 0, 1, …', () => {
      const keys = { objective: 'binary:logistic', baseScore: '0.5' };
      const listClasses = (classes: string) =>
        describeSync(toModel({ ...keys, attributes: { scikit_learn: `{"missing": NaN, "classes_": ${classes}}` } }))
          .classes;
      expect(listClasses('["bad", "good"]')).to.deep.equal(['bad', 'good']);
      expect(listClasses('[1, 2]')).to.deep.equal([1, 2]);
      expect(listClasses('[0, 1]')).to.equal(undefined);
      expect(listClasses('["a", "b", "c"]')).to.equal(undefined);
    });
  });

  describe('is recognized by its content', () => {
    const text = JSON.stringify(toModel());
    for (const [what, bytes, expected] of [
      ['JSON', Buffer.from(text), true],
      ['formatted JSON', Buffer.from(JSON.stringify(toModel(), null, 2)), true],
      ['UBJSON', toUbjson(toModel()), true],
      ['the old binary format', Buffer.concat([Buffer.from('binf'), Buffer.alloc(200)]), true],
      ['other JSON', Buffer.from('{"learner": 1}'), false],
      ['text', Buffer.from('tree\nversion=v4\n'), false],
      ['nothing', Buffer.alloc(0), false],
      ['a scikit-learn forest', Buffer.from('[{"nodes": 1}]'), false],
    ] as const) {
      it(`${expected ? '' : 'not '}${what}`, () => {
        expect(xgboost.recognizes(bytes)).to.equal(expected);
      });
    }
  });

  describe('is rejected', () => {
    for (const [what, keys, expected] of [
      ['with an objective of the future', { objective: 'reg:new' }, 'learner.objective.name: expected one of reg:'],
      ['of another version', { version: [4, 0, 0] }, 'version: expected a version of XGBoost from 1 to 3'],
      ['without a version', { version: [] }, 'version: expected three numbers'],
      [
        'with another booster',
        { booster: { name: 'gbforest' } },
        'gradient_booster.name: expected gbtree, dart or gblinear',
      ],
      ['without a model', { booster: { model: null } }, 'the file holds the configuration only'],
      ['with several targets', { parameters: { num_target: '2' } }, 'train one model per target'],
      [
        'with leaves of several values',
        { trees: [toTree({ tree_param: { size_leaf_vector: '2' } })] },
        'one_output_per_tree',
      ],
      [
        'with several quantiles',
        { learner: { objective: { name: 'reg:quantileerror', quantile_loss_param: { quantile_alpha: '[0.1,0.9]' } } } },
        'one model per quantile',
      ],
      [
        'with a key of the future in the booster',
        { booster: { scale: 2 } },
        'gradient_booster.scale: expected no such key',
      ],
      ['with one in the model', { model: { scale: 2 } }, 'model.scale: expected no such key, as XGBoost 1.0 to 3.4'],
      ['with one in the parameters', { parameters: { scale: '2' } }, 'learner_model_param.scale: expected no such key'],
      [
        'with one in the parameters of the trees',
        { model: { gbtree_model_param: { num_trees: '1', scale: '2' } } },
        'gbtree_model_param.scale: expected no such key',
      ],
      ['with one in a tree', { trees: [toTree({ scale: 2 })] }, 'trees[0].scale: expected no such key'],
      [
        'with one in the parameters of a tree',
        { trees: [toTree({ tree_param: { num_nodes: '3', scale: '2' } })] },
        'trees[0].tree_param.scale: expected no such key',
      ],
      [
        'with too few weights of trees',
        { model: { weight_drop: [1, 2] } },
        'weight_drop: expected one weight per tree',
      ],
      ['without trees', { trees: [] }, 'num_trees: expected an integer from 1'],
      [
        'with another number of trees',
        { model: { gbtree_model_param: { num_trees: '2' } } },
        'trees: expected 2 trees',
      ],
      ['without outputs of trees', { outputs: [] }, 'tree_info: expected 1 numbers'],
      [
        'with a tree for an output that it does not have',
        { outputs: [1] },
        'tree 0, output: expected an integer from 0 to 0',
      ],
      ['with too few names', { learner: { feature_names: ['a'] } }, 'feature_names: expected 2 names'],
      [
        'with too many features',
        { parameters: { num_feature: '99999999' } },
        'num_feature: expected an integer from 1',
      ],
      [
        'with a feature that it does not have',
        { trees: [toTree({ split_indices: [2, 0, 0] })] },
        'tree 0, node 0, feature',
      ],
      ['with a child that is not there', { trees: [toTree({ left_children: [3, -1, -1] })] }, 'tree 0, node 0, left'],
      ['with a child between two nodes', { trees: [toTree({ left_children: [1.5, -1, -1] })] }, 'tree 0, node 0, left'],
      ['with a cycle', { trees: [toTree({ left_children: [0, -1, -1] })] }, 'tree 0, node 0, left'],
      ['with a node of two parents', { trees: [toTree({ right_children: [1, -1, -1] })] }, 'tree 0, node 0, right'],
      [
        'with arrays of different lengths',
        { trees: [toTree({ split_conditions: [1, 2] })] },
        'split_conditions: expected 3 numbers',
      ],
      [
        'with another number of nodes',
        { trees: [toTree({ tree_param: { num_nodes: '4' } })] },
        'num_nodes: expected 3',
      ],
      [
        'with texts in place of numbers',
        { trees: [toTree({ split_indices: ['0', '0', '0'] })] },
        'split_indices: expected an array of numbers',
      ],
      ['without nodes', { trees: [toTree({ left_children: [] })] }, 'num_nodes: expected 0'],
      ['with keys of objects in place of a tree', { trees: ['__proto__'] }, 'trees[0]: expected an object'],
    ] as const) {
      it(what, async () => {
        const problem = await findProblem(toModel(keys as object));
        expect(problem).to.match(/^model\.json[.:]/);
        expect(problem).to.include(expected);
      });
    }

    it('already when it is described', () => {
      expect(() => describeSync(toModel({ trees: [toTree({ left_children: [0, -1, -1] })] }))).to.throw(
        'tree 0, node 0',
      );
    });

    it('with a threshold or a leaf that is no number', async () => {
      const text = JSON.stringify(toModel());
      const replaced = (numbers: string) => Buffer.from(text.replace('[0.5,1,2]', numbers));
      expect(await findProblem(replaced('[NaN,1,2]'))).to.include('tree 0, node 0, threshold: expected a number');
      expect(await findProblem(replaced('[0.5,Infinity,2]'))).to.include(
        'tree 0, node 1, value: expected a finite number',
      );
    });

    it('in a deployment of another problem type, or with classes in another number or order', async () => {
      const keys = { objective: 'binary:logistic', baseScore: '0.5' };
      expect(await findProblem(toModel(keys))).to.include('deployment.json.problem_type: expected "binary"');
      const attributes = { scikit_learn: '{"classes_": ["bad", "good"]}' };
      const model = toModel({ ...keys, attributes });
      expect(await findProblem(model, toClassifier('good', 'bad'))).to.include('deployment.json.label.classes');
      expect(await predict(model, [0], toClassifier('bad', 'good'))).to.deep.equal([1]);
    });

    it('without categories of its columns, or with others than the file has', async () => {
      const learner = { feature_types: ['c', 'float'] };
      expect(await findProblem(toModel({ learner }))).to.include('in the order of their codes');
      const cats = {
        enc: [
          { offsets: [0, 1, 2], values: [120, 121] },
          { offsets: [], values: [] },
        ],
      };
      const columns = [{ name: 'a', type: 'string', categories: ['y', 'x'] }, COLUMNS[1]];
      expect(await findProblem(toModel({ learner, model: { cats } }), { columns })).to.include(
        'the categories of model.json',
      );
    });
  });

  describe('that is damaged', () => {
    const files = async () => {
      const folder = (name: string) => readFile(`${FIXTURES}/3.2/${name}`);
      return Promise.all([folder('categories/model.json'), folder('categories-ubjson/model.ubj')]);
    };
    /** The message of the refusal; undefined if the model is accepted. Anything but a DeploymentError is thrown. */
    const findRefusal = (bytes: Uint8Array): string | undefined => {
      try {
        void xgboost.describe(bytes, 'model.json');
        return undefined;
      } catch (error) {
        if (error instanceof DeploymentError) return error.message;
        throw error;
      }
    };

    it('is rejected wherever it ends', async () => {
      for (const bytes of await files()) {
        for (let length = 0; length < bytes.length - 1; length += 23) {
          expect(findRefusal(bytes.subarray(0, length)), `${length} bytes`).to.match(/^model\.json[.: ]/);
        }
      }
    });

    it('is rejected, or is another valid model, whichever bytes are changed', async () => {
      for (const original of await files()) {
        let refused = 0;
        const changes = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
        fc.assert(
          fc.property(changes, (pairs) => {
            const bytes = Buffer.from(original);
            for (const [at, byte] of pairs) bytes[at] = byte;
            const refusal = findRefusal(bytes);
            if (refusal !== undefined) refused++;
            expect(refusal ?? 'model.json:').to.match(/^model\.json/);
          }),
          { seed: 1, numRuns: 400 },
        );
        expect(refused).to.be.greaterThan(100);
      }
    });

    it('is rejected with nested arrays, in bounded time and without a stack overflow', () => {
      const depth = 1_000_000;
      const json = `{"learner":{"gradient_booster":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
      expect(findRefusal(Buffer.from(json))).to.include('expected at most 64 levels');
      const ubjson = Buffer.concat([
        toUbjson({ learner: 'gradient_booster' }).subarray(0, -1),
        Buffer.from(`L\0\0\0\0\0\0\0\x01a${'['.repeat(depth)}`),
      ]);
      expect(findRefusal(ubjson)).to.include('expected at most 64 levels');
      // What is skipped is not parsed, and may nest.
      const skipped = JSON.stringify(toModel({ trees: [toTree({ loss_changes: 'X' })] })).replace(
        '"X"',
        `${'['.repeat(depth)}${']'.repeat(depth)}`,
      );
      expect(findRefusal(Buffer.from(skipped))).to.equal(undefined);
    });

    it('is rejected with counts that the file cannot hold, without the memory for them', () => {
      const huge = Buffer.from('L\x00\x00\x7f\xff\xff\xff\xff\xff', 'latin1');
      const start = toUbjson({ learner: 'gradient_booster' }).subarray(0, -1);
      const key = Buffer.from('L\0\0\0\0\0\0\0\x01a');
      for (const array of ['[$d#', '[$L#', '[#', '{#', 'S']) {
        const refusal = findRefusal(Buffer.concat([start, key, Buffer.from(array), huge]));
        expect(refusal, array).to.match(/^model\.json: expected .* at byte \d+/);
      }
      // Values without bytes would make an array of any length.
      expect(findRefusal(Buffer.concat([start, key, Buffer.from('[$Z#'), huge]))).to.include('an array of numbers');
    });

    it('is rejected with more objects than a model has', () => {
      const json = `{"learner":{"gradient_booster":[${'[],'.repeat(2 ** 21)}[]]}}`;
      expect(findRefusal(Buffer.from(json))).to.include('expected at most 2097152 objects, arrays and strings');
    });
  });
});

function describeSync(model: object) {
  const description = describeModel(model);
  if (description instanceof Promise) throw new Error('the description is not there yet');
  return description;
}
