import { expect } from 'chai';
import { packTar, type TarEntry } from '../../../openscale/archive/tar.ts';
import { readTar } from '../../support/read-tar.ts';

async function pack(entries: readonly TarEntry[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of packTar(entries, new Date(1_800_000_000_000))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a tar archive', () => {
  it('has the names and contents of its entries', async () => {
    const content = 'x'.repeat(512);
    const tar = await pack([
      { name: 'empty.json', content: '' },
      { name: 'folder/block.json', content },
      { name: 'bytes', content: Buffer.from([1, 2, 3]) },
    ]);
    const files = readTar(tar).map(([name, bytes]) => [name, bytes.toString('latin1')]);
    expect(files).to.deep.equal([
      ['empty.json', ''],
      ['folder/block.json', content],
      ['bytes', '\x01\x02\x03'],
    ]);
    expect(tar.length % 512).to.equal(0);
    expect(tar.subarray(-1024).every((byte) => byte === 0)).to.equal(true);
  });

  it('says who may read a file, when it was written, and in which format', async () => {
    const tar = await pack([{ name: 'one', content: 'text' }]);
    expect(tar.toString('latin1', 100, 108)).to.equal('0000644\0');
    expect(parseInt(tar.toString('latin1', 136, 148), 8)).to.equal(1_800_000_000);
    expect(tar.toString('latin1', 257, 265)).to.equal('ustar\x0000');
  });

  for (const name of ['a'.repeat(100), 'a'.repeat(101), 'é', `${'long/'.repeat(50)}東京.json`, `${'b'.repeat(99)}é`])
    it(`keeps a name of ${Buffer.byteLength(name)} bytes`, async () => {
      const files = readTar(
        await pack([
          { name, content: 'here' },
          { name: 'next', content: '' },
        ]),
      );
      expect(files.map(([found]) => found)).to.deep.equal([name, 'next']);
    });

  it('has a length in extended headers that counts its own digits', async () => {
    for (let length = 101; length < 1005; length += 1) {
      const name = 'n'.repeat(length);
      const tar = await pack([{ name, content: '' }]);
      const size = parseInt(tar.toString('latin1', 124, 136), 8);
      const record = tar.toString('latin1', 512, 512 + size);
      expect(parseInt(record, 10), `${length}`).to.equal(record.length);
    }
  });
});
