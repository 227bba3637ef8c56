import { execFileSync } from 'node:child_process';
import { cp, lstat, mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { hashFolder } from '../../catalogue/hash-folder.ts';
import { listVersions, rollBack } from '../../catalogue/versions.ts';
import { placeDeployment, writeDeployment } from '../../catalogue/write-deployment.ts';
import { CommandError } from '../../errors/command-error.ts';
import { catchError, writeLine } from '../support/deployment.ts';
import { withFolder } from '../support/training.ts';

/** Writes a version of the deployment `line`, as a command does. */
const put = (out: string, version: number, keep?: number) =>
  writeDeployment({ out, id: 'line', force: true, ...(keep !== undefined && { keep }) }, (draft) =>
    writeLine(draft, 'line', version),
  );
/** Which of them a folder has. */
async function readVersion(folder: string): Promise<number> {
  const { intercepts } = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as { intercepts: number[] };
  return intercepts[0] as number;
}
/** Those that are listed, the current one first. */
const list = async (out: string) =>
  Promise.all((await listVersions(out, 'line')).map(({ folder }) => readVersion(folder)));
const back = (deployments: string, version?: string) =>
  rollBack({ deployments, id: 'line', check: true, ...(version !== undefined && { version }) });

describe('the version of a deployment', () => {
  const hash = (prepare: (folder: string) => Promise<unknown>) =>
    withFolder(async (folder) => {
      await writeLine(join(folder, 'line'), 'line', 1);
      await prepare(join(folder, 'line'));
      return hashFolder(join(folder, 'line'));
    });

  it('is that of its files, wherever they are and whenever they were written', async () => {
    const first = await hash(() => Promise.resolve());
    expect(first).to.match(/^[0-9a-f]{12}$/);
    const copied = await hash(async (folder) => {
      await utimes(join(folder, 'model.json'), 1, 1);
      await cp(folder, `${folder}-copy`, { recursive: true });
      await rm(folder, { recursive: true });
      await rename(`${folder}-copy`, folder);
    });
    expect(copied).to.equal(first);
  });

  it('changes with the content, the name and the number of its files, also of those in subfolders', async () => {
    const versions = await Promise.all([
      hash(() => Promise.resolve()),
      hash((folder) => writeLine(folder, 'line', 2)),
      hash((folder) => rename(join(folder, 'model.json'), join(folder, 'other.json'))),
      hash((folder) => writeFile(join(folder, 'more.txt'), '')),
      ...['', 'a'].map((text) =>
        hash((folder) => mkdir(join(folder, 'more')).then(() => writeFile(join(folder, 'more', 'more.txt'), text))),
      ),
      hash((folder) => writeFile(join(folder, 'more.txt'), 'a')),
    ]);
    expect(new Set(versions).size).to.equal(versions.length);
  });

  it('follows links to files, as volumes of Kubernetes have them', async () => {
    const linked = await hash(async (folder) => {
      await mkdir(join(folder, '..data'));
      for (const name of ['deployment.json', 'model.json']) {
        await rename(join(folder, name), join(folder, '..data', name));
        await symlink(join('..data', name), join(folder, name));
      }
    });
    expect(linked).to.equal(await hash(() => Promise.resolve()));
  });

  it('does not count the web application, which says nothing of the scores', async () => {
    const same = await hash(async (folder) => {
      await mkdir(join(folder, 'app'));
      await writeFile(join(folder, 'app', 'index.html'), '');
    });
    expect(same).to.equal(await hash(() => Promise.resolve()));
  });

  it('does not count what is hidden, installed, behind a link to a folder or no regular file', async () => {
    const same = await hash(async (folder) => {
      await writeFile(join(folder, '.notes'), 'a');
      await mkdir(join(folder, 'node_modules'));
      await writeFile(join(folder, 'node_modules', 'index.js'), '');
      await symlink('..', join(folder, 'above'));
      await symlink('nowhere', join(folder, 'dangling'));
      execFileSync('mkfifo', [join(folder, 'pipe')]);
    });
    expect(same).to.equal(await hash(() => Promise.resolve()));
  });
});

describe('the versions of a deployment', () => {
  it('are those that were replaced, the last five of them', () =>
    withFolder(async (out) => {
      await put(out, 0);
      expect(await list(out)).to.deep.equal([0]);
      expect(await readdir(out)).to.deep.equal(['line']);
      for (const version of [1, 2, 3, 4, 5, 6]) await put(out, version);
      expect(await list(out)).to.deep.equal([6, 5, 4, 3, 2, 1]);
      const [current, last] = await listVersions(out, 'line');
      expect(current).to.deep.equal({
        version: await hashFolder(join(out, 'line')),
        folder: join(out, 'line'),
        kind: 'linear-regression',
        modifiedAt: '2026-11-23T00:00:00.000Z',
      });
      expect(Date.parse(last?.replacedAt ?? '')).to.be.within(Date.now() - 60_000, Date.now() + 1000);
    }));

  it('are as many as are asked for, or none', () =>
    withFolder(async (out) => {
      for (const version of [0, 1, 2, 3]) await put(out, version);
      await put(out, 4, 2);
      expect(await list(out)).to.deep.equal([4, 3, 2]);
      await put(out, 5, 0);
      expect(await list(out)).to.deep.equal([5]);
      expect(await readdir(out)).to.deep.equal(['line']);
    }));

  it('are kept once, and not beside the same one in its place', () =>
    withFolder(async (out) => {
      for (const version of [0, 1, 0, 1, 1]) await put(out, version);
      expect(await list(out)).to.deep.equal([1, 0]);
    }));

  it('are in the order of their replacements, even if the clock is set back', () =>
    withFolder(async (out) => {
      for (const version of [0, 1]) await put(out, version);
      const folder = join(out, '.versions', 'line');
      const [name = ''] = await readdir(folder);
      await rename(join(folder, name), join(folder, name.replace(/^\d{4}/, '2999')));
      for (const version of [2, 3]) await put(out, version);
      expect(await list(out)).to.deep.equal([3, 2, 1, 0]);
    }));

  it('must be writable before anything is done', () =>
    withFolder(async (out) => {
      await put(out, 0);
      await writeFile(join(out, '.versions'), '');
      const failed = placeDeployment({ out, id: 'line', force: true }, () => Promise.reject(new Error('it was done')));
      expect((await catchError(CommandError, () => failed)).message).to.match(/cannot be written to .* \(E\w+\)/);
    }));

  it('stay when what was written is no longer wanted', () =>
    withFolder(async (out) => {
      await put(out, 0);
      const failure = new Error('no');
      const refuse = () => Promise.reject(failure);
      const failed = placeDeployment({ out, id: 'line', force: true }, (draft) => writeLine(draft, 'line', 1), refuse);
      expect(await catchError(Error, () => failed)).to.equal(failure);
      expect(await list(out)).to.deep.equal([0]);
      expect(await readdir(out)).to.deep.equal(['line']);
    }));

  it('stay when a write fails', () =>
    withFolder(async (out) => {
      await put(out, 0);
      const failure = new Error('no');
      const failed = placeDeployment({ out, id: 'line', force: true }, () => Promise.reject(failure));
      expect(await catchError(Error, () => failed)).to.equal(failure);
      expect(await list(out)).to.deep.equal([0]);
      expect(await readdir(out)).to.deep.equal(['line']);
    }));

  it('are also those of a deployment that has been removed, and of one whose file is not JSON', () =>
    withFolder(async (out) => {
      for (const version of [0, 1]) await put(out, version);
      await writeFile(join(out, 'line', 'deployment.json'), '{');
      await put(out, 2);
      await rm(join(out, 'line'), { recursive: true });
      expect((await listVersions(out, 'line')).map(({ kind }) => kind)).to.deep.equal([undefined, 'linear-regression']);
      await back(out, (await listVersions(out, 'line'))[1]?.version);
      expect(await list(out)).to.deep.equal([0, 1]);
    }));

  it('are not replaced while another command is replacing one', () =>
    withFolder(async (out) => {
      await put(out, 0);
      await writeFile(join(out, '.lock-line'), 'another command');
      const replaced = put(out, 1);
      // Meanwhile, other deployments are written as often as there are.
      for (const id of ['a', 'b', 'c'])
        await writeDeployment({ out, id, force: true }, (draft) => writeLine(draft, id, 0));
      expect(await list(out)).to.deep.equal([0]);
      await rm(join(out, '.lock-line'));
      await replaced;
      expect(await list(out)).to.deep.equal([1, 0]);
      expect((await readdir(out)).sort()).to.deep.equal(['.versions', 'a', 'b', 'c', 'line']);
    }));

  it('do not have what someone else leaves among them', () =>
    withFolder(async (out) => {
      for (const version of [0, 1]) await put(out, version);
      await writeFile(join(out, '.versions', 'line', 'notes.txt'), '');
      await put(out, 2);
      expect(await list(out)).to.deep.equal([2, 1, 0]);
      expect(await readdir(join(out, '.versions', 'line'))).to.include('notes.txt');
    }));

  it('are of no deployment that does not exist', () =>
    withFolder(async (out) => {
      await put(out, 0);
      const { message } = await catchError(CommandError, () => listVersions(out, 'Line'));
      expect(message).to.match(/^There is no deployment Line in .*; did you mean line\?$/);
    }));
});

describe('a rollback', () => {
  it('brings back the version that was replaced last, and keeps the other one', () =>
    withFolder(async (out) => {
      for (const version of [0, 1, 2]) await put(out, version);
      const [current, last] = await listVersions(out, 'line');
      expect(await back(out)).to.deep.equal({ version: last?.version, replaced: current?.version });
      expect(await list(out)).to.deep.equal([1, 2, 0]);
      await back(out);
      expect(await list(out)).to.deep.equal([2, 1, 0]);
    }));

  it('ends also while the files of the current version keep changing', () =>
    withFolder(async (out) => {
      for (const version of [0, 1]) await put(out, version);
      const [, last] = await listVersions(out, 'line');
      const state = { isDone: false };
      const writing = (async () => {
        for (let count = 0; !state.isDone; count++)
          await writeFile(join(out, 'line', 'counter.txt'), String(count)).catch(() => undefined);
      })();
      const { version } = await back(out).finally(() => (state.isDone = true));
      await writing;
      expect(version).to.equal(last?.version);
      expect(await readVersion(join(out, 'line'))).to.equal(0);
    }));

  it('has the same result at the same time as others as after them', () =>
    withFolder(async (out) => {
      for (const version of [0, 1, 2]) await put(out, version);
      const [two, one] = (await listVersions(out, 'line')).map(({ version }) => version);
      const results = await Promise.all(Array.from({ length: 8 }, () => back(out)));
      const steps = results.map(({ version, replaced }) => `${String(replaced)} to ${version}`).sort();
      const expected = Array.from({ length: 4 }, () => [`${two} to ${one}`, `${one} to ${two}`]).flat();
      expect(steps).to.deep.equal(expected.sort());
      expect(await list(out)).to.deep.equal([2, 1, 0]);
      expect(await readdir(out)).to.have.members(['.versions', 'line']);
    }));

  it('brings back the version that begins with the given digits', () =>
    withFolder(async (out) => {
      for (const version of [0, 1, 2]) await put(out, version);
      const oldest = (await listVersions(out, 'line')).at(-1)?.version ?? '';
      await back(out, oldest.slice(0, 6));
      expect(await list(out)).to.deep.equal([0, 2, 1]);
    }));

  it('brings back what was behind a link', () =>
    withFolder(async (out) => {
      await writeLine(join(out, '.models'), 'line', 0);
      await symlink('.models', join(out, 'line'));
      await put(out, 1);
      await back(out);
      expect((await lstat(join(out, 'line'))).isSymbolicLink()).to.equal(false);
      expect(await readVersion(join(out, 'line'))).to.equal(0);
    }));

  it('can follow when the link that was replaced led nowhere', () =>
    withFolder(async (out) => {
      await symlink('nowhere', join(out, 'line'));
      for (const version of [0, 1]) await put(out, version);
      await back(out);
      expect(await readVersion(join(out, 'line'))).to.equal(0);
    }));

  it('keeps as many versions as are asked for', () =>
    withFolder(async (out) => {
      for (const version of [0, 1, 2]) await put(out, version);
      await rollBack({ deployments: out, id: 'line', check: true, keep: 1 });
      expect(await list(out)).to.deep.equal([1, 2]);
    }));

  it('does not bring back what someone has put in place by other means', () =>
    withFolder(async (out) => {
      for (const version of [0, 1, 2]) await put(out, version);
      await writeLine(join(out, 'line'), 'line', 1);
      await back(out);
      expect(await readVersion(join(out, 'line'))).to.equal(0);
    }));

  it('says why it cannot, and changes nothing', () =>
    withFolder(async (out) => {
      const explain = async (version?: string) => (await catchError(CommandError, () => back(out, version))).message;
      await put(out, 0);
      expect(await explain()).to.match(/^No earlier version of line is kept\. Versions are kept when/);
      await put(out, 1);
      const [current, last] = await listVersions(out, 'line');
      expect(await explain(current?.version)).to.equal(`${current?.version} is the current version of line.`);
      expect(await explain('0'.repeat(12))).to.match(/^No kept version of line begins with these digits/);
      await writeFile(join(out, 'line', 'model.json'), '{');
      await put(out, 2);
      expect(await explain('')).to.match(/^2 versions of line begin with these digits/);
      expect(await explain()).to.match(
        /^Version \w{12} does not load here: model\.json: expected JSON\. The deployment is as it was; --no-check/,
      );
      await writeFile(join(last?.folder ?? '', 'model.json'), '{}');
      expect(await explain(last?.version)).to.match(
        /^The files of version \w{12} have been changed since it was replaced/,
      );
      expect(await readVersion(join(out, 'line'))).to.equal(2);
      expect(await readdir(out)).to.have.members(['.versions', 'line']);
    }));

  it('does not load the version first if it is told not to', () =>
    withFolder(async (out) => {
      for (const version of [0, 1]) await put(out, version);
      const kept = (await listVersions(out, 'line'))[1];
      await writeFile(join(kept?.folder ?? '', 'model.json'), '{');
      await rollBack({ deployments: out, id: 'line', check: false });
      expect(await readFile(join(out, 'line', 'model.json'), 'utf8')).to.equal('{');
    }));
});
