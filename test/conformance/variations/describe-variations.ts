/** A rule can be broken in many ways: each variation must fail the same check, and no other. */
import { expect } from 'chai';
import type { CheckId } from '../../../conformance/checks/all-checks.ts';
import type { Patch } from '../zoo/engine.ts';
import { judgePatched, listIds } from '../zoo/judge.ts';

export interface Variation {
  /** What is wrong with the engine, for the name of the test. */
  readonly what: string;
  /** The only check that fails. */
  readonly fails: CheckId;
  readonly patch: Patch;
  /** Checks that fail for the same reason, and are skipped. */
  readonly skip?: readonly string[];
}

/** Defines a test for each variation. */
export function describeVariations(group: string, variations: readonly Variation[]): void {
  describe(`an engine with a fault of ${group}`, () => {
    for (const { what, fails, patch, skip = [] } of variations) {
      it(`fails ${fails} only: ${what}`, async () => {
        const report = await judgePatched(patch, { skip: ['load', ...skip] });
        expect(listIds(report, 'failed')).to.deep.equal([fails]);
      });
    }
  });
}
