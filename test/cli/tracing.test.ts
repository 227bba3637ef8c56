/** The recipe of docs/operating.md as it is written: an engine with an SDK, and a collector. */
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { good, says } from '../support/behaviours.ts';
import { makeDeploymentsFolder } from '../support/engine.ts';
import { HttpDouble } from '../support/http-double.ts';
import { toXs, writeRemote } from '../support/remote.ts';
import { Run } from '../support/run.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

/** A span as the protocol has it in JSON. */
interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}
interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: object }[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

describe('the recipe for traces', () => {
  for (const workers of [1, 2]) {
    it(`exports the spans of a request to a collector, with ${workers === 1 ? 'one process' : 'workers'}`, async () => {
      const docs = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8');
      const program = /`tracing\.mjs`:\n\n```js\n(.*?)```/s.exec(docs)?.[1] as string;
      const [, options = ''] = /^NODE_OPTIONS='(.*)' npx custom-ml-engine serve$/m.exec(docs) ?? [];
      const [, endpoint = ''] = /^export OTEL_EXPORTER_OTLP_ENDPOINT=(\S+)$/m.exec(docs) ?? [];
      expect(new URL(endpoint).hostname).to.equal('127.0.0.1');

      const [collector, upstream] = await Promise.all([HttpDouble.start(says('{}')), HttpDouble.start(good)]);
      const folder = await mkdtemp(join(tmpdir(), 'tracing-'));
      const deployments = await makeDeploymentsFolder('', []);
      try {
        await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
        await writeFile(join(folder, 'tracing.mjs'), program);
        await writeRemote(deployments.folder, 'far', { url: upstream.url, ready_interval: 600_000 });
        const args = ['serve', '--port', '0', '--deployments', deployments.folder, '--workers', `${workers}`];
        const environment = { NODE_OPTIONS: options, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
        const engine = new Run(args, { folder, environment });
        const url = await engine.listen();
        const response = await fetch(`${url}/v1/deployments/far/online`, {
          method: 'POST',
          headers: {
            'Content-Type': 'application/json',
            Traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
            Connection: 'close',
          },
          body: JSON.stringify(toXs(1)),
        });
        expect(response.status).to.equal(200);
        // What the SDK has not sent yet is sent when the engine stops.
        engine.process.kill('SIGTERM');
        expect(await engine.code, engine.stderr).to.equal(0);

        const exported = collector.requests
          .map(({ body }) => JSON.parse(body) as Exported)
          .flatMap((one) => one.resourceSpans);
        expect(collector.requests[0]?.path).to.equal('/v1/traces');
        expect(exported[0]?.resource.attributes).to.deep.include({
          key: 'service.name',
          value: { stringValue: 'custom-ml-engine' },
        });
        const spans = exported
          .flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))
          .filter(({ traceId }) => traceId === TRACE);
        const find = (name: string) => spans.find((span) => span.name === name);
        const server = find('POST /v1/deployments/{deployment_id}/online');
        expect(server?.parentSpanId).to.equal('b7ad6b7169203331');
        expect(find('read body')?.parentSpanId).to.equal(server?.spanId);
        expect(find('score')?.parentSpanId).to.equal(server?.spanId);
        expect(find('POST')?.parentSpanId).to.equal(find('score')?.spanId);
        const sent = upstream.requests.map(({ headers }) => headers['traceparent']);
        expect(sent).to.include(`00-${TRACE}-${find('POST')?.spanId}-01`);
      } finally {
        await Promise.all([collector.close(), upstream.close(), deployments.remove()]);
        await rm(folder, { recursive: true });
      }
    });
  }
});
