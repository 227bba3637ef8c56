/** The archive that `train` writes is the one that `archive` writes of the same model and rows. */
import { expect } from 'chai';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTarGz } from '../support/read-tar.ts';
import { Run } from '../support/run.ts';
import { buildUniform, toCsv, toCustomers, withFolder } from '../support/training.ts';
import { until } from '../support/until.ts';

const QUICK = ['--kind', 'random-forest', '--trees', '8', '--threads', '1'];
const FAIRNESS = ['--fairness', 'plan=basic:plus', '--favourable', 'low'];
const ARCHIVE = 'configuration_archive.tar.gz';

/** Without what is drawn at random, and times. */
const readArchive = async (path: string) =>
  JSON.parse(
    JSON.stringify(readTarGz(await readFile(path)), (key: string, value: unknown) =>
      /^(id|.*_id|.*time.*|.*_at|created|modified)$/.test(key) ? undefined : value,
    ),
  ) as object;

/** Dates, numbers with a comma, texts with a semicolon, names that are not safe, booleans, and gaps wherever there may be some. */
function toOdd(count: number): string {
  const next = buildUniform(4);
  const rows = Array.from({ length: count }, (_, index) => {
    const risk = next();
    return [
      `${1 + (index % 28)}.${1 + (index % 12)}.2024`,
      `${Math.floor(1000 * risk)},${index % 10}`,
      ['"a;b"', 'c d', ' e '][index % 3],
      index % 7 === 0 ? '' : index % 2 ? 'yes' : 'no',
      index % 11 === 0 ? 'mu' : index % 5,
      index % 13 === 0 ? '' : risk > 0.5 ? 'hi=gh' : 'low',
    ].join(';');
  });
  return ['day;amount;"te=xt";member;count;"la""bel"', ...rows].join('\n');
}

const TABLES = [
  {
    what: 'classes, a missing age, and groups',
    text: toCustomers(200, (risk) => (risk > 0.8 ? 'high' : 'low')),
    train: ['--label', 'risk'],
    both: FAIRNESS,
    archive: [],
  },
  {
    what: 'dates, other separators and names that are not safe',
    text: toOdd(200),
    train: ['--label', 'la"bel', '--safe-names', '--dates', '--date-order', 'dmy'],
    both: ['--missing', 'mu', '--decimal', ',', '--categorical', 'count'],
    archive: ['--label', 'la"bel'],
  },
  {
    what: 'a regression',
    text: toCustomers(200, (risk) => Math.round(100 * risk)),
    train: ['--label', 'risk', '--problem-type', 'regression'],
    both: ['--fairness', 'age=20..40:41..70', '--favourable', '0..50', '--unfavourable', '51..200'],
    archive: [],
  },
];

const start = (folder: string, args: readonly string[]) => new Run(args, { folder });

