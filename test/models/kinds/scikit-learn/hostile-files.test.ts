import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { DeploymentError } from '../../../../errors/deployment-error.ts';
import { scikitLearn } from '../../../../models/kinds/scikit-learn/scikit-learn.ts';
import { catchError } from '../../../support/deployment.ts';

type Json = Record<string, unknown>;

const NAMES = [
  '1.9/pipeline-random-forest-small',
  '1.0/hist-boosting-categories-small',
  '1.5/stacking',
  '1.0/svc-probable-three',
];
const FILES = NAMES.map((name) => ({
  name,
  text: readFileSync(new URL(`../../../fixtures/scikit-learn/${name}/model.json`, import.meta.url), 'utf8'),
}));

/** The problem of a file; undefined if it can be served. Anything but a DeploymentError is thrown. */
function findProblem(document: unknown): string | undefined {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  try {
    void scikitLearn.describe(Buffer.from(text), 'model.json');
    return undefined;
  } catch (error) {
    if (error instanceof DeploymentError) return error.message;
    throw error;
  }
}

const NO_UTF8 = Buffer.from('{"format": "custom-ml-engine/scikit-learn", "label": "\xfc"}', 'latin1');

const forest = (tree: Json, keys: Json = {}): Json => ({
  type: 'forest', features: 1, outputs: 1, precision: 32, missing: false, aggregation: 'mean', link: 'identity', trees: [tree], ...keys,
}); // prettier-ignore
const tree = (keys: Json = {}): Json => ({
  feature: [0, -1, -1], threshold: [0.5, 0, 0], left: [1, 0, 0], right: [2, 0, 0], value: [1, 2], ...keys,
}); // prettier-ignore
const document = (model: unknown, keys: Json = {}): Json => ({
  format: 'custom-ml-engine/scikit-learn',
  version: 1,
  scikit_learn: '1.9.1',
  model_type: 'Model',
  columns: [{ name: 'x', type: 'double' }],
  model,
  ...keys,
});
const linear: Json = { type: 'linear', coefficients: [[1]], intercepts: [0], link: 'identity' };
const classes = { classes: ['a', 'b'] };
const scored = (rows: Json) => document(linear, { rows: { fields: ['x'], values: [[1]], predictions: [1], ...rows } });
const step = (transformer: Json) => document({ type: 'pipeline', steps: [transformer, linear] });
const oneHot = (keys: Json) =>
  step({ type: 'one_hot', features: [{ categories: [1, 2], outputs: [0, -1], width: 1, unknown: -1, ...keys }] });

