import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import type { Stats } from 'node:fs';
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { loadApp, MAX_APP_DEPTH, MAX_APP_FILE_BYTES, MAX_APP_FILES } from '../../catalogue/load-app.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { catchError } from '../support/deployment.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

/** Swaps a folder and a file with links that lead out, as fast as it can. */
const SWAPS = `
const { renameSync, symlinkSync } = require('node:fs');
const { parentPort, workerData: { app, folder, outside } } = require('node:worker_threads');
symlinkSync(outside, folder + '/link-sub');
symlinkSync(outside + '/a', folder + '/link-b');
parentPort.postMessage('ready');
for (;;)
  for (const name of ['sub', 'b']) {
    renameSync(app + '/' + name, folder + '/own-' + name);
    renameSync(folder + '/link-' + name, app + '/' + name);
    renameSync(app + '/' + name, folder + '/link-' + name);
    renameSync(folder + '/own-' + name, app + '/' + name);
  }
`;

describe('the loader of a web application', () => {
  const scratch = makeTemporaryFolder('load-app');
  let folder: string;
  let app: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(scratch, 'deployment-'));
    app = join(folder, 'app');
    await mkdir(app);
    await writeFile(join(app, 'index.html'), 'page');
  });

  const names = async () => [...((await loadApp(folder))?.files.keys() ?? [])];
  const problems = async () => (await catchError(DeploymentError, () => loadApp(folder))).problems;

  it('finds none where there is no folder', async () => {
    await rename(app, join(folder, 'other'));
    expect(await loadApp(folder)).to.equal(undefined);
    await writeFile(app, 'a file');
    expect(await loadApp(folder)).to.equal(undefined);
  });

  it('finds none in what is no folder', async () => {
    expect(await loadApp(join(app, 'index.html'))).to.equal(undefined);
    expect(await loadApp(join(folder, 'nowhere'))).to.equal(undefined);
  });

  it('keeps no file open', async () => {
    for (let at = 0; at < 100; at += 1) await writeFile(join(app, `${at}`), '');
    const count = async () => (await readdir('/proc/self/fd')).length;
    const before = await count();
    expect(await names()).to.have.length(101);
    expect((await count()) - before).to.be.below(50);
  });

  it('reads nothing outside while folders and files become links, and links become folders and files', async () => {
    const outside = join(folder, 'outside');
    for (const place of [join(app, 'sub'), outside]) await mkdir(place);
    for (const path of [join(app, 'sub', 'a'), join(app, 'b')]) await writeFile(path, 'mine');
    await writeFile(join(outside, 'a'), 'secret');
    const swaps = new Worker(SWAPS, { eval: true, workerData: { app, folder, outside } });
    try {
      await once(swaps, 'message');
      let complete = 0;
      for (let time = 0; time < 400; time += 1) {
        const found = await loadApp(folder).catch((error: unknown) => {
          if (!(error instanceof DeploymentError)) throw error;
        });
        for (const { bytes } of found?.files.values() ?? []) expect(bytes.toString()).to.be.oneOf(['mine', 'page']);
        if (found) complete += 1;
      }
      expect(complete).to.be.above(0);
    } finally {
      await swaps.terminate();
    }
  });

  it('expects a page', async () => {
    await rename(join(app, 'index.html'), join(app, 'page.html'));
    expect(await problems()).to.deep.equal(['app/index.html: expected this file, the page that is opened']);
  });

  it('leaves out names that begin with a dot, whatever they are', async () => {
    await writeFile(join(app, '.env'), 'secret');
    await mkdir(join(app, '.git'));
    await symlink('/etc/passwd', join(app, '.passwd'));
    expect(await names()).to.deep.equal(['index.html']);
  });

  it('follows links within the folder, to files and folders', async () => {
    await mkdir(join(app, '..data'));
    await writeFile(join(app, '..data', 'a.txt'), 'a');
    await symlink('..data/a.txt', join(app, 'a.txt'));
    await symlink('..data', join(app, 'data'));
    expect(await names()).to.deep.equal(['a.txt', 'data/a.txt', 'index.html']);
  });

  it('refuses links that lead out of the folder, to itself and nowhere', async () => {
    await mkdir(join(folder, 'application'));
    await writeFile(join(folder, 'application', 'secret'), 'secret');
    await symlink('../application/secret', join(app, 'a'));
    await symlink('../application', join(app, 'b'));
    await symlink('.', join(app, 'c'));
    await symlink('nowhere', join(app, 'd'));
    expect(await problems()).to.deep.equal([
      'app/a: expected no link that leads out of the folder app',
      'app/b: expected no link that leads out of the folder app',
      'app/c: expected no link to a folder that it is in',
      'app/d: expected a link that leads somewhere (ENOENT)',
    ]);
  });

  it('follows a link in place of the whole folder within the deployment only', async () => {
    await rename(app, join(folder, 'version-1'));
    await symlink('version-1', app);
    expect(await names()).to.deep.equal(['index.html']);
    await rename(join(folder, 'version-1'), `${folder}-elsewhere`);
    await rename(app, join(folder, 'old'));
    await symlink(`${folder}-elsewhere`, app);
    expect(await problems()).to.deep.equal(['app: expected no link that leads out of the folder of the deployment']);
  });

  it('reports a link in place of the whole folder that leads nowhere, and one of the page no more than once', async () => {
    await rm(join(app, 'index.html'));
    await symlink('nowhere', join(app, 'index.html'));
    expect(await problems()).to.deep.equal(['app/index.html: expected a link that leads somewhere (ENOENT)']);
    await rm(app, { recursive: true });
    await symlink('nowhere', app);
    expect(await problems()).to.deep.equal(['app: expected a readable folder (ENOENT)']);
  });

  it('refuses a pipe without waiting for its writer', async () => {
    execFileSync('mkfifo', [join(app, 'pipe')]);
    expect(await problems()).to.deep.equal(['app/pipe: expected a file or a folder']);
  });

  it('knows a file by its name in the normal form C, and refuses two that differ in that only', async () => {
    await writeFile(join(app, 'u\u0308.txt'), 'decomposed');
    expect(await names()).to.deep.equal(['index.html', '\u00FC.txt']);
    await writeFile(join(app, '\u00FC.txt'), 'composed');
    expect((await problems())[0]).to.contain('expected a name that no other file has');
  });

  it('refuses a file, and files, that are too large', async () => {
    await writeFile(join(app, 'a'), '');
    await truncate(join(app, 'a'), MAX_APP_FILE_BYTES + 1);
    expect(await problems()).to.deep.equal(['app/a: expected at most 16 MiB']);
    for (const name of ['a', 'b']) {
      await writeFile(join(app, name), '');
      await truncate(join(app, name), MAX_APP_FILE_BYTES);
    }
    expect(await problems()).to.deep.equal(['app: expected at most 32 MiB in all']);
  });

  it('reads all of a file that grows while it is read, as long as that is not too much', async () => {
    await writeFile(join(app, 'growing'), 'start');
    const handle = await open(join(app, 'growing'));
    const prototype = Object.getPrototypeOf(handle) as { stat: (this: FileHandle) => Promise<Stats> };
    await handle.close();
    const grow = { bytes: 0, text: '' };
    const own = prototype.stat;
    // What an open file was when it was looked at: then it grows.
    prototype.stat = async function () {
      const found = await own.call(this);
      if (found.size === 5) {
        await appendFile(join(app, 'growing'), grow.text);
        if (grow.bytes > 0) await truncate(join(app, 'growing'), grow.bytes);
      }
      return found;
    };
    try {
      grow.text = ', and more'.repeat(1000);
      expect((await loadApp(folder))?.files.get('growing')?.bytes.toString()).to.equal(`start${grow.text}`);
      await writeFile(join(app, 'growing'), 'start');
      grow.bytes = MAX_APP_FILE_BYTES + 1;
      expect(await problems()).to.deep.equal(['app/growing: expected at most 16 MiB']);
    } finally {
      prototype.stat = own;
    }
  });

  it('refuses too many files, and folders that are nested too deeply', async () => {
    await mkdir(join(app, ...Array.from({ length: MAX_APP_DEPTH }, () => 'a')), { recursive: true });
    expect((await problems())[0]).to.match(/: expected at most 16 nested folders$/);
    await rm(join(app, 'a'), { recursive: true });
    for (let at = 1; at < MAX_APP_FILES; at += 1) await writeFile(join(app, `${at}`), '');
    expect(await names()).to.have.length(MAX_APP_FILES);
    await writeFile(join(app, '0'), '');
    expect(await problems()).to.deep.equal(['app: expected at most 2000 files and folders']);
  });

  it('quotes a hostile name, and stops after ten problems', async () => {
    for (let at = 0; at < 12; at += 1) await symlink('nowhere', join(app, `<img src=x>\n${at}`));
    const found = await problems();
    expect(found).to.have.length(11);
    expect(found.join('')).to.not.contain('\n');
  });
});
