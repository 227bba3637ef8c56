import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import type { z } from 'zod';
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { DeploymentFile } from '../../../models/deployment-file.ts';
import { planEncoding, type encodingSchema } from '../../../models/encoding.ts';
import { randomForest } from '../../../models/kinds/random-forest/random-forest.ts';
import { loadDeployment } from '../../../catalogue/load-deployment.ts';
import type { Scores } from '../../../models/model.ts';
import { score } from '../../../models/score-table.ts';
import { parseTable, type RequestTable } from '../../../models/table.ts';
import { readSamples, toTable } from '../../../scripts/sample-data.ts';
import { catchError, toClassifier, toSource } from '../../support/deployment.ts';
import { SAMPLES } from '../../support/engine.ts';
import { leaf, listVotes, split, toForestJson, type NodeJson } from '../../support/forest.ts';

type ClassifierJson = Parameters<typeof RandomForestClassifier.load>[0];
type RegressionJson = Parameters<typeof RandomForestRegression.load>[0];

const COLUMNS = [
  { name: 'x', type: 'double', nullable: true },
  { name: 'color', type: 'string', categories: ['red', 'green', 'blue'] },
  { name: 'y', type: 'integer' },
];
const fields = ['x', 'color', 'y'];
const classes = { kind: 'random-forest', columns: COLUMNS, ...toClassifier('a', 'b', 'c') };
const numbers = { kind: 'random-forest', columns: COLUMNS };

/** Loads a forest and scores rows with it. */
async function scoreForest(keys: object, json: unknown, values: unknown[][]): Promise<Scores> {
  const source = toSource(keys, json);
  const { model } = await randomForest.load(source);
  return score({ file: source.file, model }, { fields, values }, '');
}

async function listProblems(keys: object, json: unknown): Promise<readonly string[]> {
  return (await catchError(DeploymentError, () => randomForest.load(toSource(keys, json)))).problems;
}

/** The rows as the library takes them: what stands in for a null or NaN, the number of a category or -1. */
function toNumbers({ values }: RequestTable, columns: DeploymentFile['columns']): number[][] {
  return values.map((row) =>
    columns.map(({ categories, impute }, index) => {
      const cell = row[index] ?? impute ?? NaN;
      return categories ? categories.indexOf(cell as string) : (cell as number);
    }),
  );
}

/** The rows of a deployment as the library takes them. */
function encodeRows(table: RequestTable, file: DeploymentFile): number[][] {
  const { encoding } = file.settings as { encoding?: z.infer<typeof encodingSchema> };
  const planned = planEncoding(file.columns, encoding, { categories: 'codes', nan: true });
  if ('problems' in planned) expect.fail(planned.problems.join());
  const { encoder } = planned;
  const numbers = encoder.encode(parseTable(table, file.columns, { unknownCategories: 'accept', place: '' }));
  return table.values.map((_, row) => [...numbers.slice(row * encoder.width, (row + 1) * encoder.width)]);
}

/** How many of the votes each of three classes, or two, has. */
function count(votes: readonly number[], width: number): number[] {
  return Array.from({ length: width }, (_, index) => votes.filter((vote) => vote === index).length);
}

/** Holds the scores of a classifier against the library's. */
function compareClasses(scores: Scores, json: object, rows: number[][], width: number): void {
  const forest = RandomForestClassifier.load(structuredClone(json) as ClassifierJson);
  const predictions = forest.predict(rows);
  for (const [row, votes] of listVotes(forest, rows).entries()) {
    const counts = count(votes, width);
    expect(Array.from(scores.probabilities ?? []).slice(row * width, (row + 1) * width)).to.deep.equal(
      counts.map((number) => number / votes.length),
    );
    // Of equally many votes the library prefers the class that it counted first, and we the first class.
    const [most, next] = [...counts].sort((a, b) => b - a) as [number, number];
    expect(scores.predictions[row]).to.equal(most > next ? predictions[row] : counts.indexOf(most));
  }
}

/** Holds the scores of a regression against the library's. */
function compareNumbers(scores: Scores, json: object, rows: number[][]): void {
  const forest = RandomForestRegression.load(structuredClone(json) as RegressionJson);
  expect(Array.from(scores.predictions)).to.deep.equal(forest.predict(rows));
}

