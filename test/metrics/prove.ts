/** What `npm run test:metrics` proves with a real Prometheus; see run.sh. Everything listens on loopback. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { good, says } from '../support/behaviours.ts';
import { startEngineProcess } from '../support/engine-process.ts';
import { makeDeploymentsFolder, SAMPLES } from '../support/engine.ts';
import { HttpDouble } from '../support/http-double.ts';
import { IRIS } from '../support/healthy.ts';
import { toXs, writeRemote } from '../support/remote.ts';
import { until } from '../support/until.ts';
import { RULES, runPromtool, startPrometheus } from './prometheus.ts';

const [programs = '', scratch = ''] = process.argv.slice(2);
const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CREDENTIALS = { ENGINE_USERNAME: 'openscale', ENGINE_PASSWORD: 'for this proof' };
const authorization = `Basic ${Buffer.from(Object.values(CREDENTIALS).join(':')).toString('base64')}`;

const promtool = (args: readonly string[], input?: string) => runPromtool(programs, args, input);

promtool(['check', 'rules', RULES]);
promtool(['test', 'rules', root('test/metrics/rules.test.yaml')]);
console.log('promtool has checked and tested the rules');

const [upstream, sink] = await Promise.all([HttpDouble.start(good), HttpDouble.start(says(''))]);
const { folder, remove } = await makeDeploymentsFolder(SAMPLES, ['iris']);
await writeRemote(folder, 'far', { url: upstream.url });
const payloadLog = join(scratch, 'log.json');
await writeFile(payloadLog, JSON.stringify({ deployments: 'all', sinks: [{ type: 'http', url: sink.url }] }));
const engine = await startEngineProcess({
  deployments: folder,
  folder: scratch,
  parameters: ['--workers', '2', '--payload-log', payloadLog],
  environment: CREDENTIALS,
});
let prometheus: Awaited<ReturnType<typeof startPrometheus>> | undefined;
try {
  let sent = 0;
  /** Scores on connections of their own, so that both workers do. */
  const score = async (times: number) => {
    for (const path of ['iris/online', 'iris/predictions', 'far/online'])
      for (let time = 0; time < times; time++) {
        const response = await fetch(`${engine.url}/v1/deployments/${path}`, {
          method: 'POST',
          headers: {
            Authorization: authorization,
            'Content-Type': 'application/json',
            Connection: 'close',
            Traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
          },
          body: JSON.stringify(path.startsWith('far') ? toXs(0.5) : IRIS),
        });
        expect(response.status, path).to.equal(200);
        sent += 1;
      }
  };
  await score(10);
  const page = await fetch(`${engine.url}/metrics`, { headers: { Authorization: authorization } });
  promtool(['check', 'metrics'], await page.text());
  console.log('promtool has checked a page of metrics');

  prometheus = await startPrometheus(programs, scratch, {
    basic_auth: { username: CREDENTIALS.ENGINE_USERNAME, password: CREDENTIALS.ENGINE_PASSWORD },
    static_configs: [{ targets: [new URL(engine.url).host] }],
  });
  const { ask, query, holds } = prometheus;

  const SCORED = 'sum(custom_ml_engine_requests_total{operation=~"score.*",status="200"})';
  await holds('the requests of both workers are counted', SCORED, sent);
  await holds('their rows are counted', 'sum(custom_ml_engine_rows_total)', sent);
  await holds('records are delivered', 'custom_ml_engine_payload_log_delivered_records_total', 10);

  const { panels } = JSON.parse(await readFile(root('deploy/grafana/custom-ml-engine.json'), 'utf8')) as {
    panels: { title: string; targets?: { expr: string }[] }[];
  };
  await score(5);
  let count = 0;
  for (const { title, targets = [] } of panels)
    for (const { expr } of targets) {
      const text = expr
        .replaceAll('$job', 'custom-ml-engine')
        .replaceAll('$deployment', '.*')
        .replaceAll('$__rate_interval', '1m');
      // Of errors there are none here.
      if (expr.includes('> 0')) await query(text);
      else if (/status=~"[45]/.test(expr)) await query(text);
      else await until(`${title} has data for ${text}`, async () => (await query(text)).length > 0);
      count += 1;
    }
  console.log(`Prometheus has data for the panels of the dashboard: ${count} queries`);

  console.log(`Prometheus evaluates ${await prometheus.evaluateRules()} alert rules`);

  await until('there is an exemplar', async () => {
    const found = await ask('query_exemplars', {
      query: 'custom_ml_engine_request_duration_seconds_bucket',
      start: String(Date.now() / 1000 - 600),
      end: String(Date.now() / 1000 + 60),
    });
    return JSON.stringify(found).includes(TRACE);
  });
  console.log('Prometheus has exemplars with the id of the trace');

  const findWorkers = async () =>
    (await readFile(`/proc/${engine.pid}/task/${engine.pid}/children`, 'utf8')).trim().split(' ').map(Number);
  await holds('all are counted', SCORED, sent);
  process.kill((await findWorkers())[0] as number, 'SIGKILL');
  await holds('a worker has died', 'custom_ml_engine_worker_deaths_total', 1);
  await holds('there are two again', 'custom_ml_engine_workers', 2);
  await score(5);
  await holds('no request is missing', SCORED, sent);
  for (const counter of ['requests_total', 'request_duration_seconds_bucket', 'rows_total', 'upstream_requests_total'])
    await holds(`${counter} has not gone down`, `sum(resets(custom_ml_engine_${counter}[10m]))`, 0);
  console.log('no counter goes down when a worker is killed');

  const [stopped] = (await findWorkers()) as [number];
  process.kill(stopped, 'SIGSTOP');
  await holds('a worker is silent', 'custom_ml_engine_silent_workers', 1);
  await holds('no request is missing', SCORED, sent);
  process.kill(stopped, 'SIGCONT');
  await holds('it is heard again', 'custom_ml_engine_silent_workers', 0);
  await holds('the engine is up', 'up{job="custom-ml-engine"}', 1);
  console.log('metrics are there while a worker is stopped');
} finally {
  await prometheus?.stop();
  await engine.stop();
  await Promise.all([upstream.close(), sink.close(), remove()]);
}
