import { expect } from 'chai';
import { Semaphore } from '../../upstream/semaphore.ts';
import { catchError } from '../support/deployment.ts';

const NEVER = new AbortController().signal;

describe('places', () => {
  /** Takes a place, and notes it. */
  const take = (places: Semaphore, taken: string[], name: string, signal = NEVER) =>
    places.take(signal).then(() => void taken.push(name));
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('are taken at once while there are any, and then in the order in which they were asked for', async () => {
    const places = new Semaphore(2);
    const taken: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) void take(places, taken, name);
    await settle();
    expect(taken.join('')).to.equal('ab');
    places.giveBack();
    await settle();
    expect(taken.join('')).to.equal('abc');
    places.giveBack();
    await settle();
    expect(taken.join('')).to.equal('abcd');
  });

  it('are as many as before when all are given back', async () => {
    const places = new Semaphore(2);
    const taken: string[] = [];
    const all = Promise.all(['a', 'b', 'c', 'd'].map((name) => take(places, taken, name)));
    for (let time = 0; time < 4; time++) places.giveBack();
    await all;
    for (const name of ['e', 'f', 'g']) void take(places, taken, name);
    await settle();
    expect(taken.join('')).to.equal('abcdef');
  });

  it('go past whoever has given up waiting', async () => {
    const places = new Semaphore(1);
    const taken: string[] = [];
    const caller = new AbortController();
    await take(places, taken, 'a');
    const gone = catchError(Error, () => take(places, taken, 'b', caller.signal));
    const last = take(places, taken, 'c');
    caller.abort(new Error('gone'));
    expect((await gone).message).to.equal('gone');
    places.giveBack();
    await last;
    expect(taken.join('')).to.equal('ac');
  });

  it('are kept by whoever has one when the signal comes', async () => {
    const places = new Semaphore(1);
    const taken: string[] = [];
    const caller = new AbortController();
    await take(places, taken, 'a');
    const second = take(places, taken, 'b', caller.signal);
    places.giveBack();
    caller.abort(new Error('gone'));
    await second;
    void take(places, taken, 'c');
    await settle();
    expect(taken.join('')).to.equal('ab');
  });

  it('are not given to whoever has gone already', async () => {
    const places = new Semaphore(1);
    expect((await catchError(Error, () => places.take(AbortSignal.abort(new Error('gone'))))).message).to.equal('gone');
    await places.take(NEVER);
  });
});
