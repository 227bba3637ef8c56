import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildLog } from '../../server/log/log.ts';
import { buildNoteShed } from '../../server/log/note-shed.ts';
import { countConnections } from '../../server/open-files.ts';
import { stopClock } from '../support/clock.ts';

describe('the limit on open files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'));
  after(() => rmSync(folder, { recursive: true }));
  const count = (text: string) => {
    const path = join(folder, 'limits');
    writeFileSync(path, text);
    return countConnections(path);
  };

  it('leaves some files for other things than connections', () => {
    expect(
      count('Limit Soft Hard Units\nMax open files            1024                 4096                 files\n'),
    ).to.equal(896);
    expect(count('Max open files            100                 100                 files\n')).to.equal(1);
  });

  it('is none where it is not known', () => {
    expect(count('Max open files            unlimited            unlimited            files\n')).to.equal(undefined);
    expect(countConnections(join(folder, 'nothing'))).to.equal(undefined);
  });

  it('has a line in the log when connections are closed, at once and then now and then', () => {
    const lines: string[] = [];
    const clock = stopClock();
    try {
      const note = buildNoteShed(buildLog('info', undefined, { write: (line) => void lines.push(line) }));
      note();
      for (let closed = 0; closed < 5; closed++) note();
      expect(lines).to.have.length(1);
      clock.pass(10_000);
      note();
    } finally {
      clock.restore();
    }
    expect(lines.map((line) => (JSON.parse(line) as { closed: number }).closed)).to.deep.equal([1, 6]);
  });
});
