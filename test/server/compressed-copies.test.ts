import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { CompressedCopies } from '../../server/compressed-copies.ts';

describe('compressed copies', () => {
  const text = Buffer.from('a text that repeats itself. '.repeat(1000));

  it('are made once, of the same bytes in each encoding', async () => {
    const copies = new CompressedCopies();
    const [first, same, other] = await Promise.all([
      copies.get('a', text, 'br'),
      copies.get('a', text, 'br'),
      copies.get('a', text, 'gzip'),
    ]);
    expect(same).to.equal(first);
    expect([brotliDecompressSync(first), gunzipSync(other)]).to.deep.equal([text, text]);
    expect(first.length).to.be.below(text.length / 10);
    expect(await copies.get('a', text, 'br')).to.equal(first);
    // Nothing but their own bytes is kept with them.
    expect(first.buffer.byteLength).to.equal(first.length);
  });

  it('make room for others, those first that have not been sent for longest', async () => {
    const copies = new CompressedCopies(35_000);
    const bytes = randomBytes(10_000);
    const [a] = await Promise.all(['a', 'b', 'c'].map((digest) => copies.get(digest, bytes, 'gzip')));
    expect(await copies.get('a', bytes, 'gzip')).to.equal(a);
    await copies.get('d', bytes, 'gzip');
    expect(await copies.get('a', bytes, 'gzip')).to.equal(a);
    expect(copies.bytes).to.be.within(30_000, 35_000);
    for (let at = 0; at < 100; at += 1) await copies.get(`${at}`, Buffer.from('short'), 'br');
    expect(copies.bytes).to.be.within(30_000, 35_000);
    expect(await copies.get('a', bytes, 'gzip')).to.not.equal(a);
  });

  it('survive one that cannot be made', async () => {
    const copies = new CompressedCopies();
    const failure = await copies.get('a', 7 as unknown as Buffer, 'br').catch((error: unknown) => error);
    expect(failure).to.be.an.instanceOf(TypeError);
    expect(brotliDecompressSync(await copies.get('a', text, 'br'))).to.deep.equal(text);
  });
});
