import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { FolderWatch } from '../../catalogue/folder-watch.ts';
import { catchError } from '../support/deployment.ts';
import { makeDeploymentsFolder, SAMPLES } from '../support/engine.ts';
import { until } from '../support/until.ts';

describe('watching a folder', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let watches: FolderWatch[];

  beforeEach(async () => {
    ({ folder, remove } = await makeDeploymentsFolder(SAMPLES, []));
    watches = [];
    await mkdir(join(folder, 'watched'));
  });
  afterEach(async () => {
    await Promise.all(watches.map((watch) => watch.close()));
    await remove();
  });

  const watched = (...names: string[]) => join(folder, 'watched', ...names);
  const write = async (name: string, text: string) => {
    await mkdir(watched(name), { recursive: true });
    await writeFile(watched(name, 'file'), text);
  };
  /** Starts to watch; the names that it is told, in their order. */
  const start = async (): Promise<string[]> => {
    const told: string[] = [];
    watches.push(await FolderWatch.start(watched(), (name) => told.push(name)));
    return told;
  };
  const hear = async (told: readonly string[], ...names: string[]) => {
    await until(`${names.join()} is told`, () => told.length >= names.length);
    expect([...told].sort()).to.deep.equal(names.sort());
  };

  it('tells what is new, changed and gone, once each, and nothing else', async () => {
    for (const name of ['changed', 'gone', 'same']) await write(name, 'before');
    const told = await start();
    await write('new', '');
    await write('.git', '');
    await writeFile(watched('README.md'), 'Deployments.');
    // As many bytes as before.
    await write('changed', 'after!');
    await rm(watched('gone'), { recursive: true });
    await hear(told, 'new', 'changed', 'gone');

    await write('last', '');
    await hear(told, 'new', 'changed', 'gone', 'last');
  });

  it('tells of a file whose size alone changes', async () => {
    const time = new Date('2026-11-23T00:00:00Z');
    const writeAt = (text: string) => write('a', text).then(() => utimes(watched('a', 'file'), time, time));
    await writeAt('before');
    const told = await start();
    await writeAt('afterwards');
    await hear(told, 'a');
  });

  it('tells of a folder that another replaces, even where the files are of the same size and time', async () => {
    const time = new Date('2026-11-23T00:00:00Z');
    for (const name of ['a', '.a'])
      await write(name, name.padStart(2)).then(() => utimes(watched(name, 'file'), time, time));
    const told = await start();
    await rename(watched('a'), join(folder, 'old'));
    await rename(watched('.a'), watched('a'));
    await hear(told, 'a');
  });

  it('tells of a link that leads to another folder', async () => {
    for (const name of ['.1', '.2']) await write(name, name);
    await symlink(watched('.1'), watched('link'));
    const told = await start();
    await symlink(watched('.2'), watched('.link'));
    await rename(watched('.link'), watched('link'));
    await hear(told, 'link');
  });

  it('tells of a folder with a link in it that leads nowhere', async () => {
    await write('a', 'before');
    await symlink('nowhere', watched('a', 'link'));
    const told = await start();
    await write('a', 'after');
    await hear(told, 'a');
  });

  it('takes a folder that cannot be read for a while for one in which nothing changes', async () => {
    await write('a', '');
    const told = await start();
    await rename(watched(), join(folder, 'away'));
    await mkdir(join(folder, 'away', 'new'));
    await expectLook();
    expect(told).to.deep.equal([]);
    await rename(join(folder, 'away'), watched());
    await hear(told, 'new');
  });

  it('tells nothing after it is closed', async () => {
    const told = await start();
    await watches[0]?.close();
    await write('a', '');
    await expectLook();
    expect(told).to.deep.equal([]);
  });

  it('tells nothing more when it is closed by what it tells', async () => {
    const told: string[] = [];
    const watch = await FolderWatch.start(watched(), (name) => {
      told.push(name);
      void watch.close();
    });
    await Promise.all([write('a', ''), write('b', '')]);
    await until('one is told', () => told.length > 0);
    await write('c', '');
    await expectLook();
    expect(told).to.have.length(1);
  });

  it('does not start in a folder that cannot be read', async () => {
    await rm(watched(), { recursive: true });
    expect(await catchError(Error, start)).to.include({ code: 'ENOENT', syscall: 'scandir' });
  });

  /** Waits as long as a watch needs to notice something. */
  async function expectLook(): Promise<void> {
    const told: string[] = [];
    watches.push(await FolderWatch.start(folder, (name) => told.push(name)));
    await mkdir(join(folder, 'mark'));
    await until('a mark is told', () => told.includes('mark'));
  }
});
