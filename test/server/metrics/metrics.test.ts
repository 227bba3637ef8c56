import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { EngineMetrics } from '../../../server/metrics/engine-metrics.ts';
import { good, fails } from '../../support/behaviours.ts';
import { FIXTURES, makeDeploymentsFolder, SAMPLES, startTestEngine, type TestEngine } from '../../support/engine.ts';
import { HttpDouble } from '../../support/http-double.ts';
import { fetchMetrics, MetricsPage } from '../../support/metrics.ts';
import { toXs, writeRemote } from '../../support/remote.ts';
import { toModeTable } from '../../support/healthy.ts';
import { until } from '../../support/until.ts';

const OPENMETRICS = 'application/openmetrics-text';
/** What Prometheus 2 sends. */
const ACCEPT = `${OPENMETRICS};version=1.0.0,${OPENMETRICS};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`;
const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('GET /metrics', () => {
  let engine: TestEngine;
  const stop = async () => engine.stop();
  const fetchText = async (headers: Record<string, string> = {}) => {
    const response = await fetch(`${engine.url}/metrics`, { headers });
    return { type: response.headers.get('content-type'), status: response.status, text: await response.text() };
  };

  describe('counts requests', () => {
    let page: MetricsPage;
    before(async () => {
      const settings = { ENGINE_DEPLOYMENTS: FIXTURES, ENGINE_ALLOW_MODULES: 'true', ENGINE_THREADS: '1' };
      engine = await startTestEngine(settings);
      const rent = (rows: number) => ({
        fields: ['area', 'rooms', 'district'],
        values: new Array(rows).fill([50, 2, 'centre']),
      });
      await engine.score('rent', rent(3));
      await engine.score('rent', rent(10_000));
      await engine.score('misbehaving', toModeTable('throw'));
      await engine.score('made-up-by-a-caller', rent(1));
      await engine.score('rent', { fields: [], values: [[]] });
      await engine.request('/v1/deployments');
      await engine.request('/made-up-by-a-caller');
      await until('all have ended', async () => (await fetchMetrics(engine.url)).sum('requests_total') === 8);
      page = await fetchMetrics(engine.url);
    });
    after(stop);

    it('by operation, deployment and status', () => {
      const count = (labels: Record<string, string>) => page.sum('requests_total', labels);
      expect(count({ operation: 'scoreDeployment', deployment: 'rent', status: '200' })).to.equal(2);
      expect(count({ operation: 'scoreDeployment', deployment: 'misbehaving', status: '500' })).to.equal(1);
      expect(count({ operation: 'scoreDeployment', deployment: '', status: '404' })).to.equal(1);
      expect(count({ operation: 'listDeployments', status: '200' })).to.equal(1);
      expect(count({ operation: 'other', status: '404' })).to.equal(1);
      expect(page.sum('errors_total', { code: 'model_failed' })).to.equal(1);
      expect(page.sum('errors_total', { code: 'too_busy' })).to.equal(0);
    });

    it('with their durations, in buckets that add up', () => {
      const labels = { operation: 'scoreDeployment', deployment: 'rent', status_class: '2xx' };
      const buckets = page.samples.filter(
        ({ name, labels: own }) =>
          name === 'custom_ml_engine_request_duration_seconds_bucket' &&
          own['deployment'] === 'rent' &&
          own['status_class'] === '2xx',
      );
      expect(buckets.map(({ value }) => value)).to.deep.equal(
        [...buckets.map(({ value }) => value)].sort((a, b) => a - b),
      );
      expect(buckets.at(-1)).to.deep.include({ value: 2 }).and.have.nested.property('labels.le', '+Inf');
      expect(page.sum('request_duration_seconds_count', labels)).to.equal(2);
      expect(page.sum('request_duration_seconds_sum', labels)).to.be.within(0.0001, 60);
    });

    it('with their rows, and the time of scoring by kind, in threads as well', () => {
      expect(page.sum('rows_total', { deployment: 'rent' })).to.equal(10_003);
      expect(page.sum('rows_total', { deployment: 'misbehaving' })).to.equal(undefined);
      expect(page.sum('scoring_duration_seconds_count', { kind: 'linear-regression' })).to.equal(2);
      expect(page.sum('threads', { pool: 'scoring' })).to.equal(1);
    });

    it('and never has a label that a caller made up', async () => {
      const { text } = await fetchText();
      expect(text).to.include('"rent"').and.not.include('made-up');
    });
  });

  describe('is a page', () => {
    before(async () => (engine = await startTestEngine({ ENGINE_PUBLIC_URL: 'http://models.example/engine' })));
    after(stop);

    it("in Prometheus' own format for whoever accepts anything, or nothing that there is", async () => {
      for (const headers of [{}, { Accept: 'image/png' }, { Accept: 'text/plain' }] as Record<string, string>[]) {
        const { type, status, text } = await fetchText(headers);
        expect(type).to.equal('text/plain; version=0.0.4; charset=utf-8');
        expect(status).to.equal(200);
        expect(text).to.include('# TYPE custom_ml_engine_rows_total counter').and.not.include('# EOF');
      }
    });

    it('in OpenMetrics for whoever prefers that, with the trace of a slow request', async () => {
      const options = { method: 'POST', headers: { Traceparent: `00-${TRACE}-b7ad6b7169203331-01` } };
      await engine.request('/v1/deployments/iris/online', { ...options, body: '{}' });
      const line = new RegExp(`_duration_seconds_bucket{.*} 1 # {trace_id="${TRACE}"} \\S+ \\d`);
      for (const accept of [ACCEPT, OPENMETRICS]) {
        await until('it is counted', async () => line.test((await fetchText({ Accept: accept })).text));
        const { type, text } = await fetchText({ Accept: accept });
        expect(type).to.equal(`${OPENMETRICS}; version=1.0.0; charset=utf-8`);
        expect(text).to.match(/# EOF\n$/);
        expect(text).to.match(/^# TYPE custom_ml_engine_requests counter$/m);
        expect(text).to.match(/^custom_ml_engine_requests_total\{/m);
      }
    });

    it('without the trace of a request that nobody records', async () => {
      const other = TRACE.replace(/^0/, '1');
      await engine.request('/v1/deployments', { headers: { Traceparent: `00-${other}-b7ad6b7169203331-00` } });
      expect((await fetchText({ Accept: OPENMETRICS })).text).to.not.include(other);
    });

    it('at the path with the prefix of the public URL, too, for HEAD, and for no other method', async () => {
      expect((await fetch(`${engine.url}/engine/metrics`)).status).to.equal(200);
      const head = await fetch(`${engine.url}/metrics`, { method: 'HEAD' });
      expect(head.status).to.equal(200);
      expect(Number(head.headers.get('content-length'))).to.be.greaterThan(1000);
      const { status, headers, error } = await engine.request('/metrics', { method: 'POST', body: {} });
      expect([status, headers.get('allow'), error?.code]).to.deep.equal([405, 'GET, HEAD', 'method_not_allowed']);
    });

    it('about the process, with the number of its worker', async () => {
      const { samples } = await fetchMetrics(engine.url);
      const cpu = samples.filter(({ name }) => name === 'process_cpu_seconds_total');
      expect(cpu.map(({ labels }) => labels)).to.deep.equal([{ worker: '0' }]);
      expect(cpu[0]?.value).to.be.greaterThan(0);
    });
  });

  it('requires the credentials of the contract', async () => {
    engine = await startTestEngine({ ENGINE_USERNAME: 'openscale', ENGINE_PASSWORD: 'secret' });
    expect((await engine.request('/metrics')).error?.code).to.equal('unauthorized');
    const authorization = `Basic ${Buffer.from('openscale:secret').toString('base64')}`;
    const page = await fetchMetrics(engine.url, { authorization });
    expect(page.sum('errors_total', { code: 'unauthorized' })).to.equal(1);
    expect(page.sum('requests_total', { operation: 'other', status: '401' })).to.equal(1);
    await engine.stop();
  });

  it('is answered when there is no slot for a request, and counts those that were rejected', async () => {
    engine = await startTestEngine({}, {}, { maxConcurrency: 0 });
    await engine.request('/v1/deployments');
    const page = await fetchMetrics(engine.url);
    expect(page.sum('rejections_total', { limit: 'slots' })).to.equal(1);
    expect(page.sum('slots_max', { slot: 'scoring' })).to.equal(0);
    await engine.stop();
  });

  it('has the state of the folder, and forgets nothing of what was removed at once', async () => {
    const { folder, remove } = await makeDeploymentsFolder(SAMPLES, ['iris']);
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder });
    const holds = (what: string, condition: (page: MetricsPage) => boolean) =>
      until(what, async () => condition(await fetchMetrics(engine.url)));
    const { example } = engine.engine.catalogue.get('iris')?.file ?? {};
    await engine.score('iris', { fields: example?.fields, values: example?.values });
    await mkdir(join(folder, 'broken'));
    await writeFile(join(folder, 'broken', 'deployment.json'), '{}');
    await holds('the other one is invalid', (page) => page.sum('deployments', { state: 'invalid' }) === 1);
    await rm(join(folder, 'iris'), { recursive: true });
    await holds('it is not served', (page) => page.sum('deployments', { state: 'served' }) === 0);
    const page = await fetchMetrics(engine.url);
    expect(page.sum('requests_total', { deployment: 'iris' })).to.equal(1);
    expect(page.sum('deployment_loads_total', { result: 'invalid' })).to.be.greaterThan(0);
    expect(page.sum('deployments_folder_readable')).to.equal(1);
    await rename(folder, `${folder}-away`);
    await holds('the folder is unreadable', (page) => page.sum('deployments_folder_readable') === 0);
    await engine.stop();
    await rename(`${folder}-away`, folder);
    await remove();
  });

  it('has the requests to upstreams, their retries and circuits', async () => {
    const [well, bad] = await Promise.all([HttpDouble.start(good), HttpDouble.start(good)]);
    const { folder, remove } = await makeDeploymentsFolder('', []);
    await writeRemote(folder, 'well', { url: well.url, ready_interval: 600_000 });
    await writeRemote(folder, 'bad', { url: bad.url, ready_interval: 600_000, retries: 0, pause: 600_000 });
    engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder });
    await until('both are ready', async () => (await fetchMetrics(engine.url)).sum('upstream_ready') === 2);
    const before = await fetchMetrics(engine.url);
    well.behaveNext(fails(429));
    expect((await engine.score('well', toXs(1))).status).to.equal(200);
    bad.behave(fails(503));
    for (let time = 0; time < 12; time++) await engine.score('bad', toXs(1));
    const page = await fetchMetrics(engine.url);
    const grown = (name: string, labels: Record<string, string>) =>
      (page.sum(name, labels) ?? 0) - (before.sum(name, labels) ?? 0);
    expect(grown('upstream_requests_total', { deployment: 'well', outcome: '2xx' })).to.equal(1);
    expect(grown('upstream_requests_total', { deployment: 'well', outcome: '4xx' })).to.equal(1);
    expect(grown('upstream_retries_total', { deployment: 'well' })).to.equal(1);
    expect(grown('upstream_request_duration_seconds_count', { deployment: 'well' })).to.equal(2);
    expect(grown('upstream_requests_total', { deployment: 'bad', outcome: '5xx' })).to.be.within(4, 11);
    expect(page.sum('upstream_circuit_open', { deployment: 'bad' })).to.equal(1);
    expect(page.sum('upstream_circuit_open', { deployment: 'well' })).to.equal(0);
    expect(page.sum('upstream_ready', { deployment: 'bad' })).to.equal(0);
    expect(page.sum('upstream_retries_total', { deployment: 'bad' })).to.equal(0);
    await engine.stop();
    await Promise.all([well.close(), bad.close()]);
    await remove();
  });

  it('forgets a deployment that does not come back, and nothing of one that does', async () => {
    const metrics = new EngineMetrics();
    const outcome = { status: 200, failure: undefined, time: 1, isRetry: false };
    for (const id of ['gone', 'back']) metrics.noteUpstreamRequest(id, outcome);
    const list = async () => (await metrics.take()).deployments;
    metrics.noteRemoved('back', 1);
    metrics.noteLoad('back', 'served');
    metrics.noteRemoved('gone', 1);
    expect(await list()).to.deep.equal(['gone']);
    await until('it is forgotten', async () => (await list()).length === 0);
    const { families } = await metrics.take();
    const series = families.flatMap((family) => family.series).map(({ labels }) => labels['deployment']);
    expect(series).to.include('back').and.not.include('gone');
  });
});
