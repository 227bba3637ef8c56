import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { DeploymentError } from '../../../../errors/deployment-error.ts';
import { EngineError } from '../../../../errors/engine-error.ts';
import { scikitLearn } from '../../../../models/kinds/scikit-learn/scikit-learn.ts';
import type { Scores } from '../../../../models/model.ts';
import { score } from '../../../../models/score-table.ts';
import { compareCase } from '../../../kinds-proof/model-case.ts';
import { catchError, toClassifier, toSource } from '../../../support/deployment.ts';

const FOLDER = fileURLToPath(new URL('../../../fixtures/scikit-learn', import.meta.url));
const CASES = readdirSync(FOLDER).flatMap((version) =>
  readdirSync(join(FOLDER, version)).map((name) => `${version}/${name}`),
);

type Json = Record<string, unknown>;

/** A file whose model is one step or more after two numeric columns, x and y, and a text column, color. */
function toDocument(model: Json, keys: Json = {}): Json {
  return {
    format: 'custom-ml-engine/scikit-learn',
    version: 1,
    scikit_learn: '1.9.1',
    model_type: 'Pipeline',
    columns: [
      { name: 'x', type: 'double' },
      { name: 'y', type: 'double' },
    ],
    model,
    ...keys,
  };
}

const COLUMNS = [
  { name: 'x', type: 'double', nullable: true },
  { name: 'y', type: 'double', nullable: true },
];
const COLOR = { name: 'color', type: 'string', categories: ['red', 'green'] };

/** Loads a file and scores rows of x and y, or of what `keys` say. */
async function scoreRows(document: Json, values: unknown[][], keys: Json = {}): Promise<Scores> {
  const columns = COLUMNS.map((column) => ({ ...column, nullable: values.flat().includes(null) }));
  const source = toSource({ kind: 'scikit-learn', columns, ...keys }, document);
  const { model } = await scikitLearn.load(source);
  return score({ file: source.file, model }, { fields: source.file.columns.map(({ name }) => name), values });
}

const listPredictions = async (...parameters: Parameters<typeof scoreRows>) =>
  Array.from((await scoreRows(...parameters)).predictions);

async function findProblem(document: unknown): Promise<string> {
  const bytes = Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));
  const { problems } = await catchError(DeploymentError, () => scikitLearn.describe(bytes, 'model.json'));
  return problems.join('; ');
}

const sum = { type: 'linear', coefficients: [[1, 1]], intercepts: [0], link: 'identity' };
const steps = (...list: Json[]) => ({ type: 'pipeline', steps: list });
const stump = (keys: Json = {}) => ({
  type: 'forest',
  features: 2,
  outputs: 1,
  precision: 32,
  missing: false,
  aggregation: 'mean',
  link: 'identity',
  trees: [{ feature: [0, -1, -1], threshold: [0.1, 0, 0], left: [1, 0, 0], right: [2, 0, 0], value: [1, 2], ...keys }],
});

