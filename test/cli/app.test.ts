import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildAppCommand } from '../../cli/app.ts';
import { toStarterApp } from '../../cli/starter-app.ts';
import { hashFolder } from '../../catalogue/hash-folder.ts';
import { loadApp } from '../../catalogue/load-app.ts';
import { writeDeployment } from '../../catalogue/write-deployment.ts';
import { CommandError } from '../../errors/command-error.ts';
import { catchError, toFile, writeLine } from '../support/deployment.ts';
import { Run } from '../support/run.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';

describe('the command app', () => {
  const folder = makeTemporaryFolder('app');
  const run = (...options: string[]) =>
    buildAppCommand().parseAsync(['line', '--deployments', folder, ...options], { from: 'user' });

  it('writes an application that can be served, and is not part of the version', async () => {
    await writeLine(join(folder, 'line'), 'line', 0);
    const version = await hashFolder(join(folder, 'line'));
    await run();
    expect([...((await loadApp(join(folder, 'line')))?.files.keys() ?? [])]).to.deep.equal([
      'app.js',
      'form.json',
      'index.html',
      'style.css',
    ]);
    expect(await hashFolder(join(folder, 'line'))).to.equal(version);
  });

  it('replaces one only with --force', async () => {
    const page = join(folder, 'line', 'app', 'index.html');
    await writeFile(page, 'mine');
    expect((await catchError(CommandError, run)).message).to.contain('--force replaces it');
    expect(await readFile(page, 'utf8')).to.equal('mine');
    await run('--force');
    expect(await readFile(page, 'utf8')).to.contain('<!doctype html>');
  });

  it('writes one of two that are written at once, and leaves nothing else', async () => {
    await rm(join(folder, 'line', 'app'), { recursive: true });
    const results = await Promise.allSettled([run(), run()]);
    expect(results.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
    expect(await readdir(folder)).to.deep.equal(['line']);
    expect((await loadApp(join(folder, 'line')))?.files.size).to.equal(4);
  });

  it('says how it is served from where it is, and what is wrong with an invalid deployment', async () => {
    const { code, stdout } = await new Run(['app', 'line', '--deployments', folder, '--force']).end();
    expect([code, stdout.includes(`serve --allow-apps --deployments ${folder}\n`)]).to.deep.equal([0, true]);
    await mkdir(join(folder, 'broken'));
    await writeFile(join(folder, 'broken', 'deployment.json'), '{}');
    const broken = buildAppCommand().parseAsync(['broken', '--deployments', folder], { from: 'user' });
    expect((await catchError(CommandError, () => broken)).message).to.match(/^The deployment broken is invalid: /);
  });

  it('leaves an application in place when the deployment is replaced', async () => {
    await writeFile(join(folder, 'line', 'app', 'index.html'), 'mine');
    await writeDeployment({ out: folder, id: 'line', force: true }, (draft) => writeLine(draft, 'line', 1));
    expect(await readFile(join(folder, 'line', 'app', 'index.html'), 'utf8')).to.equal('mine');
    expect(await readFile(join(folder, 'line', 'model.json'), 'utf8')).to.contain('"intercepts":[1]');
  });

  it('writes names of columns into JSON only', () => {
    const name = '<script>onerror()</script>';
    const { 'form.json': form, ...others } = toStarterApp(toFile({ name, columns: [{ name, type: 'double' }] }));
    expect(JSON.parse(form as string)).to.include({ title: name });
    for (const text of Object.values(others)) expect(text).to.not.contain('onerror');
  });

  it('lets another value than the categories be entered, unless the model rejects it', () => {
    const columns = [
      { name: 'colour', type: 'string', categories: ['red'] },
      { name: 'rooms', type: 'integer', categories: [1, 2] },
      { name: 'new', type: 'boolean', categories: [true, false] },
      { name: 'note', type: 'string' },
    ];
    const listOthers = (unknown_categories: string) => {
      const { 'form.json': form } = toStarterApp(toFile({ columns, unknown_categories }));
      return (JSON.parse(form as string) as { fields: { other?: string }[] }).fields.map(({ other }) => other);
    };
    expect(listOthers('accept')).to.deep.equal(['text', 'number', undefined, undefined]);
    expect(listOthers('refuse')).to.deep.equal([undefined, undefined, undefined, undefined]);
  });
});
