/** What the checks of logging say of engines that have one operation, another form, or another path. */
import { expect } from 'chai';
import { BREACHES } from './zoo/breaches.ts';
import { changeReply, takeEnvelopesOnly } from './zoo/patches.ts';
import { FEEDBACK, PREDICTIONS } from './zoo/engine.ts';
import { toGivenRows } from './zoo/given-rows.ts';
import { judgePatched, listIds } from './zoo/judge.ts';

const LOGGING = ['predictions-same', 'predictions-id', 'predictions-own-id', 'predictions-meta'];
const only = ['logging'];

describe('the checks of logging', () => {
  for (const status of [404, 405, 410, 501]) {
    it(`do not apply to an engine that answers ${status}, and never decide`, async () => {
      const patch = changeReply(
        ({ path }) => path === PREDICTIONS || path === FEEDBACK,
        (reply) => ({ ...reply, status, body: '{}' }),
      );
      const report = await judgePatched(patch, { only, level: 'recommended' });
      expect(listIds(report, 'not-applicable')).to.deep.equal([...LOGGING, 'feedback-accepted', 'feedback-rejected']);
      expect(report.conclusion).to.equal('conforms');
    });
  }

  it('judge each operation by itself', async () => {
    const patch = changeReply(
      ({ path }) => path === FEEDBACK,
      (reply) => ({ ...reply, status: 404, body: '{}' }),
    );
    const report = await judgePatched(patch, { only });
    expect(listIds(report, 'passed')).to.deep.equal(LOGGING);
    expect(listIds(report, 'not-applicable')).to.deep.equal(['feedback-accepted', 'feedback-rejected']);
  });

  it('do not apply where the scoring URL does not end in /online, and send nothing then', async () => {
    const scoringPath = '/score/loan';
    const rows = toGivenRows(['age', 'income', 'city'], [[30, 2.5, 'a']]);
    const report = await judgePatched({ scoringPath }, { only, scoringPath, rows, deployments: ['loan'] });
    expect(listIds(report, 'not-applicable')).to.have.length(6);
    expect(report.requests.sent).to.be.lessThan(5);
  });

  it('do not fail an engine that is told to conform to recommended checks', async () => {
    const { options: _, ...patch } = BREACHES['predictions-own-id'];
    const report = await judgePatched(patch, { only, level: 'recommended' });
    expect(listIds(report, 'failed')).to.deep.equal(['predictions-own-id']);
    expect(report.counts.noted).to.equal(1);
    expect(report.conclusion).to.equal('conforms');
  });

  it('send tables in envelopes to an engine that takes no others', async () => {
    expect(listIds(await judgePatched(takeEnvelopesOnly(), { only }), 'failed')).to.deep.equal([]);
  });

  it('fail a reply without an id, and one that breaks off', async () => {
    const withoutId = changeReply(
      ({ path }) => path === PREDICTIONS,
      (reply) => ({ ...reply, headers: { 'Content-Type': 'application/json' } }),
    );
    expect(listIds(await judgePatched(withoutId, { only }), 'failed')).to.deep.equal([
      'predictions-id',
      'predictions-own-id',
    ]);
    const broken = {
      intercept: ({ path }: { path: string }, response: { destroy: () => void }) => {
        const isLogged = path === PREDICTIONS || path === FEEDBACK;
        if (isLogged) response.destroy();
        return isLogged;
      },
    };
    const report = await judgePatched(broken, { only });
    expect(listIds(report, 'failed')).to.deep.equal(['predictions-same', 'feedback-accepted']);
    expect(listIds(report, 'not-run')).to.deep.equal([...LOGGING.slice(1), 'feedback-rejected']);
  });

  it('are not run without a label column, or without a prediction, of which feedback is made', async () => {
    const withoutLabel = await judgePatched(
      {
        resource: (resource) => {
          delete resource.entity.asset_properties.label_column;
          return resource;
        },
      },
      { only },
    );
    expect(listIds(withoutLabel, 'not-applicable')).to.deep.equal(['feedback-accepted', 'feedback-rejected']);
    const withoutPrediction = await judgePatched(
      {
        answer: ({ fields, values }) => ({
          fields: fields.slice(0, 3),
          values: values.map((row: unknown[]) => row.slice(0, 3)),
        }),
      },
      { only },
    );
    expect(listIds(withoutPrediction, 'not-run')).to.include('feedback-accepted');
  });
});
