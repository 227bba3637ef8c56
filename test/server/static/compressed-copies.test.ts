import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { Encoding } from '../../../server/static/accept-encoding.ts';
import { CompressedCopies } from '../../../server/static/compressed-copies.ts';

/** A copy that is made or known. */
const get = async (copies: CompressedCopies, digest: string, bytes: Buffer, encoding: Encoding): Promise<Buffer> => {
  const copy = await copies.get(digest, bytes, encoding);
  if (!copy) throw new Error('There is no copy.');
  return copy;
};

describe('compressed copies', () => {
  const text = Buffer.from('a text that repeats itself. '.repeat(1000));

  it('are made once, of the same bytes in each encoding', async () => {
    const copies = new CompressedCopies();
    const [first, same, other] = await Promise.all([
      get(copies, 'a', text, 'br'),
      get(copies, 'a', text, 'br'),
      get(copies, 'a', text, 'gzip'),
    ]);
    expect(same).to.equal(first);
    expect([brotliDecompressSync(first), gunzipSync(other)]).to.deep.equal([text, text]);
    expect(first.length).to.be.below(text.length / 10);
    expect(await get(copies, 'a', text, 'br')).to.equal(first);
    // Nothing but their own bytes is kept with them.
    expect(first.buffer.byteLength).to.equal(first.length);
  });

  it('make room for others when they have not been sent for a minute, those first that have not been for longest', async () => {
    let now = 0;
    const copies = new CompressedCopies(35_000, () => now);
    const bytes = randomBytes(10_000);
    const [a] = await Promise.all(['a', 'b', 'c'].map((digest) => get(copies, digest, bytes, 'gzip')));
    now = 30_000;
    expect(await get(copies, 'a', bytes, 'gzip')).to.equal(a);
    now = 60_000;
    await get(copies, 'd', bytes, 'gzip');
    expect(await get(copies, 'a', bytes, 'gzip')).to.equal(a);
    expect(copies.bytes).to.be.within(30_000, 35_000);
    for (let at = 0; at < 100; at += 1) {
      now += 60_000;
      await get(copies, `${at}`, Buffer.from('short'), 'br');
    }
    expect(copies.bytes).to.be.within(30_000, 35_000);
    expect(await get(copies, 'a', bytes, 'gzip')).to.not.equal(a);
  });

  it('that are in use are not given up for others that are asked for in turn: of those there are none', async () => {
    let now = 0;
    const copies = new CompressedCopies(35_000, () => now);
    const bytes = randomBytes(10_000);
    const digests = Array.from({ length: 200 }, (_, at) => `${at}`);
    const getAll = () => Promise.all(digests.map(async (digest) => copies.get(digest, bytes, 'br')));
    const first = await getAll();
    expect(first.filter((copy) => copy)).to.have.length(3);
    for (let round = 0; round < 5; round += 1) {
      now += 59_000;
      expect(await getAll()).to.deep.equal(first);
    }
    expect(copies.bytes).to.be.within(30_000, 35_000);
  });

  it('take no more than they may, also while many are made', async () => {
    const copies = new CompressedCopies(35_000);
    const made = ['a', 'b', 'c', 'd'].map((digest) => copies.get(digest, randomBytes(10_000), 'br'));
    expect(made.map((copy) => copy !== undefined)).to.deep.equal([true, true, true, false]);
    for (const copy of made) await copy;
    expect(copies.bytes).to.be.within(30_000, 35_000);
  });

  it('are not waited for behind long ones: there is none for now, unless it is there already', async () => {
    const copies = new CompressedCopies();
    const there = await get(copies, 'there', text, 'br');
    const long = copies.get('long', randomBytes(2 ** 24), 'gzip');
    expect(copies.get('short', text, 'br')).to.equal(undefined);
    expect(await copies.get('there', text, 'br')).to.equal(there);
    await long;
    expect(brotliDecompressSync(await get(copies, 'short', text, 'br'))).to.deep.equal(text);
    // Short ones wait for each other.
    await Promise.all(['b', 'c', 'd'].map((digest) => get(copies, digest, text, 'br')));
  });

  it('are made one after the other, while what waits is short enough together', async () => {
    const copies = new CompressedCopies();
    const made: string[] = [];
    const make = async (name: string, bytes: Buffer) => {
      await get(copies, name, bytes, 'gzip');
      made.push(name);
    };
    const all = Promise.all([make('long', randomBytes(3 * 2 ** 20)), make('short', text)]);
    expect(copies.get('too long beside it', randomBytes(2 ** 20), 'gzip')).to.equal(undefined);
    await all;
    expect(made).to.deep.equal(['long', 'short']);
  });

  it('survive one that cannot be made', async () => {
    const copies = new CompressedCopies();
    const failure = await get(copies, 'a', { length: 7 } as Buffer, 'br').catch((error: unknown) => error);
    expect(failure).to.be.an.instanceOf(TypeError);
    expect(brotliDecompressSync(await get(copies, 'a', text, 'br'))).to.deep.equal(text);
  });
});