describe('a random forest', () => {
  const trees = [
    split(0, 5, leaf(0.75, 0.25), leaf(0, 0.5, 0.5)),
    split(0, 0.5, leaf(1), split(1, 50, leaf(0.25, 0.75), leaf(0, 0, 1))),
    leaf(0.25, 0.25, 0.5),
  ];
  const forest = toForestJson('RFClassifier', trees, [[0], [1, 2], [2]]);
  const values = [
    [1, 'red', 0],
    [5, 'green', 49],
    [9, 'blue', 50],
    [null, 'never learned', 0],
  ];

  it('counts the votes of its trees', async () => {
    const { predictions, probabilities } = await scoreForest(classes, forest, values);
    expect(Array.from(probabilities ?? [])).to.deep.equal(
      [2, 0, 1, 0, 2, 1, 0, 1, 2, 1, 1, 1].map((votes) => votes / 3),
    );
    expect(Array.from(predictions)).to.deep.equal([0, 1, 2, 0]);
  });

  it('takes the mean of the distributions in its leaves where the voting is soft', async () => {
    const soft = { ...classes, settings: { voting: 'soft' } };
    const { predictions, probabilities } = await scoreForest(soft, forest, values);
    expect(Array.from(probabilities ?? [])).to.deep.equal(
      [2, 0.5, 0.5, 0.5, 1.5, 1, 0.25, 0.75, 2, 1.25, 0.75, 1].map((sum) => sum / 3),
    );
    expect(Array.from(predictions)).to.deep.equal([0, 1, 2, 0]);
  });

  for (const voting of ['hard', 'soft']) {
    it(`gives exactly 1 to what all of 10 trees agree on, where the voting is ${voting}`, async () => {
      const unanimous = toForestJson('RFClassifier', new Array<NodeJson>(10).fill(leaf(0, 1)), new Array(10).fill([0]));
      const { probabilities } = await scoreForest({ ...classes, settings: { voting } }, unanimous, values.slice(0, 1));
      expect(Array.from(probabilities ?? [])).to.deep.equal([0, 1, 0]);
    });
  }

  it('gives no more than 1 where the shares in a leaf are rounded upwards', async () => {
    const json = toForestJson('RFClassifier', [leaf(1 + 1e-9)], [[0]]);
    const { probabilities } = await scoreForest({ ...classes, settings: { voting: 'soft' } }, json, values.slice(0, 1));
    expect(Array.from(probabilities ?? [])).to.deep.equal([1, 0, 0]);
  });

  for (const [method, count, prediction] of [
    ['mean', 4, 9.25],
    ['median', 4, 4],
    ['median', 3, 4],
    ['median', 1, 2],
  ] as const) {
    it(`takes the ${method} of ${count} ${count === 1 ? 'number' : 'numbers'} in a regression`, async () => {
      const leaves = [2, 4, 11, 20].slice(0, count).map((distribution) => ({ distribution }));
      const json = toForestJson('RFRegression', leaves.reverse(), new Array(count).fill([0]), method);
      const scores = await scoreForest(numbers, json, values.slice(0, 1));
      expect(Array.from(scores.predictions)).to.deep.equal([prediction]);
      compareNumbers(scores, json, [[1, 0, 0]]);
    });
  }

  it('takes the mean where it does not say which', async () => {
    const { selectionMethod: _, ...json } = toForestJson(
      'RFRegression',
      [{ distribution: 1 }, { distribution: 4 }],
      [[0], [0]],
    );
    expect((await scoreForest(numbers, json, values.slice(0, 1))).predictions[0]).to.equal(2.5);
  });

  it('calibrates its votes, and those of leaves, and predicts the same class', async () => {
    const json = toForestJson('RFClassifier', [leaf(0.6, 0.3, 0.1), leaf(0.2, 0.6, 0.2)], [[0], [0]]);
    const values = [[0, 'red', 0]];
    const score = async (settings: object) =>
      Array.from((await scoreForest({ ...classes, settings }, json, values)).probabilities ?? []);
    const calibration = { temperature: 0.5, smoothing: 0.3 };
    const toPowers = (votes: number[]) => {
      const powers = votes.map((vote) => (0.7 * vote + 0.1) ** 2);
      return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
    };
    const expected = { soft: [0.4, 0.45, 0.15], hard: [0.5, 0.5, 0] };
    for (const voting of ['soft', 'hard'] as const) {
      const scored = await score({ voting, calibration });
      toPowers(expected[voting]).forEach((share, index) => expect(scored[index]).to.be.closeTo(share, 1e-12));
    }
  });

  it('loads and scores a tree of 100,000 levels', async () => {
    const levels = Array.from({ length: 100_000 }, (_, level) => level);
    const open = levels.map(
      (level) => `{"splitColumn":0,"splitValue":${level},"left":{"distribution":${level}},"right":`,
    );
    const root = `${open.join('')}{"distribution":-1}${'}'.repeat(levels.length)}`;
    const json = Buffer.from(
      JSON.stringify(toForestJson('RFRegression', [null as never], [[0]])).replace('"root":null', `"root":${root}`),
    );
    const rows = [-0.5, 77_776.5, 1e6].map((x) => [x, 'red', 0]);
    expect(Array.from((await scoreForest(numbers, json, rows)).predictions)).to.deep.equal([0, 77_777, -1]);
  });

  describe('agrees with ml-random-forest', () => {
    it('on every row of the samples', async () => {
      const forests = (await readSamples()).filter(({ fitted, kind }) => !fitted && !kind);
      expect(forests).to.have.length(3);
      for (const sample of forests) {
        const { id } = sample;
        const deployment = await loadDeployment(join(SAMPLES, id), { allowModules: false });
        const json = JSON.parse(await readFile(join(SAMPLES, id, 'model.json'), 'utf8')) as object;
        const table = toTable(sample.features, sample.rows);
        const rows = encodeRows(table, deployment.file);
        const { label } = deployment.file;
        // The library counts votes, and does not calibrate them.
        const voting = label.classes && { voting: 'hard', calibration: undefined };
        const source = toSource(
          { ...deployment.file, settings: { ...(deployment.file.settings as object), ...voting } },
          json,
        );
        const { model } = await randomForest.load(source);
        const scores = await score({ file: source.file, model }, table, '');
        if (label.classes) compareClasses(scores, json, rows, label.classes.length);
        else compareNumbers(scores, json, rows);
      }
    });

    // Few values, so that many a cell equals the value of a split.
    const steps = fc.constantFrom(-1, 0, 0.5, 1, 2);
    const rows = fc.array(
      fc.tuple(fc.option(steps), fc.constantFrom('red', 'green', 'blue', 'never learned'), fc.constantFrom(0, 1, 2)),
      { minLength: 1, maxLength: 20 },
    );
    const toForests = (leaves: fc.Arbitrary<NodeJson>) => {
      const { tree } = fc.letrec<{ tree: NodeJson }>((tie) => ({
        tree: fc.oneof(
          { depthSize: 'medium' },
          leaves,
          fc.record({ splitColumn: fc.nat(2), splitValue: steps, left: tie('tree'), right: tie('tree') }),
        ),
      }));
      const indexes = fc.array(fc.nat(2), { minLength: 3, maxLength: 3 });
      return fc
        .array(fc.tuple(tree, indexes), { minLength: 1, maxLength: 9 })
        .map((pairs) => [pairs.map(([root]) => root), pairs.map(([, index]) => index)] as const);
    };

    it('on any forest of classes and any table', async () => {
      const shares = [[1], [0, 1], [0, 0, 1], [0.5, 0.5], [0, 0.5, 0.5], [0.25, 0.25, 0.5], [0.25, 0.75]];
      const forests = toForests(fc.constantFrom(...shares.map((share) => leaf(...share))));
      await fc.assert(
        fc.asyncProperty(forests, rows, async (parts, values) => {
          const json = toForestJson('RFClassifier', ...parts);
          const { columns } = toSource(classes, json).file;
          const scores = await scoreForest(classes, json, values);
          compareClasses(scores, json, toNumbers({ fields, values }, columns), 3);
        }),
        { seed: 1, numRuns: 200 },
      );
    });

    it('on any forest of numbers and any table', async () => {
      const leaves = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((distribution) => ({ distribution }));
      const methods = fc.constantFrom('mean' as const, 'median' as const);
      await fc.assert(
        fc.asyncProperty(toForests(leaves), methods, rows, async (parts, method, values) => {
          const json = toForestJson('RFRegression', ...parts, method);
          const { columns } = toSource(numbers, json).file;
          const scores = await scoreForest(numbers, json, values);
          compareNumbers(scores, json, toNumbers({ fields, values }, columns));
        }),
        { seed: 1, numRuns: 200 },
      );
    });
  });

  describe('is refused', () => {
    const root = 'model.json.baseModel.estimators[1].root';
    /** A forest of two trees, the second of which is this. */
    const plant = (tree: unknown, name: 'RFClassifier' | 'RFRegression' = 'RFClassifier') =>
      toForestJson(name, [name === 'RFClassifier' ? leaf(1) : { distribution: 1 }, tree as NodeJson], [[0], [2, 0]]);
    const good = leaf(1);
    const shares = 'expected [[p0, p1, …]], at most 3 numbers that sum to 1, none below 0';

    for (const [fault, tree, problem] of [
      ['a root that is none', null, ': expected a node'],
      ['a node without a left', { splitColumn: 0, splitValue: 1, right: good }, '.left: expected a node'],
      [
        'a node without a right',
        split(0, 1, good, { splitColumn: 0, splitValue: 1, left: good } as never),
        '.right.right: expected a node',
      ],
      [
        'a column that the tree does not have',
        split(2, 1, good, good),
        '.splitColumn: expected a column of the tree, and of the 3 features',
      ],
      [
        'a column below 0',
        split(-1, 1, good, good),
        '.splitColumn: expected a column of the tree, and of the 3 features',
      ],
      [
        'a column that is no number',
        split('length' as never, 1, good, good),
        '.splitColumn: expected a column of the tree, and of the 3 features',
      ],
      [
        'a node without a column',
        { splitValue: 1, left: good, right: good },
        '.splitColumn: expected a column of the tree, and of the 3 features',
      ],
      ['a split at a string', split(0, '1' as never, good, good), '.splitValue: expected a number'],
      ['a split at nothing', split(0, null as never, good, good), '.splitValue: expected a number'],
      ['a leaf of more classes than there are', split(0, 1, leaf(0, 0, 0, 1), good), `.left.distribution: ${shares}`],
      ['a leaf of no classes', leaf(), `.distribution: ${shares}`],
      ['a leaf with a share below 0', leaf(-0.5, 1.5), `.distribution: ${shares}`],
      ['a leaf whose shares do not sum to 1', leaf(0.5, 0.4), `.distribution: ${shares}`],
      ['a leaf with a string', leaf('1' as never), `.distribution: ${shares}`],
      ['a leaf that is a number, of a classifier', { distribution: 1 }, `.distribution: ${shares}`],
      ['a leaf that is not nested', { distribution: [1] }, `.distribution: ${shares}`],
      ['a leaf that is null', { distribution: null }, `.distribution: ${shares}`],
    ] as [string, unknown, string][]) {
      it(`with ${fault}`, async () => {
        expect(await listProblems(classes, plant(tree))).to.deep.equal([`${root}${problem}`]);
      });
    }

    for (const distribution of [[[1]], '1', null, Infinity]) {
      it(`with the leaf ${String(distribution)} in a regression`, async () => {
        expect(await listProblems(numbers, plant({ distribution }, 'RFRegression'))).to.deep.equal([
          `${root}.distribution: expected a number`,
        ]);
      });
    }

    it('with an index that is no feature', async () => {
      const json = toForestJson('RFClassifier', [split(1, 1, good, good)], [[0, 3]]);
      expect(await listProblems(classes, json)).to.deep.equal([
        'model.json.baseModel.estimators[0].root.splitColumn: expected a column of the tree, and of the 3 features',
      ]);
    });

    it('with more trees than indexes, or fewer', async () => {
      for (const indexes of [[[0]], [[0], [0], [0]]]) {
        expect(await listProblems(classes, toForestJson('RFClassifier', [good, good], indexes))).to.deep.equal([
          'model.json.baseModel.indexes: expected 2 arrays, one per estimator',
        ]);
      }
    });

    it('without trees', async () => {
      expect(await listProblems(classes, toForestJson('RFClassifier', [], []))).to.deep.equal([
        'model.json.baseModel.indexes: expected at least 1 item',
        'model.json.baseModel.estimators: expected at least 1 item',
      ]);
    });

    it('when it is of the other sort than the deployment', async () => {
      expect(await listProblems(classes, plant({ distribution: 1 }, 'RFRegression'))).to.deep.equal([
        'model.json.name: expected "RFClassifier", for a multiclass deployment',
      ]);
      expect(await listProblems(numbers, plant(good))).to.deep.equal([
        'model.json.name: expected "RFRegression", for a regression deployment',
      ]);
    });

    it('with a name, an index or a way to select that the library does not have', async () => {
      const json = {
        ...toForestJson('RFRegression', [{ distribution: 1 }], [[0.5]]),
        name: 'Forest',
        selectionMethod: 'mode',
      };
      expect(await listProblems(numbers, json)).to.deep.equal([
        'model.json.name: expected one of "RFClassifier", "RFRegression"',
        'model.json.selectionMethod: expected one of "mean", "median"',
        'model.json.baseModel.indexes[0][0]: expected int',
      ]);
    });

    it('with a calibration of a regression, or one that is none', async () => {
      const settings = { calibration: { temperature: 0.5 } };
      const json = toForestJson('RFRegression', [{ distribution: 1 }], [[0]]);
      expect(await listProblems({ ...numbers, settings }, json)).to.deep.equal([
        'deployment.json.settings.calibration: expected none, for a regression',
      ]);
      const [problem] = await listProblems({ ...classes, settings: { calibration: { temperature: 0 } } }, plant(good));
      expect(problem).to.include('deployment.json.settings.calibration.temperature');
    });

    it('with a way to vote that there is not', async () => {
      expect(await listProblems({ ...classes, settings: { voting: 'loud' } }, forest)).to.deep.equal([
        'deployment.json.settings.voting: expected one of "hard", "soft"',
      ]);
    });

    it('with a column that it cannot encode', async () => {
      const columns = [{ name: 'x', type: 'string' }];
      const example = { fields: ['x'], values: [['text']] };
      expect(await listProblems({ ...classes, columns, example }, forest)).to.deep.equal([
        'deployment.json.columns[0]: expected categories: this kind does not accept text columns without them',
      ]);
    });
  });
});
