import { expect } from 'chai';
import { decodeText } from '../../files/decode-text.ts';

const TEXT = 'Grüße 🌸\r\n';

/** UTF-16, most significant byte first. */
function toBigEndian(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

describe('decoding a text file', () => {
  const files: Record<string, Buffer> = {
    'UTF-8': Buffer.from(TEXT),
    'UTF-8 with a byte order mark': Buffer.from(`\uFEFF${TEXT}`),
    'UTF-16, least significant byte first': Buffer.from(`\uFEFF${TEXT}`, 'utf16le'),
    'UTF-16, most significant byte first': toBigEndian(`\uFEFF${TEXT}`),
  };
  for (const [encoding, bytes] of Object.entries(files)) {
    it(`accepts ${encoding}`, () => {
      expect(decodeText(bytes)).to.equal(TEXT);
    });
  }

  it('removes only the byte order mark at the beginning, and only one', () => {
    expect(decodeText(Buffer.from('\uFEFF\uFEFFa\uFEFF'))).to.equal('\uFEFFa\uFEFF');
    expect(decodeText(toBigEndian('\uFEFF\uFEFFa\uFEFF'))).to.equal('\uFEFFa\uFEFF');
  });

  it('rejects other encodings, and bytes that are not text, instead of replacing characters', () => {
    for (const bytes of [Buffer.from('Grüße', 'latin1'), Buffer.from([0x80]), Buffer.from('ü').subarray(0, 1)])
      expect(() => decodeText(bytes)).to.throw(TypeError, 'not text in UTF-8');
  });

  it('accepts files of no and of one byte', () => {
    expect(decodeText(Buffer.alloc(0))).to.equal('');
    expect(decodeText(Buffer.from('a'))).to.equal('a');
  });
});
