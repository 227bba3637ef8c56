import { expect } from 'chai';
import { Semaphore } from '../../upstream/semaphore.ts';
import { catchError } from '../support/deployment.ts';

const NEVER = new AbortController().signal;

describe('a semaphore', () => {
  /** Takes a slot and records it. */
  const take = (semaphore: Semaphore, taken: string[], name: string, signal = NEVER) =>
    semaphore.acquire(signal).then(() => void taken.push(name));
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('gives slots at once while there are any, and then in the order of the waiters', async () => {
    const semaphore = new Semaphore(2);
    const taken: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) void take(semaphore, taken, name);
    await settle();
    expect(taken.join('')).to.equal('ab');
    semaphore.release();
    await settle();
    expect(taken.join('')).to.equal('abc');
    semaphore.release();
    await settle();
    expect(taken.join('')).to.equal('abcd');
  });

  it('has all slots again when all are released', async () => {
    const semaphore = new Semaphore(2);
    const taken: string[] = [];
    const all = Promise.all(['a', 'b', 'c', 'd'].map((name) => take(semaphore, taken, name)));
    for (let time = 0; time < 4; time++) semaphore.release();
    await all;
    for (const name of ['e', 'f', 'g']) void take(semaphore, taken, name);
    await settle();
    expect(taken.join('')).to.equal('abcdef');
  });

  it('skips waiters that were aborted', async () => {
    const semaphore = new Semaphore(1);
    const taken: string[] = [];
    const caller = new AbortController();
    await take(semaphore, taken, 'a');
    const gone = catchError(Error, () => take(semaphore, taken, 'b', caller.signal));
    const last = take(semaphore, taken, 'c');
    caller.abort(new Error('gone'));
    expect((await gone).message).to.equal('gone');
    semaphore.release();
    await last;
    expect(taken.join('')).to.equal('ac');
  });

  it('does not take back a slot when the signal is aborted later', async () => {
    const semaphore = new Semaphore(1);
    const taken: string[] = [];
    const caller = new AbortController();
    await take(semaphore, taken, 'a');
    const second = take(semaphore, taken, 'b', caller.signal);
    semaphore.release();
    caller.abort(new Error('gone'));
    await second;
    void take(semaphore, taken, 'c');
    await settle();
    expect(taken.join('')).to.equal('ab');
  });

  it('gives no slot if the signal is already aborted', async () => {
    const semaphore = new Semaphore(1);
    expect((await catchError(Error, () => semaphore.acquire(AbortSignal.abort(new Error('gone'))))).message).to.equal(
      'gone',
    );
    await semaphore.acquire(NEVER);
  });
});
