/** Engines that are checked by their scoring URL, because IBM calls discovery optional, and paths are free. */
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { PublishedDeployment } from '../../conformance/evidence/published-deployment.ts';
import { findDeploymentId, toUnknownUrl } from '../../conformance/evidence/scoring-url.ts';
import { ALL_CHECKS } from '../../conformance/checks/all-checks.ts';
import { checkEngine } from '../../conformance/check-engine.ts';
import { selectChecks } from '../../conformance/select-checks.ts';
import { UsageError } from '../../conformance/usage-error.ts';
import { catchError } from '../support/deployment.ts';
import { startZooEngine, type Loose, type Outgoing } from './zoo/engine.ts';
import { toGivenRows } from './zoo/given-rows.ts';
import { judge, judgePatched, listIds } from './zoo/judge.ts';
import { publishProperties, takeEnvelopesOnly, withoutDiscovery } from './zoo/patches.ts';

const FREE = '/spaces/s-1/deployments/d-2/predictions';
const DISCOVERY = ALL_CHECKS.filter(({ group }) => group === 'discovery').map(({ id }) => id);
const rows = toGivenRows(
  ['age', 'income', 'city'],
  Array.from({ length: 20 }, (_, row) => [20 + row * 3, row / 2, ['Rome', 'Oslo', 'Bonn'][row % 3]]),
);
const OPTIONS = { rows, skip: ['load-explanation'] };

