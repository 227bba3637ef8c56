import { expect } from 'chai';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildArchiveCommand } from '../../cli/archive.ts';
import { makeDeploymentsFolder, SAMPLES } from '../support/engine.ts';
import { readTarGz } from '../support/read-tar.ts';
import { Run } from '../support/run.ts';
import { until } from '../support/until.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/deployments', import.meta.url));

describe('custom-ml-engine archive', () => {
  let temporary: Awaited<ReturnType<typeof makeDeploymentsFolder>>;
  let folder: string;
  let species: readonly string[];
  before(async () => {
    temporary = await makeDeploymentsFolder(SAMPLES, ['iris']);
    folder = await mkdtemp(join(tmpdir(), 'archive-cli-'));
    const { columns, label } = JSON.parse(
      await readFile(join(temporary.folder, 'iris', 'deployment.json'), 'utf8'),
    ) as { columns: { name: string }[]; label: { name: string; classes: string[] } };
    species = label.classes;
    const lines = Array.from({ length: 40 }, (_, row) =>
      [...columns.map((_, index) => (row % (5 + index)) + 0.5), species[row % 3]].join(),
    );
    const header = [...columns.map(({ name }) => name), label.name].join();
    await writeFile(
      join(folder, 'iris.csv'),
      [header, ...lines, `${',1'.repeat(columns.length - 1)},${species[0]}`].join('\n'),
    );
  });
  after(async () => {
    await temporary.remove();
    await rm(folder, { recursive: true });
  });

  const start = (...args: string[]) =>
    new Run(['archive', 'iris', '--deployments', temporary.folder, '--data', 'iris.csv', ...args], { folder });

  it('writes configuration_archive.tar.gz, and says what is in it', async () => {
    const { code, stdout, stderr } = await start().end();
    expect(stdout)
      .to.match(/configuration_archive\.tar\.gz: 40 rows, and 1 with missing cells left out\./)
      .and.match(/^ {2}drift_v2_archive\.tar\.gz$/m)
      .and.include('enable_monitors(');
    expect(stderr)
      .to.match(/1 row with missing cells left out/)
      .and.include('40/40 rows');
    expect(code).to.equal(0);
    const files = readTarGz(await readFile(join(folder, 'configuration_archive.tar.gz')));
    expect(files).to.include.keys('common_configuration.json', 'drift_v2_archive.tar.gz/summary.json');
    const again = await start().end();
    expect([again.code, again.stdout]).to.deep.equal([1, '']);
    expect(again.stderr).to.match(/exists; replace it with --force/);
  });

  it('prints the result as JSON', async () => {
    const { code, stdout } = await start('--json', '--no-drift', '--out', 'small.tar.gz').end();
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({
      path: join(folder, 'small.tar.gz'),
      rows: 40,
      incomplete: 1,
      members: ['common_configuration.json', 'explainability.tar.gz'],
    });
  });

  it('leaves nothing behind when it is stopped, even if the model never answers', async () => {
    const endless = await makeDeploymentsFolder(FIXTURES, ['misbehaving']);
    const file = join(endless.folder, 'misbehaving', 'deployment.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"timeout": 60000', '"timeout": 600000'));
    // The first call has a thousand rows.
    const lines = Array.from({ length: 1001 }, (_, row) => `${row < 1000 ? 'well' : 'never'},0.${row},yes`);
    await writeFile(join(folder, 'endless.csv'), ['mode,x,y', ...lines].join('\n'));
    const args = [
      '--deployments',
      endless.folder,
      '--allow-modules',
      '--data',
      'endless.csv',
      '--out',
      'endless.tar.gz',
    ];
    const run = new Run(['archive', 'misbehaving', ...args], { folder });
    await until('rows are scored', () => run.stderr.includes('1000/1001 rows'));
    run.process.kill('SIGINT');
    const { code, stdout, stderr } = await run.end();
    expect(stderr).to.match(/Stopped; nothing was written\.\n$/);
    expect([code, stdout]).to.deep.equal([1, '']);
    const left = (await readdir(folder)).filter((name) => name.startsWith('.archive-') || name === 'endless.tar.gz');
    expect(left).to.deep.equal([]);
    await endless.remove();
  });

  it('says what is wrong, in one line', async () => {
    const cases: [args: string[], why: RegExp][] = [
      [['--data', 'none.csv'], /none\.csv cannot be read \(ENOENT\)/],
      [['--label', 'kind'], /--label: there is no column "kind"/],
      [['--fairness', 'colour=a:b', '--favourable', 'x'], /--fairness: the deployment has no feature "colour"/],
      [['--favourable', 'x'], /also need --fairness/],
      [['--out', '/proc/none/x'], /Cannot write \/proc\/none\/x/],
    ];
    for (const [args, why] of cases) {
      const { code, stdout, stderr } = await start('--force', ...args).end();
      expect(stderr)
        .to.match(why)
        .and.match(/\n$/)
        .and.not.match(/\n {4}at /);
      expect([code, stdout]).to.deep.equal([1, '']);
    }
    const invalid = await new Run(['archive', 'no', '--deployments', temporary.folder, '--data', 'iris.csv'], {
      folder,
    }).end();
    expect(invalid.code).to.equal(1);
    expect(invalid.stderr).to.match(/no/);
  });

  it('exits with 2 when it is used wrongly', async () => {
    const wrong = await new Run(['archive', 'iris'], { folder }).end();
    expect([wrong.code, wrong.stdout]).to.deep.equal([2, '']);
    expect(wrong.stderr)
      .to.match(/required option '--data <file>'/)
      .and.match(/--help lists the options/);
  });

  it('has the options of register for fairness', () => {
    const names = buildArchiveCommand().options.map(({ long }) => long);
    expect(names).to.include.members([
      '--fairness',
      '--favourable',
      '--unfavourable',
      '--missing',
      '--json',
      '--force',
    ]);
  });
});
