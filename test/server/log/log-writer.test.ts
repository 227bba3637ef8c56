import { expect } from 'chai';
import { LogWriter } from '../../../server/log/log-writer.ts';
import { until } from '../../support/until.ts';

/** A file that takes what a test lets it take. */
class Sink {
  text = '';
  /** The bytes that it takes before it is full. */
  room = Infinity;
  readonly sizes: number[] = [];

  readonly writeSome = (bytes: Buffer): number => {
    if (this.room === 0) throw Object.assign(new Error('full'), { code: 'EAGAIN' });
    const written = Math.min(this.room, bytes.length);
    this.room -= written;
    this.sizes.push(written);
    this.text += bytes.subarray(0, written).toString('latin1');
    return written;
  };
}

const open = (sink: Sink, maxPiece = 100) =>
  new LogWriter({ writeSome: sink.writeSome, maxPiece, toNotice: (dropped) => `dropped ${dropped}\n` });

describe('the writer of the log', () => {
  it('writes lines together, in pieces that are not larger than it may write, unless a line is', () => {
    const sink = new Sink();
    const writer = open(sink, 10);
    for (const line of ['one\n', 'two\n', 'three\n', 'a line that is long\n', '\u00fc\u00fc\u00fc\u00fc\n', '1\n'])
      writer.write(line);
    writer.flush();
    expect(sink.sizes).to.deep.equal([8, 6, 20, 9, 2]);
  });

  it('writes by itself', async () => {
    const sink = new Sink();
    open(sink).write('line\n');
    expect(sink.text).to.equal('');
    await until('it is written', () => sink.text === 'line\n');
  });

  it('goes on where it stopped when the file takes a part, or nothing', async () => {
    const sink = new Sink();
    sink.room = 6;
    const writer = open(sink);
    writer.write('first\n');
    writer.write('second\n');
    writer.write('third\n');
    writer.flush();
    expect(sink.text).to.equal('first\n');
    sink.room = 3;
    writer.flush();
    expect(sink.text).to.equal('first\nsec');
    sink.room = Infinity;
    await until('the rest is written', () => sink.text === 'first\nsecond\nthird\n');
  });

  it('drops lines beyond 256 KiB while nothing can be written, and says how many when it can', () => {
    const sink = new Sink();
    sink.room = 0;
    const writer = open(sink, 1000);
    const line = `${'x'.repeat(1023)}\n`;
    for (let count = 0; count < 300; count++) writer.write(line);
    writer.flush();
    sink.room = Infinity;
    writer.flush();
    // The piece that waits to be written is kept beside the others.
    expect(sink.text).to.equal(`${line.repeat(256)}dropped 44\n`);
    writer.write('later\n');
    writer.flush();
    expect(sink.text.endsWith('dropped 44\nlater\n')).to.equal(true);
  });

  it('writes what it can when the process ends, and does not wait for long', () => {
    const sink = new Sink();
    sink.room = 0;
    const writer = open(sink);
    writer.write('last\n');
    writer.end();
    expect(sink.text).to.equal('');
    sink.room = Infinity;
    writer.end();
    expect(sink.text).to.equal('last\n');
  });
});