describe('an engine without discovery', () => {
  const PATHS = [
    FREE,
    '/predict',
    '/v1/deployments/loan/online/',
    '/invocations?version=2020-09-01&space_id=s%201',
    '/score?deployment=loan',
  ];
  for (const scoringPath of PATHS) {
    it(`conforms by its scoring URL: ${scoringPath}`, async () => {
      const patch = { scoringPath, ...withoutDiscovery({}) };
      const report = await judgePatched(patch, { ...OPTIONS, scoringPath, withoutBase: true });
      expect(listIds(report, 'failed')).to.deep.equal([]);
      expect(listIds(report, 'not-run')).to.deep.equal([]);
      expect(report.conclusion).to.equal('conforms');
      expect(listIds(report, 'not-applicable')).to.include.members(DISCOVERY);
      expect(listIds(report, 'passed')).to.include.members([
        'labels-order',
        'auth-scoring-wrong',
        'error-no-table',
        'errors-connection',
      ]);
    });
  }

  it('is not asked for discovery without a base URL', async () => {
    const engine = await startZooEngine({ scoringPath: FREE });
    try {
      const report = await judge(engine, { ...OPTIONS, scoringPath: FREE, withoutBase: true });
      const paths = new Set(engine.received.map(({ path }) => path));
      expect([...paths]).to.have.members([FREE, FREE.replace('d-2', 'conformance-no-such-deployment')]);
      expect(report.url).to.equal(`${engine.url}${FREE}`);
      expect(report.deployments[0]?.id).to.equal('d-2');
    } finally {
      await engine.stop();
    }
  });

  const ANSWERS: Readonly<Record<string, Partial<Outgoing>>> = {
    '404': {},
    '405': { status: 405 },
    '501': { status: 501, body: '' },
    '401': { status: 401 },
    '403': { status: 403 },
    '500': { status: 500, body: '<html>Internal Server Error</html>' },
    'a redirect to a login page': { status: 302, headers: { Location: '/login' }, body: '' },
    'an HTML page for every path': { status: 200, body: '<!doctype html><div id="root"></div>' },
    'an object for every path': { status: 200, body: '{"status":"ok"}' },
  };
  for (const [what, answer] of Object.entries(ANSWERS)) {
    it(`conforms if its base URL answers discovery with ${what}`, async () => {
      const patch = { scoringPath: FREE, ...withoutDiscovery(answer) };
      const report = await judgePatched(patch, { ...OPTIONS, scoringPath: FREE });
      expect(listIds(report, 'failed')).to.deep.equal([]);
      expect(report.conclusion).to.equal('conforms');
      const [finding] = report.results[0]?.findings ?? [];
      expect(finding)
        .to.have.property('reason')
        .that.matches(/^the engine has no discovery, which is optional/);
    });
  }

  it('conforms if its base URL cuts off discovery', async () => {
    const report = await judgePatched(
      {
        scoringPath: FREE,
        intercept: ({ path }, response) => {
          if (path === '/v1/deployments') response.destroy();
          return path === '/v1/deployments';
        },
      },
      { ...OPTIONS, scoringPath: FREE },
    );
    expect(report.conclusion).to.equal('conforms');
  });

  it('fails discovery if it is checked by its base URL, which names the option', async () => {
    const report = await judgePatched(withoutDiscovery({}), OPTIONS);
    expect(listIds(report, 'failed')).to.deep.equal(['discovery-status']);
    expect(report.results.find(({ id }) => id === 'discovery-status')?.fix).to.contain('--scoring-url');
  });

  it('is judged by its scores, its error responses and its authentication', async () => {
    const report = await judgePatched(
      {
        scoringPath: FREE,
        answer: ({ fields, values, labels }) => ({ fields, values, labels: [...(labels as string[])].reverse() }),
        reply: (reply, { headers }) => (headers.authorization ? reply : { ...reply, status: 200 }),
      },
      { ...OPTIONS, scoringPath: FREE, withoutBase: true },
    );
    expect(listIds(report, 'failed')).to.deep.equal(['labels-order', 'auth-scoring-none']);
    expect(report.conclusion).to.equal('does-not-conform');
  });

  it('that takes envelopes only is checked with envelopes', async () => {
    const { reply } = takeEnvelopesOnly();
    const report = await judgePatched(
      {
        scoringPath: FREE,
        reply: (outgoing, received) => reply?.(outgoing, { ...received, path: '/online' }) ?? outgoing,
      },
      { ...OPTIONS, scoringPath: FREE, withoutBase: true },
    );
    expect(listIds(report, 'failed')).to.deep.equal(['scoring-shape']);
    expect(listIds(report, 'not-run')).to.deep.equal([]);
  });

  it('is undecided without rows, and asks for them', async () => {
    const report = await judgePatched({ scoringPath: FREE }, { skip: ['load'], scoringPath: FREE, withoutBase: true });
    expect(listIds(report, 'failed')).to.deep.equal([]);
    expect(report.conclusion).to.equal('undecided');
    expect(JSON.stringify(report)).to.contain('no schema is published to generate rows from; pass rows with --rows');
  });

  it('without authentication is noted as open', async () => {
    for (const given of [rows, undefined]) {
      const report = await judgePatched(
        { open: true, scoringPath: FREE },
        { ...(given && { rows: given }), only: ['auth-open'], scoringPath: FREE, withoutBase: true, anonymous: true },
      );
      expect(listIds(report, 'failed')).to.deep.equal(['auth-open']);
    }
  });

  it('keeps the query of its scoring URL out of the report', async () => {
    const scoringPath = '/score?key=canary-8675309';
    const report = await judgePatched({ scoringPath }, { ...OPTIONS, scoringPath, withoutBase: true });
    expect(report.deployments[0]?.scoring_url).to.match(/\/score\?…$/);
    expect(JSON.stringify(report)).to.not.contain('8675309');
  });
});

