import { expect } from 'chai';
import type { EndedExchange } from '../../../server/exchange/exchange-observer.ts';
import { FIXTURES, startTestEngine, type TestEngine } from '../../support/engine.ts';
import { toModeTable } from '../../support/healthy.ts';
import { findLogLine } from '../../support/log-line.ts';
import { RawConnection, sendRaw, toHead } from '../../support/raw.ts';
import { until } from '../../support/until.ts';

const PATH = '/v1/deployments/misbehaving/online';
const ROUTE = '/v1/deployments/{deployment_id}/online';

describe('an observer of exchanges', () => {
  let engine: TestEngine;
  const seen: EndedExchange[] = [];
  before(async () => {
    const fail = () => {
      throw new Error('the observer fails');
    };
    const settings = { ENGINE_DEPLOYMENTS: FIXTURES, ENGINE_ALLOW_MODULES: 'true', ENGINE_THREADS: '1' };
    engine = await startTestEngine(settings, { observers: [fail, (exchange) => seen.push(exchange)] });
  });
  after(() => engine.stop());

  const findExchange = async (id: string | null) => {
    const find = () => seen.filter((exchange) => exchange.id === id);
    await until('the exchange has ended', () => find().length > 0);
    expect(find()).to.have.length(1);
    return find()[0] as EndedExchange;
  };
  const observe = async (path: string, options: Parameters<TestEngine['request']>[1] = {}) => {
    const { headers, text } = await engine.request(path, options);
    const exchange = await findExchange(headers.get('x-request-id'));
    expect(exchange.request?.method).to.equal(options.method ?? 'GET');
    expect(exchange.duration).to.be.greaterThan(0);
    expect(exchange.replyBytes).to.equal(Buffer.byteLength(text));
    return exchange;
  };
  const readVersion = async (id: string) => (await engine.request(`/v1/deployments/${id}`)).body.metadata.version;
  const post = (body: unknown, path = PATH) => observe(path, { method: 'POST', body });

  it('receives a scored request: operation, deployment, rows, status, sizes', async () => {
    const table = toModeTable('well');
    const exchange = await post(table);
    const version = await readVersion('misbehaving');
    const scored = {
      client: '127.0.0.1',
      operation: 'scoreDeployment',
      route: ROUTE,
      deployment: 'misbehaving',
      version,
      rows: 1,
    };
    const details = { ...scored, kind: 'module' };
    expect(exchange.details)
      .to.include(details)
      .and.have.all.keys([...Object.keys(details), 'scoring_ms']);
    expect(exchange.details.scoring_ms).to.be.within(0, exchange.duration as number);
    expect(exchange).to.include({ status: 200, error: undefined, requestBytes: JSON.stringify(table).length });
  });

  it('receives a request that a thread has scored', async () => {
    const table = { fields: ['area', 'rooms', 'district'], values: new Array(10_000).fill([50, 2, 'centre']) };
    const exchange = await post(table, '/v1/deployments/rent/online');
    const details = {
      client: '127.0.0.1',
      operation: 'scoreDeployment',
      route: ROUTE,
      deployment: 'rent',
      rows: 10_000,
      version: await readVersion('rent'),
    };
    const kind = 'linear-regression';
    expect(exchange.details)
      .to.include({ ...details, kind })
      .and.have.all.keys([...Object.keys(details), 'kind', 'scoring_ms', 'thread']);
    const { start, end } = exchange.details.thread as { start: number; end: number };
    expect(end - start).to.be.within(exchange.details.scoring_ms as number, exchange.duration as number);
    expect(exchange).to.include({ status: 200, requestBytes: JSON.stringify(table).length });
    expect(engine.engine.threads?.scoring.threads).to.have.length(1);
  });

  it('receives failures, with their causes', async () => {
    const failed = await post(toModeTable('throw'));
    expect(failed).to.include({ status: 500 }).with.nested.property('error.code', 'model_failed');
    expect(failed.error?.cause).to.be.instanceOf(Error);
    expect(await post('{')).to.include({ status: 400, requestBytes: 1 });
    expect(await observe('/v1/nothing')).to.include({ status: 404, requestBytes: 0 });
  });

  it('receives probes', async () => {
    expect(await observe('/health/live'))
      .to.include({ status: 200 })
      .with.property('details')
      .that.deep.equals({ client: '127.0.0.1', route: '/health/live' });
  });

  it('receives a request whose client disconnected, without a status', async () => {
    const connection = await RawConnection.open(engine.url);
    const headers = { 'Content-Type': 'application/json', 'Content-Length': 2, 'X-Request-Id': 'gone' };
    connection.send(`${toHead('POST', PATH, headers)}{`).close();
    expect(await findExchange('gone')).to.include({ status: undefined, replyBytes: 0 });
  });

  it('receives what is not a request', async () => {
    const { headers, text } = await sendRaw(engine.url, 'garbage\r\n\r\n');
    expect(await findExchange(headers.get('x-request-id')))
      .to.include({ request: undefined, status: 400, replyBytes: text.length })
      .with.nested.property('error.code', 'malformed_request');
  });

  it('affects neither the reply nor other observers when it throws, and is logged', async () => {
    const reply = await engine.request('/v1/deployments');
    await findExchange(reply.headers.get('x-request-id'));
    expect(await findLogLine(engine, reply)).to.include({ msg: 'request', status: 200 });
    const { id } = await findExchange(reply.headers.get('x-request-id'));
    const failures = engine.log.filter((line) => line.msg === 'observer failed' && line['id'] === id);
    expect(failures).to.have.length(1);
    expect(failures[0]).to.include({ level: 'error' }).with.property('cause').that.includes('the observer fails');
  });
});
