import { join } from 'node:path';
import { expect } from 'chai';
import { EngineError } from '../../../errors/engine-error.ts';
import type { OpenScaleClient } from '../../../openscale/client/openscale-client.ts';
import { abandonRun, evaluateRun } from '../../../openscale/metrics-providers/evaluate-run.ts';
import { findDeployment } from '../../../openscale/metrics-providers/find-deployment.ts';
import { ProviderError, type MetricGroup } from '../../../openscale/metrics-providers/provider-kind.ts';
import type { EvaluateOptions, RunRequest } from '../../../openscale/metrics-providers/run-request.ts';
import type { MetricsProvider } from '../../../openscale/metrics-providers/metrics-provider.ts';
import type { Deployment } from '../../../models/deployment.ts';
import { OpenScaleDouble } from '../../openscale-double/openscale-double.ts';
import { toProviderCall } from '../../openscale-double/call-provider.ts';
import {
  findDataSet,
  findInstance,
  listMetrics,
  load,
  logRows,
  registerMonitors,
  toProvider,
} from '../../support/custom-monitor.ts';
import { catchError } from '../../support/deployment.ts';
import { SAMPLES } from '../../support/engine.ts';
import { openClient, SECRETS } from '../../support/openscale.ts';
import { setVariables } from '../../support/set-variables.ts';

const FIELDS = ['island', 'beak_length', 'beak_depth', 'flipper_length', 'body_mass', 'sex'];
const ROWS = [
  ['Torgersen', 39.1, 18.7, 181, 3750, 'MALE'],
  ['Biscoe', 48.6, 16, 230, 5800, 'MALE'],
  ['Dream', 45.2, 17.8, 198, 3950, 'FEMALE'],
  ['Dream', null, 17.8, 198, 99_999, 'FEMALE'],
];
const LABELS = ['Adelie', 'Gentoo', 'Chinstrap', 'Chinstrap'];
const never = new AbortController().signal;