/** Files that cannot be served, with the beginning of what is said about them. */
const REFUSED: readonly (readonly [what: string, file: unknown, problem: string])[] = [
  ['no JSON', '{', 'model.json: expected JSON in UTF-8'],
  ['no object', '[]', 'model.json: expected an object'],
  ['another format', document(linear, { format: 'x' }), 'model.json.format: expected "custom-ml-engine/scikit-learn"; export-script'],
  ['a later version', document(linear, { version: 2 }), 'model.json.version: expected an integer from 1 to 1'],
  ['a product of too many columns', step({ type: 'products', terms: [Array(65).fill(0)] }), 'model.json.model.steps[0].terms[0]: expected at most 64 columns'],
  ['a product of columns that are not there', step({ type: 'products', terms: [[1]] }), 'model.json.model.steps[0].terms[0][0]: expected an integer from 0 to 0'],
  ['a norm of another name', step({ type: 'normalize', norm: 'l3' }), 'model.json.model.steps[0].norm: expected one of l1, l2, max'],
  ['a power of another name', step({ type: 'power', method: 'x', lambdas: [1] }), 'model.json.model.steps[0].method: expected one of yeo-johnson, box-cox'],
  ['too many powers', step({ type: 'power', method: 'box-cox', lambdas: [1, 2] }), 'model.json.model.steps[0].lambdas: expected a list of 1'],
  ['a flag that is none', step({ type: 'power', method: 'box-cox', lambdas: [1], precise: 1 }), 'model.json.model.steps[0].precise: expected true or false'],
  ['quantiles in another order', step({ type: 'quantiles', quantiles: [[2, 1]], references: [0, 1], normal: false }), 'model.json.model.steps[0].quantiles[0]: expected ascending numbers'],
  ['references in another order', step({ type: 'quantiles', quantiles: [[1, 2]], references: [1, 0], normal: false }), 'model.json.model.steps[0].references: expected ascending numbers'],
  ['quantiles of another number', step({ type: 'quantiles', quantiles: [[1, 2, 3]], references: [0, 1], normal: false }), 'model.json.model.steps[0].quantiles[0]: expected a list of 2'],
  ['no inverse of a target', document({ type: 'target', estimator: linear }), 'model.json.model.inverse: expected a list that is not empty'],
  ['no columns', document(linear, { columns: [] }), 'model.json.columns: expected a list that is not empty'],
  ['a column twice', document(linear, { columns: [{ name: 'x', type: 'double' }, { name: 'x', type: 'double' }] }), 'model.json.columns: expected columns with different names'],
  ['text without categories', document(linear, { columns: [{ name: 'x', type: 'string' }] }), 'model.json.columns[0].categories: expected the categories'],
  ['categories of another type', document(linear, { columns: [{ name: 'x', type: 'string', categories: [1] }] }), 'model.json.columns[0].categories[0]: expected a string'],
  ['categories for numbers', document(linear, { columns: [{ name: 'x', type: 'string', categories: ['a'] }] }), 'model.json.model: expected numbers, not the categories'],
  ['one class', document(linear, { classes: ['a'] }), 'model.json.classes: expected 2 to'],
  ['a class twice', document(linear, { classes: ['a', 'a'] }), 'model.json.classes: expected classes that are different'],
  ['classes that the model does not have', document(linear, classes), 'model.json.model.classes: expected 2'],
  ['an unknown step', document({ type: 'pickle' }), 'model.json.model.type: expected one of pipeline, forest'],
  ['a step that objects inherit', document({ type: 'constructor' }), 'model.json.model.type: expected one of'],
  ['a transformer that objects inherit', step({ type: '__proto__' }), 'model.json.model.steps[0].type: expected one of'],
  ['a cycle of nodes', document(forest(tree({ left: [0, 0, 0] }))), 'model.json.model: tree 0, node 0, left: expected a node that no other'],
  ['a child that does not exist', document(forest(tree({ right: [3, 0, 0] }))), 'model.json.model.trees[0].right[0]: expected an integer from 0 to 2'],
  ['a feature that does not exist', document(forest(tree({ feature: [1, -1, -1] }))), 'model.json.model.trees[0].feature[0]: expected an integer'],
  ['a threshold that is no number', document(forest(tree({ threshold: ['0.5', 0, 0] }))), 'model.json.model.trees[0].threshold: expected a number at index 0'],
  ['too few leaves', document(forest(tree({ value: [1] }))), 'model.json.model.trees[0].value: expected a list of 2'],
  ['an infinite leaf', JSON.stringify(document(forest(tree()))).replace('"value":[1,', '"value":[1e999,'), 'model.json.model.trees[0].value[0]: expected a finite number'],
  ['a set for a leaf', document(forest(tree({ sets: { 1: { left: [1], right: [] } } }))), 'model.json.model.trees[0].sets.1: expected the number of a node'],
  ['a set for no node', document(forest(tree({ sets: { __proto__x: { left: [1], right: [] } } }))), 'model.json.model.trees[0].sets.__proto__x: expected'],
  ['a category beyond 8 bits', document(forest(tree({ sets: { 0: { left: [256], right: [] } } }))), 'model.json.model.trees[0].sets.0.left[0]: expected an integer from 0 to 255'],
  ['2^40 outputs', document(forest(tree(), { outputs: 2 ** 40 })), 'model.json.model.outputs: expected an integer from 1 to 65536'],
  ['65536 outputs without values', document(forest(tree(), { outputs: 65536 })), 'model.json.model.trees[0].value: expected a list of 131072'],
  ['a link that does not fit', document({ ...linear, link: 'softmax' }), 'model.json.model.link: expected a link of 1 outputs and a regression'],
  ['coefficients of another width', document({ ...linear, coefficients: [[1, 2]] }), 'model.json.model.coefficients[0]: expected a list of 1'],
  ['a division by 0', step({ type: 'scale', divide: [0] }), 'model.json.model.steps[0].divide: expected no 0'],
  ['a place beyond the width', oneHot({ outputs: [0, 1] }), 'model.json.model.steps[0].features[0].outputs[1]: expected an integer from -1 to 0'],
  ['a width of 10^9', oneHot({ width: 1e9 }), 'model.json.model.steps[0].features[0].width: expected an integer from 0 to 3'],
  ['a category twice', oneHot({ categories: [1, 1] }), 'model.json.model.steps[0].features[0].categories: expected categories that are different'],
  ['10^9 bins', step({ type: 'bins', edges: [[0, 1]], bins: [1e9], near: false, one_hot: true }), 'model.json.model.steps[0].bins[0]: expected an integer from 1'],
  ['bins without edges', step({ type: 'bins', edges: [[0, 1]], bins: [9], near: false, one_hot: true }), 'model.json.model.steps[0].edges[0]: expected a list of 10'],
  ['edges in another order', step({ type: 'bins', edges: [[1, 0]], bins: [1], near: false, one_hot: true }), 'model.json.model.steps[0].edges[0]: expected edges in ascending'],
  ['a column that does not exist', step({ type: 'columns', parts: [{ columns: [1], step: { type: 'pass' } }] }), 'model.json.model.steps[0].parts[0].columns[0]: expected an integer from 0 to 0'],
  ['an unknown function', step({ type: 'function', name: 'eval' }), 'model.json.model.steps[0].name: expected one of absolute'],
  ['rows without predictions', scored({ predictions: [] }), 'model.json.rows.predictions: expected a list of 1'],
  ['rows of other columns', scored({ fields: ['y'] }), 'model.json.rows.fields[0]: expected the columns'],
  ['cells that are lists', scored({ values: [[[1]]] }), 'model.json.rows.values[0][0]: expected text, a number'],
  ['members of other classes', document({ type: 'average', members: [linear], classes: 2 }, classes), 'model.json.model.members[0]: expected an estimator of 2 classes'],
  ['a vote for numbers', document({ type: 'vote', members: [linear] }), 'model.json.model.type: expected classes'],
  ['a method that an estimator lacks', document({ type: 'stack', members: [{ estimator: linear, method: 'predict_proba' }], pass: false, final: linear }), 'model.json.model.members[0].method: expected another method'],
  ['neighbors that are not there', document({ type: 'neighbors', metric: 'euclidean', k: 3, weighted: false, points: [[1]], targets: [1] }), 'model.json.model.k: expected an integer from 1 to 1'],
  ['a search tree without leaves', document({ type: 'neighbors', metric: 'euclidean', k: 1, weighted: false, points: [[1]], targets: [1], tree: { type: 'kd_tree', order: [0], start: [0], end: [1], leaf: [0], radius: [0], bounds: [[[0]], [[1]]] } }), 'model.json.model.tree.leaf: expected a leaf'],
  ['a variance of 0', document({ type: 'gaussian_bayes', classes: 2, priors: [0.5, 0.5], means: [[0], [0]], variances: [[0], [1]] }, classes), 'model.json.model.variances: expected numbers above 0'],
  ['no support vectors', document({ type: 'svm', vectors: [] }), 'model.json.model.vectors: expected one support vector'],
]; // prettier-ignore

