import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';
import { parseConfiguration } from '../../../server/configuration.ts';
import { openEngine } from '../../../server/engine.ts';
import { buildLog } from '../../../server/log/log.ts';
import { fails, good } from '../../support/behaviours.ts';
import { FIXTURES, makeDeploymentsFolder, SAMPLES, startTestEngine, type TestEngine } from '../../support/engine.ts';
import { toModeTable } from '../../support/healthy.ts';
import { HttpDouble } from '../../support/http-double.ts';
import { findLogLine } from '../../support/log-line.ts';
import { RawConnection, toHead } from '../../support/raw.ts';
import { toXs, writeRemote } from '../../support/remote.ts';
import { until } from '../../support/until.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;

describe('traces', () => {
  let upstream: HttpDouble;
  let engine: TestEngine;
  let remove: () => Promise<void>;

  const start = async () => {
    upstream = await HttpDouble.start(good);
    const made = await makeDeploymentsFolder(FIXTURES, ['rent', 'misbehaving']);
    remove = made.remove;
    await writeRemote(made.folder, 'far', { url: `${upstream.url}/score`, ready_interval: 600_000 });
    const settings = { ENGINE_DEPLOYMENTS: made.folder, ENGINE_ALLOW_MODULES: 'true', ENGINE_THREADS: '1' };
    engine = await startTestEngine(settings);
    await until('the upstream is ready', () =>
      engine.engine.catalogue.listUpstreams().every(({ status }) => status === 'ready'),
    );
  };
  const stop = async () => {
    await engine.stop();
    await upstream.close();
    await remove();
  };
  const score = (id: string, body: unknown, headers: Record<string, string> = {}) =>
    engine.request(`/v1/deployments/${id}/online`, { method: 'POST', body, headers });
  const manyXs = (rows: number) => toXs(...new Array<number>(rows).fill(0.123456789));

  describe('without an SDK', () => {
    before(start);
    after(stop);

    const findUpstreamHeaders = async (headers: Record<string, string>, table: unknown = toXs(1)) => {
      const before = upstream.requests.length;
      expect((await score('far', table, headers)).status).to.equal(200);
      const [{ headers: sent }] = upstream.requests.slice(before) as [HttpDouble['requests'][0]];
      return [sent['traceparent'], sent['tracestate']];
    };

    it('are passed on to upstreams as the caller sent them, from the event loop and from threads', async () => {
      const headers = { Traceparent: TRACEPARENT, Tracestate: 'one=1, two=2' };
      expect(await findUpstreamHeaders(headers)).to.deep.equal([TRACEPARENT, 'one=1,two=2']);
      expect(await findUpstreamHeaders(headers, manyXs(10_000))).to.deep.equal([TRACEPARENT, 'one=1,two=2']);
      expect(await findUpstreamHeaders({ Traceparent: TRACEPARENT })).to.deep.equal([TRACEPARENT, undefined]);
      const later = TRACEPARENT.replace(/^00/, '01');
      expect(await findUpstreamHeaders({ Traceparent: `${later}-more` })).to.deep.equal([TRACEPARENT, undefined]);
    });

    it('are none where the header is invalid', async () => {
      const invalid = [
        '',
        `${TRACEPARENT}-more`,
        `${TRACEPARENT} `.trim().toUpperCase(),
        TRACEPARENT.replace(/^00/, 'ff'),
        TRACEPARENT.replace(TRACE, '0'.repeat(32)),
        TRACEPARENT.replace(PARENT, '0'.repeat(16)),
        TRACEPARENT.replace('-01', '-1'),
        `${TRACEPARENT}, ${TRACEPARENT}`,
      ];
      for (const traceparent of invalid)
        expect(await findUpstreamHeaders({ Traceparent: traceparent, Tracestate: 'one=1' }), traceparent).to.deep.equal(
          [undefined, undefined],
        );
      expect(await findUpstreamHeaders({ Tracestate: 'one=1' })).to.deep.equal([undefined, undefined]);
    });

    it('lose what is invalid in tracestate', async () => {
      const pass = async (tracestate: string) =>
        (await findUpstreamHeaders({ Traceparent: TRACEPARENT, Tracestate: tracestate }))[1];
      expect(await pass('one=1,TWO=2,=3')).to.equal('one=1');
      expect(await pass(`one=${'1'.repeat(600)}`)).to.equal(undefined);
    });

    it('have their id in the log', async () => {
      const reply = await score('rent', {}, { Traceparent: TRACEPARENT });
      const line = await findLogLine(engine, reply);
      expect(line).to.include({ trace_id: TRACE, status: 400 });
      const other = await score('rent', {});
      expect(await findLogLine(engine, other)).to.not.have.property('trace_id');
    });
  });

  describe('with an SDK', () => {
    const exporter = new InMemorySpanExporter();
    before(async () => {
      new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
      await start();
    });
    after(async () => {
      await stop();
      trace.disable();
      propagation.disable();
      context.disable();
    });

    /** The spans of a request, once it has ended: that of the request itself, and by name the others. */
    const collect = async (send: () => Promise<unknown>) => {
      exporter.reset();
      await send();
      const findServer = () => exporter.getFinishedSpans().find(({ kind }) => kind === SpanKind.SERVER);
      await until('the request has ended', () => findServer() !== undefined);
      const spans = exporter.getFinishedSpans();
      const names = spans.map(({ name }) => name);
      const find = (name: string) => spans.find((span) => span.name === name) as ReadableSpan;
      return { server: findServer() as ReadableSpan, spans, names, find };
    };
    const toId = (span: ReadableSpan | undefined) => span?.spanContext().spanId;
    const NAME = 'POST /v1/deployments/{deployment_id}/online';
    const rent = (rows: number) => ({
      fields: ['area', 'rooms', 'district'],
      values: new Array(rows).fill([50, 2, 'centre']),
    });

    it('have a span of the request, by the conventions for HTTP, within the trace of the caller', async () => {
      const { server, names, find } = await collect(() => score('rent', rent(2), { Traceparent: TRACEPARENT }));
      expect(names).to.have.members(['read body', 'score', NAME]);
      expect(server.name).to.equal(NAME);
      expect(server.spanContext().traceId).to.equal(TRACE);
      expect(server.parentSpanContext?.spanId).to.equal(PARENT);
      expect(server.attributes).to.deep.include({
        'http.request.method': 'POST',
        'http.route': '/v1/deployments/{deployment_id}/online',
        'http.response.status_code': 200,
        'url.path': '/v1/deployments/rent/online',
        'url.scheme': 'http',
        'custom_ml_engine.deployment.id': 'rent',
        'custom_ml_engine.rows': 2,
      });
      expect(server.status.code).to.equal(SpanStatusCode.UNSET);
      for (const name of ['read body', 'score'])
        expect(find(name).parentSpanContext?.spanId, name).to.equal(toId(server));
      expect(JSON.stringify(server.attributes)).to.not.include('centre');
    });

    it('have a span of the thread within that of scoring', async () => {
      const { find } = await collect(() => score('rent', rent(10_000)));
      const [thread, around] = [find('scoring thread'), find('score')];
      expect(thread.parentSpanContext?.spanId).to.equal(toId(around));
      expect(thread.attributes).to.deep.equal({ 'custom_ml_engine.pool': 'scoring' });
      const toTime = ([seconds, nanoseconds]: [number, number]) => seconds * 1e3 + nanoseconds / 1e6;
      // The clocks of threads differ by some microseconds.
      expect(toTime(thread.startTime)).to.be.greaterThan(toTime(around.startTime) - 5);
      expect(toTime(thread.endTime)).to.be.within(toTime(thread.startTime), toTime(around.endTime) + 5);
    });

    it('have a span for each request to an upstream, which continues from there, also from threads', async () => {
      for (const table of [toXs(1), manyXs(10_000)]) {
        const before = upstream.requests.length;
        const { server, spans, find } = await collect(() => score('far', table, { Traceparent: TRACEPARENT }));
        const clients = spans.filter(({ kind }) => kind === SpanKind.CLIENT);
        expect(clients)
          .to.have.length(upstream.requests.length - before)
          .and.have.length.greaterThan(0);
        const sent = upstream.requests.slice(before).map(({ headers }) => headers['traceparent']);
        expect(sent).to.have.members(clients.map((client) => `00-${TRACE}-${toId(client)}-01`));
        for (const client of clients) {
          expect(client.parentSpanContext?.spanId).to.equal(toId(find('score')));
          expect(client.name).to.equal('POST');
          expect(client.attributes).to.deep.include({
            'http.request.method': 'POST',
            'http.response.status_code': 200,
            'server.address': new URL(upstream.url).hostname,
            'url.full': `${upstream.url}/score`,
          });
        }
        expect(find('score').parentSpanContext?.spanId).to.equal(toId(server));
      }
    });

    it('say what failed, and no data, secrets or stacks', async () => {
      const failed = await collect(() => score('misbehaving', toModeTable('throw')));
      expect(failed.server.status).to.deep.equal({ code: SpanStatusCode.ERROR });
      expect(failed.server.attributes).to.include({ 'error.type': 'model_failed', 'http.response.status_code': 500 });
      expect(failed.find('score').status).to.deep.equal({ code: SpanStatusCode.ERROR });
      expect(failed.spans.flatMap(({ events }) => events)).to.deep.equal([]);

      const rejected = await collect(() => score('rent', { fields: ['area'], values: [['wallaby']] }));
      expect(rejected.server.status.code).to.equal(SpanStatusCode.UNSET);
      expect(rejected.find('score').status.code).to.equal(SpanStatusCode.UNSET);
      expect(rejected.server.attributes).to.include({ 'error.type': 'missing_fields' });

      upstream.behaveNext(fails(503), fails(503), fails(503));
      const remote = await collect(() => score('far', toXs(1)));
      const client = remote.spans.find(({ kind }) => kind === SpanKind.CLIENT);
      expect(client?.attributes).to.include({ 'error.type': '503', 'http.response.status_code': 503 });
      expect(client?.status).to.deep.equal({ code: SpanStatusCode.ERROR });
      for (const { spans } of [failed, rejected, remote])
        expect(JSON.stringify(spans.map(({ attributes, name }) => [attributes, name]))).to.not.include('wallaby');
    });

    it('end when the client goes away', async () => {
      const { server } = await collect(async () => {
        const connection = await RawConnection.open(engine.url);
        const headers = { 'Content-Type': 'application/json', 'Content-Length': 2 };
        connection.send(`${toHead('POST', '/v1/deployments/rent/online', headers)}{`).close();
      });
      expect(server.attributes).to.include({ 'error.type': 'aborted' });
      expect(server.status.code).to.equal(SpanStatusCode.ERROR);
    });

    it('continue the span around the engine, where a program has one', async () => {
      const tracer = trace.getTracer('program');
      const around = tracer.startSpan('around');
      const open = await openEngine(
        parseConfiguration({ ENGINE_DEPLOYMENTS: FIXTURES }),
        buildLog('silent', undefined, { write: () => undefined }),
      );
      const server = createServer((request, response) =>
        context.with(trace.setSpan(context.active(), around), () => void open.listener(request, response)),
      ).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const { server: own } = await collect(() =>
        fetch(`http://127.0.0.1:${port}/health/live`, { headers: { Connection: 'close', Traceparent: TRACEPARENT } }),
      );
      expect(own.parentSpanContext?.spanId).to.equal(around.spanContext().spanId);
      around.end();
      server.close();
      await open.release();
    });

    it('have one of their own for each delivery of logged records', async () => {
      const made = await makeDeploymentsFolder(SAMPLES, ['iris']);
      const spool = await mkdtemp(join(tmpdir(), 'traces-'));
      const sinks = [{ type: 'file', path: 'records.jsonl', first_wait: 1, longest_wait: 5 }];
      await writeFile(join(spool, 'log.json'), JSON.stringify({ folder: 'spool', sinks }));
      const logging = await startTestEngine({
        ENGINE_DEPLOYMENTS: made.folder,
        ENGINE_PAYLOAD_LOG: join(spool, 'log.json'),
      });
      exporter.reset();
      const table = {
        fields: ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'],
        values: [[5.1, 3.5, 1.4, 0.2]],
      };
      const options = { method: 'POST', body: table, headers: { Traceparent: TRACEPARENT } };
      expect((await logging.request('/v1/deployments/iris/predictions', options)).status).to.equal(200);
      const find = () => exporter.getFinishedSpans().find(({ name }) => name === 'deliver records');
      await until('the record is delivered', () => find() !== undefined);
      const span = find();
      expect(span?.attributes).to.deep.equal({ 'custom_ml_engine.sink': 'file', 'custom_ml_engine.records': 1 });
      expect(span?.kind).to.equal(SpanKind.PRODUCER);
      expect(span?.status.code).to.equal(SpanStatusCode.UNSET);
      expect(span?.spanContext().traceId).to.not.equal(TRACE);
      expect(span?.parentSpanContext).to.equal(undefined);
      await logging.stop();
      await made.remove();
      await rm(spool, { recursive: true });
    });

    it('have names that no caller makes up', async () => {
      const { server } = await collect(() => engine.request('/made-up'));
      expect(server.name).to.equal('GET');
      for (const [path, route] of [
        ['/health/live', '/health/live'],
        ['/', '/'],
        ['/docs/docs.css', '/docs/'],
        ['/session', '/session'],
        ['/openapi.json', '/openapi.json'],
        ['/apps/rent/', '/apps/{deployment_id}/'],
        ['/console/data/deployments', '/console/data/deployments'],
        ['/console/data/deployments/rent', '/console/data/deployments/{deployment_id}'],
      ] as const)
        expect((await collect(() => fetch(`${engine.url}${path}`))).server.name).to.equal(`GET ${route}`);
      const { server: unusual } = await collect(() => fetch(`${engine.url}/v1/deployments`, { method: 'PROPFIND' }));
      expect(unusual.name).to.equal('HTTP');
      expect(unusual.attributes).to.include({ 'http.request.method': '_OTHER' });
    });
  });
});
