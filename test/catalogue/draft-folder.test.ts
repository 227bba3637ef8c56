import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { makeDraftFolder, removeAbandonedDrafts } from '../../catalogue/draft-folder.ts';
import { placeDeployment } from '../../catalogue/write-deployment.ts';
import { listVersions } from '../../catalogue/versions.ts';
import { withFolder } from '../support/training.ts';

const PROCESS = fileURLToPath(new URL('draft-process.ts', import.meta.url));
const LOADER = new URL('../../scripts/register-typescript.js', import.meta.url).href;

/** Runs with the draft folder of another process, which lives until `kill` is called. */
async function withDraft(
  run: (out: string, draft: string, kill: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  await withFolder(async (out) => {
    const child = spawn(process.execPath, ['--import', LOADER, PROCESS, out], { stdio: ['pipe', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    const kill = () => {
      child.kill('SIGKILL');
      return closed;
    };
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      await run(out, line.toString().trim(), kill);
    } finally {
      await kill();
    }
  });
}

describe('a draft folder', () => {
  it('stays while its process lives, and is removed when that was killed', () =>
    withDraft(async (out, draft, kill) => {
      await mkdir(join(draft, 'customers'));
      await writeFile(join(draft, 'customers', 'model.json'), '{}');
      await removeAbandonedDrafts(out);
      expect(await readdir(out)).to.deep.equal([basename(draft)]);
      await kill();
      await removeAbandonedDrafts(out);
      expect(await readdir(out)).to.deep.equal([]);
    }));

  it('is not that of a living process which only has its number', () =>
    withDraft(async (out, draft) => {
      const [, place, pid, , end] = basename(draft).slice(1).split('-') as [string, string, string, string, string];
      // Where the system does not say when a process was started, the number alone proves nothing.
      await rename(draft, join(out, `.training-${place}-${pid}-0-${end}`));
      await removeAbandonedDrafts(out);
      expect(await readdir(out)).to.deep.equal([`.training-${place}-${pid}-0-${end}`]);
      await rename(join(out, `.training-${place}-${pid}-0-${end}`), join(out, `.training-${place}-${pid}-1-${end}`));
      await removeAbandonedDrafts(out);
      expect(await readdir(out)).to.deep.equal([]);
    }));

  it('stays if it may be that of another machine, or the user’s own', () =>
    withDraft(async (out, draft, kill) => {
      await kill();
      const [, place, ...rest] = basename(draft).split('-') as [string, string, ...string[]];
      const other = ['.training', place.replace(/./g, (digit) => (digit === '0' ? '1' : '0')), ...rest].join('-');
      const names = [other, '.training-Ab12Cd', '.training-data', `${basename(draft)}-copy`].sort();
      for (const name of names) await mkdir(join(out, name));
      await removeAbandonedDrafts(out);
      expect((await readdir(out)).sort()).to.deep.equal(names);
    }));

  it('gives back the deployment that was being replaced when its process was killed', () =>
    withDraft(async (out, draft, kill) => {
      for (const folder of ['customers', '.before']) await mkdir(join(draft, folder));
      await writeFile(join(draft, '.before', 'deployment.json'), 'old');
      await kill();
      await removeAbandonedDrafts(out);
      expect(await readdir(out)).to.deep.equal(['customers']);
      expect(await readFile(join(out, 'customers', 'deployment.json'), 'utf8')).to.equal('old');
    }));

  it('keeps it as a version where there is a newer one', () =>
    withDraft(async (out, draft, kill) => {
      for (const folder of [join(draft, 'customers'), join(draft, '.before'), join(out, 'customers')])
        await mkdir(folder);
      await writeFile(join(draft, '.before', 'deployment.json'), 'old');
      await writeFile(join(out, 'customers', 'deployment.json'), 'new');
      await kill();
      await removeAbandonedDrafts(out);
      expect((await readdir(out)).sort()).to.deep.equal(['.versions', 'customers']);
      const [current, replaced] = await listVersions(out, 'customers');
      expect(await readFile(join(current?.folder ?? '', 'deployment.json'), 'utf8')).to.equal('new');
      expect(await readFile(join(replaced?.folder ?? '', 'deployment.json'), 'utf8')).to.equal('old');
    }));

  it('no longer keeps others from replacing the deployment', () =>
    withDraft(async (out, draft, kill) => {
      await writeFile(join(out, '.lock-customers'), basename(draft));
      await kill();
      await placeDeployment({ out, id: 'customers', force: true }, async (folder) => {
        await writeFile(join(folder, 'deployment.json'), 'new');
      });
      expect((await readdir(out)).sort()).to.deep.equal(['customers']);
    }));

  it('is looked for only where there is a folder', async () => {
    await removeAbandonedDrafts('/no/such/folder');
    await withFolder(async (out) => {
      const own = await makeDraftFolder(out, 'archive');
      await removeAbandonedDrafts(out);
      expect(await readdir(out)).to.deep.equal([basename(own)]);
    });
  });
});
