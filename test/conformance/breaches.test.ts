/** The kit names the rule that an engine breaks, and no other. */
import { expect } from 'chai';
import type { CheckId } from '../../conformance/catalogue.ts';
import { BREACHES } from './zoo/breaches.ts';
import { judgePatched, listIds } from './zoo/judge.ts';

describe('an engine that conforms', () => {
  for (const task of ['binary', 'multiclass', 'regression'] as const) {
    it(`passes everything: ${task}`, async () => {
      const report = await judgePatched({ task });
      expect(listIds(report, 'failed')).to.deep.equal([]);
      expect(listIds(report, 'not-run')).to.deep.equal([]);
      expect(report.conclusion).to.equal('conforms');
      expect(report.requests.sent).to.equal(report.requests.budget);
    });
  }
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
