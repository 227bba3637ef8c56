import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import { lightgbm } from '../../../models/kinds/lightgbm/lightgbm.ts';
import type { FileDescription } from '../../../models/kinds/model-file.ts';
import type { Scores } from '../../../models/model.ts';
import { score } from '../../../models/score-table.ts';
import { compareCase, toDeployment } from '../../kinds-proof/model-case.ts';
import { Random } from '../../../training/forest/random.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/lightgbm', import.meta.url));

/** The cases of test/kinds-proof/make-lightgbm.py. */
const cases = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('case.json'))
  .map((name) => dirname(name))
  .sort();

function readCase(name: string): string {
  return readFileSync(join(FOLDER, name, 'model.txt'), 'utf8');
}

function describeText(text: string): FileDescription {
  return lightgbm.describe(Buffer.from(text), 'model.txt') as FileDescription;
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

/** Scores rows with a model of numeric columns, as a regression or with the given classes. */
async function scoreText(text: string, rows: readonly (readonly unknown[])[], keys: object = {}): Promise<Scores> {
  const columns = (rows[0] ?? []).map((_, index) => ({ name: `Column_${index}`, type: 'double', nullable: true }));
  const deployment = { kind: 'lightgbm', problem_type: 'regression', columns, label: { name: 'y', type: 'double' } };
  const file = toDeployment({ ...deployment, ...keys }, rows);
  const source = {
    file,
    folder: '',
    readJson: () => Promise.reject(new Error('reads no JSON')),
    readBytes: () => Promise.resolve(Buffer.from(text)),
    readPieces: () => [],
    allowModules: false,
  };
  const { model } = await lightgbm.load(source);
  return score({ file, model }, { fields: file.columns.map(({ name }) => name), values: rows });
}

/** The lines of a tree: a stump that splits Column_0, with leaves 1 and 2, unless there are other values. */
function toTree(values: Readonly<Record<string, string | number>> = {}): string {
  const lines = {
    num_leaves: 2,
    num_cat: 0,
    split_feature: 0,
    threshold: 0.5,
    decision_type: 2,
    left_child: -1,
    right_child: -2,
    leaf_value: '1 2',
    ...values,
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n');
}

/** A model of two features and the given trees. */
function toModel(
  trees: readonly string[] = [toTree()],
  { header = {}, end = '' }: { header?: Readonly<Record<string, string | undefined>>; end?: string } = {},
): string {
  const lines: Readonly<Record<string, string | undefined>> = {
    version: 'v4',
    num_class: '1',
    num_tree_per_iteration: '1',
    label_index: '0',
    max_feature_idx: '1',
    objective: 'regression',
    feature_names: 'Column_0 Column_1',
    feature_infos: '[0:1] [0:1]',
    ...header,
  };
  const texts = Object.entries(lines).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  const blocks = trees.map((tree, index) => `Tree=${index}\n${tree}\n\n\n`);
  return `tree\n${texts.join('\n')}\n\n${blocks.join('')}end of trees\n\n${end}`;
}

describe('the kind lightgbm', () => {
  describe('scores as LightGBM does:', () => {
    for (const name of cases) {
      it(name, async () => {
        expect((await compareCase(join(FOLDER, name))).problem).to.equal(undefined);
      });
    }
  });

  it('recognizes the text of a model, and the JSON that it refuses', () => {
    expect(lightgbm.recognizes(Buffer.from(toModel()))).to.equal(true);
    expect(lightgbm.recognizes(Buffer.from(toModel().replaceAll('\n', '\r\n')))).to.equal(true);
    expect(lightgbm.recognizes(Buffer.from('{"name": "tree", "version": "v4"}'))).to.equal(true);
    for (const text of ['', 'tree', 'tree\n', '{"learner": {}}', 'tree of life']) {
      expect(lightgbm.recognizes(Buffer.from(text)), text).to.equal(false);
    }
  });

  describe('describes', () => {
    it('the format, the objective, the boosting, the trees and the problem', () => {
      expect(describeText(readCase('4.7/dart-binary'))).to.deep.include({
        format: 'LightGBM model text, version v4',
        facts: { objective: 'binary sigmoid:1', boosting: 'dart', trees: 3, leaves: 15 },
        problemType: 'binary',
        classCount: 2,
      });
      const { format, facts, problemType, classCount } = describeText(readCase('2.2/objective-multiclassova-3'));
      expect(format).to.equal('LightGBM model text, version v2');
      expect([facts['objective'], facts['trees']]).to.deep.equal(['multiclassova num_class:3 sigmoid:0.7', 9]);
      expect([problemType, classCount]).to.deep.equal(['multiclass', 3]);
      expect(describeText(readCase('4.7/rf-regression')).facts['boosting']).to.equal('rf');
      expect(describeText(readCase('4.7/linear-binary')).facts['leaf_models']).to.equal('linear');
    });

    it('features with their names, and none where LightGBM made the names', () => {
      const toNames = (name: string) => describeText(readCase(name)).features.map((feature) => feature.name);
      expect(toNames('4.7/names')).to.deep.equal(['Betrag_(€)', 'возраст', 'a-b', '年']);
      expect(toNames('4.7/no-names')).to.deep.equal([undefined, undefined, undefined, undefined]);
    });

    it('the categories that pandas had, in the order of their codes', () => {
      for (const name of ['2.2/categories-binary', '4.7/categories-binary']) {
        const [job, amount, code] = describeText(readCase(name)).features;
        expect(job).to.deep.equal({
          name: 'job',
          isCategorical: true,
          categories: ['clerk', 'cook', 'judge', 'none', 'pilot', 'tailor'],
          nullable: true,
        });
        expect(amount).to.deep.equal({ name: 'amount', isCategorical: false, nullable: true });
        expect(code?.categories).to.deep.equal([5, 7, 11, 1300]);
      }
    });

    it('the codes of categories that are integers', () => {
      const [, code] = describeText(readCase('4.7/categories-integers')).features;
      expect(code).to.deep.include({ categories: [5, 7, 11, 1300], codes: [5, 7, 11, 1300] });
    });

    it('no categories where it is not certain which columns they belong to', () => {
      const { features, notices } = describeText(readCase('4.7/categories-ordered'));
      expect(features.map(({ categories }) => categories)).to.deep.equal(Array(5).fill(undefined));
      expect(notices.join()).to.include('Series.cat.categories');
      const fewer = toModel([toTree()], {
        header: { feature_infos: '0:1:2 [0:1]' },
        end: 'pandas_categorical:[["a","b"]]',
      });
      expect(describeText(fewer).features[0]).to.deep.equal({ isCategorical: true, nullable: true });
    });

    it('no categories where pandas had more columns of them than the model has', () => {
      const header = { feature_infos: '0:1:2 [0:2]' };
      const text = toModel([toTree()], { header, end: 'pandas_categorical:[["a","b","c"],["d","e","f"]]' });
      expect(describeText(text).features[0]).to.deep.equal({ isCategorical: true, nullable: true });
    });

    it('the categories of a constant feature, if the parameters say that it is categorical', () => {
      const end = (declared: string) =>
        `parameters:\n[categorical_feature: ${declared}]\nend of parameters\n\npandas_categorical:[["a"],["b","c"]]\n`;
      const header = { feature_infos: 'none 0:1' };
      const toCategories = (declared: string) =>
        describeText(toModel([toTree({ split_feature: 1 })], { header, end: end(declared) })).features.map(
          ({ categories }) => categories,
        );
      expect(toCategories('0,1')).to.deep.equal([['a'], ['b', 'c']]);
      expect(toCategories('1')).to.deep.equal([undefined, undefined]);
    });

    it('what multiclassova does not promise, what a ranking means, and that there is no objective', () => {
      const toNotices = (name: string) => describeText(readCase(name)).notices.join(' ');
      expect(toNotices('4.7/objective-multiclassova-3')).to.include('divided by the sum of the row');
      expect(toNotices('4.7/objective-lambdarank')).to.include('only their order');
      expect(toNotices('4.7/objective-own')).to.include('raw margins');
    });
  });

  describe('compares', () => {
    it('doubles, and all digits of a threshold', async () => {
      const text = toModel([toTree({ threshold: '0.30000000000000004' })]);
      const { predictions } = await scoreText(text, [
        [0.3, 0],
        [0.30000000000000004, 0],
        [0.3000000000000001, 0],
      ]);
      expect(Array.from(predictions)).to.deep.equal([1, 1, 2]);
    });

    it('numbers of any exponent', async () => {
      for (const threshold of ['1e-25', '12345e-30', '1e25', '123456789012345678901e-40', '1e+300']) {
        const number = Number(threshold);
        const text = toModel([toTree({ threshold, leaf_value: `${threshold} -${threshold}` })]);
        const { predictions } = await scoreText(text, [
          [number, 0],
          [2 * number, 0],
        ]);
        expect(Array.from(predictions), threshold).to.deep.equal([number, -number]);
      }
    });

    it('a missing value as 0, with the default direction, or with numbers near zero, as the missing type says', async () => {
      const rows = [
        [null, 0],
        [0, 0],
        [1e-36, 0],
        [2e-35, 0],
        [-1, 0],
      ];
      const toScores = async (decision: number, threshold: string) =>
        Array.from((await scoreText(toModel([toTree({ decision_type: decision, threshold })]), rows)).predictions).join(
          '',
        );
      expect(await toScores(0, '-0.5')).to.equal('22221');
      expect(await toScores(2, '-0.5')).to.equal('22221');
      expect(await toScores(0, '0')).to.equal('11121');
      expect(await toScores(4, '0.5')).to.equal('22211');
      expect(await toScores(6, '-0.5')).to.equal('11121');
      expect(await toScores(8, '0.5')).to.equal('21111');
      expect(await toScores(10, '-0.5')).to.equal('12221');
      expect(await toScores(10, '1.0000000180025095e-35')).to.equal('11121');
      expect(await toScores(8, 'inf')).to.equal('21111');
    });

    it('a category without its fraction', async () => {
      const tree = toTree({ num_cat: 1, threshold: 0, decision_type: 1, cat_boundaries: '0 1', cat_threshold: '1' });
      const text = toModel([tree], { header: { feature_infos: '0:1 [0:1]' }, end: 'parameters:\nend of parameters\n' });
      const { predictions } = await scoreText(text, [
        [0, 0],
        [-0.9, 0],
        [0.9, 0],
        [-1, 0],
      ]);
      expect(Array.from(predictions)).to.deep.equal([1, 1, 1, 2]);
    });

    it('an unknown category of a number as missing', async () => {
      const columns = [
        { name: 'Column_0', type: 'string', nullable: true, categories: ['low', 'high'] },
        { name: 'Column_1', type: 'double' },
      ];
      const encoding = [{ column: 'Column_0', codes: [0, 1] }, { column: 'Column_1' }];
      const text = toModel([toTree({ decision_type: 8 })]);
      const rows = [
        ['low', 0],
        ['high', 0],
        ['other', 0],
        [null, 0],
      ];
      const { predictions } = await scoreText(text, rows, { columns, settings: { encoding } });
      expect(Array.from(predictions)).to.deep.equal([1, 2, 2, 2]);
    });

    it('categories with a set; a missing, negative or unseen one is in none', async () => {
      const tree = toTree({ num_cat: 1, threshold: 0, decision_type: 1, cat_boundaries: '0 2', cat_threshold: '4 1' });
      const text = toModel([tree], {
        header: { feature_infos: '2:32 [0:1]' },
        end: 'parameters:\nend of parameters\n',
      });
      const rows = [2, 32, 2.9, -0.5, 0, 1, 31, 33, 64, 1e10, -2, null].map((cell) => [cell, 0]);
      const { predictions } = await scoreText(text, rows);
      expect(Array.from(predictions)).to.deep.equal([1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    });
  });

  it('scores rows alike, however many there are, where leaves are linear models', async () => {
    const linear = {
      is_linear: 1,
      leaf_const: '10 20',
      num_features: '2 0',
      leaf_features: '0 1  ',
      leaf_coeff: '2 3  ',
    };
    const text = toModel([toTree(linear), toTree()]);
    const rows = Array.from({ length: 1300 }, (_, row) => [
      row % 3 === 0 ? null : row / 1000,
      row % 5 === 0 ? null : row,
    ]);
    const { predictions } = await scoreText(text, rows);
    rows.forEach(([x, y], row) => {
      // A missing value is compared as 0.
      const isLeft = (x ?? 0) <= 0.5;
      const first = !isLeft ? 20 : x == null || y == null ? 1 : 10 + 2 * x + 3 * y;
      expect(predictions[row]).to.be.closeTo(first + (isLeft ? 1 : 2), 1e-12);
    });
  });

  it('averages the trees of a random forest', async () => {
    const text = toModel([toTree(), toTree({ leaf_value: '2 4' })]).replace('objective=', 'average_output\nobjective=');
    expect(
      Array.from(
        (
          await scoreText(text, [
            [0, 0],
            [1, 0],
          ])
        ).predictions,
      ),
    ).to.deep.equal([1.5, 3]);
  });

  it('takes columns in the order of the features only', async () => {
    const text = toModel([toTree()], { header: { feature_names: 'a b' } });
    const columns = ['b', 'a'].map((name) => ({ name, type: 'double', nullable: true }));
    const error = await scoreText(text, [[0, 0]], { columns }).catch((problem: unknown) => problem);
    expect(error).to.be.instanceOf(DeploymentError);
    expect((error as DeploymentError).problems[0]).to.include('in the order of the features');
  });

  it('takes a column of integers for categories that are codes, and refuses other categories without codes', async () => {
    const tree = toTree({ num_cat: 1, threshold: 0, decision_type: 1, cat_boundaries: '0 1', cat_threshold: '4' });
    const text = toModel([tree], { header: { feature_infos: '2:5 [0:1]' }, end: 'parameters:\nend of parameters\n' });
    const toColumns = (categories: readonly number[]) => [
      { name: 'Column_0', type: 'integer', nullable: true, categories },
      { name: 'Column_1', type: 'double' },
    ];
    const rows = [
      [2, 0],
      [5, 0],
    ];
    expect(Array.from((await scoreText(text, rows)).predictions)).to.deep.equal([1, 2]);
    const encoding = [{ column: 'Column_0', codes: [2, 5] }, { column: 'Column_1' }];
    const keys = { columns: toColumns([2, 5]), settings: { encoding } };
    expect(Array.from((await scoreText(text, rows, keys)).predictions)).to.deep.equal([1, 2]);
    const error = await scoreText(text, rows, { columns: toColumns([2, 5]) }).catch((problem: unknown) => problem);
    expect((error as DeploymentError).problems[0]).to.include('the categories are their codes');
  });

  describe('refuses', () => {
    const stump = toModel();
    const refusals: Readonly<Record<string, readonly [text: string, problem: string]>> = {
      'the JSON of dump_model': ['{"name":"tree","version":"v4"}', 'booster.save_model("model.txt")'],
      'another version': [stump.replace('v4', 'v5'), 'model.txt, line 2: version: expected one of v2, v3, v4'],
      'an unknown objective': [
        stump.replace('=regression', '=regression_l3'),
        'model.txt, line 7: objective: expected',
      ],
      'an unknown parameter of the objective': [stump.replace('=regression', '=regression cube'), 'line 7: objective'],
      'an objective named like a key of every object': [
        stump.replace('=regression', '=constructor'),
        'line 7: objective',
      ],
      'an objective of other classes': [stump.replace('=regression', '=multiclass num_class:3'), 'line 7: objective'],
      'a sigmoid of 0': [stump.replace('=regression', '=binary sigmoid:0'), 'line 7: objective'],
      'classes without an objective': [
        toModel([toTree(), toTree()], {
          header: { num_class: '2', num_tree_per_iteration: '2', objective: undefined },
        }),
        'train with multiclass',
      ],
      'an unknown line of a tree': [toModel([toTree({ is_cubic: 1 })]), 'model.txt, line 20: expected one of Tree'],
      'a line twice': [toModel([`${toTree()}\nnum_leaves=2`]), 'line 20: expected no second "num_leaves"'],
      'no end of the trees': [stump.slice(0, stump.indexOf('end of trees')), 'the file is incomplete'],
      'no end of the parameters': [
        toModel([toTree()], { end: 'parameters:\n[boosting: gbdt]\n' }),
        'the file is incomplete',
      ],
      'fewer trees than it says': [toModel([toTree()], { header: { tree_sizes: '1 2' } }), 'tree_sizes'],
      'fewer trees than an iteration has': [
        toModel([toTree()], {
          header: { num_class: '2', num_tree_per_iteration: '2', objective: 'multiclass num_class:2' },
        }),
        'num_tree_per_iteration',
      ],
      'trees in another order': [stump.replace('Tree=0', 'Tree=1'), 'expected "Tree=0"'],
      'no trees': [toModel([]), 'expected one tree or more'],
      'fewer names than features': [stump.replace('Column_0 ', ''), 'feature_names: expected one entry per feature, 2'],
      'a name twice': [stump.replace('Column_0', 'Column_1'), 'unique names'],
      'a range that is none': [stump.replace('[0:1]', '0-1'), 'feature_infos, feature 0'],
      'NaN as a threshold': [
        toModel([toTree({ threshold: 'nan' })]),
        'model.txt, line 15: threshold: expected 1 numbers',
      ],
      'infinity as a leaf': [toModel([toTree({ leaf_value: '1 inf' })]), 'leaf_value: expected 2 finite numbers'],
      'a number beyond the range': [
        toModel([toTree({ leaf_value: '1 1e999' })]),
        'leaf_value: expected 2 finite numbers',
      ],
      'too many values': [toModel([toTree({ leaf_value: '1 2 3' })]), 'leaf_value: expected 2 finite numbers'],
      'too few values': [toModel([toTree({ leaf_value: '1' })]), 'leaf_value: expected 2 finite numbers'],
      'a huge number of leaves': [toModel([toTree({ num_leaves: 2 ** 31 - 1 })]), 'num_leaves: expected at most'],
      'more leaves than there are values': [
        toModel([toTree({ num_leaves: 2 ** 24 })]),
        'leaf_value: expected 16777216',
      ],
      'no leaf': [toModel([toTree({ num_leaves: 0 })]), 'num_leaves'],
      'a feature that does not exist': [
        toModel([toTree({ split_feature: 2 })]),
        'split_feature: expected 1 integers from 0 to 1',
      ],
      'a child that does not exist': [
        toModel([toTree({ right_child: -3 })]),
        'right_child: expected 1 integers from -2 to 0',
      ],
      'a cycle': [toModel([toTree({ right_child: 0 })]), 'no other node leads to'],
      'a leaf with two parents': [toModel([toTree({ right_child: -1 })]), 'no other node leads to'],
      'an unknown missing type': [
        toModel([toTree({ decision_type: 12 })]),
        'decision_type: expected 1 integers from 0 to 11',
      ],
      'a set that does not exist': [toModel([toTree({ decision_type: 1, threshold: 0 })]), 'the index of a set'],
      'boundaries that descend': [
        toModel([toTree({ num_cat: 2, cat_boundaries: '0 2 1', cat_threshold: '1' })]),
        'cat_boundaries: expected ascending integers',
      ],
      'boundaries beyond the sets': [
        toModel([toTree({ num_cat: 1, cat_boundaries: '0 2147483647', cat_threshold: '1' })]),
        'cat_threshold: expected 2147483647',
      ],
      'a word of more than 32 bits': [
        toModel([toTree({ num_cat: 1, cat_boundaries: '0 1', cat_threshold: '4294967296' })]),
        'cat_threshold: expected integers of 32 bits',
      ],
      'sets of more members than can be held': [
        toModel([
          toTree({
            num_cat: 1,
            cat_boundaries: '0 600000',
            cat_threshold: Array(600000).fill(4294967295).join(' '),
          }),
        ]),
        'cat_threshold: expected at most 16777216 categories',
      ],
      'a model of a leaf with a feature that does not exist': [
        toModel([
          toTree({ is_linear: 1, leaf_const: '1 2', num_features: '1 0', leaf_features: '2', leaf_coeff: '1' }),
        ]),
        'leaf_features',
      ],
      'sets after which the file may be cut': [
        toModel([toTree({ num_cat: 1, cat_boundaries: '0 1', cat_threshold: '1' })]),
        'the file is incomplete',
      ],
      'categories that are no JSON': [
        toModel([toTree()], { end: 'pandas_categorical:[["a"' }),
        'pandas_categorical: expected JSON',
      ],
      'categories of several types': [
        toModel([toTree()], { end: 'pandas_categorical:[["a", 1]]' }),
        'all texts, all numbers',
      ],
    };
    for (const [what, [text, problem]] of Object.entries(refusals)) {
      it(what, () => {
        const [first = ''] = listProblems(text);
        expect(first).to.include(problem);
        expect(first.startsWith('model.txt')).to.equal(true);
      });
    }

    it('a file that was cut anywhere before its trees end', () => {
      for (const name of ['4.7/categories-binary', '2.2/objective-multiclassova-3', '4.7/linear-multiclass']) {
        const text = readCase(name);
        const end = text.indexOf('end of trees') + 'end of trees'.length;
        for (let length = 0; length < end; length += 97) listProblems(text.slice(0, length));
        listProblems(text.slice(0, end - 1));
      }
    });

    it('or serves a file with random changes, and does nothing else', async () => {
      const random = new Random(5);
      const texts = ['4.7/categories-binary', '4.7/linear-multiclass', '4.7/missing-zero'].map(readCase);
      let refused = 0;
      for (let round = 0; round < 400; round++) {
        const bytes = Buffer.from(texts[round % texts.length] as string);
        const trees = bytes.indexOf('end of trees');
        for (let change = 0; change <= round % 3; change++) {
          const at = random.below(trees);
          if (random.below(2) === 0) bytes[at] = '0123456789-. =\n'.charCodeAt(random.below(15));
          else bytes.copyWithin(at, random.below(trees), random.below(trees));
        }
        try {
          await lightgbm.describe(bytes, 'model.txt');
        } catch (error) {
          expect(error).to.be.instanceOf(DeploymentError);
          refused++;
        }
      }
      expect(refused).to.be.greaterThan(200);
    });
  });

  it('serves a tree of a hundred thousand levels', async () => {
    const depth = 100_000;
    const list = (toValue: (node: number) => number, count = depth) =>
      Array.from({ length: count }, (_, node) => toValue(node)).join(' ');
    const tree = toTree({
      num_leaves: depth + 1,
      split_feature: list(() => 0),
      threshold: list((node) => -node),
      decision_type: list(() => 2),
      left_child: list((node) => (node === depth - 1 ? -depth - 1 : node + 1)),
      right_child: list((node) => ~node),
      leaf_value: list((leaf) => leaf, depth + 1),
    });
    const { predictions } = await scoreText(toModel([tree]), [
      [1, 0],
      [-10.5, 0],
      [-1e9, 0],
    ]);
    expect(Array.from(predictions)).to.deep.equal([0, 11, depth]);
  });
});
