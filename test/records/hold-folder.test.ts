import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { holdFolder } from '../../records/hold-folder.ts';
import { SpoolFolders } from '../support/spool.ts';

const LOADER = new URL('../../scripts/register-typescript.js', import.meta.url).href;
const MODULE = new URL('../../records/hold-folder.ts', import.meta.url).href;

describe('a held folder', () => {
  const folders = new SpoolFolders();
  afterEach(() => folders.clear());
  const signal = new AbortController().signal;

  it('is held by one at a time, by whatever path', async () => {
    const folder = await folders.make();
    const link = join(await folders.make(), 'link');
    await symlink(folder, link);
    const release = await holdFolder(folder, signal);
    let waits = 0;
    const next = holdFolder(link, signal, () => (waits += 1));
    const other = await holdFolder(await folders.make(), signal);
    other?.();
    expect(await Promise.race([next, new Promise((resolve) => setImmediate(resolve, 'waiting'))])).to.equal('waiting');
    release?.();
    (await next)?.();
    expect(waits).to.equal(1);
  });

  it('is free when its process was killed', async () => {
    const folder = await folders.make();
    const program = `const { holdFolder } = await import(${JSON.stringify(MODULE)});
      await holdFolder(process.argv[1], new AbortController().signal);
      console.log('held');
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--import', LOADER, '--input-type=module', '-e', program, folder]);
    await once(child.stdout, 'data');
    const release = await holdFolder(folder, signal, () => child.kill('SIGKILL'));
    expect(release).to.be.a('function');
    expect(child.signalCode ?? (await once(child, 'exit'))[1]).to.equal('SIGKILL');
    release?.();
  });

  it('is not waited for by one that is told to stop', async () => {
    const folder = await folders.make();
    const release = await holdFolder(folder, signal);
    const stop = new AbortController();
    expect(await holdFolder(folder, stop.signal, () => stop.abort())).to.equal(undefined);
    expect(await holdFolder(folder, stop.signal)).to.equal(undefined);
    release?.();
  });
});
