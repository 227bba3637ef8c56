import promises, { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { buildAppCommand } from '../../cli/app.ts';
import { toStarterApp } from '../../cli/starter-app.ts';
import { makeDraftFolder } from '../../catalogue/draft-folder.ts';
import { hashFolder } from '../../catalogue/hash-folder.ts';
import { loadApp } from '../../catalogue/load-app.ts';
import { writeDeployment } from '../../catalogue/write-deployment.ts';
import { CommandError } from '../../errors/command-error.ts';
import { catchError, toClassifier, toFile, writeLine } from '../support/deployment.ts';
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

  it('puts the one before back when the new one cannot take its place', async () => {
    const page = join(folder, 'line', 'app', 'index.html');
    await writeFile(page, 'mine');
    const own = promises.rename;
    promises.rename = async (from, to) => {
      if (basename(String(to)) === 'app' && basename(String(from)) === 'app')
        throw Object.assign(new Error('I/O'), { code: 'EIO' });
      return own(from, to);
    };
    syncBuiltinESMExports();
    try {
      const { message } = await catchError(CommandError, () => run('--force'));
      expect(message).to.equal(`The application cannot be written to ${join(folder, 'line', 'app')} (EIO).`);
    } finally {
      promises.rename = own;
      syncBuiltinESMExports();
    }
    expect(await readFile(page, 'utf8')).to.equal('mine');
    expect(await readdir(folder)).to.deep.equal(['line']);
  });

  it('removes what a process left that was killed', async () => {
    const draft = await makeDraftFolder(folder, 'archive');
    // Of a process that had this number earlier.
    await rename(draft, draft.replace(/-\d+(?=-\w+$)/, '-1'));
    await run('--force');
    expect(await readdir(folder)).to.deep.equal(['line']);
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
    await mkdir(join(folder, 'my models'));
    await writeLine(join(folder, 'my models', 'deployments', 'line'), 'line', 0);
    const own = await new Run(['app', 'line'], { folder: join(folder, 'my models') }).end();
    expect(own.stdout).to.match(/^Serve it: npx custom-ml-engine serve --allow-apps$/m);
    const quoted = await new Run(['app', 'line', '--force', '--deployments', 'my models/deployments'], {
      folder,
    }).end();
    expect(quoted.stdout).to.contain("serve --allow-apps --deployments 'my models/deployments'\n");
    await rm(join(folder, 'my models'), { recursive: true });
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

  it('writes a form with a field per column, which begins with the example', () => {
    const toForm = (keys: object) => JSON.parse(toStarterApp(toFile(keys))['form.json'] as string) as object;
    const columns = [
      { name: 'double', type: 'double', range: [0, 12] },
      { name: 'whole', type: 'integer', range: [0, 5] },
      { name: 'large', type: 'long', range: [0, 100_000] },
      { name: 'small', type: 'double', range: [0, 3e-3] },
      { name: 'tiny', type: 'double', range: [0, 5e-324] },
      { name: 'wide', type: 'double', range: [-1.7e308, 1.7e308] },
      { name: 'same', type: 'double', range: [3, 3] },
      { name: 'free', type: 'double', nullable: true },
      { name: 'category', type: 'string', categories: ['a', 'b'] },
      { name: 'truth', type: 'boolean' },
      { name: 'text', type: 'string' },
    ];
    const fields = columns.map(({ name }) => name).reverse();
    const example = {
      fields,
      values: [['a text', true, 'b', null, 3, 0, 0, 0.001, 70, 4, 1.5]],
      answer: { predictions: [1] },
    };
    const toNumber = (name: string, value: unknown, nullable = false) => ({ name, type: 'number', nullable, value });
    expect(toForm({ description: 'A line.', columns, example })).to.deep.equal({
      title: 'Line',
      description: 'A line.',
      scoring: '../../v1/deployments/line/online',
      fields: [
        { ...toNumber('double', 1.5), min: 0, max: 12, step: 0.1 },
        { ...toNumber('whole', 4), min: 0, max: 5, step: 1 },
        { ...toNumber('large', 70), min: 0, max: 100_000, step: 1000 },
        { ...toNumber('small', 0.001), min: 0, max: 3e-3, step: 1e-5 },
        { ...toNumber('tiny', 0), min: 0, max: 5e-324, step: 'any' },
        { ...toNumber('wide', 0), min: -1.7e308, max: 1.7e308, step: 'any' },
        toNumber('same', 3),
        toNumber('free', null, true),
        { name: 'category', choices: ['a', 'b'], other: 'text', nullable: false, value: 'b' },
        { name: 'truth', choices: [true, false], nullable: false, value: true },
        { name: 'text', type: 'text', nullable: false, value: 'a text' },
      ],
      answer: { prediction: 'prediction' },
    });
    expect(toForm({ ...toClassifier('a', 'b'), columns: [{ name: 'x', type: 'double' }] })).to.deep.include({
      answer: { prediction: 'prediction', probability: 'probability', classes: ['a', 'b'] },
    });
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
