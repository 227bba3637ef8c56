import { expect } from 'chai';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkEngine } from '../../conformance/check-engine.ts';
import { selectChecks } from '../../conformance/select-checks.ts';
import type { DeploymentFile } from '../../models/deployment-file.ts';
import { startTestEngine } from '../support/engine.ts';
import { creditModel } from '../support/credit-model.ts';
import { HttpDouble } from '../support/http-double.ts';
import { Run } from '../support/run.ts';
import { withFolder } from '../support/training.ts';

const ROWS = `amount,purpose,owns_home,risk
2000,car,true,good
4800,education,false,bad
1200,car,true,good
2600,repairs,,bad
2400,car,false,bad
900,repairs,true,good
`;
const JSON_ROWS = {
  fields: ['amount', 'purpose'],
  values: [
    [2000.5, 'car'],
    [4800, null],
  ],
};

describe('custom-ml-engine wrap', () => {
  let target: HttpDouble;
  before(async () => (target = await HttpDouble.start(creditModel)));
  after(() => target.close());

  /** Runs the command with rows.csv in a folder, and returns its outcome. */
  const wrap = (folder: string, path: string, args: readonly string[], environment: Record<string, string> = {}) => {
    const url = path.startsWith('/') ? `${target.url}${path}` : path;
    const fixed = ['--id', 'credit', '--rows', join(folder, 'rows.csv'), '--out', join(folder, 'out')];
    return new Run(['wrap', 'json', url, ...fixed, ...args], { environment }).end();
  };
  const withRows = (test: (folder: string) => Promise<void>) =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'rows.csv'), ROWS);
      await test(folder);
    });
  const readFileOf = async (folder: string) =>
    JSON.parse(await readFile(join(folder, 'out', 'credit', 'deployment.json'), 'utf8')) as DeploymentFile;

  it('makes a deployment from a URL, which an engine serves and check passes', () =>
    withRows(async (folder) => {
      const { code, stdout, stderr } = await wrap(folder, '/records', ['--label', 'risk']);
      expect(code, stderr).to.equal(0);
      expect(stderr).to.equal(
        '6 rows, 3 columns\n  amount     integer\n  purpose    string\n  owns_home  boolean, nullable\n',
      );
      expect(stdout)
        .to.include('  amount    purpose  owns_home  │  prediction    good     bad\n')
        .and.to.include('    2600    repairs          –  │         bad  0.4688  0.5312\n')
        .and.to.include('\n6 predictions, each with 2 probabilities.\n5 of 6 predictions match column `risk`.\n')
        .and.to.match(/\(The order of the probabilities follows from the rows: good, bad\.\)/)
        .and.to.match(/check http:\/\/127\.0\.0\.1:8080 --deployment credit\n$/);
      const file = await readFileOf(folder);
      expect(file).to.deep.include({
        kind: 'json',
        problem_type: 'binary',
        settings: { url: `${target.url}/records` },
      });
      expect(file.label).to.deep.equal({ name: 'risk', type: 'string', classes: ['good', 'bad'] });
      expect(file.example.values).to.have.lengthOf(5);
      expect(file.example.answer?.predictions).to.deep.equal(['good', 'bad', 'good', 'bad', 'good']);
      const credentials = { kind: 'basic', username: 'openscale', password: 'canary' } as const;
      const engine = await startTestEngine({
        ENGINE_DEPLOYMENTS: join(folder, 'out'),
        ENGINE_USERNAME: credentials.username,
        ENGINE_PASSWORD: credentials.password,
      });
      try {
        const options = { credentials, maxRows: 5000, timeout: 10_000, level: 'recommended', insecure: false } as const;
        const report = await checkEngine({ base: new URL(engine.url), checks: selectChecks({}), ...options });
        const failed = report.results.filter(({ verdict }) => verdict === 'failed').map(({ id }) => id);
        expect([report.conclusion, failed]).to.deep.equal(['conforms', []]);
      } finally {
        await engine.stop();
      }
    }));

  it('accepts JSON rows, with or without an envelope, and prints one JSON object with --json', () =>
    withRows(async (folder) => {
      const rows = join(folder, 'rows.json');
      for (const body of [JSON_ROWS, { input_data: [JSON_ROWS] }]) {
        await writeFile(rows, JSON.stringify(body));
        const { code, stdout, stderr } = await wrap(folder, '/labels', [
          '--rows',
          rows,
          '--json',
          '--force',
          '--no-echo',
        ]);
        expect(code, stderr).to.equal(0);
        expect(JSON.parse(stdout)).to.deep.include({
          folder: join(folder, 'out', 'credit'),
          problem_type: 'binary',
          columns: [
            { name: 'amount', type: 'double', nullable: false },
            { name: 'purpose', type: 'string', nullable: true },
          ],
          rows: 2,
          probabilities: 0,
        });
        expect((await readFileOf(folder)).echo).to.equal(false);
      }
      // All control and format characters are escaped, including those that JSON allows.
      const { stdout } = await wrap(folder, '/labels', ['--json', '--force', '--label', 'a\u009b2J\u202e\u{e0041}']);
      expect(stdout).to.include('"name":"a\\u009b2J\\u202e\\udb40\\udc41"');
    }));

  it('takes categories of columns, and a label of the server that is a number, from the command line', () =>
    withRows(async (folder) => {
      const options = [
        ...[
          '--label',
          'risk',
          '--categories',
          'purpose=repairs,car,education',
          '--categories',
          'owns_home=[true,false]',
        ],
        ...['--set', 'output.labels.0=good', '--set', 'output.labels.1=bad'],
      ];
      const { code, stderr } = await wrap(folder, '/numbers', options);
      expect(code, stderr).to.equal(0);
      const { columns, label, settings } = await readFileOf(folder);
      expect(columns.map(({ categories }) => categories)).to.deep.equal([
        undefined,
        ['repairs', 'car', 'education'],
        [true, false],
      ]);
      expect(label.classes).to.deep.equal(['bad', 'good']);
      expect(settings).to.have.deep.property('output', { labels: { 0: 'good', 1: 'bad' } });
    }));

  it('reads rows as the options of train say, and prints what it makes of them', () =>
    withRows(async (folder) => {
      const rows = ROWS.replace(/,/g, ';')
        .replace('car', 'voiture \xE9')
        .replace('4800', '4.800')
        .replace(/(\n)(\d{4});/g, '$1$2,500;')
        .replace('repairs;;', 'sans;;');
      await writeFile(join(folder, 'rows.csv'), rows, 'latin1');
      const options = ['--encoding', 'cp1252', '--decimal', ',', '--missing', 'sans', '--label', 'risk'];
      const { code, stderr } = await wrap(folder, '/records', options);
      expect(code, stderr).to.equal(0);
      expect(stderr)
        .to.match(/^ {2}amount +double$/m)
        .and.include('(amount: numbers such as "2000,500" (line 2) are read as 2000.5.)')
        .and.include('(purpose: "sans" (line 5) counts as missing (1 cell).)');
      const { example } = await readFileOf(folder);
      expect(example.values.slice(0, 2).map((row) => row.slice(0, 2))).to.deep.equal([
        [2000.5, 'voiture é'],
        [4800, 'education'],
      ]);
    }));

  it('sends a secret from a variable, and writes only the name of the variable', () =>
    withRows(async (folder) => {
      const auth = ['--set', 'authentication.type=bearer', '--set', 'authentication.token.variable=CREDIT_TOKEN'];
      const { code, stdout, stderr } = await wrap(folder, '/guarded', ['--label', 'risk', ...auth], {
        CREDIT_TOKEN: 'canary-8675309',
      });
      expect(code, stderr).to.equal(0);
      expect(stdout).to.include('The engine needs the environment variable CREDIT_TOKEN as well.');
      const text = await readFile(join(folder, 'out', 'credit', 'deployment.json'), 'utf8');
      expect(text).to.include('CREDIT_TOKEN').and.not.to.include('canary');
      const without = await wrap(folder, '/guarded', ['--label', 'risk', '--force', ...auth]);
      expect(without.code).to.equal(1);
      expect(without.stderr).to.include(
        'settings.authentication.token.variable: expected a variable that is set; CREDIT_TOKEN is not\n',
      );
    }));

  it('leaves an existing deployment alone without --force, and when it fails', () =>
    withRows(async (folder) => {
      await mkdir(join(folder, 'out', 'credit'), { recursive: true });
      await writeFile(join(folder, 'out', 'credit', 'mine'), '');
      const before = target.requests.length;
      const taken = await wrap(folder, '/records', []);
      expect([taken.code, taken.stderr]).to.deep.equal([
        1,
        `A deployment with this id already exists in ${join(folder, 'out', 'credit')}; replace it with --force, or choose another --id.\n`,
      ]);
      expect(target.requests).to.have.lengthOf(before);
      expect((await wrap(folder, '/html', ['--force'])).code).to.equal(1);
      expect(await readdir(join(folder, 'out', 'credit'))).to.deep.equal(['mine']);
      expect((await wrap(folder, '/labels', ['--force'])).code).to.equal(0);
      expect(await readdir(join(folder, 'out', 'credit'))).to.deep.equal(['deployment.json']);
    }));

  it('exits with 1 if the folder cannot be written', () =>
    withRows(async (folder) => {
      await writeFile(join(folder, 'file'), '');
      const { code, stderr } = await wrap(folder, '/labels', ['--out', join(folder, 'file')]);
      expect(code).to.equal(1);
      expect(stderr).to.match(/The deployments folder \/\S+ cannot be written to \(\w+\)\.\n$/);
    }));

  it('exits with 1 and one line if the server fails, and with 2 for wrong usage', () =>
    withRows(async (folder) => {
      const failed = await wrap(folder, '/html', []);
      expect([failed.code, failed.stdout]).to.deep.equal([1, '']);
      expect(failed.stderr).to.match(/\n[^\n]+\/html: status 500\. The server said [^\n]+\n$/);
      expect(await readdir(folder)).to.deep.equal(['rows.csv']);
      const wrong: readonly [string, RegExp, ...string[]][] = [
        ['http://me:canary@localhost/', /^<url>: expected an http or https URL without credentials/],
        ['/labels', /^--labels: expected a name between any two commas/, '--labels', 'a,,b'],
        ['/labels', /^--set \(number 1\): expected key=value/, '--set', 'canary'],
        [
          '/labels',
          /^--categories: expected column=a,b or column= and a JSON array/,
          '--categories',
          'purpose=car,car',
        ],
      ];
      for (const [url, line, ...args] of wrong) {
        const { code, stdout, stderr } = await wrap(folder, url, args);
        expect([code, stdout]).to.deep.equal([2, '']);
        expect(stderr).to.match(line).and.not.to.include('canary');
      }
    }));
});