describe('models of scikit-learn', () => {
  describe('score as scikit-learn does', () => {
    for (const name of CASES)
      it(name, async () => {
        const { problem } = await compareCase(join(FOLDER, name));
        expect(problem).to.equal(undefined);
      });
  });

  describe('a description', () => {
    const describeCase = async (name: string) =>
      scikitLearn.describe(await readFile(join(FOLDER, name, 'model.json')), 'model.json');

    it('has the version, the classes, the columns with their categories, and the rows that the script scored', async () => {
      const { verification, features, ...description } = await describeCase('1.9/pipeline-random-forest-small');
      expect(description).to.deep.include({
        format: 'scikit-learn 1.9.1, exported as JSON',
        problemType: 'binary',
        classCount: 2,
        classes: ['bad', 'good'],
        label: 'target',
        notices: [],
      });
      expect(description.facts).to.deep.equal({ model: 'Pipeline', trees: 5, columns: 6, 'scored rows': 6 });
      expect(features.map(({ name }) => name)).to.deep.equal(verification?.fields);
      expect(features[0]).to.deep.equal({ name: 'age', type: 'integer', isCategorical: false, nullable: true });
      expect(features[4]?.categories).to.deep.equal(['critical', 'delayed', 'good', 'none', 'paid']);
      expect(verification?.probabilities).to.have.length(6);
    });

    it('says that numbers are categories if the model only encodes them', async () => {
      const { features } = await describeCase('1.9/one-hot-numbers');
      const [region, foreign] = ['region', 'foreign'].map((name) => features.find((feature) => feature.name === name));
      expect(region).to.deep.include({ type: 'integer', isCategorical: true, categories: [3, 7, 11, 20] });
      expect(foreign).to.deep.include({ type: 'boolean', isCategorical: true, categories: [false, true] });
    });

    it('says which columns may be empty: those that an imputer fills or a tree takes', async () => {
      const { features } = await describeCase('1.5/logistic');
      expect(features.every(({ nullable }) => nullable)).to.equal(true);
      const { features: plain } = await describeCase('1.9/array');
      expect(plain.some(({ nullable }) => nullable)).to.equal(false);
    });

    it('says where a row with equally near neighbors may have another score than in scikit-learn', async () => {
      const points = [
        [0, 0],
        [4, 0],
        [9, 9],
      ];
      const neighbors = {
        type: 'neighbors',
        metric: 'euclidean',
        k: 2,
        weighted: false,
        points,
        targets: [1, 3, 9],
      };
      const document = toDocument(neighbors);
      const { notices } = await scikitLearn.describe(Buffer.from(JSON.stringify(document)), 'model.json');
      expect(notices).to.have.length(1);
      expect(notices[0]).to.contain('brute force');
      expect(
        await listPredictions(document, [
          [1, 0],
          [8, 8],
        ]),
      ).to.deep.equal([2, 6]);
    });

    it('names the machines whose probabilities may disagree with their prediction', async () => {
      const { notices } = await describeCase('1.0/svc-probable-three');
      expect(notices).to.have.length(1);
      expect(notices[0]).to.contain('"probabilities": true');
    });
  });

  it('are recognized by the first key of the file', () => {
    const recognizes = (text: string) => scikitLearn.recognizes(Buffer.from(text));
    expect(recognizes('{"format":"custom-ml-engine/scikit-learn","version":1')).to.equal(true);
    expect(recognizes('\uFEFF { "format" : "custom-ml-engine/scikit-learn" }')).to.equal(true);
    for (const other of [
      '',
      '{',
      '{"format":"else"}',
      '{"learner":{"format":"custom-ml-engine/scikit-learn"}}',
      '\u0080',
    ])
      expect(recognizes(other), other).to.equal(false);
  });

  describe('in steps', () => {
    it('compare features in 32 bits with thresholds in 64, as trees do', async () => {
      // 0.1 in 32 bits is above 0.1, so it goes right; in 64 bits it would go left.
      expect(
        await listPredictions(toDocument(stump()), [
          [0.1, 0],
          [0.0999, 0],
        ]),
      ).to.deep.equal([2, 1]);
      const exact = { ...stump(), precision: 64 };
      expect(await listPredictions(toDocument(exact), [[0.1, 0]])).to.deep.equal([1]);
    });

    it('send missing values where the node says', async () => {
      const missing = (missing_left: number[]) => ({ ...stump({ missing_left }), missing: true });
      expect(await listPredictions(toDocument(missing([1, 0, 0])), [[null, 0]])).to.deep.equal([1]);
      expect(await listPredictions(toDocument(missing([0, 0, 0])), [[null, 0]])).to.deep.equal([2]);
    });

    it('take a threshold of null as infinity: only missing values go right', async () => {
      const tree = { ...stump({ threshold: [null, 0, 0], missing_left: [0, 0, 0] }), missing: true };
      expect(
        await listPredictions(toDocument(tree), [
          [1e300 / 1e270, 0],
          [null, 0],
        ]),
      ).to.deep.equal([1, 2]);
    });

    it('send categories that a node does not know where missing values go', async () => {
      const sets = { 0: { left: [3], right: [5] } };
      const model = (left: number) => ({
        ...stump({ sets, missing_left: [left, 0, 0] }),
        precision: 64,
        missing: true,
      });
      const rows = [
        [3, 0],
        [5, 0],
        [4, 0],
        [-1, 0],
        [null, 0],
        [3.9, 0],
      ];
      expect(await listPredictions(toDocument(model(1)), rows)).to.deep.equal([1, 2, 1, 1, 1, 1]);
      expect(await listPredictions(toDocument(model(0)), rows)).to.deep.equal([1, 2, 2, 2, 2, 1]);
    });

    it('refuse a code that does not fit into 8 bits, naming the row', async () => {
      const sets = { 0: { left: [3], right: [5] } };
      const model = { ...stump({ sets }), precision: 64, missing: true, codes: [0] };
      const error = await catchError(EngineError, () =>
        scoreRows(toDocument(model), [
          [3, 0],
          [256, 0],
        ]),
      );
      expect(error.message).to.equal('values[1]: expected a category below 256.');
    });

    it('refuse a number that is infinite in 32 bits, as scikit-learn does', async () => {
      const error = await catchError(EngineError, () =>
        scoreRows(toDocument(stump()), [
          [0, 0],
          [1e39, 0],
        ]),
      );
      expect(error).to.deep.include({ code: 'invalid_value' });
      expect(error.message).to.contain('values[1]: the model got a number that is too large');
    });

    it('refuse what a function makes of a number if it is none', async () => {
      const model = steps({ type: 'function', name: 'log' }, sum);
      expect(await listPredictions(toDocument(model), [[1, 1]])).to.deep.equal([0]);
      const error = await catchError(EngineError, () =>
        scoreRows(toDocument(model), [
          [1, 1],
          [-1, 1],
        ]),
      );
      expect(error.message).to.contain('values[1]: the model got a missing cell, or a result that is not a number');
    });

    it('round halves to even numbers', async () => {
      const model = steps({ type: 'function', name: 'rint' }, { ...sum, coefficients: [[1, 0]] });
      const rows = [0.5, 1.5, 2.5, 2.6, -0.5, -1.5].map((cell) => [cell, 0]);
      expect((await listPredictions(toDocument(model), rows)).map(Math.abs)).to.deep.equal([0, 2, 2, 3, 0, 2]);
    });

    it('count numbers that are nearly on an edge as being on it, as older versions do', async () => {
      const last = { ...sum, coefficients: [[1, 0]] };
      const bins = {
        type: 'bins',
        edges: [
          [0, 1000, 2000],
          [0, 1],
        ],
        bins: [2, 1],
        one_hot: false,
      };
      const rows = [999.98, 999.995, 1000].map((cell) => [cell, 0]);
      const count = (near: boolean) => listPredictions(toDocument(steps({ ...bins, near }, last)), rows);
      expect(await count(true)).to.deep.equal([0, 1, 1]);
      expect(await count(false)).to.deep.equal([0, 0, 1]);
    });

    it('answer what an isotonic regression of one point has', async () => {
      const model = steps(
        { type: 'columns', parts: [{ columns: [0], step: { type: 'pass' } }] },
        { type: 'isotonic', x: [1], y: [0.25] },
      );
      const rows = [
        [0, 0],
        [5, 0],
      ];
      expect(await listPredictions(toDocument(model), rows)).to.deep.equal([0.25, 0.25]);
    });

    it('multiply columns, and take the product of none for 1', async () => {
      const last = { ...sum, coefficients: [[1, 10, 100]] };
      const model = steps({ type: 'products', terms: [[], [0, 0], [0, 1]] }, last);
      expect(await listPredictions(toDocument(model), [[3, 5]])).to.deep.equal([1 + 90 + 1500]);
    });

    it('divide a row by its norm, and leave one of zeros', async () => {
      for (const [norm, expected] of [
        ['l1', -1 / 7],
        ['l2', -0.2],
        ['max', -0.25],
      ] as const) {
        const model = steps({ type: 'normalize', norm }, sum);
        const rows = [
          [3, -4],
          [0, 0],
        ];
        const [first, second] = await listPredictions(toDocument(model), rows);
        expect(first).to.be.closeTo(expected, 1e-15);
        expect(second).to.equal(0);
      }
    });

    describe('change the distribution of numbers', () => {
      const first = { ...sum, coefficients: [[1, 0]] };
      const transform = async (step: Json, cells: number[]) =>
        listPredictions(
          toDocument(steps(step, first)),
          cells.map((cell) => [cell, 1]),
        );
      const power = (lambda: number, keys: Json = {}) => ({
        type: 'power',
        method: 'yeo-johnson',
        lambdas: [lambda, 1],
        ...keys,
      });
      const expectClose = (actual: number[], expected: number[]) =>
        expected.forEach((value, index) => expect(actual[index]).to.be.closeTo(value, 1e-12));

      it('by powers, in both formulas, with their limits', async () => {
        for (const precise of [false, true]) {
          expectClose(await transform(power(0.5, { precise }), [3, -3]), [2, -14 / 3]);
          expectClose(await transform(power(0, { precise }), [Math.E - 1, -1]), [1, -1.5]);
          expectClose(await transform(power(2, { precise }), [1, 1 - Math.E]), [1.5, -1]);
        }
        expect(await transform(power(0.5, { precise: true }), [1e-20])).to.deep.equal([1e-20]);
        expect(await transform(power(0.5), [1e-20])).to.deep.equal([0]);
      });

      it('by powers of positive numbers only, with the row of another', async () => {
        const boxCox = (lambda: number) => power(lambda, { method: 'box-cox' });
        expectClose(await transform(boxCox(2), [3]), [4]);
        expectClose(await transform(boxCox(0), [Math.E]), [1]);
        const error = await catchError(EngineError, () => transform(boxCox(2), [3, 0]));
        expect(error.message).to.equal('values[1]: the model takes only numbers above 0 in a column.');
      });

      it('back, where they were those of the target', async () => {
        const target = (inverse: Json) => ({ type: 'target', estimator: first, inverse: [inverse] });
        const invert = async (step: Json, cells: number[]) =>
          listPredictions(
            toDocument(target(step)),
            cells.map((cell) => [cell, 1]),
          );
        const back = (lambda: number, keys: Json = {}) => power(lambda, { lambdas: [lambda], inverse: true, ...keys });
        expectClose(await invert(back(0.5), [2, -14 / 3]), [3, -3]);
        expectClose(await invert(back(0), [1, -1.5]), [Math.E - 1, -1]);
        expectClose(await invert(back(2), [1.5, -1]), [1, 1 - Math.E]);
        expectClose(await invert(back(2, { method: 'box-cox' }), [4]), [3]);
        expectClose(await invert(back(0, { method: 'box-cox' }), [1]), [Math.E]);
        const quantiles = {
          type: 'quantiles',
          quantiles: [[0, 10, 40]],
          references: [0, 0.5, 1],
          normal: false,
          inverse: true,
        };
        expectClose(await invert(quantiles, [-1, 0, 0.25, 0.75, 1, 2]), [0, 0, 5, 25, 40, 40]);
        expectClose(await invert({ ...quantiles, normal: true }, [-9, 0, 9]), [0, 10, 40]);
      });

      it('by quantiles, with the middle of equal ones and bounds', async () => {
        const columns = [
          [0, 1, 1, 1, 3],
          [0, 0, 0, 0, 1],
        ];
        const quantiles = { type: 'quantiles', quantiles: columns, references: [0, 0.25, 0.5, 0.75, 1], normal: false };
        expectClose(await transform(quantiles, [-5, 0, 0.5, 1, 2, 3, 9]), [0, 0, 0.125, 0.5, 0.875, 1, 1]);
        const normal = await transform({ ...quantiles, normal: true }, [-5, 0, 1, 3]);
        expectClose(normal.slice(2), [0, 5.19933758270342]);
        expect(normal[0]).to.equal(normal[1]);
        expect(normal[0]).to.be.closeTo(-5.199337582605575, 1e-12);
      });

      it('and keep what is missing', async () => {
        const last = { type: 'impute', missing: null, columns: [0, 1], values: [-7, -7] };
        const quantiles = {
          type: 'quantiles',
          quantiles: [
            [0, 1],
            [0, 1],
          ],
          references: [0, 1],
          normal: true,
        };
        for (const step of [power(0.5), power(0.5, { method: 'box-cox', precise: true }), quantiles])
          expect(await listPredictions(toDocument(steps(step, last, first)), [[null, 1]])).to.deep.equal([-7]);
      });
    });

    it('take the most probable class of a stack whose last estimator is a machine for another than the predicted one', async () => {
      const text = await readFile(join(FOLDER, '1.0/svc-probable-three/model.json'), 'utf8');
      const document = JSON.parse(text) as Json & { model: { steps: Json[] } };
      const { notices } = await scikitLearn.describe(Buffer.from(text), 'model.json');
      expect(notices).to.have.length(1);
      const machine = document.model.steps.at(-1) as Json & { vectors: number[][] };
      const width = machine.vectors[0]?.length ?? 0;
      const members = Array.from({ length: width }, () => ({
        estimator: { ...sum, coefficients: [Array(width).fill(1)] },
        method: 'predict',
      }));
      document.model.steps[document.model.steps.length - 1] = {
        type: 'stack',
        classes: 3,
        members,
        pass: false,
        final: machine,
      };
      const described = await scikitLearn.describe(Buffer.from(JSON.stringify(document)), 'model.json');
      expect(described.notices).to.deep.equal(notices);
      expect(described.mayDisagree).to.equal(true);
    });

    const colored = (unknown: unknown) =>
      toDocument(
        steps(
          { type: 'one_hot', features: [{ categories: ['green', 'red'], outputs: [0, 1], width: 2, unknown }] },
          { type: 'linear', coefficients: [[10, 20]], intercepts: [1], link: 'identity' },
        ),
        { columns: [COLOR] },
      );

    it('encode categories by their text, whatever their order', async () => {
      const columns = [COLOR];
      expect(await listPredictions(colored(-1), [['red'], ['green'], ['blue']], { columns })).to.deep.equal([
        21, 11, 1,
      ]);
      expect(await listPredictions(colored(0), [['blue']], { columns })).to.deep.equal([11]);
    });

    it('refuse an unknown category if the encoder does, naming row and column', async () => {
      const error = await catchError(EngineError, () =>
        scoreRows(colored('error'), [['red'], ['blue']], { columns: [COLOR] }),
      );
      expect(error.message).to.equal('values[1]: column "color": expected one of the categories that the model knows.');
    });

    it('tell a missing cell from an unknown category', async () => {
      const nullable = { ...COLOR, nullable: true };
      const model = (missing: unknown) =>
        toDocument(
          steps(
            { type: 'ordinal', features: [{ categories: ['red', 'green'], codes: [0, 1], unknown: -5, missing }] },
            { type: 'linear', coefficients: [[1]], intercepts: [0], link: 'identity' },
          ),
          { columns: [COLOR] },
        );
      const columns = [nullable];
      expect(await listPredictions(model(-9), [['green'], ['blue'], [null]], { columns })).to.deep.equal([1, -5, -9]);
    });

    it('are not served with a nullable column that must not be empty', async () => {
      const load = (document: Json) =>
        catchError(DeploymentError, () =>
          scikitLearn.load(toSource({ kind: 'scikit-learn', columns: COLUMNS }, document)),
        );
      const { problems } = await load(toDocument(sum));
      expect(problems).to.deep.equal(
        [0, 1].map(
          (index) =>
            `deployment.json.columns[${index}].nullable: expected false, or impute, as the model in model.json takes no missing cell in it`,
        ),
      );
    });

    it('are not served with categories on a column of numbers', async () => {
      const columns = [
        { name: 'x', type: 'integer', categories: [1, 2] },
        { name: 'y', type: 'double' },
      ];
      const { problems } = await catchError(DeploymentError, () =>
        scikitLearn.load(toSource({ kind: 'scikit-learn', columns }, toDocument(sum))),
      );
      expect(problems.join()).to.contain('deployment.json.columns[0].categories: expected no categories');
    });

    it('answer the second class on a tie if the estimator does', async () => {
      const model = (tie: number) => ({
        type: 'linear',
        coefficients: [[1, 1]],
        intercepts: [0],
        link: 'sigmoid',
        classes: 2,
        tie,
      });
      const keys = toClassifier('no', 'yes');
      const document = (tie: number) => toDocument(model(tie), { classes: ['no', 'yes'] });
      expect(await listPredictions(document(1), [[0, 0]], keys)).to.deep.equal([1]);
      expect(await listPredictions(document(0), [[0, 0]], keys)).to.deep.equal([0]);
    });

    it('leave the columns out that the model does not use', async () => {
      const model = steps(
        { type: 'columns', parts: [{ columns: [2, 0], step: { type: 'pass' } }] },
        {
          ...sum,
          coefficients: [[1, 100]],
        },
      );
      const columns = [
        { name: 'x', type: 'double' },
        { name: 'unused', type: 'string', used: false },
        { name: 'y', type: 'double' },
      ];
      expect(await listPredictions(toDocument(model, { columns }), [[1, 2]])).to.deep.equal([102]);
      const whole = toDocument(sum, { columns });
      expect(await findProblem(whole)).to.contain('the column "unused" is marked as not used');
    });
  });
});
