import { EventEmitter, once } from 'node:events';
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { EngineError } from '../../../errors/engine-error.ts';
import { buildLog } from '../../../server/log/log.ts';
import { askFirstProcess, type Channel } from '../../../server/metrics/ask-first-process.ts';
import { FirstProcessMetrics } from '../../../server/metrics/first-process-metrics.ts';
import { startWorkers, type Workers } from '../../../server/workers/workers.ts';
import { fetchMetrics, MetricsPage } from '../../support/metrics.ts';
import { catchError } from '../../support/deployment.ts';
import { until } from '../../support/until.ts';

const WORKER = fileURLToPath(new URL('../../support/counting-worker.ts', import.meta.url));

describe('the metrics of several workers', () => {
  let workers: Workers;
  let metrics: FirstProcessMetrics;
  let url: string;
  let lines: { msg: string }[];
  const log = buildLog('info', undefined, { write: (line) => void lines.push(JSON.parse(line) as { msg: string }) });

  beforeEach(async () => {
    lines = [];
    cluster.setupPrimary({ exec: WORKER, args: [], cwd: process.cwd() });
    metrics = new FirstProcessMetrics();
    const settings = { workers: 2, host: '127.0.0.1', port: 0 };
    url = await new Promise<string>((resolve) => (workers = startWorkers(settings, log, resolve, metrics)));
  });
  afterEach(async () => {
    for (const id of findIds()) process.kill(id, 'SIGCONT');
    workers.stop();
    await workers.ended;
  });

  const findIds = () => Object.values(cluster.workers ?? {}).map((worker) => worker?.process.pid as number);
  /** Sends requests on connections of their own; gives the numbers of the workers that answered. */
  const send = async (count: number) => {
    const numbers: string[] = [];
    for (let index = 0; index < count; index++)
      numbers.push(await (await fetch(url, { headers: { Connection: 'close' } })).text());
    return numbers;
  };
  const scrape = async () => new MetricsPage((await metrics.workers.scrape('prometheus')).text);
  /** A page with so many workers that have not answered in time: on a busy machine, another one may be late, too. */
  const findPage = async (silent: number, look = scrape) => {
    let page = await look();
    await until(`${silent} are silent`, async () => {
      if (page.sum('silent_workers') === silent) return true;
      page = await look();
      return false;
    });
    return page;
  };
  const count = (page: MetricsPage) => page.sum('requests_total', { operation: 'count' });
  /** A request counts when its reply is out. */
  const waitFor = (total: number) => until(`${total} are counted`, async () => count(await scrape()) === total);

  it('are the sums of all of them, whichever is asked', async () => {
    expect(new Set(await send(10)).size).to.equal(2);
    await waitFor(10);
    for (let time = 0; time < 2; time++) {
      const page = await findPage(0, () => fetchMetrics(url, { Connection: 'close' }));
      expect(count(page)).to.equal(10);
      expect(page.sum('workers')).to.equal(2);
      const processes = page.samples.filter(({ name }) => name === 'process_start_time_seconds');
      expect(processes.map(({ labels }) => labels['worker'])).to.have.members(['0', '1', '2']);
    }
  });

  it('do not go down when a worker is killed, and go on with its replacement', async () => {
    await send(10);
    await waitFor(10);
    process.kill(findIds()[0] as number, 'SIGKILL');
    await until('it is replaced', async () => (await scrape()).sum('worker_deaths_total') === 1);
    expect(count(await scrape())).to.equal(10);
    await until('there are two', async () => (await scrape()).sum('workers') === 2);
    expect(new Set(await send(10)).size).to.equal(2);
    await waitFor(20);
  });

  it('lose nothing when the workers are replaced one after the other, though nobody asks before', async () => {
    await send(10);
    workers.restart();
    await until('it has restarted', () => lines.some(({ msg }) => msg === 'restarted'));
    expect(count(await scrape())).to.equal(10);
    expect((await scrape()).sum('worker_deaths_total')).to.equal(0);
  });

  it('have the requests that the first process answers while there is no worker', async () => {
    cluster.setupPrimary({ exec: WORKER, args: ['never'] });
    for (const id of findIds()) process.kill(id, 'SIGKILL');
    await until('both have died', async () => (await scrape()).sum('worker_deaths_total') === 2);
    let refused = 0;
    await until('a worker answers', async () => {
      const { status } = await fetch(url, { headers: { Connection: 'close' } });
      refused += Number(status === 503);
      return status === 200;
    });
    await until('all are counted', async () => {
      const page = await scrape();
      return (page.sum('errors_total', { code: 'interrupted' }) ?? 0) === refused;
    });
  });

  it('are there while a worker is stopped, with what it said last', async () => {
    await send(10);
    await waitFor(10);
    const [id] = findIds() as [number];
    process.kill(id, 'SIGSTOP');
    for (let time = 0; time < 2; time++) expect(count(await findPage(1))).to.equal(10);
    process.kill(id, 'SIGCONT');
    await findPage(0);
    expect(count(await scrape())).to.equal(10);
  });

  it('are there when a worker dies while it is asked', async () => {
    const [id] = findIds() as [number];
    process.kill(id, 'SIGSTOP');
    const asked = metrics.workers.scrape('prometheus');
    process.kill(id, 'SIGKILL');
    expect((await asked).text).to.include('custom_ml_engine_workers');
  });
});

describe('a worker that asks for the metrics of all', () => {
  it('gives up where the first process does not answer', async () => {
    const emitter = new EventEmitter();
    const sent: unknown[] = [];
    const channel = Object.assign(emitter, {
      send: (message: unknown) => sent.push(message) > 0,
    }) as unknown as Channel;
    const scrape = askFirstProcess(() => Promise.resolve({ families: [], process: [], deployments: [] }), channel, 1);
    const { code } = await catchError(EngineError, () => scrape('openmetrics'));
    expect(code).to.equal('interrupted');
    expect(sent).to.deep.equal([{ type: 'scrape', id: 1, format: 'openmetrics' }]);
    // An answer that comes too late is of no use.
    emitter.emit('message', { type: 'scraped', id: 1, text: { contentType: '', text: '' } });
    const told = once(emitter, 'told');
    Object.assign(emitter, { send: () => emitter.emit('told') });
    emitter.emit('message', { type: 'tell figures' });
    await told;
  });
});
