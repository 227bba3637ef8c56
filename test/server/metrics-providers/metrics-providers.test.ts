/** Runs of custom monitors through a live engine: OpenScale's double calls it, and is told how they end. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Deployment } from '../../../models/deployment.ts';
import { toProviderCall } from '../../openscale-double/call-provider.ts';
import { OpenScaleDouble } from '../../openscale-double/openscale-double.ts';
import {
  findInstance,
  listMetrics,
  load,
  logRows,
  registerMonitors,
  toProvider,
  writeProviders,
} from '../../support/custom-monitor.ts';
import { SAMPLES, startTestEngine, type TestEngine } from '../../support/engine.ts';
import { openClient, SECRETS } from '../../support/openscale.ts';
import { Run } from '../../support/run.ts';
import { setVariables } from '../../support/set-variables.ts';
import { until } from '../../support/until.ts';

const MODULE = `
export default async ({ records, parameters, features }) => {
  if (parameters.behaviour === 'throw') throw new Error('canary');
  if (parameters.behaviour === 'hang') for (;;);
  if (parameters.behaviour === 'exit') process.exit(3);
  if (parameters.behaviour === 'wrong') return { rows: 1 };
  if (parameters.behaviour === 'unpostable') return [{ rows: () => 1 }];
  return [{ rows: records.rowCount, widest: Math.max(...records.columns.petal_width), of: features[0] }];
};`;
const MODULE_SETTINGS = {
  type: 'module',
  file: 'own.mjs',
  metrics: [{ name: 'rows' }, { name: 'widest', threshold: { type: 'upper_limit', default: 3 } }],
  tags: [{ name: 'of' }],
};
const FIELDS = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];
const ROWS = [
  [5.1, 3.5, 1.4, 0.2],
  [6.7, 3, 5.2, 2.3],
];

describe('metrics providers', () => {
  let double: OpenScaleDouble;
  let deployment: Deployment;
  let folder: string;
  /** With the usual settings, for all tests; and the one that a test has started. */
  let shared: TestEngine;
  let engine: TestEngine;
  let reset: () => void;
  const usual = { quality: { type: 'data-quality' }, other: { type: 'data-quality' }, own: MODULE_SETTINGS };

  const open = async (others: object = {}, providers: Record<string, object> = usual) => {
    const file = await writeProviders(join(folder, 'metrics.json'), double, providers, { folder: '.', ...others });
    return startTestEngine({ ENGINE_METRICS_PROVIDERS: file, ENGINE_ALLOW_MODULES: 'true' });
  };
  /** Has the double call an engine for the monitors of all providers: the usual one, or one with settings of its own. */
  const start = async (others?: object) => {
    if (others) engine = await open(others);
    await register(engine.url, usual);
    return engine;
  };
  const register = async (url: string, providers: Record<string, object>) => {
    const client = await openClient(double);
    await registerMonitors(
      client,
      deployment,
      Object.entries(providers).map(([name, one]) => toProvider(name, one)),
      url,
    );
    client.close();
    const rows = ROWS.map((row) => [...row, 'setosa', [1, 0, 0]]);
    await logRows(double, deployment, 'payload_logging', [...FIELDS, 'prediction', 'probability'], rows);
  };
  /** Has OpenScale start a run, and gives its id. */
  const startRun = async (provider: string, parameters: object = {}): Promise<string> => {
    const instance = findInstance(double, provider);
    Object.assign(double.store.monitors.get(instance)?.entity.parameters ?? {}, parameters);
    const client = await openClient(double);
    const reply = await client.send({ method: 'POST', path: `/v2/monitor_instances/${instance}/runs`, json: {} });
    client.close();
    return (reply.json() as { metadata: { id: string } }).metadata.id;
  };
  const statusOf = (run: string) =>
    double.store.runs.get(run)?.entity.status as {
      state: string;
      failure?: { errors: { code: string; message: string }[] };
    };
  const callOf = async (run: string) => {
    await until('the provider has answered', () => double.calls.some((call) => call.run === run));
    const call = double.calls.find((one) => one.run === run);
    const [value] =
      (call?.body as { predictions?: { values: [Record<string, unknown>] }[] }).predictions?.[0]?.values ?? [];
    return { status: call?.status, value };
  };
  /** The body of a call that OpenScale has not made. */
  const toBody = (provider: string, values: object = {}) => {
    const instance = findInstance(double, provider);
    const run = double.store.addRun(instance, {}).metadata.id;
    const { body } = toProviderCall(double.store, instance, run) as unknown as {
      body: { input_data: [{ values: object }] };
    };
    return { run, body: { input_data: [{ values: { ...body.input_data[0].values, ...values } }] } };
  };
  const post = (name: string, body: unknown) =>
    engine.request(`/v1/metrics-providers/${name}`, { method: 'POST', body });
  const ends = () => engine.log.filter(({ msg }) => msg === 'metrics run');

  before(async () => {
    reset = setVariables(SECRETS);
    folder = await mkdtemp(join(tmpdir(), 'metrics-'));
    await writeFile(join(folder, 'own.mjs'), MODULE);
    double = await OpenScaleDouble.start();
    deployment = await load(join(SAMPLES, 'iris'));
    shared = await open();
  });
  beforeEach(() => {
    engine = shared;
    (shared.log as unknown[]).length = 0;
    double.recover();
    double.reset();
  });
  afterEach(async () => {
    if (engine !== shared) await engine.stop();
  });
  after(async () => {
    await shared.stop();
    await double.close();
    reset();
    await rm(folder, { recursive: true });
  });

  it('close the loop: OpenScale calls, the engine reads, computes and posts, and the run is finished', async () => {
    await start();
    const run = await startRun('quality');
    expect(await callOf(run)).to.deep.equal({
      status: 200,
      value: { run_id: run, state: 'finished', records: 2, measurements: 5 },
    });
    expect(statusOf(run).state).to.equal('finished');
    expect(listMetrics(double)[0]).to.include({ checked_records: 2, faulty_records: 0 });
    await callOf(await startRun('own'));
    expect(listMetrics(double).at(-1)).to.deep.equal({ rows: 2, widest: 2.3, of: 'sepal_length' });
    expect(ends().map(({ level, provider, state }) => [level, provider, state])).to.deep.equal([
      ['info', 'quality', 'finished'],
      ['info', 'own', 'finished'],
    ]);
  });

  it('answer while a run goes on, which ends by itself, and refuse what may not wait for it', async () => {
    await start({ wait: 1, concurrency: 1, queue: 0 });
    // OpenScale holds the records back until it has recovered.
    double.fail({ kind: 'status', status: 503 }, { path: '/records', times: 1e6 });
    const { run, body } = toBody('quality');
    for (let time = 0; time < 2; time++)
      expect((await post('quality', body)).body).to.deep.equal({
        predictions: [{ values: [{ run_id: run, state: 'running' }] }],
      });
    expect((await post('other', body)).error?.code, 'of another provider').to.equal('invalid_value');
    const refused = await post('quality', toBody('quality').body);
    expect([refused.status, refused.error?.code]).to.deep.equal([503, 'too_busy']);
    double.recover();
    await until('the run has ended', () => statusOf(run).state !== 'running');
    await until('the end is logged', () => ends().length > 0);
    expect(ends()).to.have.length(1);
  });

  it('evaluate a run that was asked for twice at the same time once, and answer both', async () => {
    await start();
    const { run, body } = toBody('quality');
    const [one, two] = await Promise.all([post('quality', body), post('quality', body)]);
    for (const { body: answer } of [one, two])
      expect(answer).to.have.nested.property('predictions[0].values[0].state', 'finished');
    expect(double.store.measurements.size).to.equal(1);
    // Later, OpenScale's own word decides.
    expect((await post('quality', body)).body).to.deep.equal({
      predictions: [{ values: [{ run_id: run, state: 'finished' }] }],
    });
    expect(double.store.measurements.size).to.equal(1);
  });

  it('let runs wait for others', async () => {
    await start();
    const runs = await Promise.all([1, 2, 3, 4, 5].map(() => startRun('quality')));
    for (const run of runs) expect((await callOf(run)).value).to.include({ state: 'finished' });
  });

  it('go on when the caller has gone', async () => {
    const { url } = await start();
    double.fail({ kind: 'status', status: 503 }, { path: '/records', times: 1e6 });
    const { run, body } = toBody('quality');
    const gone = new AbortController();
    const request = fetch(`${url}/v1/metrics-providers/quality`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: gone.signal,
    });
    await until('the records are read', () => double.requests.some(({ path }) => path.includes('/records')));
    gone.abort();
    await request.catch(() => undefined);
    double.recover();
    await until('the run has ended', () => statusOf(run).state === 'finished');
  });

  it('end what is under way when the engine stops, and answer', async () => {
    await start({ concurrency: 1 });
    double.fail({ kind: 'status', status: 503 }, { path: '/records', times: 1e6 });
    const runs = [await startRun('quality'), await startRun('quality')];
    await until('the records are read', () => double.requests.some(({ path }) => path.includes('/records')));
    await engine.stop();
    for (const run of runs) {
      expect(statusOf(run).failure?.errors[0]?.message).to.match(/^The engine was stopped/);
      expect((await callOf(run)).value).to.include({ state: 'error' });
    }
  });

  it('end a run that takes too long, at whatever it is, with an error', async () => {
    await start({ timeout: 300 });
    const run = await startRun('own', { behaviour: 'hang' });
    expect((await callOf(run)).value).to.include({ state: 'error', message: 'The evaluation took longer than 0.3 s.' });
  });

  for (const [behaviour, why] of [
    ['throw', 'it threw an error'],
    ['exit', 'it ended its thread'],
    ['wrong', 'it did not return a list'],
    ['unpostable', 'it threw an error'],
  ] as const) {
    it(`end a run in error whose module misbehaves: ${behaviour}`, async () => {
      await start();
      const { value } = await callOf(await startRun('own', { behaviour }));
      expect(value?.['message']).to.contain(why).and.not.contain('canary');
      await until('the end is logged', () => ends().length > 0);
      expect(ends()[0]?.['cause'])
        .to.be.a('string')
        .and.contain(behaviour === 'throw' ? 'canary' : '');
    });
  }

  it('tell OpenScale of a run whose evaluation has taken all memory, and go on', async () => {
    await start({ memory: 64, max_bytes: 2 ** 30, max_records: 10_000_000 });
    const rows = Array.from({ length: 1000 }, () => ['x'.repeat(3000), 1, 1, 1, 'setosa', [1, 0, 0]]);
    for (let time = 0; time < 30; time++)
      await logRows(double, deployment, 'payload_logging', [...FIELDS, 'prediction', 'probability'], rows);
    const { run, body } = toBody('quality');
    const { status, error } = await post('quality', body);
    expect([status, error?.code]).to.deep.equal([503, 'interrupted']);
    await until('OpenScale is told', () => statusOf(run).state === 'error');
    expect(statusOf(run).failure?.errors[0]?.message).to.match(/^The evaluation ended unexpectedly/);
    const next = await startRun('quality', { max_records: 10 });
    expect((await callOf(next)).value).to.include({ state: 'finished' });
  });

  it('reject names that no provider has, and bodies that OpenScale does not send', async () => {
    await start();
    const { body } = toBody('quality');
    expect((await post('toString', body)).error?.code).to.equal('metrics_provider_not_found');
    double.requests.length = 0;
    for (const values of [
      { custom_monitor_instance_id: '../../v1/data_marts' },
      { custom_monitor_run_id: '..' },
      { subscription_id: 'a/b' },
      { payload_dataset_id: 'a?b' },
      { feedback_dataset_id: 'http://169.254.169.254' },
      { data_mart_id: 1 },
      { custom_monitor_instance_params: [] },
    ]) {
      const { status, error } = await post('quality', toBody('quality', values).body);
      expect([status, error?.code], JSON.stringify(values)).to.deep.equal([400, 'invalid_body']);
    }
    const long = await post(
      'quality',
      toBody('quality', { custom_monitor_instance_params: { x: 'x'.repeat(2 ** 16) } }).body,
    );
    expect([long.status, long.error?.code]).to.deep.equal([413, 'body_too_large']);
    expect(double.requests).to.be.empty;
  });

  it('are off unless they are configured', async () => {
    engine = await startTestEngine();
    const values = {
      data_mart_id: 'a',
      subscription_id: 'a',
      custom_monitor_id: 'a',
      custom_monitor_instance_id: 'a',
      custom_monitor_run_id: 'a',
    };
    const { status, error } = await post('quality', { input_data: [{ values }] });
    expect([status, error?.code]).to.deep.equal([404, 'metrics_provider_not_found']);
  });

  it('say that the connection is not set up, in the log with the variable', async () => {
    await start({});
    const { body } = toBody('quality');
    const undo = setVariables({ DOUBLE_API_KEY: undefined });
    const { status, error } = await post('quality', body);
    undo();
    expect([status, error?.code]).to.deep.equal([502, 'target_failed']);
    await until('the end is logged', () => ends().length > 0);
    expect(ends()[0]?.['cause']).to.contain('DOUBLE_API_KEY');
  });

  it('evaluate a run once when several workers are asked for it', async () => {
    const file = await writeProviders(join(folder, 'metrics.json'), double, { quality: { type: 'data-quality' } });
    const run = new Run(['serve', '--port', '0', '--workers', '2', '--deployments', SAMPLES], {
      environment: { ...SECRETS, ENGINE_METRICS_PROVIDERS: file },
    });
    try {
      const url = await run.listen();
      await register(url, { quality: { type: 'data-quality' } });
      const { body } = toBody('quality');
      // Each on a connection of its own, which the workers get in turn.
      const replies = await Promise.all(
        [1, 2, 3, 4].map(async () => {
          const reply = await fetch(`${url}/v1/metrics-providers/quality`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', Connection: 'close' },
            body: JSON.stringify(body),
          });
          return [reply.status, JSON.stringify(await reply.json())];
        }),
      );
      for (const [status, text] of replies)
        expect([status, text]).to.satisfy(
          ([code, json]: [number, string]) => code === 200 && json.includes('finished'),
        );
      expect(double.store.measurements.size).to.equal(1);
      const unknown = await fetch(`${url}/v1/metrics-providers/none`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(unknown.status).to.equal(404);
    } finally {
      run.process.kill();
      expect(await run.code).to.equal(0);
    }
  });
});
