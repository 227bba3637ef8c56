/** The data of the console. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DeploymentDetails, DeploymentList } from '../../console/data.ts';
import { toTrainingReport } from '../../server/console/training-report.ts';
import { toTraffic } from '../../server/metrics/traffic.ts';
import { toJson } from '../support/deployment.ts';
import { makeDeploymentsFolder, SAMPLE_IDS, SAMPLES, startTestEngine, type TestEngine } from '../support/engine.ts';
import { makeKeyFile, toStoredKey } from '../support/key-file.ts';
import { makeTlsFolder, sendSecurely } from '../support/tls-client.ts';
import { until } from '../support/until.ts';

const HOSTILE = `<img src=x onerror="alert(1)"> ' \u202e </script>`;

async function writeDeployment(folder: string, id: string, keys: object = {}, coefficients = [1]): Promise<void> {
  await mkdir(join(folder, id), { recursive: true });
  const model = { coefficients: [coefficients], intercepts: [0] };
  await writeFile(join(folder, id, 'model.json'), JSON.stringify(model));
  await writeFile(join(folder, id, 'deployment.json'), JSON.stringify(toJson({ id, ...keys })));
}

describe('the data of the console', () => {
  let engine: TestEngine;
  let folder: string;
  let remove: () => Promise<void>;
  const start = async (settings: Record<string, string> = {}) => {
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder, ...settings });
  };
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows what it asks for
  const get = async <Data>(path = '', headers: Record<string, string> = {}) => {
    const response = await fetch(`${engine.url}/console/data/deployments${path}`, { headers });
    return { status: response.status, headers: response.headers, data: (await response.json()) as Data };
  };
  beforeEach(async () => {
    ({ folder, remove } = await makeDeploymentsFolder(SAMPLES, SAMPLE_IDS));
  });
  afterEach(async () => {
    await engine.stop();
    await remove();
  });

  it('lists the deployments with their quality and the limits of requests', async () => {
    await start({ ENGINE_MAX_ROWS: '77' });
    const { status, data } = await get<DeploymentList>();
    expect(status).to.equal(200);
    expect(data.deployments.map(({ id }) => id)).to.deep.equal(SAMPLE_IDS);
    expect(data.engine.limits.maxRows).to.equal(77);
    expect(data.engine.authentication).to.deep.equal([]);
    const iris = data.deployments.find(({ id }) => id === 'iris');
    expect(iris).to.deep.include({ name: 'Iris species', state: 'served', problemType: 'multiclass', hasApp: false });
    expect(iris?.quality.map(({ name }) => name)).to.deep.equal(['Accuracy', 'ROC AUC']);
    expect(iris?.traffic).to.deep.equal({ requests: 0, errors: 0, rows: 0, meanMs: null });
  });

  it('counts the traffic of scoring, with its errors', async () => {
    await start();
    const { data: before } = await get<DeploymentDetails>('/iris');
    await engine.score('iris', before.example);
    await engine.score('iris', { ...before.example, values: [['a', 'b', 'c', 'd']] });
    await engine.request('/v1/deployments/iris');
    const findTraffic = async () => (await get<DeploymentDetails>('/iris')).data.summary.traffic;
    await until('both are counted', async () => (await findTraffic())?.requests === 2);
    const traffic = await findTraffic();
    expect(traffic).to.deep.include({ requests: 2, errors: 1, rows: before.example.values.length });
    expect(traffic?.meanMs).to.be.within(0.001, 60_000);
  });

  it('describes a deployment: columns, label, results, the report of its training', async () => {
    await start();
    const { data } = await get<DeploymentDetails>('/penguins');
    expect(data.columns[1]).to.deep.equal({
      name: 'beak_length',
      type: 'double',
      nullable: true,
      range: [32.1, 59.6],
      isDate: false,
    });
    expect(data.label.classes).to.deep.equal(['Adelie', 'Chinstrap', 'Gentoo']);
    expect(data.result).to.deep.equal({ prediction: 'prediction', probability: 'probability' });
    expect(data.training?.rows).to.deep.equal({ training: 275, test: 69 });
    expect(data.training?.confusion).to.have.length(3);
    expect(data.training?.importances[0]?.feature).to.equal('beak_length');
    expect(data.isRemote).to.equal(false);
  });

  it('says of a column of dates with which one they begin, and of no other column that it has dates', async () => {
    await writeDeployment(
      folder,
      'dates',
      {
        columns: [
          { name: 'x', type: 'string' },
          { name: 'unknown', type: 'string' },
          { name: 'category', type: 'string', categories: ['a', 'b'] },
          { name: 'note', type: 'string' },
        ],
        settings: {
          encoding: [
            { column: 'x', date: 'days', since: '2026-01-01' },
            { column: 'x', date: 'month' },
            { column: 'unknown', date: 'days' },
            { column: 'category', codes: [0, 1] },
          ],
        },
        example: {
          fields: ['x', 'unknown', 'category', 'note'],
          values: Array.from({ length: 30 }, () => ['2026-01-03', '1970-01-01', 'a', 'none']),
          answer: { predictions: Array.from({ length: 30 }, () => 2) },
        },
      },
      [1, 0, 0, 0],
    );
    await start();
    const { data } = await get<DeploymentDetails>('/dates');
    expect(data.columns).to.deep.equal([
      { name: 'x', type: 'string', nullable: false, isDate: true, firstDate: '2026-01-01' },
      { name: 'unknown', type: 'string', nullable: false, isDate: true },
      { name: 'category', type: 'string', nullable: false, categories: ['a', 'b'], isDate: false },
      { name: 'note', type: 'string', nullable: false, isDate: false },
    ]);
    // The form starts with one of them.
    expect(data.example.values).to.have.length(10);
    expect(data.training).to.equal(null);
    expect(data.result).to.deep.equal({ prediction: 'prediction' });
  });

  it('has no traffic while nobody can say what it is, and all else', async () => {
    const buildScrape = () => () => Promise.reject(new Error('The first process does not answer.'));
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder }, { buildScrape });
    const { data } = await get<DeploymentList>();
    expect(data.deployments.map(({ traffic }) => traffic)).to.deep.equal(SAMPLE_IDS.map(() => null));
    expect((await get<DeploymentDetails>('/iris')).data.summary).to.deep.include({ traffic: null, state: 'served' });
  });

  it('says what is wrong with invalid deployments, also beside an older version', async () => {
    await writeDeployment(folder, 'broken', { columns: [] });
    await start();
    await writeFile(join(folder, 'iris', 'deployment.json'), '{');
    await until('iris is invalid', () => engine.engine.catalogue.listInvalid().length === 2);
    const { data } = await get<DeploymentList>();
    expect(data.invalid.map(({ id, isServed }) => [id, isServed])).to.deep.equal([
      ['broken', false],
      ['iris', true],
    ]);
    expect(data.invalid[0]?.problems.join()).to.include('columns');
    expect(data.deployments.find(({ id }) => id === 'iris')?.state).to.equal('invalid');
    expect((await get<DeploymentDetails>('/iris')).data.problems).to.have.length(1);
  });

  it('is JSON whatever the names are', async () => {
    await writeDeployment(folder, 'hostile', { name: HOSTILE, description: HOSTILE });
    await start();
    const { data, headers } = await get<DeploymentDetails>('/hostile');
    expect(data.summary.name).to.equal(HOSTILE);
    expect(headers.get('content-type')).to.equal('application/json');
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
  });

  it('answers 404 for another deployment, and 405 for another method', async () => {
    await start();
    expect((await engine.request('/console/data/deploymentsx')).error?.code).to.equal('not_found');
    expect((await engine.request('/console/data/deployments?x')).status).to.equal(200);
    for (const path of ['/none', '/__proto__', '/%', '/%2e%2e%2fmodel.json', '/a/b', '/']) {
      const { status } = await get(path);
      expect(status, path).to.equal(404);
    }
    const response = await fetch(`${engine.url}/console/data/deployments`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD']);
  });

  it('is behind the guard, and behind a path prefix', async () => {
    await start({
      ENGINE_USERNAME: 'ann',
      ENGINE_PASSWORD: 'a long password',
      ENGINE_PUBLIC_URL: 'https://example.com/a/prefix',
    });
    expect((await get()).status).to.equal(401);
    expect((await get('/iris')).status).to.equal(401);
    const Authorization = `Basic ${Buffer.from('ann:a long password').toString('base64')}`;
    const { data } = await get<DeploymentList>('', { Authorization });
    expect(data.engine.authentication).to.deep.equal(['basic']);
    const prefixed = await fetch(`${engine.url}/a/prefix/console/data/deployments/iris`, {
      headers: { Authorization },
    });
    expect(prefixed.status).to.equal(200);
  });

  it('says how callers authenticate: with certificates only where the engine asks for them', async () => {
    const tls = makeTlsFolder();
    const key = 'cme_first-8675309-abcdefghijklmnopqrstuvwxyz';
    const keys = { ENGINE_API_KEYS_FILE: makeKeyFile([toStoredKey('first', key)]) };
    const clientCa = { ENGINE_TLS_CLIENT_CA: join(tls.folder, 'authority.pem') };
    await writeFile(clientCa.ENGINE_TLS_CLIENT_CA, tls.authority.cert);
    for (const [settings, expected] of [
      [{}, []],
      [keys, ['api-key']],
      [clientCa, ['certificate']],
      [{ ...clientCa, ...keys }, ['api-key', 'certificate']],
    ] as const) {
      await start({ ...tls.environment, ...settings });
      const options = { ca: tls.authority.cert, ...tls.authority.issue(), headers: { 'X-API-Key': key } };
      const { text } = await sendSecurely(engine.url, '/console/data/deployments', options);
      expect((JSON.parse(text) as DeploymentList).engine.authentication).to.deep.equal(expected);
      await engine.stop();
    }
  });

  it('of 200 deployments is compressed, unless that is not accepted', async () => {
    await Promise.all(Array.from({ length: 200 }, (_, index) => writeDeployment(folder, `line-${index}`)));
    await start();
    const { data, headers } = await get<DeploymentList>();
    expect(data.deployments).to.have.length(200 + SAMPLE_IDS.length);
    expect(headers.get('content-encoding')).to.equal('gzip');
    expect(Number(headers.get('content-length'))).to.be.below(15_000);
    const plain = await get<DeploymentList>('', { 'Accept-Encoding': 'gzip;q=0' });
    expect(plain.headers.get('content-encoding')).to.equal(null);
    expect(plain.data).to.deep.equal(data);
    // Those that are counted together with others have no figures of their own.
    expect(data.deployments.at(-1)?.traffic).to.equal(null);
  });

  it('follows a deployment that is removed', async () => {
    await start();
    await rm(join(folder, 'iris'), { recursive: true });
    await until('it is gone', async () => (await get('/iris')).status === 404);
  });
});

describe('the record of a training', () => {
  it('is shown as far as it is understood', () => {
    const report = toTrainingReport(
      {
        command: 'custom-ml-engine train data.csv',
        kind: 'random-forest',
        seed: 7,
        rows: { training: 80, test: 20 },
        refitted: true,
        hyperparameters: { trees: 100, voting: 'soft', pruned: false, grid: [1, 2], nothing: null },
        metrics: {
          accuracy: 0.9,
          log_loss: 0.3,
          recall: [0.8, 0.7],
          largest_confusions: [{ actual: 'a', predicted: 'b', rows: 3 }],
        },
        baseline: { accuracy: 0.5, log_loss: 'none' },
        out_of_bag: { accuracy: 0.8 },
        importances: [{ feature: 'x', mean: 0.2, std: 0.01 }],
      },
      2,
    );
    expect(report).to.deep.equal({
      command: 'custom-ml-engine train data.csv',
      kind: 'random-forest',
      seed: 7,
      rows: { training: 80, test: 20 },
      isRefitted: true,
      hyperparameters: [
        { name: 'trees', value: '100' },
        { name: 'voting', value: 'soft' },
        { name: 'pruned', value: 'false' },
      ],
      figures: [
        { key: 'accuracy', name: 'Accuracy', value: 0.9, baseline: 0.5, outOfBag: 0.8 },
        { key: 'log_loss', name: 'Log loss', value: 0.3 },
      ],
      classes: [{ name: 'Recall', values: [0.8, 0.7] }],
      largestConfusions: [{ actual: 'a', predicted: 'b', rows: 3 }],
      importances: [{ feature: 'x', mean: 0.2, std: 0.01 }],
    });
  });

  it('has nothing by class of a model without classes', () => {
    const metrics = { r2: 0.5, recall: [], confusion: [] };
    const report = toTrainingReport({ metrics }, 0);
    expect([report?.classes, report?.confusion]).to.deep.equal([[], undefined]);
  });

  it('is left out where it does not have the expected form', () => {
    expect(toTrainingReport(undefined, 2)).to.equal(null);
    const report = toTrainingReport(
      {
        metrics: { accuracy: 'high', log_loss: 0.5, rmse: Infinity, mae: NaN, confusion: [[1]], recall: [1] },
        rows: 7,
        importances: {},
        seed: 'x',
      },
      2,
    );
    expect(report).to.deep.equal({
      hyperparameters: [],
      figures: [{ key: 'log_loss', name: 'Log loss', value: 0.5 }],
      classes: [],
      importances: [],
    });
    for (const [confusion, isShown] of [
      [[[1, 2]], false],
      [[[1, 2], [3]], false],
      [
        [
          [1, 2],
          [3, 4],
        ],
        true,
      ],
    ] as const)
      expect(toTrainingReport({ metrics: { confusion } }, 2)).to.satisfy(
        (one: object) => 'confusion' in one === isShown,
      );
  });
});

describe('toTraffic', () => {
  const toFamily = (name: string, series: { labels: Record<string, string>; numbers: number[] }[]) => ({
    name: `custom_ml_engine_${name}`,
    help: '',
    type: 'counter' as const,
    aggregator: 'sum' as const,
    bounds: [],
    series,
  });

  it('adds up the operations that score, by deployment', () => {
    const toLabels = (operation: string, status: string) => ({ operation, deployment: 'a', status });
    const traffic = toTraffic([
      toFamily('requests_total', [
        { labels: toLabels('scoreDeployment', '200'), numbers: [3] },
        { labels: toLabels('inferModel', '400'), numbers: [2] },
        { labels: toLabels('scoreAndLog', 'aborted'), numbers: [1] },
        { labels: toLabels('getDeployment', '200'), numbers: [9] },
        { labels: { operation: 'scoreDeployment', deployment: '', status: '404' }, numbers: [9] },
      ]),
      toFamily('rows_total', [{ labels: { deployment: 'a' }, numbers: [50] }]),
      toFamily('request_duration_seconds', [{ labels: toLabels('inferModel', ''), numbers: [1, 4, 2] }]),
    ]);
    expect(traffic).to.deep.equal({ a: { requests: 6, errors: 3, rows: 50, meanMs: 500 } });
  });
});
