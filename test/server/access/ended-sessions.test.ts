import { expect } from 'chai';
import { EndedSessions } from '../../../server/access/ended-sessions.ts';

describe('ended sessions', () => {
  it('are told once, and forgotten when they would have ended', () => {
    const told: string[] = [];
    const ended = new EndedSessions(({ id }) => told.push(id));
    ended.end({ id: 'a', until: 10 }, 0);
    ended.end({ id: 'a', until: 10 }, 0);
    ended.add({ id: 'b', until: 20 }, 9);
    expect([told, ended.has('a'), ended.has('b'), ended.has('c')]).to.deep.equal([['a'], true, true, false]);
    ended.add({ id: 'c', until: 30 }, 10);
    expect(ended.all).to.deep.equal([
      { id: 'b', until: 20 },
      { id: 'c', until: 30 },
    ]);
  });

  it('are at most so many: those that would end first are forgotten', () => {
    const ended = new EndedSessions(undefined, 2);
    for (const until of [30, 10, 20]) ended.end({ id: `${until}`, until }, 0);
    expect(ended.all.map(({ id }) => id)).to.deep.equal(['30', '20']);
  });
});
