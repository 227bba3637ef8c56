/** The checks name the rule that an engine breaks, and no other. */
import { expect } from 'chai';
import type { NamedCheck, CheckId } from '../../conformance/checks/all-checks.ts';
import { selectChecks } from '../../conformance/select-checks.ts';
import { BREACHES } from './zoo/breaches.ts';
import { startZooEngine } from './zoo/engine.ts';
import { judge, judgePatched, listIds } from './zoo/judge.ts';

describe('a conforming engine', () => {
  for (const task of ['binary', 'multiclass', 'regression'] as const) {
    it(`passes every check: ${task}`, async () => {
      const report = await judgePatched({ task }, { logging: true });
      expect(listIds(report, 'failed')).to.deep.equal([]);
      expect(listIds(report, 'not-run')).to.deep.equal([]);
      expect(report.conclusion).to.equal('conforms');
      // One is sent only to tell an engine that takes envelopes only from one that failed once.
      expect(report.requests.sent).to.equal(report.requests.budget - 1);
    });
  }
});

describe('a check that throws', () => {
  it('is reported as not run, and does not prevent the others', async () => {
    const fault = () => {
      throw new TypeError('canary');
    };
    const [first, ...others] = selectChecks({ only: ['discovery'] }) as [NamedCheck, ...NamedCheck[]];
    const engine = await startZooEngine({});
    try {
      const report = await judge(engine, { checks: [{ ...first, scope: 'engine', run: fault }, ...others] });
      expect(listIds(report, 'not-run')).to.deep.equal([first.id]);
      expect(report.results[0]?.findings).to.deep.equal([
        { verdict: 'not-run', reason: 'the check itself failed (TypeError); please report this bug' },
      ]);
      expect(report.conclusion).to.equal('undecided');
    } finally {
      await engine.stop();
    }
  });
});

describe('an engine that breaks one rule', () => {
  for (const [id, { options = {}, ...patch }] of Object.entries(BREACHES) as [CheckId, (typeof BREACHES)[CheckId]][]) {
    it(`fails ${id}, and nothing else`, async () => {
      // The load takes long, and has breaches of its own.
      const skip = options.only ? [] : ['load', ...(options.skip ?? [])];
      const report = await judgePatched(patch, { ...options, skip });
      expect(listIds(report, 'failed')).to.deep.equal([id]);
      expect(report.requests.sent).to.be.at.most(report.requests.budget);
    });
  }
});
