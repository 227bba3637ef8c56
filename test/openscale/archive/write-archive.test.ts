import { expect } from 'chai';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDeployment } from '../../../catalogue/load-deployment.ts';
import { CommandError } from '../../../errors/command-error.ts';
import { EngineError } from '../../../errors/engine-error.ts';
import { writeArchive, type ArchiveOptions } from '../../../openscale/archive/write-archive.ts';
import type { Deployment } from '../../../models/deployment.ts';
import { catchError } from '../../support/deployment.ts';
import { SAMPLES } from '../../support/engine.ts';
import { good, readRows } from '../../support/behaviours.ts';
import { HttpDouble } from '../../support/http-double.ts';
import { writeRemote } from '../../support/remote.ts';
import { readTarGz } from '../../support/read-tar.ts';

type Json = Readonly<Record<string, unknown>>;
const MEMBERS = [
  'fairness_statistics.json',
  'common_configuration.json',
  'explainability.tar.gz',
  'drift_v2_archive.tar.gz',
];
const FAIRNESS = {
  groups: [{ feature: 'island', majority: ['Biscoe'], minority: ['Dream'] }],
  favourable: ['Adelie'],
  unfavourable: [],
};
const NOTHING = { groups: [], favourable: [], unfavourable: [] };
const ISLANDS = ['Biscoe', 'Dream', 'Torgersen'];
const SPECIES = ['Adelie', 'Chinstrap', 'Gentoo'];