describe('a scoring URL beside discovery', () => {
  it('replaces the published one, and keeps what is published', async () => {
    const engine = await startZooEngine({ scoringPath: FREE, ...publishProperties(() => undefined) });
    try {
      const report = await judge(engine, { scoringPath: FREE, deployments: ['loan'], skip: ['load'] });
      expect(listIds(report, 'failed')).to.deep.equal([]);
      expect(report.deployments[0]).to.include({ id: 'loan', rows: 'generated from the published schema' });
    } finally {
      await engine.stop();
    }
  });

  it('belongs to the deployment that publishes it, or whose id it contains', async () => {
    for (const scoringPath of ['/v1/deployments/loan/online', '/v1/deployments/loan/online?a=b']) {
      const report = await judgePatched({ scoringPath }, { scoringPath, skip: ['load'] });
      expect(report.deployments[0]).to.include({ id: 'loan', rows: 'generated from the published schema' });
      expect(report.conclusion).to.equal('conforms');
    }
  });

  it('belongs to the deployment that publishes it, whatever its path, unless another is asked for', async () => {
    const scoringPath = '/score?v=1';
    const patch = {
      scoringPath,
      list: ({ resources: [one] }: Loose) => {
        const two = structuredClone(one);
        two.metadata.guid = two.entity.asset.guid = two.entity.asset.asset_id = 'lean';
        one.entity.scoring_url = one.entity.scoring_endpoint.url = 'https://models.example.com/score?v=1';
        return { count: 2, resources: [two, one] };
      },
    };
    const options = { scoringPath, only: ['scoring'] };
    expect((await judgePatched(patch, options)).deployments.map(({ id }) => id)).to.deep.equal(['loan']);
    const asked = await judgePatched(patch, { ...options, deployments: ['lean'] });
    expect(asked.deployments.map(({ id }) => id)).to.deep.equal(['lean']);
    expect([asked.conclusion, asked.deployments[0]?.rows]).to.deep.equal([
      'conforms',
      'generated from the published schema',
    ]);
  });

  it('must be on the host of the base URL', async () => {
    const options = { maxRows: 10, timeout: 1000, level: 'required', insecure: false } as const;
    const { message } = await catchError(UsageError, () =>
      checkEngine({
        base: new URL('http://127.0.0.1:1'),
        scoringUrl: new URL('http://127.0.0.1:2/predict'),
        checks: selectChecks({}),
        ...options,
      }),
    );
    expect(message).to.match(/^--scoring-url: expected a URL on http:\/\/127\.0\.0\.1:1, the host of the base URL/);
  });

  it('that cannot be reached is reported', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const { message } = await catchError(UsageError, () => judge({ port }, { scoringPath: FREE, withoutBase: true }));
    expect(message).to.equal(`127.0.0.1:${port}: could not connect (ECONNREFUSED).`);
  });
});

describe('the id in a scoring URL', () => {
  const CASES: readonly (readonly [path: string, id: string | undefined])[] = [
    [FREE, 'd-2'],
    ['/v1/deployments/a%20b/online', 'a b'],
    ['/v1/deployments/loan/online/', 'loan'],
    ['/deployments/prod/v1/deployments/loan/online', 'loan'],
    ['/v1/deployments/deployments/online', 'deployments'],
    ['/deployments/loan', 'loan'],
    ['/v1/deployments', undefined],
    ['/predict', undefined],
    ['/', undefined],
  ];
  for (const [path, id] of CASES) {
    it(`of ${path} is ${id}`, () => {
      expect(findDeploymentId(new URL(path, 'http://x'))).to.equal(id);
    });
  }

  it('is replaced for a deployment that does not exist, wherever it is', () => {
    const engine = { at: (path: string) => new URL(path, 'http://x'), discoveryAbsence: 'none' };
    const replace = (path: string, id: string) =>
      toUnknownUrl(engine, new PublishedDeployment({ metadata: { guid: id } }, 0), new URL(path, 'http://x'))?.href;
    const unknown = 'conformance-no-such-deployment';
    expect(replace('/v1/deployments/online/online', 'online')).to.equal(`http://x/v1/deployments/${unknown}/online`);
    expect(replace('/models/loan/score', 'loan')).to.equal(`http://x/models/${unknown}/score`);
    expect(replace('/score?model=loan&v=1', 'loan')).to.equal(`http://x/score?model=${unknown}&v=1`);
    expect(replace('/predict', 'loan')).to.equal(undefined);
  });
});
