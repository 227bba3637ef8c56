/** Our own engine passes every check: all samples, with and without authentication, behind a prefix. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkEngine, type CheckOptions } from '../../conformance/check-engine.ts';
import type { Report } from '../../conformance/report/report.ts';
import { selectChecks } from '../../conformance/select-checks.ts';
import { readRecords } from '../../records/read-records.ts';
import { SAMPLE_IDS, startTestEngine } from '../support/engine.ts';
import { SpoolFolders } from '../support/spool.ts';
import { listIds } from './zoo/judge.ts';

const PREFIX = '/spaces/a';
const CREDENTIALS = { kind: 'basic', username: 'openscale', password: 'canary 8675309' } as const;
const WITH_PASSWORD = { ENGINE_USERNAME: CREDENTIALS.username, ENGINE_PASSWORD: CREDENTIALS.password };

const check = (url: string, options: Partial<CheckOptions> = {}) =>
  checkEngine({
    base: new URL(url),
    checks: selectChecks({}),
    maxRows: 5000,
    timeout: 20_000,
    level: 'recommended',
    insecure: false,
    ...options,
  });

/** A proxy that strips a prefix, and adds headers. */
async function startProxy(target: string, headers: Record<string, string>) {
  const proxy = createServer((incoming, outgoing) => {
    if (!incoming.url?.startsWith(PREFIX)) {
      outgoing.writeHead(404).end();
      return;
    }
    const url = new URL(incoming.url.slice(PREFIX.length), target);
    const options = { method: incoming.method, headers: { ...incoming.headers, ...headers } };
    const forwarded = send(url, options, (reply) => {
      outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${PREFIX}`,
    stop: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}

const expectAll = (report: Report, noted: readonly string[]) => {
  expect(listIds(report, 'failed')).to.deep.equal(noted);
  expect(listIds(report, 'not-run')).to.deep.equal([]);
  expect(report.conclusion).to.equal('conforms');
  expect(report.deployments.map(({ id }) => id)).to.deep.equal(SAMPLE_IDS);
};

describe('our own engine', () => {
  it('passes every check without authentication, which is noted', async () => {
    const engine = await startTestEngine();
    try {
      expectAll(await check(engine.url), ['auth-open']);
    } finally {
      await engine.stop();
    }
  });

  it('passes every check with a password, behind a prefix', async () => {
    const engine = await startTestEngine({ ...WITH_PASSWORD, ENGINE_TRUST_PROXY: 'loopback' });
    const proxy = await startProxy(engine.url, { 'X-Forwarded-Prefix': PREFIX });
    try {
      expectAll(await check(proxy.url, { credentials: CREDENTIALS }), []);
    } finally {
      proxy.stop();
      await engine.stop();
    }
  });

  it('fails if it does not know its prefix, and therefore publishes URLs that lead nowhere', async () => {
    const engine = await startTestEngine();
    const proxy = await startProxy(engine.url, {});
    try {
      const report = await check(proxy.url, { checks: selectChecks({ only: ['discovery', 'scoring'] }) });
      expect(listIds(report, 'failed')).to.deep.equal(['scoring-status']);
    } finally {
      proxy.stop();
      await engine.stop();
    }
  });
});

describe('our own engine, asked about logging', () => {
  const folders = new SpoolFolders();
  afterEach(() => folders.clear());
  const checks = selectChecks({ only: ['logging'] });

  it('passes those checks where it logs, and has logged what docs/conformance.md says, under ids that are found again', async () => {
    const folder = await folders.make();
    const settings = join(folder, 'log.json');
    await writeFile(settings, JSON.stringify({ folder: 'spool', sinks: [] }));
    const engine = await startTestEngine({ ENGINE_PAYLOAD_LOG: settings });
    try {
      expectAll(await check(engine.url, { checks }), []);
      const records = [];
      for await (const { record } of readRecords(join(folder, 'spool'), [])) records.push(record);
      for (const id of SAMPLE_IDS) {
        const own = records.filter(({ deployment }) => deployment === id);
        // By id: the one with the caller's id comes twice, and any record may be in the folder twice; each is sent once.
        const toSizes = (kind: string) => {
          const byId = new Map(
            own.filter((record) => record.kind === kind).map((record) => [record.scoringId, record]),
          );
          return [...byId.values()].map(({ request }) => request.values.length);
        };
        expect(toSizes('payload')).to.deep.equal([2, 2, 2, 2]);
        expect(toSizes('feedback')).to.deep.equal([2]);
        expect(own.every(({ userId }) => userId === 'conformance-check')).to.equal(true);
      }
    } finally {
      await engine.stop();
    }
  });

  it('does not have the operations where it does not log', async () => {
    const engine = await startTestEngine();
    try {
      const report = await check(engine.url, { checks });
      expect(report.conclusion).to.equal('conforms');
      expect(listIds(report, 'not-applicable')).to.deep.equal(checks.map(({ id }) => id));
      expect(report.results[0]?.findings[0]).to.include({
        reason: 'the engine has no /predictions for this deployment (404)',
      });
    } finally {
      await engine.stop();
    }
  });
});
