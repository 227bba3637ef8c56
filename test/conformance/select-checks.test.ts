import { expect } from 'chai';
import { ALL_CHECKS } from '../../conformance/checks/all-checks.ts';
import { selectChecks } from '../../conformance/select-checks.ts';
import { UsageError } from '../../conformance/usage-error.ts';

const select = (selection: Parameters<typeof selectChecks>[0]) => selectChecks(selection).map(({ id }) => id);

describe('the selection of checks', () => {
  it('is all of them, unless something else is said', () => {
    expect(selectChecks({})).to.deep.equal(ALL_CHECKS);
  });

  it('is by ids and by groups, in the order of the catalogue', () => {
    expect(select({ only: ['load-concurrent', 'ids-unique', 'load-many-rows'] })).to.deep.equal([
      'ids-unique',
      'load-many-rows',
      'load-concurrent',
    ]);
    expect(select({ only: ['load'], skip: ['load-explanation'] })).to.deep.equal(['load-many-rows', 'load-concurrent']);
    expect(select({ skip: ['discovery', 'scoring', 'errors', 'security'] })).to.have.length(3);
  });

  it('names the nearest check when there is none of a name', () => {
    for (const selection of [{ only: ['probabilty-sum'] }, { skip: ['probabilty-sum'] }])
      expect(() => selectChecks(selection)).to.throw(UsageError, /"probabilty-sum"; did you mean probability-sum\?/);
  });

  it('has ids that are each there once, and are words with dashes', () => {
    const ids = ALL_CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    for (const id of ids) expect(id).to.match(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  for (const check of ALL_CHECKS) {
    it(`${check.id} says its rule in a sentence, why, and how to mend it`, () => {
      for (const text of [check.statement, check.why, check.mend]) expect(text).to.match(/^\S.{6,}[.…]$|^\S.{6,}`\.$/s);
    });
  }
});