describe('a configuration archive', () => {
  let folder: string;
  let data: string;
  let deployment: Deployment;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'archive-test-'));
    data = join(folder, 'penguins.csv');
    const rows = Array.from({ length: 60 }, (_, row) =>
      [
        ISLANDS[row % 3],
        35 + (row % 17),
        14 + (row % 7),
        180 + row,
        3000 + 40 * row,
        row % 2 ? 'MALE' : 'FEMALE',
        SPECIES[(row % 20) % 3],
      ].join(),
    );
    rows[7] = rows[7]?.replace('MALE', '') as string;
    const header = 'island,beak_length,beak_depth,flipper_length,body_mass,sex,species';
    await writeFile(data, [header, ...rows].join('\n'));
    deployment = await loadDeployment(join(SAMPLES, 'penguins'), { allowModules: false });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const toOptions = (keys: Partial<ArchiveOptions> = {}): ArchiveOptions => ({
    deployment,
    data: { path: data },
    fairness: FAIRNESS,
    explainability: true,
    drift: true,
    out: join(folder, 'out', 'configuration_archive.tar.gz'),
    force: true,
    ...keys,
  });
  const write = async (keys: Partial<ArchiveOptions> = {}) => {
    const result = await writeArchive(toOptions(keys));
    return { result, files: readTarGz(await readFile(result.path)) as Record<string, Json> };
  };
  const reject = async (keys: Partial<ArchiveOptions>) =>
    (await catchError(CommandError, () => writeArchive(toOptions(keys)))).message;

  it('has all parts, of the complete rows', async () => {
    const { result, files } = await write();
    expect(result).to.deep.include({ rows: 59, incomplete: 1, members: MEMBERS });
    expect(result.bytes).to.equal((await readFile(result.path)).length);
    const { common_configuration } = files['common_configuration.json'] as { common_configuration: Json };
    expect(common_configuration).to.deep.include({
      problem_type: 'multiclass',
      label_column: 'species',
      prediction: 'prediction',
      probability: ['probability'],
      categorical_fields: ['island', 'sex'],
      enable_fairness: true,
      enable_explainability: true,
      enable_drift_v2: true,
      enable_drift: false,
    });
    expect(files['common_configuration.json']?.['notebook_version']).to.equal('5.0');
    expect(files['fairness_statistics.json']?.['parameters']).to.deep.include({ training_data_records_count: 59 });
    const { training_statistics } = files['explainability.tar.gz/training_statistics.json'] as {
      training_statistics: Json;
    };
    expect(training_statistics['class_labels']).to.deep.equal(SPECIES);
    expect(files['drift_v2_archive.tar.gz/summary.json']).to.deep.include({ count: 59, predicted_labels: SPECIES });
  });

  it('has the scores of the model in its drift baseline', async () => {
    const { files } = await write();
    const name = 'discrete_feature_counts_prediction';
    const { statistics } = files[`drift_v2_archive.tar.gz/operations/discrete_feature_counts/${name}.json`] as {
      statistics: Record<string, { frequency_counts: { fields: string[]; values: number[] } }>;
    };
    const counts = statistics['discrete_statistics_prediction']?.frequency_counts;
    expect(counts?.values.reduce((sum, value) => sum + value, 0)).to.equal(59);
    for (const label of counts?.fields ?? ['none']) expect(SPECIES).to.include(label);
  });

  it('has only the parts that are asked for', async () => {
    const { result, files } = await write({ fairness: NOTHING, explainability: false, drift: false });
    expect(result.members).to.deep.equal(['common_configuration.json']);
    expect(files['common_configuration.json']?.['common_configuration']).to.deep.include({
      enable_fairness: false,
      enable_explainability: false,
      enable_drift_v2: false,
    });
  });

  it('has groups that end anywhere', async () => {
    const masses = Array.from({ length: 60 }, (_, row) => `${3000 + 40 * row}..${3000 + 40 * row}`);
    const groups = [{ feature: 'body_mass', majority: masses.slice(30), minority: masses.slice(0, 30) }];
    const { files } = await write({ fairness: { ...FAIRNESS, groups }, drift: false });
    const { training_data_distributions } = files['fairness_statistics.json']?.['parameters'] as {
      training_data_distributions: { values: unknown[][] };
    };
    expect(training_data_distributions.values.map((row) => row[3])).to.deep.equal(Array<number>(59).fill(1));
  });

  it('takes the importances that train recorded, or measures them', async () => {
    const ranks = async (training: Json | undefined) => {
      const file = { ...deployment.file, training };
      const units: string[] = [];
      const { files } = await write({ deployment: { ...deployment, file }, onProgress: (unit) => units.push(unit) });
      const summary = files['drift_v2_archive.tar.gz/summary.json'];
      return { units: new Set(units), importances: summary?.['feature_importance'] as Record<string, number> };
    };
    const names = deployment.file.columns.map(({ name }) => name);
    const recorded = await ranks({ importances: names.map((feature, index) => ({ feature, mean: index - 1 })) });
    expect(recorded.units).to.deep.equal(new Set(['rows']));
    expect(recorded.importances).to.include({ sex: 4, island: 0, beak_length: 0, beak_depth: 1 });
    for (const edited of [undefined, { importances: 'none' }, { importances: [{ feature: 'sex', mean: 'high' }] }]) {
      const measured = await ranks(edited);
      expect(measured.units).to.include('features');
      expect(measured.importances).to.have.all.keys(names);
    }
  });

  it('replaces a file only when it is told to', async () => {
    const out = join(folder, 'kept.tar.gz');
    await writeFile(out, 'kept');
    expect(await reject({ out, force: false })).to.match(/kept\.tar\.gz exists; replace it with --force/);
    expect(await readFile(out, 'utf8')).to.equal('kept');
    expect(await reject({ out: folder, force: false })).to.include('is a folder; --out names the file');
    expect((await write({ out, force: true })).result.path).to.equal(out);
  });

  it('does not replace a file that appears while it is made', async () => {
    const out = join(folder, 'late.tar.gz');
    const onProgress = () => void writeFile(out, 'other');
    expect(await reject({ out, force: false, onProgress })).to.include('late.tar.gz exists');
    expect(await readFile(out, 'utf8')).to.equal('other');
  });

  it('leaves nothing behind when it is stopped, or when the model fails', async () => {
    const out = join(folder, 'empty', 'archive.tar.gz');
    await mkdir(join(folder, 'empty'));
    const abort = new AbortController();
    const onProgress = () => abort.abort(new CommandError('stopped'));
    expect(await reject({ out, signal: abort.signal, onProgress })).to.equal('stopped');
    const failing = { ...deployment, model: { score: () => Promise.reject(new Error('no')) } };
    const failure = await catchError(EngineError, () => writeArchive(toOptions({ out, deployment: failing })));
    expect(failure.code).to.equal('model_failed');
    expect(await readdir(join(folder, 'empty'))).to.deep.equal([]);
  });

  it('says where it cannot be written', async () => {
    const out = join(data, 'archive.tar.gz');
    expect(await reject({ out })).to.match(
      /^Cannot write .*archive\.tar\.gz \(\w+\); choose another file with --out\.$/,
    );
    const taken = join(folder, 'taken');
    await mkdir(join(taken, 'inside'), { recursive: true });
    expect(await reject({ out: taken, drift: false })).to.match(/^Cannot write .*taken \(\w+\); choose another file/);
  });

  it('needs probabilities of a classifier, except for fairness', async () => {
    const without = { ...deployment, hasProbabilities: false };
    expect(await reject({ deployment: without })).to.include('--no-drift --no-explainability');
    const { result } = await write({ deployment: without, explainability: false, drift: false });
    expect(result.members).to.include('fairness_statistics.json');
  });

  it('is for structured data', async () => {
    const file = { ...deployment.file, input_data_type: 'unstructured_text' as const };
    expect(await reject({ deployment: { ...deployment, file } })).to.include('has unstructured_text data');
  });

  it('rejects names that lead out of the archive, unless no file is named after them', async () => {
    const rename = (text: string) => text.replace('beak_length', 'a/../../beak');
    const columns = deployment.file.columns.map((column) => ({ ...column, name: rename(column.name) }));
    const renamed = join(folder, 'leading-out.csv');
    await writeFile(renamed, rename(await readFile(data, 'utf8')));
    const other = { ...deployment, file: { ...deployment.file, columns } };
    expect(await reject({ deployment: other, data: { path: renamed } })).to.match(
      /"a\/..\/..\/beak" has \/..\/ in its name/,
    );
    await write({ deployment: other, data: { path: renamed }, drift: false });
  });

  for (const number of ['1e151', '-1.7e308']) {
    it(`rejects numbers that have no statistics: ${number}`, async () => {
      const large = join(folder, 'large.csv');
      await writeFile(large, (await readFile(data, 'utf8')).replace(',35,', `,${number},`));
      expect(await reject({ data: { path: large } })).to.match(/^Column "beak_length" has numbers beyond 1e\+150/);
    });
  }

  it('rejects a column with the name of one that the monitor adds', async () => {
    const columns = deployment.file.columns.map((column) =>
      column.name === 'sex' ? { ...column, name: 'Class Probability for Adelie' } : column,
    );
    const renamed = join(folder, 'renamed.csv');
    await writeFile(renamed, (await readFile(data, 'utf8')).replace(',sex,', ',Class Probability for Adelie,'));
    const model = {
      score: (table: { rows: readonly unknown[] }) => ({
        predictions: new Int32Array(table.rows.length),
        probabilities: Float64Array.from({ length: 3 * table.rows.length }, (_, at) => (at % 3 === 0 ? 1 : 0)),
      }),
    };
    const other = { ...deployment, model, file: { ...deployment.file, columns } };
    expect(await reject({ deployment: other, data: { path: renamed } })).to.include(
      'rename it, or leave the drift baseline out',
    );
  });

  it('is made with a model on another server, of which few rows are shuffled', async () => {
    const double = await HttpDouble.start(good);
    await writeRemote(folder, 'remote', { url: double.url });
    const remote = await loadDeployment(join(folder, 'remote'), { allowModules: false });
    const path = join(folder, 'remote.csv');
    const lines = Array.from({ length: 200 }, (_, row) => `${row / 200},${row % 3 ? 'yes' : 'no'}`);
    await writeFile(path, ['x,target', ...lines].join('\n'));
    const { files } = await write({ deployment: remote, data: { path }, fairness: NOTHING });
    const { columns, feature_importance } = files['drift_v2_archive.tar.gz/summary.json'] as Record<
      string,
      Record<string, Json>
    >;
    expect(columns?.['Class Probability for yes']).to.deep.include({ min: 0, max: 0.995, distinct_count: -1 });
    expect(feature_importance).to.have.all.keys('x');
    // Once as they are, then 50 of them, as they are and in five other orders.
    expect(double.requests.reduce((sum, request) => sum + readRows(request).length, 0)).to.equal(200 + 6 * 50);
    await double.close();
    const failure = await catchError(EngineError, () =>
      writeArchive(toOptions({ deployment: remote, data: { path }, fairness: NOTHING })),
    );
    expect(failure.code).to.match(/^(target|upstream)_/);
  });

  it('has one of a regression, without probabilities', async () => {
    const cars = await loadDeployment(join(SAMPLES, 'car-mileage'), { allowModules: false });
    const names = cars.file.columns.map(({ name }) => name);
    const { fields, values } = cars.file.example;
    const path = join(folder, 'cars.csv');
    const lines = Array.from({ length: 24 }, (_, row) => [
      ...names.map((name) => {
        const cell = values[row % values.length]?.[fields.indexOf(name)];
        return typeof cell === 'number' ? cell + (row % 7) : (cell ?? 1);
      }),
      10 + row / 2,
    ]);
    await writeFile(
      path,
      [[...names, cars.file.label.name], ...lines].map((line) => line.map(String).join()).join('\n'),
    );
    const { files } = await write({ deployment: cars, data: { path }, fairness: NOTHING });
    expect(files['common_configuration.json']?.['common_configuration']).to.deep.include({ probability: null });
    expect(files['drift_v2_archive.tar.gz/summary.json']).to.not.have.any.keys(
      'predicted_labels',
      'probability_column',
    );
  });
});
