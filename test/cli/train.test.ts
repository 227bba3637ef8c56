import { expect } from 'chai';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import { Run } from '../support/run.ts';
import { toCustomers, withFolder } from '../support/training.ts';
import { until } from '../support/until.ts';

const QUICK = ['--label', 'risk', '--trees', '8', '--threads', '1'];

const start = (folder: string, args: readonly string[]) => new Run(['train', ...args, '--out', join(folder, 'out')]);

/** Runs with a folder that holds customers.csv. */
function withCustomers(count: number, test: (folder: string, file: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const file = join(folder, 'customers.csv');
    await writeFile(
      file,
      toCustomers(count, (risk) => (risk > 0.8 ? 'high' : 'low')),
    );
    await test(folder, file);
  });
}

describe('custom-ml-engine train', () => {
  it('prints the plan on standard error and the result on standard output', () =>
    withCustomers(200, async (folder, file) => {
      const run = start(folder, [file, ...QUICK]);
      expect(await run.code, run.stderr).to.equal(0);
      expect(run.stderr).to.include('200 rows, 4 features, binary label risk: high, low').and.to.include('8/8 trees');
      expect(run.stdout)
        .to.match(/^Trained on 160 rows/)
        .and.to.match(/Accuracy +[01]\.\d{4} +0\.\d{4}/);
      const { file: made } = await loadDeployment(join(folder, 'out', 'customers'), { allowModules: false });
      expect((made.training as { command: string }).command).to.match(/^custom-ml-engine train .*--label risk/);
    }));

  it('prints one JSON object with --json, and exits with 1 if the id exists', () =>
    withCustomers(200, async (folder, file) => {
      const run = start(folder, [file, ...QUICK, '--json']);
      expect(await run.code, run.stderr).to.equal(0);
      const result = JSON.parse(run.stdout) as { folder: string; metrics: { accuracy: number } };
      expect(result.metrics.accuracy).to.be.within(0.7, 1);
      expect(result.folder).to.equal(join(folder, 'out', 'customers'));
      const again = start(folder, [file, ...QUICK]);
      expect(await again.code).to.equal(1);
      expect(again.stderr).to.match(/^A deployment with this id already exists in \/\S+\/customers;[^\n]*\n$/);
    }));

  it('exits with 1 and one line on failure', () =>
    withCustomers(50, async (folder, file) => {
      const other = join(folder, '===.csv');
      await rename(file, other);
      await mkdir(join(folder, 'out'));
      for (const [args, line] of [
        [[other, ...QUICK], /^The file name cannot be turned into a valid deployment id/],
        [[file, ...QUICK], /customers\.csv cannot be read \(ENOENT\)/],
        [[other, '--id', 'x', '--label', 'none'], /^--label: there is no column "none"/],
      ] as const) {
        const run = start(folder, args);
        expect(await run.code).to.equal(1);
        expect(run.stderr)
          .to.match(line)
          .and.to.match(/^[^\n]+\n$/);
        expect(run.stdout).to.equal('');
      }
      expect(await readdir(join(folder, 'out'))).to.deep.equal([]);
    }));

  it('exits with 2 on wrong usage', () =>
    withCustomers(50, async (folder, file) => {
      for (const args of [[file], [file, '--label', 'risk', '--trees', '0'], ['--label', 'risk']]) {
        const run = start(folder, args);
        expect(await run.code).to.equal(2);
        expect(run.stderr).to.match(/^error: /);
      }
    }));

  it('leaves nothing behind when interrupted', () =>
    withCustomers(3000, async (folder, file) => {
      const run = start(folder, [file, '--label', 'risk', '--trees', '10000', '--threads', '1']);
      const out = join(folder, 'out');
      await until('learning begins', () =>
        readdir(out).then(
          (names) => names.length > 0,
          () => false,
        ),
      );
      run.process.kill('SIGINT');
      expect(await run.code).to.equal(1);
      expect(run.stderr).to.match(/\nStopped; nothing was written\.\n$/);
      expect(await readdir(out)).to.deep.equal([]);
    }));
});
