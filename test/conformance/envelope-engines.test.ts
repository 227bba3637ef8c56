/** Engines that take tables in an envelope only, or mix up the forms: one fault, and everything else is checked. */
import { expect } from 'chai';
import type { CheckId } from '../../conformance/checks/all-checks.ts';
import type { Report } from '../../conformance/report/report.ts';
import { startZooEngine, type Loose, type Outgoing, type Patch } from './zoo/engine.ts';
import { judge, judgePatched, listIds } from './zoo/judge.ts';
import { answerWithEnvelopes, changeReply, changeResults, takeEnvelopesOnly } from './zoo/patches.ts';

const find = ({ results }: Report, id: CheckId) => results.find((result) => result.id === id);
const SKIP = { skip: ['load-explanation'] };

describe('an engine that takes envelopes only', () => {
  const REJECTIONS: Readonly<Record<string, Partial<Outgoing>>> = {
    'with status 400': { status: 400 },
    'with status 422': { status: 422, body: '{"detail":[{"loc":["body","input_data"],"msg":"field required"}]}' },
    'with status 500': { status: 500, body: '<!doctype html><title>500 Internal Server Error</title>' },
    'with status 404': { status: 404 },
    'with status 502': { status: 502, body: '' },
    'with an empty object': { status: 200, body: '{}' },
    'with an error and status 200': { status: 200, body: '{"error":"input_data"}' },
    'with no predictions': { status: 200, body: '{"predictions":[]}' },
    'with an empty table': { status: 200, body: '{"fields":[],"values":[]}' },
  };
  for (const [what, rejection] of Object.entries(REJECTIONS)) {
    it(`and rejects tables ${what} fails scoring-shape only, and is checked with envelopes`, async () => {
      const report = await judgePatched(takeEnvelopesOnly(rejection), SKIP);
      expect(listIds(report, 'failed')).to.deep.equal(['scoring-shape']);
      expect(listIds(report, 'not-run')).to.deep.equal([]);
      expect(report.requests.sent).to.be.at.most(report.requests.budget);
      const [finding] = find(report, 'scoring-shape')?.findings ?? [];
      expect(finding).to.have.property('note').that.contains('takes tables in an envelope only');
    });
  }

  it('and closes the connection for a table fails scoring-answers only', async () => {
    const report = await judgePatched(
      {
        intercept: ({ path, body }, response) => {
          const isTable =
            path.endsWith('/online') && body.startsWith('{"fields":["') && !body.startsWith('{"fields":["a"]');
          if (isTable) response.destroy();
          return isTable;
        },
      },
      SKIP,
    );
    expect(listIds(report, 'failed')).to.deep.equal(['scoring-answers']);
    expect(find(report, 'scoring-shape')?.verdict).to.equal('not-run');
    expect(listIds(report, 'not-run')).to.deep.equal(['scoring-shape']);
  });

  it('gets every table in an envelope, except the ones that find out', async () => {
    const engine = await startZooEngine(takeEnvelopesOnly());
    try {
      await judge(engine, { skip: ['load-explanation'] });
      const bodies = engine.received
        .filter(({ method, headers }) => method === 'POST' && headers['content-type'] === 'application/json')
        .map(({ body }) => body.slice(0, 20));
      expect(bodies.filter((body) => body.startsWith('{"fields":["age"'))).to.have.length(2);
      expect(bodies.filter((body) => body.startsWith('{"input_data":[{"fie')).length).to.be.greaterThan(25);
    } finally {
      await engine.stop();
    }
  });

  it('is judged by its scores', async () => {
    const swap = changeResults((prediction, probability) => [prediction === 'good' ? 'bad' : 'good', probability]);
    const report = await judgePatched({ ...takeEnvelopesOnly(), ...swap }, SKIP);
    expect(listIds(report, 'failed')).to.deep.equal(['scoring-shape', 'labels-order']);
  });

  it('is not what failed once is taken for', async () => {
    const warmingUp: Patch = changeReply(
      ({ path, body, before }) => path.endsWith('/online') && body.startsWith('{"fields":["age"') && before === 0,
      (reply) => ({ ...reply, status: reply.status === 200 ? 503 : reply.status }),
    );
    const report = await judgePatched(warmingUp, { only: ['scoring-status', 'scoring-shape'] });
    expect(listIds(report, 'failed')).to.deep.equal(['scoring-status']);
  });

  it('rejects generated rows like any other engine, and is then undecided', async () => {
    const strict: Patch = {
      read: (table) => (JSON.stringify(table).includes('"Rome"') ? table : ({ fields: [] } as Loose)),
      ...takeEnvelopesOnly(),
    };
    const report = await judgePatched(strict, SKIP);
    expect(listIds(report, 'failed')).to.deep.equal([]);
    expect(report.conclusion).to.equal('undecided');
  });
});

describe('an engine that answers in the wrong form', () => {
  it('with envelopes only fails scoring-shape only', async () => {
    const report = await judgePatched(answerWithEnvelopes(), SKIP);
    expect(listIds(report, 'failed')).to.deep.equal(['scoring-shape']);
    expect(listIds(report, 'not-run')).to.deep.equal([]);
  });

  it('with an envelope even within one fails scoring-shape only', async () => {
    const report = await judgePatched({ answer: (answer) => ({ predictions: [answer] }) }, SKIP);
    expect(listIds(report, 'failed')).to.deep.equal(['scoring-shape']);
  });

  it('with tables only fails the checks of envelopes only', async () => {
    const unwrap: Patch = changeReply(
      ({ body }, { status }) => status === 200 && body.startsWith('{"input_data"'),
      (reply) => ({ ...reply, body: JSON.stringify(JSON.parse(String(reply.body)).predictions[0]) }),
    );
    const report = await judgePatched(unwrap, SKIP);
    expect(listIds(report, 'failed')).to.deep.equal(['envelope']);
  });
});

describe('the level of envelope', () => {
  const withoutEnvelopes: Patch = changeReply(
    ({ body }) => body.startsWith('{"input_data"'),
    (reply) => ({ ...reply, status: reply.status === 200 ? 400 : reply.status }),
  );
  const bearer = { kind: 'header', name: 'authorization', value: 'Bearer canary-8675309' } as const;
  const key = { kind: 'header', name: 'X-Api-Key', value: 'canary-8675309' } as const;

  it('is recommended with Basic authentication', async () => {
    const report = await judgePatched(withoutEnvelopes, { only: ['scoring'] });
    expect([find(report, 'envelope')?.level, report.conclusion]).to.deep.equal(['recommended', 'conforms']);
  });

  it('is required without authentication', async () => {
    const report = await judgePatched({ open: true, ...withoutEnvelopes }, { only: ['scoring'], anonymous: true });
    expect(listIds(report, 'failed')).to.deep.equal(['envelope']);
    expect([find(report, 'envelope')?.level, report.conclusion]).to.deep.equal(['required', 'does-not-conform']);
  });

  it('is required with a bearer token, and recommended with another header', async () => {
    const levels = [];
    for (const credentials of [bearer, key]) {
      const report = await judgePatched({ open: true, ...withoutEnvelopes }, { only: ['envelope'], credentials });
      levels.push(find(report, 'envelope')?.level);
    }
    expect(levels).to.deep.equal(['required', 'recommended']);
  });
});