describe('files of scikit-learn that are refused', () => {
  it('in another encoding', () => {
    expect(() => scikitLearn.describe(NO_UTF8, 'model.json')).to.throw(
      DeploymentError,
      'model.json: expected JSON in UTF-8',
    );
  });

  for (const [what, file, problem] of REFUSED)
    it(what, () => {
      expect(findProblem(file)?.startsWith(problem), `${findProblem(file)}`).to.equal(true);
    });

  it('steps that are nested too deep', () => {
    const nest = (depth: number) => {
      const open = '{"type":"pipeline","steps":['.repeat(depth);
      return JSON.stringify(document('MODEL')).replace(
        '"MODEL"',
        `${open}${JSON.stringify(linear)}${']}'.repeat(depth)}`,
      );
    };
    expect(findProblem(nest(30))).to.equal(undefined);
    expect(findProblem(nest(40))).to.contain('expected steps that are nested at most 32 deep');
    expect(findProblem(nest(200_000))).to.be.a('string');
  });

  it('a file that ends early, wherever that is', () => {
    for (const { text, name } of FILES)
      for (let length = 0; length < text.length; length += 97)
        expect(findProblem(text.slice(0, length)), `${name}, ${length}`).to.equal('model.json: expected JSON in UTF-8');
  });

  it('a file that lacks a part, or has null, text, a list or an object in its place', () => {
    const replacements = [undefined, null, 'text', [], {}, [[]], -1, 1e308, true];
    for (const { text, name } of FILES) {
      // Everything above the numbers, whose readers are the same everywhere.
      const places = listPlaces(JSON.parse(text) as Json, 5).filter((path) => path[0] !== 'rows');
      for (const [index, path] of places.entries()) {
        const changed = JSON.parse(text) as Json;
        replace(changed, path, replacements[index % replacements.length]);
        // Some of it is still a model. What counts is that nothing else is ever thrown.
        const problem = findProblem(changed);
        if (problem !== undefined) expect(problem, name).to.match(/^model\.json/);
      }
    }
  });

  it('a file with any byte changed, unless it is still a model', () => {
    let state = 1;
    const draw = (limit: number) => (state = (state * 48271) % 2147483647) % limit;
    for (const { text } of FILES) {
      const bytes = Buffer.from(text);
      for (let run = 0; run < 60; run++) {
        const changed = Buffer.from(bytes);
        for (let count = 1 + draw(3); count > 0; count--) changed[draw(changed.length)] = 32 + draw(95);
        findProblem(changed.toString('latin1'));
      }
    }
  });

  it('bytes that are not UTF-8', async () => {
    const { problems } = await catchError(DeploymentError, () =>
      scikitLearn.describe(Buffer.from([0x7b, 0xff]), 'model.json'),
    );
    expect(problems).to.deep.equal(['model.json: expected JSON in UTF-8']);
  });
});

/** The paths to everything in a document, down to a depth; of long lists, the first entries. */
function listPlaces(value: unknown, depth: number, path: readonly string[] = []): (readonly string[])[] {
  if (depth === 0 || typeof value !== 'object' || value === null) return path.length > 0 ? [path] : [];
  const keys = Object.keys(value).slice(0, 12);
  return [
    ...(path.length > 0 ? [path] : []),
    ...keys.flatMap((key) => listPlaces((value as Json)[key], depth - 1, [...path, key])),
  ];
}

function replace(document: Json, path: readonly string[], value: unknown): void {
  let parent: Json = document;
  for (const key of path.slice(0, -1)) parent = parent[key] as Json;
  parent[path.at(-1) as string] = value;
}
