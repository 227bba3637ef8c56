import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadApp } from '../../catalogue/load-app.ts';
import { rollBack } from '../../catalogue/versions.ts';
import { writeDeployment } from '../../catalogue/write-deployment.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { catchError, writeLine } from '../support/deployment.ts';
import { Run } from '../support/run.ts';
import { toCustomers, withFolder } from '../support/training.ts';

describe('the web application of a deployment that is replaced', () => {
  const put = (out: string, version: number) =>
    writeDeployment({ out, id: 'line', force: true }, (draft) => writeLine(draft, 'line', version));
  const writePage = async (out: string, text: string, id = 'line') => {
    await mkdir(join(out, id, 'app'), { recursive: true });
    await writeFile(join(out, id, 'app', 'index.html'), text);
  };
  const readPage = (out: string, id = 'line') => readFile(join(out, id, 'app', 'index.html'), 'utf8');

  it('stays as it was edited, through train --force and a rollback', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'customers.csv');
      await writeFile(
        file,
        toCustomers(60, (risk) => (risk > 0.8 ? 'high' : 'low')),
      );
      const run = async (...args: string[]) => {
        const { code, stderr } = await new Run(args).end();
        expect(code, stderr).to.equal(0);
      };
      const train = (...args: string[]) =>
        run('train', file, '--label', 'risk', '--kind', 'logistic-regression', '--out', folder, ...args);
      await train();
      await run('app', 'customers', '--deployments', folder);
      await writePage(folder, 'edited', 'customers');
      await train('--seed', '7', '--force');
      expect(await readPage(folder, 'customers')).to.equal('edited');
      await writePage(folder, 'edited again', 'customers');
      await run('rollback', 'customers', '--deployments', folder);
      expect(await readPage(folder, 'customers')).to.equal('edited again');
      expect([...((await loadApp(join(folder, 'customers')))?.files.keys() ?? [])]).to.deep.equal([
        'app.js',
        'form.json',
        'index.html',
        'style.css',
      ]);
    }));

  it('is in place of one that the new files have, and comes back with a version where there is none', () =>
    withFolder(async (out) => {
      await put(out, 1);
      await writePage(out, 'mine');
      const edited = new Date('2026-11-23T00:00:00Z');
      await utimes(join(out, 'line', 'app', 'index.html'), edited, edited);
      await writeDeployment({ out, id: 'line', force: true }, async (draft) => {
        await writeLine(draft, 'line', 2);
        await writePage(join(draft, '..'), 'new');
        await writeFile(join(draft, 'app', 'more.js'), '');
      });
      expect([...((await loadApp(join(out, 'line')))?.files.keys() ?? [])]).to.deep.equal(['index.html']);
      expect(await readPage(out)).to.equal('mine');
      expect((await stat(join(out, 'line', 'app', 'index.html'))).mtime).to.deep.equal(edited);
      await rm(join(out, 'line', 'app'), { recursive: true });
      await rollBack({ deployments: out, id: 'line', check: true });
      expect(await readPage(out)).to.equal('mine');
    }));

  it('keeps its links as they are, also through a rollback, which would otherwise publish what they lead to', () =>
    withFolder(async (out) => {
      await put(out, 1);
      await writePage(out, 'mine');
      await writeFile(join(out, 'secret'), 'secret');
      await symlink('../../secret', join(out, 'line', 'app', 'secret'));
      await symlink('.', join(out, 'line', 'app', 'itself'));
      execFileSync('mkfifo', [join(out, 'line', 'app', 'pipe')]);
      await put(out, 2);
      expect(await readlink(join(out, 'line', 'app', 'secret'))).to.equal('../../secret');
      expect(await readdir(join(out, 'line', 'app'))).to.have.members(['index.html', 'itself', 'secret']);
      await rm(join(out, 'line', 'app'), { recursive: true });
      await rollBack({ deployments: out, id: 'line', check: true });
      expect(await readlink(join(out, 'line', 'app', 'secret'))).to.equal('../../secret');
      expect((await catchError(DeploymentError, () => loadApp(join(out, 'line')))).problems).to.deep.equal([
        'app/itself: expected no link to a folder that it is in',
        'app/secret: expected no link that leads out of the folder app',
      ]);
    }));

  it('is kept where it is a link to another folder of the deployment', () =>
    withFolder(async (out) => {
      await put(out, 1);
      await writePage(out, 'mine');
      await rename(join(out, 'line', 'app'), join(out, 'line', 'app-1'));
      await symlink('app-1', join(out, 'line', 'app'));
      await put(out, 2);
      expect(await readPage(out)).to.equal('mine');
      expect((await loadApp(join(out, 'line')))?.files.size).to.equal(1);
    }));

  it('is none if it is a file, which is one of the model', () =>
    withFolder(async (out) => {
      for (const version of [1, 2])
        await writeDeployment({ out, id: 'line', force: true }, async (draft) => {
          await writeLine(draft, 'line', version);
          await writeFile(join(draft, 'app'), `of version ${version}`);
        });
      const read = () => readFile(join(out, 'line', 'app'), 'utf8');
      expect(await read()).to.equal('of version 2');
      await rollBack({ deployments: out, id: 'line', check: true });
      expect(await read()).to.equal('of version 1');
    }));

  it('is not made of a link that leads elsewhere, or nowhere', () =>
    withFolder(async (out) => {
      for (const target of ['../elsewhere', 'nowhere']) {
        await rm(join(out, 'line'), { recursive: true, force: true });
        await put(out, 1);
        await mkdir(join(out, 'elsewhere'), { recursive: true });
        await writeFile(join(out, 'elsewhere', 'index.html'), 'secret');
        await symlink(target, join(out, 'line', 'app'));
        await put(out, 2);
        expect(await readlink(join(out, 'line', 'app'))).to.equal(target);
      }
    }));
});
