/** What findings say, and that one fault is reported once. */
import { expect } from 'chai';
import type { CheckId } from '../../conformance/checks/all-checks.ts';
import { stopClock } from '../support/clock.ts';
import type { Patch } from './zoo/engine.ts';
import { judgePatched, listIds, toLoopback, type JudgeOptions } from './zoo/judge.ts';
import { drawScores, publish, scaleByBatch } from './zoo/patches.ts';

describe('a finding', () => {
  const judgeOne = async (id: CheckId, patch: Patch, options: JudgeOptions = {}) => {
    const report = await judgePatched(patch, { only: [id], ...options });
    const [finding] = report.results[0]?.findings ?? [];
    return finding?.verdict === 'failed' ? [finding.actual, finding.expected] : finding;
  };

  it('describes in words what is missing', async () => {
    const bare: Patch = { reply: (reply) => ({ ...reply, headers: {}, body: reply.status === 200 ? reply.body : '' }) };
    expect(await judgeOne('discovery-content-type', bare)).to.deep.equal(['no Content-Type', 'application/json']);
    expect(await judgeOne('errors-json', bare))
      .to.have.property('0')
      .that.matches(/^malformed-json: 400, no Content-Type, no body; /);
  });

  it('names the position', async () => {
    expect(await judgeOne('scoring-shape', { answer: (answer) => ({ predictions: [answer] }) })).to.deep.equal([
      '`predictions`, the answer to an envelope, in answer to a table',
      '{"fields": […], "values": [[…]]}',
    ]);
    expect(
      await judgeOne('repeatable', {
        reply: (reply, { before, path }) =>
          path.endsWith('/online') && before === 1
            ? { ...reply, body: String(reply.body).replaceAll('"good"', '"bad"') }
            : reply,
      }),
    )
      .to.have.property('0')
      .that.matches(/^row \d: "prediction" is "bad"; in the first call it was "good"$/);
    expect(
      await judgeOne('row-width', {
        answer: ({ fields, values, labels }) => ({
          fields,
          values: values.map((row: unknown[]) => row.slice(1)),
          labels,
        }),
      }),
    ).to.deep.equal(['values[0] has 4 cells; fields has 5 names', 'a cell for each of fields']);
  });

  it('names the scheme if the published URL differs in it and in the port', async () => {
    const patch = publish(({ entity }) => {
      entity.scoring_url = entity.scoring_endpoint.url = 'https://engine.example/v1/deployments/loan/online';
    });
    const options: JudgeOptions = {
      host: 'engine.example',
      lookup: toLoopback,
      only: ['urls-scheme', 'urls-same-host'],
    };
    const report = await judgePatched(patch, options);
    expect(listIds(report, 'failed')).to.deep.equal(['urls-same-host']);
    expect(report.results[1]?.findings[0])
      .to.have.property('note')
      .that.matches(/^The host is the same, but the scheme is https:/);
  });

  it('gives the time of an explanation that takes too long', async () => {
    const clock = stopClock();
    const slow: Patch = {
      reply: (reply) => {
        clock.pass(400);
        return reply;
      },
    };
    try {
      const [text, expected] = (await judgeOne('load-explanation', slow, { timeout: 10_000 })) as string[];
      expect(text).to.match(/^1\d\d of 201 calls in \d\d\.\d\d s$/);
      expect(expected).to.equal('all within 50.00 s');
    } finally {
      clock.restore();
    }
  });
});

describe('a fault', () => {
  it('of scores that change from call to call does not fail the load checks, too', async () => {
    const report = await judgePatched(drawScores(), { only: ['repeatable', 'load', 'errors-connection'] });
    expect(listIds(report, 'failed')).to.deep.equal(['repeatable']);
    expect(listIds(report, 'not-run')).to.have.length(4);
  });

  it('of scores that depend on the batch does not fail the load checks, too', async () => {
    const report = await judgePatched(scaleByBatch(), { only: ['row-alone', 'load'] });
    expect(listIds(report, 'failed')).to.deep.equal(['row-alone']);
    expect(listIds(report, 'not-run')).to.deep.equal(['load-many-rows', 'load-explanation', 'load-concurrent']);
  });
});