describe('a run of a custom monitor', () => {
  let double: OpenScaleDouble;
  let client: OpenScaleClient;
  let deployment: Deployment;
  let reset: () => void;
  const quality = toProvider('data-quality', { type: 'data-quality' });
  const fairness = toProvider('fair', {
    type: 'group-fairness',
    parameters: { attributes: ['sex'], favourable: ['Gentoo'] },
  });
  const all = [quality, fairness, toProvider('calibration', { type: 'calibration' })];

  const toOptions = (others: Partial<EvaluateOptions> = {}): EvaluateOptions => ({
    client,
    scope: {},
    limits: { rows: 1000, bytes: 2 ** 20, page: 1000 },
    findDeployment: (id) => findDeployment(SAMPLES, id, false),
    pause: 1,
    signal: never,
    ...others,
  });
  /** A new run of a provider's monitor, as OpenScale would call the provider for it. */
  const addRun = (provider = 'data-quality', values: Partial<RunRequest> = {}): RunRequest => {
    const instance = findInstance(double, provider);
    const run = double.store.addRun(instance, {}).metadata.id;
    const { body } = toProviderCall(double.store, instance, run) as unknown as {
      body: { input_data: [{ values: RunRequest }] };
    };
    return { ...body.input_data[0].values, ...values };
  };
  const statusOf = ({ custom_monitor_run_id: id }: RunRequest) => double.store.runs.get(id)?.entity.status;
  const posts = () => double.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/measurements'));
  const log = (type: 'payload_logging' | 'feedback', fields: readonly string[], rows: readonly unknown[][]) =>
    logRows(double, deployment, type, fields, rows);
  const logPayload = () =>
    log(
      'payload_logging',
      [...FIELDS, 'prediction'],
      ROWS.map((row, at) => [...row, LABELS[at]]),
    );
  const logFeedback = () =>
    log(
      'feedback',
      [...FIELDS, 'species'],
      ROWS.map((row, at) => [...row, LABELS[at]]),
    );

  beforeEach(async () => {
    reset = setVariables(SECRETS);
    double = await OpenScaleDouble.start();
    client = await openClient(double);
    deployment = await load(join(SAMPLES, 'penguins'));
    await registerMonitors(client, deployment, all, 'http://127.0.0.1:1');
    double.requests.length = 0;
  });
  afterEach(async () => {
    reset();
    client.close();
    await double.close();
  });

  it('posts measurements of the payload, and finishes', async () => {
    await logPayload();
    const request = addRun();
    const ended = await evaluateRun(quality, request, toOptions());
    expect(ended).to.deep.equal({ state: 'finished', records: 4, measurements: 7 });
    expect(statusOf(request)).to.include({ state: 'finished' }).and.have.property('completed_at');
    const [overall] = listMetrics(double);
    expect(overall).to.include({ checked_records: 4, faulty_records: 1, missing_values: 1, out_of_range_values: 1 });
    expect([...double.store.measurements.values()][0]?.entity).to.include({ run_id: request.custom_monitor_run_id });
  });

  it('scores feedback, whose labels it needs, and leaves out what the model does not accept', async () => {
    await log(
      'feedback',
      [...FIELDS, 'species'],
      [...ROWS.map((row, at) => [...row, LABELS[at]]), ['Dream', 'wide', 17.8, 198, 3950, 'FEMALE', 'Adelie']],
    );
    const calibrated = addRun('calibration');
    expect(await evaluateRun(all[2] as MetricsProvider, calibrated, toOptions())).to.include({ state: 'finished' });
    expect(listMetrics(double)[0]).to.include({ calibrated_records: 4, records_without_label: 1 });
    const request = addRun('fair');
    expect(await evaluateRun(fairness, request, toOptions())).to.include({ state: 'finished', records: 5 });
    const [, overall] = listMetrics(double);
    expect(overall).to.include({ attribute: 'sex', groups_compared: 2, records_without_group: 1 });
    expect(overall).to.have.property('accuracy_difference', 0);
  });

  it('takes the predictions that came with the feedback', async () => {
    await log(
      'feedback',
      ['sex', 'species', '_original_prediction'],
      [
        ['MALE', 'Gentoo', 'Gentoo'],
        ['FEMALE', 'Gentoo', 'Adelie'],
      ],
    );
    await evaluateRun(fairness, addRun('fair'), toOptions({ findDeployment: () => Promise.resolve(undefined) }));
    expect(listMetrics(double)[0]).to.include({ equal_opportunity_difference: 1 });
  });

  it('takes parameters of the monitor instance before those of the settings, and ignores those of others', async () => {
    await logPayload();
    const request = addRun('fair', {
      custom_monitor_instance_params: {
        custom_metrics_wait_time: 60,
        favourable: ['Chinstrap'],
        data_set: 'payload',
        min_group_records: null,
      },
    });
    await evaluateRun(fairness, request, toOptions());
    const male = listMetrics(double).find(({ group }) => group === 'MALE');
    expect(male).to.include({ group_selection_rate: 0 });
  });

  it('reads page by page the newest records of a time, at most as many as are allowed', async () => {
    const rows = Array.from({ length: 25 }, (_, row) => ['Dream', row, 17.8, 198, 3950, 'MALE', 'Adelie']);
    for (const row of rows) await log('payload_logging', [...FIELDS, 'prediction'], [row]);
    const records = [...(double.store.records.get(findDataSet(double, 'payload_logging'))?.values() ?? [])];
    records.forEach((record, index) =>
      Object.assign(record, { time: new Date(Date.now() - (index + 1) * 3_600_000).toISOString() }),
    );
    const limits = { rows: 20, bytes: 2 ** 20, page: 10 };
    const evaluate = (custom_monitor_instance_params: Record<string, unknown>, more: Partial<EvaluateOptions> = {}) =>
      evaluateRun(quality, addRun('data-quality', { custom_monitor_instance_params }), toOptions({ limits, ...more }));
    expect(await evaluate({})).to.include({ records: 20 });
    expect(await evaluate({ max_records: 1000 })).to.include({ records: 20 });
    expect(await evaluate({ max_records: 15 })).to.include({ records: 15 });
    expect(await evaluate({ max_records: 7 })).to.include({ records: 7 });
    expect(await evaluate({ window_hours: 5.5 })).to.include({ records: 5 });
    expect(await evaluate({}, { limits: { ...limits, bytes: 1 } }), 'one page is always read').to.include({
      records: 10,
    });
    expect(await evaluate({ min_records: 21 })).to.deep.include({ state: 'error' });
    const pages = double.requests.filter(({ path }) => path.includes('/records?')).slice(0, 2);
    expect(pages.map(({ path }) => new URL(path, 'http://a').searchParams.get('offset'))).to.deep.equal(['0', '10']);
    expect(pages[0]?.path).to.contain('order=scoring_timestamp%3Adesc').and.contain('limit=10');
  });

  it('compares with records of an earlier time', async () => {
    const stability = toProvider('stability', { type: 'population-stability', parameters: { columns: ['body_mass'] } });
    await registerMonitors(client, deployment, [stability], 'http://127.0.0.1:1');
    await logPayload();
    const records = [...(double.store.records.get(findDataSet(double, 'payload_logging'))?.values() ?? [])];
    records.slice(0, 2).forEach((record) => Object.assign(record, { time: '2020-01-01T12:00:00.000Z' }));
    const parameters = {
      baseline_start: '2020-01-01T00:00:00.000Z',
      baseline_end: '2020-01-02T00:00:00.000Z',
      window_hours: 24,
    };
    const request = addRun('stability', { custom_monitor_instance_params: parameters });
    expect(await evaluateRun(stability, request, toOptions())).to.include({ state: 'finished', records: 2 });
    expect(listMetrics(double)[0]).to.include({ compared_columns: 1, population_records: 2 });
    const trained = addRun('stability');
    expect(await evaluateRun(stability, trained, toOptions())).to.include({ state: 'finished', records: 4 });
  });

  const failures: Record<
    string,
    [code: string, message: RegExp, setUp: () => RunRequest | Promise<RunRequest>, provider?: MetricsProvider]
  > = {
    'there are no records': ['no_records', /^The payload data set has no records\.$/, () => addRun()],
    'OpenScale names no data set': [
      'no_data_set',
      /^OpenScale named no data set/,
      () => addRun('data-quality', { payload_dataset_id: null, feedback_dataset_id: null }),
    ],
    'the parameters choose a data set that OpenScale does not name': [
      'no_data_set',
      /^data_set: OpenScale named no feedback/,
      () =>
        addRun('data-quality', { feedback_dataset_id: null, custom_monitor_instance_params: { data_set: 'feedback' } }),
    ],
    'the data set does not exist': [
      'openscale_failed',
      /^The payload data set: OpenScale answered with status 404\.$/,
      () => addRun('data-quality', { payload_dataset_id: 'gone' }),
    ],
    'the data set is another one': [
      'no_data_set',
      /is not that of the subscription/,
      () => addRun('data-quality', { payload_dataset_id: findDataSet(double, 'feedback') }),
    ],
    'parameters are wrong': [
      'invalid_parameters',
      /custom_monitor_instance_params\.max_records: expected .*; .*columns: expected array/,
      () =>
        addRun('data-quality', {
          custom_monitor_instance_params: { columns: 'sex', max_records: 0, window_hours: -1 },
        }),
    ],
    'the settings and the monitor lack a parameter': [
      'invalid_parameters',
      /attributes: expected array.*favourable/,
      async () => {
        await logPayload();
        return addRun('fair');
      },
      toProvider('fair', { type: 'group-fairness' }),
    ],
    'labels are missing': [
      'not_computable',
      /^label: the records have no column "species"\.$/,
      async () => {
        await log(
          'payload_logging',
          [...FIELDS, 'prediction', 'probability'],
          [['Dream', 1, 1, 1, 1, 'MALE', 'Adelie', [1, 0, 0]]],
        );
        return addRun('calibration', { feedback_dataset_id: null });
      },
      toProvider('calibration', { type: 'calibration' }),
    ],
    'no record can be scored': [
      'not_scored',
      /^No record of feedback can be scored: /,
      async () => {
        await log('feedback', ['species'], [['Adelie']]);
        return addRun('calibration');
      },
      toProvider('calibration', { type: 'calibration' }),
    ],
  };
  for (const [when, [code, message, setUp, provider = quality]] of Object.entries(failures)) {
    it(`ends in error when ${when}, and OpenScale and the caller are told the same`, async () => {
      const request = await setUp();
      const ended = await evaluateRun(provider, request, toOptions());
      expect(ended.state).to.equal('error');
      expect(ended.message).to.match(message);
      const status = statusOf(request) as { state: string; failure: { errors: object[] } };
      expect(status.state).to.equal('error');
      expect(status.failure.errors).to.deep.equal([{ code, message: ended.message }]);
      expect(posts()).to.be.empty;
    });
  }

  it('ends in error when feedback cannot be scored because the engine does not have the deployment', async () => {
    await logFeedback();
    const ended = await evaluateRun(
      fairness,
      addRun('fair'),
      toOptions({ findDeployment: () => Promise.resolve(undefined) }),
    );
    expect(ended.message).to.match(/does not have the deployment that could score it/);
  });

  const compute = (groups: readonly MetricGroup[]): MetricsProvider => ({
    ...quality,
    compute: () => Promise.resolve(groups),
  });
  for (const [what, groups] of Object.entries({
    'a metric that the definition lacks': [{ other: 1 }],
    'a tag that the definition lacks': [{ checked_records: 1, other: 'x' }],
    'no number': [{ checked_records: NaN }],
  })) {
    it(`posts nothing if a provider computes ${what}`, async () => {
      await logPayload();
      const ended = await evaluateRun(compute(groups), addRun(), toOptions());
      expect(ended.message).to.match(/expected a finite number of a metric, or the text of a tag/);
      expect(posts()).to.be.empty;
    });
  }

  it('ends in error if a provider computes nothing, or fails with an error of its own, which the log has', async () => {
    await logPayload();
    expect((await evaluateRun(compute([]), addRun(), toOptions())).message).to.match(/^There are no metrics/);
    const broken = { ...quality, compute: () => Promise.reject(new Error('canary')) };
    const { message, cause } = await evaluateRun(broken, addRun(), toOptions());
    expect(message)
      .to.match(/^The engine failed/)
      .and.not.contain('canary');
    expect(cause).to.contain('canary');
  });

  for (const [name, failure, rule] of [
    ['a token that has expired', { kind: 'expired' }, {}],
    ['a rate limit', { kind: 'rate-limit', retryAfter: 0 }, {}],
    ['an error of OpenScale’s while it reads', { kind: 'status', status: 500 }, { method: 'GET' }],
    ['an error while it posts', { kind: 'status', status: 500 }, { path: '/measurements' }],
    ['a connection that breaks before measurements are there', { kind: 'drop' }, { path: '/measurements' }],
    [
      'a connection that breaks when measurements are there',
      { kind: 'drop', isProcessed: true },
      { path: '/measurements' },
    ],
    ['an error when the run ends', { kind: 'status', status: 503 }, { method: 'PATCH', times: 2 }],
  ] as const) {
    it(`survives ${name}, and posts its measurements once`, async () => {
      await logPayload();
      const request = addRun();
      double.fail(failure, rule);
      expect(await evaluateRun(quality, request, toOptions())).to.include({ state: 'finished' });
      expect(statusOf(request)).to.include({ state: 'finished' });
      expect(double.store.measurements.size).to.equal(1);
      expect(double.failed).to.be.above(0);
    });
  }

  it('ends in error when OpenScale does not take the measurements', async () => {
    await logPayload();
    double.fail({ kind: 'status', status: 400 }, { path: '/measurements' });
    const request = addRun();
    const ended = await evaluateRun(quality, request, toOptions());
    expect(ended).to.include({ state: 'error', message: 'The measurements: OpenScale answered with status 400.' });
    expect(statusOf(request)).to.include({ state: 'error' });
  });

  it('says to the caller what it cannot say at OpenScale', async () => {
    await logPayload();
    const fail = (request: RunRequest) => catchError(EngineError, () => evaluateRun(quality, request, toOptions()));
    double.fail({ kind: 'status', status: 403 }, { method: 'GET' });
    const refused = await fail(addRun());
    expect([refused.code, refused.message]).to.deep.equal([
      'target_failed',
      "The run was not evaluated: OpenScale rejects the engine's credentials.",
    ]);
    double.fail({ kind: 'status', status: 403 }, { method: 'PATCH', times: 100 });
    const untold = await fail(addRun());
    expect(untold.message).to.equal(
      "The run has ended, and OpenScale could not be told: OpenScale rejects the engine's credentials.",
    );
    double.recover();
    const gone = await fail({ ...addRun(), custom_monitor_run_id: 'gone' });
    expect(gone.message).to.match(/status 404/);
    await double.close();
    const away = await fail({ custom_monitor_instance_id: 'a', custom_monitor_run_id: 'b' } as RunRequest);
    expect(away.code).to.equal('target_unavailable');
    double = await OpenScaleDouble.start();
  });

  it('says that OpenScale did not answer in time', async () => {
    const request = addRun();
    client.close();
    client = await openClient(double, { timeout: 100 });
    // It has a token, however long that takes.
    while (!(await client.list('data_marts').catch(() => undefined)));
    double.fail({ kind: 'silence' }, { times: 100 });
    const late = await catchError(EngineError, () => evaluateRun(quality, request, toOptions()));
    expect(late.code).to.equal('target_timeout');
  });

  it('touches no run whose ids do not belong together', async () => {
    await logPayload();
    for (const [name, id] of [
      ['custom_monitor_id', 'other'],
      ['subscription_id', 'other'],
    ] as const) {
      const request = addRun('data-quality', { [name]: id });
      const error = await catchError(EngineError, () => evaluateRun(quality, request, toOptions()));
      expect([error.code, error.target?.name]).to.deep.equal(['invalid_value', `input_data[0].values.${name}`]);
      expect(statusOf(request)).to.include({ state: 'running' });
    }
    expect(double.requests.every(({ method }) => method === 'GET')).to.equal(true);
  });

  it('reads no data set of another subscription', async () => {
    await logPayload();
    await registerMonitors(client, await load(join(SAMPLES, 'iris')), [], 'http://127.0.0.1:1');
    const [, other] = double.store.listDataSets(undefined, 'payload_logging');
    const request = addRun('data-quality', { payload_dataset_id: other?.metadata.id ?? null });
    const ended = await evaluateRun(quality, request, toOptions());
    expect(ended.message).to.equal('The payload data set is not that of the subscription.');
    expect(double.requests.some(({ path }) => path.includes('/records'))).to.equal(false);
  });

  it('does not evaluate a run that has ended', async () => {
    await logPayload();
    const request = addRun();
    await evaluateRun(quality, request, toOptions());
    expect(await evaluateRun(quality, request, toOptions())).to.deep.equal({ state: 'finished' });
    expect(await abandonRun(quality, request, 'lost', toOptions())).to.deep.equal({ state: 'finished' });
    expect(posts()).to.have.length(1);
  });

  it('ends a run that is lost', async () => {
    const request = addRun();
    await abandonRun(quality, request, 'It is lost.', toOptions());
    expect(JSON.stringify(statusOf(request))).to.contain('"message":"It is lost."');
  });

  it('ends in error when it is stopped, whatever it is at, and OpenScale is told', async () => {
    await logPayload();
    const stop = new AbortController();
    const request = addRun();
    const hanging: MetricsProvider = {
      ...quality,
      compute: (_, __, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('whatever')));
          stop.abort(new ProviderError('It was stopped.', 'interrupted'));
        }),
    };
    const ended = await evaluateRun(hanging, request, toOptions({ signal: stop.signal }));
    expect(ended).to.include({ state: 'error', message: 'It was stopped.' });
    expect(statusOf(request)).to.include({ state: 'error' });
  });

  it('gives up telling OpenScale when there is no time left', async () => {
    const deadline = new AbortController();
    double.fail({ kind: 'status', status: 500 }, { method: 'PATCH', times: 1000 });
    const request = addRun();
    const ending = evaluateRun(quality, request, toOptions({ pause: 3_600_000, deadline: deadline.signal }));
    while (!double.requests.some(({ method }) => method === 'PATCH')) await new Promise(setImmediate);
    deadline.abort();
    await catchError(EngineError, () => ending);
  });
});
