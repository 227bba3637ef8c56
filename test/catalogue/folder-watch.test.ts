import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { FolderWatch } from '../../catalogue/folder-watch.ts';
import { signApp, signFolder } from '../../catalogue/sign-folder.ts';
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
  /** Starts to watch; returns the reported names, in order, to which later ones are added. */
  const start = async (): Promise<string[]> => {
    const reported: string[] = [];
    watches.push(await FolderWatch.start(watched(), { onChange: (name) => void reported.push(name) }));
    return reported;
  };
  const expectReports = async (reported: readonly string[], ...names: string[]) => {
    await until(`${names.join()} is reported`, () => reported.length >= names.length);
    expect([...reported].sort()).to.deep.equal(names.sort());
  };

  it('reports what is new, changed and gone, once each, and nothing else', async () => {
    for (const name of ['changed', 'gone', 'same']) await write(name, 'before');
    const reported = await start();
    await write('new', '');
    await write('.git', '');
    await writeFile(watched('README.md'), 'Deployments.');
    // As many bytes as before.
    await write('changed', 'after!');
    await rm(watched('gone'), { recursive: true });
    await expectReports(reported, 'new', 'changed', 'gone');

    await write('last', '');
    await expectReports(reported, 'new', 'changed', 'gone', 'last');
  });

  it('reports a file of which only the permissions change', async () => {
    await write('a', 'same');
    await write('b', 'same');
    const reported = await start();
    await chmod(watched('a', 'file'), 0o600);
    await expectReports(reported, 'a');
  });

  it('reports a change when two scans in a row have seen the same', async () => {
    await write('a', '');
    const seen = ['before', 'half', 'more', 'all', 'all'];
    const reports: string[] = [];
    const onChange = (_name: string, change: string) => void reports.push(`${change} with ${seen.length} to come`);
    const sign = () => Promise.resolve({ text: seen.shift() ?? 'all', isGone: false });
    watches.push(await FolderWatch.start(watched(), { onChange }, sign));
    await until('it is reported', () => reports.length > 0);
    expect(reports).to.deep.equal(['settled with 0 to come']);
  });

  it('reports a folder that never settles now and then, and once more when it settles', async () => {
    await write('a', '');
    const reports: string[] = [];
    let scans = 0;
    // It is different whenever it is looked at, until it is reported.
    const sign = () => Promise.resolve({ text: reports.length === 0 ? String(++scans) : 'the same', isGone: false });
    watches.push(await FolderWatch.start(watched(), { onChange: (_name, change) => void reports.push(change) }, sign));
    await until('it is reported twice', () => reports.length > 1);
    expect(reports).to.deep.equal(['unsettled', 'settled']);
    expect(scans).to.equal(11);
  });

  for (const [what, path, sign] of [
    ['folder', 'a', signFolder],
    ['web application', 'a/app', signApp],
  ] as const) {
    it(`does not take a ${what} for gone that is replaced all the time, however often it is missing`, async () => {
      await write('a/app', 'before');
      const aside = join(folder, 'aside');
      const reports: string[] = [];
      let isReplaced = true;
      let looks = 0;
      // It comes back between two scans, and no scan sees it.
      const signWhileReplaced = async (one: string) => {
        if (isReplaced && looks++ > 0) {
          await rename(aside, watched(path));
          await rename(watched(path), aside);
        }
        return sign(one);
      };
      const onChange = (name: string, change: string) => void reports.push(`${name} ${change}`);
      watches.push(await FolderWatch.start(watched(), { onChange }, signWhileReplaced));
      await rename(watched(path), aside);
      await until('several scans have passed', () => looks > 5 || reports.length > 0);
      expect(reports).to.deep.equal([]);
      isReplaced = false;
      await until('it is reported when it stays away', () => reports.includes('a gone'));
    });
  }

  describe('of a subfolder that is read', () => {
    /** A watch of `a`, which settles when it is changed, and its reports. */
    const startChanged = async () => {
      await write('a', 'before');
      const reports: string[] = [];
      const watch = await FolderWatch.start(watched(), { onChange: (_name, change) => void reports.push(change) });
      watches.push(watch);
      return { watch, reports };
    };

    it('takes what was read for final if it has stayed the same', async () => {
      const { watch, reports } = await startChanged();
      expect(await watch.observe('a')()).to.equal(true);
      await waitForScan();
      expect(reports).to.deep.equal([]);
    });

    it('reports it again if it was missing in between, although it is there as it was', async () => {
      const { watch, reports } = await startChanged();
      const isFinal = watch.observe('a');
      await rename(watched('a'), join(folder, 'aside'));
      const found = await isFinal();
      await rename(join(folder, 'aside'), watched('a'));
      expect(found).to.equal(false);
      await until('it is reported', () => reports.includes('settled'));
    });

    it('takes it for final after ten times, even if it changes each time', async () => {
      const { watch } = await startChanged();
      const found: boolean[] = [];
      for (let time = 0; time < 12; time++) {
        const isFinal = watch.observe('a');
        await write('a', 'x'.repeat(time));
        found.push(await isFinal());
      }
      expect(found).to.deep.equal([...new Array<boolean>(10).fill(false), true, false]);
    });
  });

  it('reports that a web application is a link that leads nowhere, and that the link is gone', async () => {
    await mkdir(watched('a'));
    const reports: string[] = [];
    const onChange = (name: string, change: string) => void reports.push(`${name} ${change}`);
    watches.push(await FolderWatch.start(watched(), { onChange }, signApp));
    await symlink('nowhere', watched('a', 'app'));
    await until('the link is reported', () => reports.length === 1);
    await rm(watched('a', 'app'));
    await until('that it is gone is reported', () => reports.length === 2);
    expect(reports).to.deep.equal(['a settled', 'a gone']);
  });

  it('reports a folder that has gone, though folders beside it come and go all the time', async () => {
    await write('a', 'before');
    const reports: string[] = [];
    watches.push(
      await FolderWatch.start(watched(), { onChange: (name, change) => void reports.push(`${name} ${change}`) }),
    );
    await rm(watched('a'), { recursive: true });
    await until('it is reported', async () => {
      await mkdir(watched('.other'));
      await rm(watched('.other'), { recursive: true });
      return reports.length > 0;
    });
    expect(reports).to.deep.equal(['a gone']);
  });

  it('reports that the folder itself cannot be read, and that it can be read again; not that all have gone', async () => {
    await write('a', 'before');
    const problems: (string | undefined)[] = [];
    const reported: string[] = [];
    const watch = await FolderWatch.start(watched(), {
      onChange: (name) => void reported.push(name),
      onFolder: (problem) => void problems.push(problem),
    });
    watches.push(watch);
    await rename(watched(), join(folder, 'aside'));
    await until('it is missed', () => watch.problem === 'ENOENT');
    await writeFile(watched(), 'no folder');
    await until('it is no folder', () => watch.problem === 'ENOTDIR');
    await rm(watched());
    await rename(join(folder, 'aside'), watched());
    await until('it is back', () => watch.problem === undefined);
    // Between the two, it is missing for a moment.
    expect(problems.filter((code, at) => at < 2 || code !== 'ENOENT')).to.deep.equal(['ENOENT', 'ENOTDIR', undefined]);
    expect(reported).to.deep.equal([]);
  });

  it('reports a file of which only the size changes', async () => {
    const time = new Date('2026-11-23T00:00:00Z');
    const writeAt = (text: string) => write('a', text).then(() => utimes(watched('a', 'file'), time, time));
    await writeAt('before');
    const reported = await start();
    await writeAt('afterwards');
    await expectReports(reported, 'a');
  });

  it('reports a folder that another one replaces, even if the files have the same size and time', async () => {
    const time = new Date('2026-11-23T00:00:00Z');
    for (const name of ['a', '.a'])
      await write(name, name.padStart(2)).then(() => utimes(watched(name, 'file'), time, time));
    const reported = await start();
    await rename(watched('a'), join(folder, 'old'));
    await rename(watched('.a'), watched('a'));
    await expectReports(reported, 'a');
  });

  it('reports a link that points to another folder', async () => {
    for (const name of ['.1', '.2']) await write(name, name);
    await symlink(watched('.1'), watched('link'));
    const reported = await start();
    await symlink(watched('.2'), watched('.link'));
    await rename(watched('.link'), watched('link'));
    await expectReports(reported, 'link');
  });

  it('reports changes of a folder that contains a dangling link', async () => {
    await write('a', 'before');
    await symlink('nowhere', watched('a', 'link'));
    const reported = await start();
    await write('a', 'after');
    await expectReports(reported, 'a');
  });

  it('reports nothing while the folder cannot be read, and continues afterwards', async () => {
    await write('a', '');
    const reported = await start();
    await rename(watched(), join(folder, 'away'));
    await mkdir(join(folder, 'away', 'new'));
    await waitForScan();
    expect(reported).to.deep.equal([]);
    await rename(join(folder, 'away'), watched());
    await expectReports(reported, 'new');
  });

  it('reports nothing after it is closed', async () => {
    const reported = await start();
    await watches[0]?.close();
    await write('a', '');
    await waitForScan();
    expect(reported).to.deep.equal([]);
  });

  it('reports nothing more when it is closed from its callback', async () => {
    const reported: string[] = [];
    const watch = await FolderWatch.start(watched(), {
      onChange: (name) => {
        reported.push(name);
        void watch.close();
      },
    });
    await Promise.all([write('a', ''), write('b', '')]);
    await until('one is reported', () => reported.length > 0);
    await write('c', '');
    await waitForScan();
    expect(reported).to.have.length(1);
  });

  it('does not start in a folder that cannot be read', async () => {
    await rm(watched(), { recursive: true });
    expect(await catchError(Error, start)).to.include({ code: 'ENOENT', syscall: 'scandir' });
  });

  /** Waits as long as a watch needs to notice a change. */
  async function waitForScan(): Promise<void> {
    const reported: string[] = [];
    watches.push(await FolderWatch.start(folder, { onChange: (name) => void reported.push(name) }));
    await mkdir(join(folder, 'mark'));
    await until('a mark is reported', () => reported.includes('mark'));
  }
});
