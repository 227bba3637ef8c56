/** Whatever an engine sends, the checks end within their limits, with a verdict. */
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { UsageError } from '../../conformance/usage-error.ts';
import { toTextReport } from '../../conformance/report/text.ts';
import { catchError } from '../support/deployment.ts';
import { HOSTILE, startHostile } from './zoo/hostile.ts';
import { PASSWORD, startZooEngine } from './zoo/engine.ts';
import { judge, judgePatched, listIds } from './zoo/judge.ts';

describe('the checks of a hostile engine', () => {
  for (const [what, [answer, id, actual]] of Object.entries(HOSTILE)) {
    it(`survive ${what}, and name it`, async () => {
      const server = await startHostile(answer);
      try {
        // Only engines that hang need a short time limit.
        const timeout = actual.source.includes('not answered within') ? 1000 : 10_000;
        const report = await judge(server, { timeout, maxReply: 1_000_000, skip: ['security'] });
        expect(listIds(report, 'failed')).to.deep.equal([id]);
        const [finding] = report.results.find((result) => result.id === id)?.findings ?? [];
        expect(finding?.verdict === 'failed' && finding.actual).to.match(actual);
        expect(report.conclusion).to.equal('does-not-conform');
        expect(report.requests.sent).to.be.at.most(5);
      } finally {
        await server.stop();
      }
    });
  }

  it('send nothing more after three timeouts in a row', async () => {
    const report = await judgePatched(
      { intercept: ({ path }) => path.endsWith('/online') },
      { timeout: 1000, skip: ['security'] },
    );
    expect(listIds(report, 'failed')).to.include('scoring-answers');
    expect(report.requests.sent).to.be.lessThan(10);
    expect(JSON.stringify(report)).to.contain('3 calls before it timed out');
  });

  it('report a timeout on a connection that is kept open and then silent', async () => {
    const silent = new WeakSet<object>();
    const report = await judgePatched(
      {
        intercept: ({ path }, { socket }) => {
          if (socket && path.includes('no-such')) silent.add(socket);
          return socket !== null && silent.has(socket) && !path.includes('no-such');
        },
      },
      { timeout: 2000, only: ['errors-connection'] },
    );
    const [finding] = report.results[0]?.findings ?? [];
    expect(finding).to.have.property('actual', 'the call was not answered within 2 s');
  });

  it('call no other host, wherever the scoring URL leads', async () => {
    const other = await startZooEngine();
    const urls = [
      'http://127.0.0.1//evil.example/x',
      `http://127.0.0.2:${other.port}/v1/deployments/loan/online`,
      'http://[',
      '//x',
      'javascript:alert(1)',
      'ftp://127.0.0.1/',
    ];
    for (const url of urls) {
      const report = await judgePatched(
        {
          resource: (resource) => {
            resource.entity.scoring_url = url;
            resource.entity.scoring_endpoint.url = url;
            return resource;
          },
        },
        { skip: ['load'] },
      );
      expect(report.deployments[0]?.scoring_url, url).to.match(
        /^http:\/\/127\.0\.0\.1:\d+\/v1\/deployments\/loan\/online$/,
      );
    }
    expect(other.received).to.deep.equal([]);
    await other.stop();
  });

  it('never print the password, even if the engine does', async () => {
    const basic = Buffer.from(`zoo:${PASSWORD}`).toString('base64');
    const report = await judgePatched(
      {
        reply: (reply, { headers }) => ({
          ...reply,
          status: 500,
          body: `you sent ${PASSWORD} as ${headers.authorization}`,
        }),
      },
      { skip: ['load'] },
    );
    const printed = JSON.stringify(report) + toTextReport(report, { colour: false });
    expect(printed).to.contain('[redacted]');
    expect(printed).to.not.contain(PASSWORD);
    expect(printed).to.not.contain(basic);
  });

  it('never print a password in the notation of JSON, forms and URLs', async () => {
    const password = 'canary "ä"/\\8675309';
    const ascii = JSON.stringify(password).replace('ä', '\\u00e4');
    for (const body of [JSON.stringify({ password }), `{"password": ${ascii}}`, `?p=${encodeURIComponent(password)}`]) {
      const report = await judgePatched(
        { open: true, reply: (reply) => ({ ...reply, status: 500, body }) },
        { credentials: { kind: 'basic', username: 'zoo', password }, only: ['discovery-status'] },
      );
      expect(JSON.stringify(report), body).to.contain('[redacted]').and.not.contain('8675309');
    }
  });

  it('remove control characters from names in the report', async () => {
    const name = '\u001b[31m\u202ex\n✓ all is well';
    const report = await judgePatched(
      {
        list: ({ resources }) => {
          resources[0].metadata.guid = name;
          return { count: 3, resources };
        },
      },
      { skip: ['load'] },
    );
    // eslint-disable-next-line no-control-regex
    expect(toTextReport(report, { colour: false })).to.not.match(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
    expect(toTextReport(report, { colour: false })).to.not.match(/^✓/m);
  });

  it('treat __proto__ and constructor as ordinary keys', async () => {
    const report = await judgePatched(
      {
        reply: (reply, { path }) =>
          path === '/v1/deployments'
            ? { ...reply, body: '{"count":1,"resources":[{"__proto__":{"metadata":{"guid":"x"}},"constructor":1}]}' }
            : reply,
      },
      { skip: ['load'] },
    );
    expect(listIds(report, 'failed')).to.include('keys-gateway');
  });

  it('accept vectors with more entries than a function has arguments', async () => {
    const vector = [1, ...Array.from({ length: 199_999 }, () => 0)];
    for (const labels of [vector.map((_, index) => index), undefined]) {
      const report = await judgePatched(
        {
          resource: ({ metadata, entity }) => {
            delete entity.asset_properties.labels;
            delete entity.asset_properties.training_data_schema;
            return { metadata, entity };
          },
          answer: ({ values }) => ({
            fields: ['prediction', 'probability'],
            values: values.map(() => [0, vector]),
            labels,
          }),
        },
        { only: ['labels-order', 'probability-sum'], maxRows: 4 },
      );
      expect(listIds(report, 'passed')).to.deep.equal(['probability-sum', 'labels-order']);
    }
  });

  it('build requests quickly, however many features there are', async () => {
    const fields = Array.from({ length: 20_000 }, (_, index) => `f${index}`);
    const values = Array.from({ length: 8 }, () => fields.map(() => 1));
    const prediction = values.map(() => ['x']);
    const before = process.cpuUsage();
    await judgePatched(
      {
        resource: ({ metadata, entity }) => {
          entity.asset_properties = { feature_fields: fields, example: { fields, values } };
          return { metadata, entity };
        },
        reply: (reply, { path }) =>
          path.endsWith('/online')
            ? { ...reply, status: 200, body: JSON.stringify({ fields: ['prediction'], values: prediction }) }
            : reply,
      },
      { only: ['error-wrong-type'] },
    );
    // What other processes do takes none of it.
    expect(process.cpuUsage(before).user / 1e6).to.be.lessThan(20);
  });

  it('accept an id that is a lone surrogate', async () => {
    const report = await judgePatched(
      {
        reply: (reply, { path }) =>
          path === '/v1/deployments' ? { ...reply, body: String(reply.body).replaceAll('"loan"', '"\\ud800"') } : reply,
      },
      { only: ['urls-path', 'scoring-status'] },
    );
    expect(listIds(report, 'failed')).to.include('urls-path');
  });

  it('accept a prediction that cannot be converted to a string', async () => {
    const report = await judgePatched(
      {
        answer: ({ fields, values, labels }) => ({
          fields,
          values: values.map((row: unknown[]) => [...row.slice(0, -2), { toString: 1 }, row.at(-1)]),
          labels,
        }),
      },
      { only: ['scoring'] },
    );
    expect(listIds(report, 'failed')).to.deep.equal(['prediction-type']);
  });

  it('do not send gigabytes, however long a published cell is', async () => {
    const report = await judgePatched(
      {
        resource: ({ metadata, entity }) => {
          const values = [[1, 2, 'a'.repeat(1_000_000)]];
          entity.asset_properties.example = { fields: ['age', 'income', 'city'], values };
          return { metadata, entity };
        },
      },
      { only: ['load-many-rows'] },
    );
    expect(report.results[0]?.findings).to.deep.equal([
      { verdict: 'not-run', reason: '5000 of these rows are more than 64 MiB', deployment: 'loan' },
    ]);
  });

  it('report an engine that cannot be reached', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const { message } = await catchError(UsageError, () => judge({ port }));
    expect(message).to.equal(`127.0.0.1:${port}: could not connect (ECONNREFUSED).`);
  });
});
