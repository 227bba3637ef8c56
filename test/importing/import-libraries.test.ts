/** Models that libraries wrote, imported with rows and the libraries' own scores, as files of CSV. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { CommandError } from '../../errors/command-error.ts';
import { importModel, type ImportOptions, type ImportResult } from '../../importing/import-model.ts';
import { catchError } from '../support/deployment.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));

interface Case {
  readonly deployment: {
    readonly columns: readonly { readonly name: string }[];
    readonly label: { readonly classes?: readonly (string | number)[] };
  };
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
  readonly predictions: readonly (string | number)[];
  readonly probabilities?: readonly (readonly number[])[];
}

describe('importing a model of a library', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'import-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const readCase = async (name: string) =>
    JSON.parse(await readFile(join(FIXTURES, name, 'case.json'), 'utf8')) as Case;

  /** Imports the model of a case with its rows, and with its scores unless there are others. */
  const run = async (name: string, file: string, change: (found: Case) => Case = (found) => found) => {
    const { deployment, rows, predictions, probabilities } = change(await readCase(name));
    const { classes = [] } = deployment.label;
    const lines = [deployment.columns.map((column) => column.name), ...rows].map((cells) => cells.join(','));
    await writeFile(join(folder, 'rows.csv'), lines.join('\n') + '\n');
    const scores = [
      ['prediction', ...classes],
      ...predictions.map((one, row) => [one, ...(probabilities?.[row] ?? [])]),
    ];
    await writeFile(join(folder, 'scores.csv'), scores.map((cells) => cells.join(',')).join('\n') + '\n');
    const options: ImportOptions = {
      path: join(FIXTURES, name, file),
      rows: join(folder, 'rows.csv'),
      scores: join(folder, 'scores.csv'),
      label: 'target',
      ...(classes.length > 0 && { labels: classes }),
      tolerance: 1e-12,
      settings: {},
      deployment: { id: 'imported', name: 'imported', echo: true },
      out: join(folder, 'deployments'),
      force: true,
    };
    return importModel(options);
  };

  const expectEqual = ({ comparisons }: ImportResult) => {
    expect(comparisons).to.have.length(1);
    expect(comparisons[0]?.equal).to.equal(comparisons[0]?.rows);
  };

  it('takes the categories that LightGBM has from pandas, in the order of their codes', async () => {
    const result = await run('lightgbm/4.7/categories-many-vs-many', 'model.txt');
    expectEqual(result);
    const [job, , code] = result.file.columns;
    expect(job?.categories).to.deep.equal(['clerk', 'cook', 'judge', 'none', 'pilot', 'tailor']);
    expect(code).to.deep.include({ type: 'integer', categories: [5, 7, 11, 1300] });
    expect(result.file.settings).to.deep.equal({});
  });

  it('writes the codes of categories that are integers, whatever order they have', async () => {
    const result = await run('lightgbm/4.7/categories-integers', 'model.txt');
    expectEqual(result);
    const { encoding } = result.file.settings as { encoding: { column: string; codes?: readonly number[] }[] };
    expect(encoding.map(({ column }) => column)).to.deep.equal(['amount', 'code', 'town']);
    expect(encoding[1]?.codes).to.deep.equal([5, 7, 11, 1300]);
  });

  it('refuses text where the categories are integers', async () => {
    const change = (found: Case) => ({
      ...found,
      rows: found.rows.map(([amount, , town]) => [amount ?? 0, 'a', town ?? 0]),
    });
    const error = await catchError(CommandError, () => run('lightgbm/4.7/categories-integers', 'model.txt', change));
    expect(error.message).to.match(/^--rows: column "code" has text, but to the model its categories are integers/);
  });

  it('compares probabilities that do not sum to 1 after they are divided by their sum', async () => {
    for (const [name, file] of [
      ['lightgbm/4.7/objective-multiclassova-3', 'model.txt'],
      ['catboost/1.2.10/loss-MultiClassOneVsAll-3', 'model.json'],
    ] as const) {
      const scale = (found: Case) => ({
        ...found,
        probabilities: found.probabilities?.map((values, row) => values.map((value) => value * (0.5 + row / 8))) ?? [],
      });
      expectEqual(await run(name, file, scale));
    }
  });

  it('lists the categories that a CatBoost model tests, then those of the rows', async () => {
    const result = await run('catboost/1.2.10/categories-binary', 'model.json');
    expectEqual(result);
    const { deployment } = await readCase('catboost/1.2.10/categories-binary');
    const { features } = result.description;
    for (const [index, column] of result.file.columns.entries()) {
      const tested = features[index]?.categories;
      if (!tested) continue;
      const found = column.categories?.map((category) => (typeof category === 'boolean' ? Number(category) : category));
      expect(found?.slice(0, tested.length).map(String)).to.deep.equal(tested);
      expect(column).to.deep.include({ name: deployment.columns[index]?.name, nullable: false });
    }
    expect(result.file.columns.map(({ type }) => type)).to.deep.equal([
      'string',
      'double',
      'integer',
      'boolean',
      'string',
    ]);
    const codes = result.file.columns[2]?.categories;
    for (const [, , code] of result.scored.values) expect(codes).to.include(code);
  });

  it('takes the categories of CatBoost as texts where numbers or booleans cannot be them', async () => {
    const hashes = [11, 22, 33];
    const toModel = (texts: readonly string[]) =>
      JSON.stringify({
        features_info: {
          cat_features_hash: texts.map((value, index) => ({ value, hash: hashes[index] })),
          categorical_features: [
            { feature_index: 0, flat_feature_index: 0, feature_name: 'code', values: hashes.slice(0, texts.length) },
          ],
        },
        model_info: { params: { loss_function: { type: 'RMSE' } } },
        oblivious_trees: [
          { splits: [{ split_type: 'OneHotFeature', cat_feature_index: 0, value: 11 }], leaf_values: [0, 1] },
        ],
        scale_and_bias: [1, [0]],
      });
    for (const [texts, cells, type, predictions] of [
      [['3', '7'], '3\n7\n8\n', 'integer', [1, 0, 0]],
      [['3.0', '7.0', 'nan'], '3.0\nnan\n7.0\n', 'string', [1, 0, 0]],
      [['nan', '3'], 'nan\n3\n3\n', 'string', [1, 0, 0]],
      [['1', '0'], 'True\nFalse\nTrue\n', 'boolean', [1, 0, 1]],
      [['True', 'False'], 'True\nFalse\nTrue\n', 'string', [1, 0, 1]],
    ] as const) {
      await writeFile(join(folder, 'model.json'), toModel(texts));
      await writeFile(join(folder, 'rows.csv'), `code\n${cells}`);
      const { file, scored } = await importModel({
        path: join(folder, 'model.json'),
        rows: join(folder, 'rows.csv'),
        tolerance: 0,
        settings: {},
        deployment: { id: 'imported', name: 'imported', echo: true },
        out: join(folder, 'deployments'),
        force: true,
      });
      expect([file.columns[0]?.type, scored.answer.predictions]).to.deep.equal([type, predictions]);
    }
  });

  it('takes texts for integers to LightGBM, if their codes are told', async () => {
    const change = (found: Case) => ({
      ...found,
      rows: found.rows.map(([amount, code, town]) => [
        amount ?? null,
        ['a', 'b'][Number(code) % 2] ?? null,
        town ?? null,
      ]),
    });
    const error = await catchError(CommandError, () => run('lightgbm/4.7/categories-integers', 'model.txt', change));
    expect(error.message).to.match(/or name its texts in the order of their codes .* --categories code=…\.$/);
  });

  describe('with rows in a file of scikit-learn', () => {
    const importFile = (name: string, changes: Partial<ImportOptions> = {}) =>
      importModel({
        path: join(FIXTURES, 'scikit-learn', name, 'model.json'),
        tolerance: 1e-12,
        settings: {},
        deployment: { id: 'imported', name: 'imported', echo: true },
        out: join(folder, 'deployments'),
        force: true,
        ...changes,
      });

    it('compares the classes of a support vector machine, which answers them without probabilities', async () => {
      const result = await importFile('1.0/svc-probable-three');
      expectEqual(result);
      expect(result.scored.answer.probabilities).to.equal(undefined);
      expect(result.notices.at(-1)).to.equal(
        'The deployment answers classes without probabilities: those of the model file were not compared.',
      );
    });

    it('compares its probabilities, if it answers the most probable class', async () => {
      const result = await importFile('1.0/svc-probable-three', { settings: { probabilities: true } });
      expectEqual(result);
      expect(result.scored.answer.probabilities).to.have.length(6);
      expect(result.notices.at(-1)).to.equal(
        'The deployment answers the most probable class: the predictions of the model file were not compared.',
      );
    });

    it('wants predictions where a deployment has no probabilities to compare', async () => {
      const path = join(FIXTURES, 'scikit-learn/1.0/svc-probable-three/model.json');
      const { rows } = JSON.parse(await readFile(path, 'utf8')) as { rows: { fields: string[]; values: unknown[][] } };
      await writeFile(join(folder, 'rows.json'), JSON.stringify(rows));
      await writeFile(join(folder, 'scores.csv'), `high\n${rows.values.map(() => 0.5).join('\n')}\n`);
      const files = { rows: join(folder, 'rows.json'), scores: join(folder, 'scores.csv') };
      const error = await catchError(CommandError, () => importFile('1.0/svc-probable-three', files));
      expect(error.message).to.equal(
        '--scores: the deployment answers classes without probabilities; give a column "prediction" to compare.',
      );
    });

    it('divides probabilities that do not sum to 1 by their sum', async () => {
      for (const name of ['1.5/lightgbm-ova', '1.5/catboost-ova']) expectEqual(await importFile(name));
    });
  });

  it('takes the classes of a CatBoost model from its file', async () => {
    const result = await run('catboost/1.2.10/class-names-boolean', 'model.json');
    expectEqual(result);
    expect(result.file.label.classes).to.deep.equal(['False', 'True']);
  });
});
