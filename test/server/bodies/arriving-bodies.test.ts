import { expect } from 'chai';
import type { EngineError } from '../../../errors/engine-error.ts';
import { ArrivingBodies, type ArrivingBody } from '../../../server/bodies/arriving-bodies.ts';
import { stopClock, type Clock } from '../../support/clock.ts';

describe('the places of bodies that arrive', () => {
  let clock: Clock;
  let bodies: ArrivingBodies;
  /** The names of those that had to give way, in order. */
  let gone: string[];
  beforeEach(() => {
    clock = stopClock();
    bodies = new ArrivingBodies({ maxBodies: 4, maxPerAddress: 2 });
    gone = [];
  });
  afterEach(() => clock.restore());

  const enter = (name: string, address: string | undefined): ArrivingBody =>
    bodies.enter(address, (error: EngineError) => {
      expect(error.code).to.equal('too_busy');
      gone.push(name);
    });

  it('are taken from the slowest of an address that has its share, and from no other', () => {
    enter('other', 'b');
    enter('trickles', 'a');
    const quick = enter('quick', 'a');
    clock.pass(1000);
    quick.add(2 ** 20);
    enter('third', 'a');
    expect(gone).to.deep.equal(['trickles']);
    clock.pass(1000);
    enter('fourth', 'a');
    expect(gone).to.deep.equal(['trickles', 'third']);
  });

  it('are not taken from one that has just begun', () => {
    const old = enter('old', 'a');
    clock.pass(1000);
    old.add(100);
    enter('new', 'a');
    clock.pass(1);
    enter('newer', 'a');
    expect(gone).to.deep.equal(['old']);
  });

  it('are taken from the address that has most of them when all are taken', () => {
    enter('a', 'a');
    enter('b1', 'b');
    enter('c', 'c');
    clock.pass(10);
    enter('b2', 'b');
    clock.pass(10);
    enter('d', 'd');
    expect(gone).to.deep.equal(['b1']);
  });

  it('have no share per address where addresses are not known', () => {
    for (const name of ['1', '2', '3', '4']) {
      enter(name, undefined);
      clock.pass(1);
    }
    expect(gone).to.deep.equal([]);
    enter('5', undefined);
    expect(gone).to.deep.equal(['1']);
  });

  it('are free again when bodies have arrived', () => {
    for (let count = 0; count < 10; count++) {
      const [one, two] = [enter('one', 'a'), enter('two', 'a')];
      one.leave();
      one.leave();
      two.leave();
    }
    expect(gone).to.deep.equal([]);
  });
});