describe('custom-ml-engine train --archive', () => {
  for (const { what, text, train, both, archive } of TABLES) {
    it(`writes what archive writes: ${what}`, () =>
      withFolder(async (folder) => {
        await writeFile(join(folder, 'rows.csv'), text);
        const trained = start(folder, [
          'train',
          'rows.csv',
          ...QUICK,
          ...train,
          ...both,
          '--archive',
          `sub/${ARCHIVE}`,
        ]);
        expect(await trained.code, trained.stderr).to.equal(0);
        expect(trained.stdout).to.match(
          /\nThe configuration archive is in \/\S+\/sub\/\S+: \d+ rows, and \d+ with missing/,
        );
        const made = start(folder, ['archive', 'rows', '--data', 'rows.csv', ...both, ...archive]);
        expect(await made.code, made.stderr).to.equal(0);
        const [own, other] = [
          await readArchive(join(folder, 'sub', ARCHIVE)),
          await readArchive(join(folder, ARCHIVE)),
        ];
        expect(Object.keys(own)).to.include('drift_v2_archive.tar.gz/summary.json');
        expect(own).to.deep.equal(other);
        expect((await readdir(folder)).sort()).to.deep.equal([ARCHIVE, 'deployments', 'rows.csv', 'sub']);
        expect(await readdir(join(folder, 'sub'))).to.deep.equal([ARCHIVE]);
        const { training } = JSON.parse(
          await readFile(join(folder, 'deployments', 'rows', 'deployment.json'), 'utf8'),
        ) as {
          training: { command: string };
        };
        expect(training.command).to.include(`--archive ${ARCHIVE}`);
      }));
  }

  it('has the archive in its JSON', () =>
    withFolder(async (folder) => {
      await writeFile(
        join(folder, 'rows.csv'),
        toCustomers(100, (risk) => (risk > 0.8 ? 'high' : 'low')),
      );
      const run = start(folder, ['train', 'rows.csv', ...QUICK, '--label', 'risk', '--archive', ARCHIVE, '--json']);
      expect(await run.code, run.stderr).to.equal(0);
      const { archive } = JSON.parse(run.stdout) as { archive: { path: string; rows: number; incomplete: number } };
      expect(archive.path).to.equal(join(folder, ARCHIVE));
      expect(archive.rows + archive.incomplete).to.equal(100);
    }));

  it('rejects groups that the file does not have, and an archive that exists, before it learns', () =>
    withFolder(async (folder) => {
      await writeFile(
        join(folder, 'rows.csv'),
        toCustomers(100, (risk) => (risk > 0.8 ? 'high' : 'low')),
      );
      await writeFile(join(folder, 'old.tar.gz'), '');
      const cases: [string[], RegExp][] = [
        [['--fairness', 'plan=basic:gold', ...FAIRNESS.slice(2), '--archive', ARCHIVE], /expected its categories: /],
        [
          [...FAIRNESS.slice(0, 2), '--favourable', 'no', '--archive', ARCHIVE],
          /expected classes of the label: high, low/,
        ],
        [
          ['--archive', 'old.tar.gz'],
          /old\.tar\.gz exists; replace it with --force, or choose another file with --archive/,
        ],
        [['--archive', 'rows.csv/x'], /Cannot write \S+rows\.csv\/x \(E[A-Z]+\)/],
      ];
      for (const [args, expected] of cases) {
        const run = start(folder, ['train', 'rows.csv', ...QUICK, '--label', 'risk', ...args]);
        expect(await run.code, args.join(' ')).to.equal(1);
        expect(run.stderr).to.match(expected).and.to.not.include('trees');
        expect((await readdir(folder)).sort()).to.deep.equal(['old.tar.gz', 'rows.csv']);
      }
      const unused = start(folder, ['train', 'rows.csv', ...QUICK, '--label', 'risk', ...FAIRNESS]);
      expect(await unused.code).to.equal(2);
      expect(unused.stderr).to.include('also need --archive');
    }));

  it('keeps the deployment if only the archive fails, and says how that ended', () =>
    withFolder(async (folder) => {
      // Eight complete rows of which an archive cannot be made.
      const rows = Array.from({ length: 60 }, (_, index) => [index < 8 ? index : '', index % 2, index % 2 ? 'a' : 'b']);
      await writeFile(join(folder, 'rows.csv'), toCsv(['x', 'y', 'risk'], rows));
      const run = start(folder, ['train', 'rows.csv', ...QUICK, '--label', 'risk', '--archive', ARCHIVE]);
      expect(await run.code).to.equal(1);
      expect(run.stdout).to.match(/\nWrote \S+\/rows /);
      expect(run.stderr).to.match(/\nThe deployment was written, but no archive: 8 rows of 60 are complete; [^\n]+\n$/);
      expect((await readdir(folder)).sort()).to.deep.equal(['deployments', 'rows.csv']);
    }));

  it('writes neither when it is interrupted, and removes what one that was killed left behind', () =>
    withFolder(async (folder) => {
      await writeFile(
        join(folder, 'rows.csv'),
        toCustomers(3000, (risk) => (risk > 0.8 ? 'high' : 'low')),
      );
      const endless = ['train', 'rows.csv', ...QUICK, '--trees', '10000', '--label', 'risk', '--archive', ARCHIVE];
      const stopped = start(folder, endless);
      await until('learning begins', () => stopped.stderr.includes('3000 rows'));
      stopped.process.kill('SIGINT');
      expect(await stopped.code).to.equal(1);
      expect(await readdir(folder)).to.deep.equal(['rows.csv']);
      const killed = start(folder, endless);
      await until('learning begins', () => killed.stderr.includes('3000 rows'));
      killed.process.kill('SIGKILL');
      await killed.code;
      expect((await readdir(folder)).filter((name) => name.startsWith('.archive-'))).to.have.length(1);
      const run = start(folder, ['train', 'rows.csv', ...QUICK, '--label', 'risk', '--archive', ARCHIVE]);
      expect(await run.code, run.stderr).to.equal(0);
      expect((await readdir(folder)).sort()).to.deep.equal([ARCHIVE, 'deployments', 'rows.csv']);
    }));
});
