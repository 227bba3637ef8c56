import { expect } from 'chai';
import { ALL_CHECKS } from '../../conformance/checks/all-checks.ts';
import { selectChecks } from '../../conformance/select-checks.ts';
import { UsageError } from '../../conformance/usage-error.ts';

const select = (selection: Parameters<typeof selectChecks>[0]) => selectChecks(selection).map(({ id }) => id);

describe('the selection of checks', () => {
  it('is all of them by default, except those that make the engine log something', () => {
    expect(selectChecks({})).to.deep.equal(ALL_CHECKS.filter(({ group }) => group !== 'logging'));
    expect(selectChecks({ logging: true })).to.deep.equal(ALL_CHECKS);
  });

  it('has the checks of logging if they are named, or asked for beside others', () => {
    const logging = ALL_CHECKS.filter(({ group }) => group === 'logging').map(({ id }) => id);
    expect(select({ only: ['logging'] })).to.deep.equal(logging);
    expect(select({ only: ['predictions-id'] })).to.deep.equal(['predictions-id']);
    expect(select({ only: ['ids-unique'], logging: true })).to.deep.equal(['ids-unique', ...logging]);
    expect(select({ only: ['ids-unique'], skip: ['feedback-accepted'], logging: true })).to.not.include(
      'feedback-accepted',
    );
  });

  it('is by ids and groups, in the order of the list', () => {
    expect(select({ only: ['load-concurrent', 'ids-unique', 'load-many-rows'] })).to.deep.equal([
      'ids-unique',
      'load-many-rows',
      'load-concurrent',
    ]);
    expect(select({ only: ['load'], skip: ['load-explanation'] })).to.deep.equal(['load-many-rows', 'load-concurrent']);
    expect(select({ skip: ['discovery', 'scoring', 'errors', 'security'] })).to.have.length(3);
  });

  it('names the nearest check for an unknown name', () => {
    for (const selection of [{ only: ['probabilty-sum'] }, { skip: ['probabilty-sum'] }])
      expect(() => selectChecks(selection)).to.throw(UsageError, /"probabilty-sum"; did you mean probability-sum\?/);
  });

  it('has unique ids of words with dashes', () => {
    const ids = ALL_CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    for (const id of ids) expect(id).to.match(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  for (const check of ALL_CHECKS) {
    it(`${check.id} states its rule, why, and how to fix it`, () => {
      for (const text of [check.statement, check.why, check.fix]) expect(text).to.match(/^\S.{6,}[.…]$|^\S.{6,}`\.$/s);
    });
  }
});
