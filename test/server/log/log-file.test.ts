import { expect } from 'chai';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LogFile } from '../../../server/log/log-file.ts';
import { stopClock } from '../../support/clock.ts';
import { makeTemporaryFolder } from '../../support/temporary-folder.ts';

describe('a file of the log', () => {
  const makePath = () => join(makeTemporaryFolder('log'), 'engine.log');
  const read = (path: string) => readFile(path, 'utf8');

  it('is appended to, by whoever writes it', async () => {
    const path = makePath();
    await writeFile(path, 'before\n');
    const [one, other] = [new LogFile(path, 0), new LogFile(path, 0)];
    for (let line = 0; line < 3; line++)
      for (const file of [one, other]) expect(file.write(Buffer.from(`line ${line}\n`))).to.equal(7);
    expect(await read(path)).to.equal('before\nline 0\nline 0\nline 1\nline 1\nline 2\nline 2\n');
  });

  it('is begun anew when it has been moved away or removed, and goes on where it cannot be', async () => {
    const path = makePath();
    const file = new LogFile(path, 0);
    file.write(Buffer.from('1\n'));
    await rename(path, `${path}.1`);
    file.write(Buffer.from('2\n'));
    await rm(path);
    file.write(Buffer.from('3\n'));
    expect([await read(`${path}.1`), await read(path)]).to.deep.equal(['1\n', '3\n']);
    const folder = join(path, '..');
    await rename(folder, `${folder}-moved`);
    file.write(Buffer.from('4\n'));
    expect(await read(join(`${folder}-moved`, 'engine.log'))).to.equal('3\n4\n');
    await rename(`${folder}-moved`, folder);
    file.write(Buffer.from('5\n'));
    expect(await read(path)).to.equal('3\n4\n5\n');
  });

  it('is looked for only now and then', async () => {
    const path = makePath();
    const clock = stopClock();
    try {
      const file = new LogFile(path);
      await rename(path, `${path}.1`);
      file.write(Buffer.from('1\n'));
      expect(await read(`${path}.1`)).to.equal('1\n');
      clock.pass(1000);
      file.write(Buffer.from('2\n'));
      expect([await read(`${path}.1`), await read(path)]).to.deep.equal(['1\n', '2\n']);
    } finally {
      clock.restore();
    }
  });

  // Elsewhere there is no limit on the size of a file that a shell can set.
  if (platform() === 'linux') {
    it('has whole lines but for one where the disk was full in the middle of it, and each line once', async () => {
      const path = makePath();
      // A process that may write no file that is larger, the coverage of tests neither.
      const ENVIRONMENT = { ...process.env, NODE_V8_COVERAGE: undefined };
      // It may write 1024 bytes of it; then others make room.
      const program = `
        import { LogFile } from ${JSON.stringify(new URL('../../../server/log/log-file.ts', import.meta.url).href)};
        import { truncateSync } from 'node:fs';
        process.on('SIGXFSZ', () => undefined);
        const file = new LogFile(${JSON.stringify(path)}, 0);
        file.write(Buffer.from('x'.repeat(999) + '\\n'));
        const lines = Buffer.from('line 1 is here\\nline 2 is cut here\\nline 3 is here\\n');
        const written = file.write(lines);
        let failures = 0;
        const rest = lines.subarray(written);
        for (let time = 0; time < 2; time++) try { file.write(rest); } catch { failures += 1; }
        truncateSync(${JSON.stringify(path)}, 24);
        file.write(rest);
        console.log(JSON.stringify({ written, failures }));`;
      const loader = new URL('../../../scripts/register-typescript.js', import.meta.url).href;
      const command = [
        'bash',
        [
          '-c',
          'ulimit -f 1; exec "$0" "$@"',
          process.execPath,
          '--import',
          loader,
          '--input-type=module',
          '--eval',
          program,
        ],
      ] as const;
      const { stdout } = await promisify(execFile)(...command, { env: ENVIRONMENT });
      expect(JSON.parse(stdout)).to.deep.equal({ written: 15, failures: 2 });
      expect((await read(path)).slice(24)).to.equal('\nline 2 is cut here\nline 3 is here\n');
    });
  }
});
