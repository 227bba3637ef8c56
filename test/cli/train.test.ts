import { expect } from 'chai';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import { Run } from '../support/run.ts';
import { buildUniform, toCsv, toCustomers, withFolder } from '../support/training.ts';
import { until } from '../support/until.ts';

const QUICK = ['--label', 'risk', '--kind', 'random-forest', '--trees', '8', '--threads', '1'];

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
      const { command } = made.training as { command: string };
      expect(command).to.equal(`custom-ml-engine train customers.csv ${QUICK.join(' ')} --out out`);
      for (const part of ['deployment.json', 'report.html'])
        expect(await readFile(join(folder, 'out', 'customers', part), 'utf8')).not.to.include(folder);
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

  it('shows the importances with their unit and spread, and their progress where there are many features', () =>
    withFolder(async (folder) => {
      const next = buildUniform(4);
      const rows = Array.from({ length: 100 }, () => [...Array.from({ length: 60 }, next), next() < 0.5 ? 'a' : 'b']);
      const file = join(folder, 'wide.csv');
      await writeFile(file, toCsv([...Array.from({ length: 60 }, (_, column) => `x${column}`), 'risk'], rows));
      const run = start(folder, [file, ...QUICK, '--no-calibration']);
      expect(await run.code, run.stderr).to.equal(0);
      expect(run.stderr).to.match(/(\d+)\/\1 features/);
      expect(run.stdout).to.include('Most important features (the rise of the log loss when a feature is shuffled):');
      expect(run.stdout).to.match(/^ {2}x\d+ +-?\d\.\d{4} +± \d\.\d{4}$/m);
      expect(run.stdout).not.to.include('Before calibration');
      const boosted = start(folder, [
        file,
        '--label',
        'risk',
        '--kind',
        'gradient-boosting',
        '--no-calibration',
        '--id',
        'x',
      ]);
      expect(await boosted.code).to.equal(1);
      expect(boosted.stderr).to.include('--no-calibration: does not apply to --kind gradient-boosting');
    }));

  it('ends with commands that work', () =>
    withCustomers(200, async (folder, file) => {
      const run = start(folder, [file, ...QUICK]);
      expect(await run.code, run.stderr).to.equal(0);
      const steps = [...run.stdout.matchAll(/^ {2}npx custom-ml-engine (.*)$/gm)].map(([, step]) => step as string);
      expect(steps.map((step) => step.split(' ')[0])).to.deep.equal(['serve', 'check', 'register']);
      const [serve, , register] = steps as [string, string, string];
      const registered = new Run([...register.split(' '), '--json']);
      const engine = new Run([...serve.split(' '), '--port', '0']);
      expect(await registered.code, registered.stderr).to.equal(0);
      try {
        await engine.listen();
        expect(engine.stdout).to.include('customers  customers (binary');
      } finally {
        engine.process.kill('SIGTERM');
        await engine.code;
      }
    }));

  it('warns first, with how many rows are lost and why', () =>
    withCustomers(200, async (folder, file) => {
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace(/high$/m, 'None').replace(/high$/m, ''));
      const run = start(folder, [file, ...QUICK, '--json']);
      expect(await run.code, run.stderr).to.equal(0);
      const warning =
        /2 of 200 rows have no label in risk and are left out: 1 empty; 1 with "None" \(line \d+\)\. If that is a class, --missing "" keeps it\./;
      expect(run.stderr.split('\n')[0]).to.match(new RegExp(`^Warning: ${warning.source}$`));
      expect(run.stderr).to.include('200 rows (198 with a label), 4 features');
      expect((JSON.parse(run.stdout) as { warnings: string[] }).warnings[0]).to.match(warning);
      expect(await readFile(join(folder, 'out', 'customers', 'report.html'), 'utf8')).to.include(
        '2 of 200 rows have no',
      );
    }));

  it('says loudly that a model does not beat its baseline', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'noise.csv');
      const next = buildUniform(5);
      const rows = Array.from({ length: 300 }, () => [next(), next(), next() < 0.5 ? 'p' : 'q']);
      await writeFile(file, toCsv(['a', 'b', 'risk'], rows));
      const told = start(folder, [file, ...QUICK]);
      expect(await told.code, told.stderr).to.equal(0);
      expect(told.stdout).to.match(
        /^Warning: The model does not (clearly )?beat its baseline: its accuracy is 0\.\d{4}/,
      );
      expect(await readFile(join(folder, 'out', 'noise', 'report.html'), 'utf8')).to.match(
        /<h2 id="verdict-title">Not shown to be better than its baseline<\/h2><p class="loud">The model does not/,
      );
      const json = start(folder, [file, ...QUICK, '--json', '--force']);
      expect(await json.code, json.stderr).to.equal(0);
      const result = JSON.parse(json.stdout) as { beats_baseline: boolean; warnings: string[] };
      expect(result.beats_baseline).to.equal(false);
      expect(result.warnings[0]).to.match(/^The model does not/);
    }));

  it('prints names and values so that a terminal does not act on them, and not all of a long one', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'odd.csv');
      const rows = Array.from({ length: 60 }, (_, row) => [
        row % 7,
        ['"a\nb"', 'c\u001B[31m', 'd'][row % 3],
        row % 2 === 0 ? 'z'.repeat(200) : 'no\u202E',
      ]);
      await writeFile(file, toCsv(['x\u001B[2J', 'text', 'risk'], rows));
      const run = start(folder, [file, ...QUICK]);
      expect(await run.code, run.stderr).to.equal(0);
      expect(run.stderr)
        .to.include('binary label risk: "no\\u202e", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz…"')
        .and.include('3 categories: "a\\nb", "c\\u001b[31m", d');
      for (const text of ['\u001B[31m', '\u001B[2J', '\u202E', 'z'.repeat(50)])
        expect(run.stderr + run.stdout).to.not.include(text);
    }));

  it('takes the options that decide what cells are', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'sales.csv');
      const rows = Array.from({ length: 80 }, (_, row) => [
        `"1,${100 + ((row * 37) % 800)}"`,
        row % 10 === 3 ? 'abc' : row % 10 === 4 ? 'zz' : (row * row) % 17,
        `${1 + (row % 12)}/${1 + (row % 9)}/2026`,
        row % 5,
        row % 7,
        row % 2 === 0 ? 'm\xFCde' : 'wach',
      ]);
      await writeFile(file, toCsv(['price', 'stock', 'day', '"a, b"', ' c', 'risk'], rows), 'latin1');
      const asked = start(folder, [file, '--label', 'risk', '--encoding', 'latin1', '--dates']);
      expect(await asked.code).to.equal(1);
      expect(asked.stderr).to.match(/^3 columns need a decision:\nColumn "price" .*\nColumn "stock" .*\nColumn "day" /);
      const options = ['--decimal', ',', '--missing', 'abc,-', '--numeric', 'stock', '--dates', '--date-order', 'dmy'];
      const names = ['--encoding', 'latin1', '--drop', 'a, b', '--categorical', 'c'];
      const run = start(folder, [file, ...QUICK, ...options, ...names]);
      expect(await run.code, run.stderr).to.equal(0);
      const { file: made } = await loadDeployment(join(folder, 'out', 'sales'), { allowModules: false });
      expect(made.columns.map(({ name, type, categories }) => [name, type, categories?.length])).to.deep.equal([
        ['price', 'double', undefined],
        ['stock', 'integer', undefined],
        ['day', 'string', undefined],
        [' c', 'integer', 7],
      ]);
      expect(made.label.classes).to.deep.equal(['müde', 'wach']);
    }));

  it('exits with 1 and one line on failure', () =>
    withCustomers(50, async (folder, file) => {
      const other = join(folder, '===.csv');
      await rename(file, other);
      await mkdir(join(folder, 'out'));
      for (const [args, line] of [
        [[other, ...QUICK], /^The file name cannot be turned into a valid deployment id/],
        [
          [file, ...QUICK],
          /customers\.csv cannot be read \(ENOENT\): there is no file "customers\.csv" in \S+, which has "===\.csv"\./,
        ],
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

  it('leaves nothing behind when interrupted, even twice', () =>
    withCustomers(3000, async (folder, file) => {
      const run = start(folder, [file, '--label', 'risk', '--trees', '10000', '--threads', '1']);
      await until('learning begins', () => run.stderr.includes('3000 rows'));
      run.process.kill('SIGINT');
      run.process.kill('SIGINT');
      expect(await run.code).to.equal(1);
      expect(run.stderr).to.match(/\nStopped; nothing was written\.\n$/);
      expect(await readdir(folder)).to.deep.equal(['customers.csv']);
    }));

  it('removes what a training that was killed left behind', () =>
    withCustomers(3000, async (folder, file) => {
      const killed = start(folder, [file, '--label', 'risk', '--trees', '10000', '--threads', '1']);
      await until('learning begins', () => killed.stderr.includes('3000 rows'));
      killed.process.kill('SIGKILL');
      expect(await killed.code).to.equal(null);
      expect((await readdir(join(folder, 'out'))).length).to.equal(1);
      const run = start(folder, [file, ...QUICK]);
      expect(await run.code, run.stderr).to.equal(0);
      expect(await readdir(join(folder, 'out'))).to.deep.equal(['customers']);
    }));
});
