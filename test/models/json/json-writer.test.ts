import { expect } from 'chai';
import fc from 'fast-check';
import { JsonWriter } from '../../../models/json/json-writer.ts';

describe('a JSON writer', () => {
  it('gives the pieces one after the other, however many bytes were expected', () => {
    const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 300, maxLength: 2000 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, fc.nat(2), fc.nat(300))), fc.nat(2000), (pieces, expected) => {
        const writer = new JsonWriter(expected);
        let text = '';
        for (const [one, way, from] of pieces) {
          const bytes = Buffer.from(one);
          const start = Math.min(from, bytes.length);
          if (way === 0) writer.write(one);
          else if (way === 1) writer.copy(bytes);
          else writer.copy(bytes, start, bytes.length);
          text += way < 2 ? bytes.toString('latin1') : bytes.subarray(start).toString('latin1');
          writer.writeByte(0x2c);
          text += ',';
        }
        expect(writer.bytes.toString('latin1')).to.equal(text);
        expect(Buffer.from(writer.toText()).toString()).to.equal(writer.bytes.toString());
      }),
    );
  });

  it('loses no letter of several bytes where there is little room', () => {
    for (let length = 50; length < 70; length++) {
      const writer = new JsonWriter(64);
      writer.write('x'.repeat(length));
      writer.write('ü€😀');
      expect(writer.bytes.toString()).to.equal(`${'x'.repeat(length)}ü€😀`);
    }
  });

  it('keeps what it gave while it goes on', () => {
    const writer = new JsonWriter(4);
    writer.write('[1');
    const first = writer.bytes;
    writer.write(',2]'.repeat(100));
    expect(first.toString()).to.equal('[1');
  });
});
