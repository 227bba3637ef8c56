import { expect } from 'chai';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { buildCheckCommand } from '../../cli/check.ts';
import { ALL_CHECKS } from '../../conformance/checks/all-checks.ts';
import type { Report } from '../../conformance/report/report.ts';
import { catchError } from '../support/deployment.ts';
import { Run, type Ended } from '../support/run.ts';
import { withoutDiscovery } from '../conformance/zoo/patches.ts';
import { PASSWORD, startZooEngine, USERNAME, type ZooEngine } from '../conformance/zoo/engine.ts';

const ENVIRONMENT = { ZOO_PASSWORD: PASSWORD, EMPTY: '' };
const LOGIN = ['--username', USERNAME, '--password-env', 'ZOO_PASSWORD'];

const run = (...args: string[]) => new Run(['check', ...args], { environment: ENVIRONMENT }).end();

describe('custom-ml-engine check', () => {
  let engine: ZooEngine;
  let open: ZooEngine;
  let folder: string;
  before(async () => {
    engine = await startZooEngine();
    open = await startZooEngine({ open: true, list: ({ resources }) => ({ count: 2, resources }) });
    folder = await mkdtemp(join(tmpdir(), 'check-'));
  });
  after(async () => {
    await engine.stop();
    await open.stop();
    await rm(folder, { recursive: true });
  });

  const expectWrongUse = async (ended: Promise<Ended>, why: RegExp) => {
    const { code, stdout, stderr } = await ended;
    expect(stderr)
      .to.match(why)
      .and.not.match(/\n {4}at /);
    expect([code, stdout]).to.deep.equal([2, '']);
  };

  it('exits with 0 for a conforming engine, and prints the report on standard output, the request budget on standard error', async () => {
    const { code, stdout, stderr } = await run(engine.url, ...LOGIN, '--skip', 'load');
    expect(stdout)
      .to.match(/^Conformance of http/)
      .and.match(/CONFORMS to what was checked\.\n$/);
    expect(stdout).to.not.contain('\u001b');
    const [before, after, ...rest] = stderr.split('\n');
    const host = new URL(engine.url).host;
    expect(before).to.match(
      /^At most \d requests to the engine, and \d\d to each deployment; none to any host but \S+\.$/,
    );
    expect(before).to.contain(host);
    expect(after).to.match(/^1 deployment to score: at most \d\d requests\.$/);
    expect(rest).to.deep.equal(['']);
    expect(code).to.equal(0);
    expect(stdout + stderr).to.not.contain(PASSWORD);
  });

  it('exits with 1 for an engine that does not conform, and writes the report to a file', async () => {
    const file = join(folder, 'report.json');
    const { code, stdout, stderr } = await run(open.url, '--format', 'json', '--output', file, '--only', 'discovery');
    expect([code, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.contain(`\nDOES NOT CONFORM: discovery-count\nThe report is in ${file}.\n`);
    const report = JSON.parse(await readFile(file, 'utf8')) as Report;
    expect(report.results.filter(({ verdict }) => verdict === 'failed').map(({ id }) => id)).to.deep.equal([
      'discovery-count',
    ]);
  });

  it('exits with 1 for failed recommendations only with --level recommended', async () => {
    const plain = await startZooEngine({ open: true, answer: (answer) => ({ ...answer, error: null }) });
    const codes = [];
    for (const level of ['required', 'recommended'])
      codes.push((await run(plain.url, '--only', 'scoring', '--level', level)).code);
    await plain.stop();
    expect(codes).to.deep.equal([0, 1]);
  });

  for (const [option, header] of [
    ['--api-key-file', (key: string) => ({ 'x-api-key': key })],
    ['--bearer-file', (key: string) => ({ authorization: `Bearer ${key}` })],
  ] as const) {
    it(`takes a key from a file: ${option}`, async () => {
      const secret = 'canary-8675309';
      const [[name, value]] = Object.entries(header(secret)) as [[string, string]];
      const keyed = await startZooEngine({
        open: true,
        intercept: ({ headers }, response) => {
          if (headers[name] === value) return false;
          response.writeHead(401, { 'Content-Type': 'application/json', 'WWW-Authenticate': 'Bearer' }).end('{}');
          return true;
        },
      });
      const file = join(folder, 'key');
      await writeFile(file, `${secret}\n`);
      const { code, stdout } = await run(keyed.url, option, file, '--only', 'auth-discovery-none,auth-discovery-wrong');
      await keyed.stop();
      expect(stdout).to.not.contain(secret);
      expect(code, stdout).to.equal(0);
    });
  }

  it('accepts a header instead of a password, and rows from a CSV file', async () => {
    const secret = 'canary-8675309';
    const keyed = await startZooEngine({
      open: true,
      intercept: ({ headers }, response) => {
        if (headers['x-api-key'] === secret) return false;
        response.writeHead(401, { 'Content-Type': 'application/json', 'WWW-Authenticate': 'ApiKey' }).end('{}');
        return true;
      },
    });
    const file = join(folder, 'rows.csv');
    await writeFile(file, '\uFEFFcity,age,income,id\nRome,30,1.5,007\n"Oslo, N",40,2,008\n');
    const args = [
      '--header',
      `X-Api-Key: ${secret}`,
      '--rows',
      file,
      '--skip',
      'load-explanation',
      '--max-rows',
      '100',
    ];
    const { code, stdout } = await run(keyed.url, ...args);
    await keyed.stop();
    expect(stdout).to.contain('rows from --rows').and.contain('100 rows in').and.not.contain(secret);
    expect(stdout).to.match(/UNDECIDED: nothing failed, but these could not be run: load-many-rows\n$/);
    expect(code).to.equal(1);
    const body = JSON.parse(keyed.received.find(({ method }) => method === 'POST')?.body ?? '{}') as unknown;
    expect(body).to.deep.equal({
      fields: ['age', 'income', 'city'],
      values: [
        [30, 1.5, 'Rome'],
        [40, 2, 'Oslo, N'],
      ],
    });
  });

  it('reads rows as the options of train say, and prints what it makes of them', async () => {
    const plain = await startZooEngine({ open: true });
    const file = join(folder, 'european.csv');
    await writeFile(
      file,
      'city~age~income\nK\xF6ln~30~1,250\nOslo~none given~2,500\nBonn~55~7,000\nRom~41~4,125\n',
      'latin1',
    );
    const options = ['--encoding', 'latin1', '--delimiter', '~', '--decimal', ',', '--missing', 'none given'];
    const { stderr } = await run(plain.url, '--rows', file, '--only', 'scoring-status', ...options);
    await plain.stop();
    expect(stderr)
      .to.include('--rows: income: numbers such as "1,250" (line 2) are read as 1.25.\n')
      .and.include('--rows: age: "none given" (line 3) counts as missing (1 cell).\n');
    const body = JSON.parse(plain.received.find(({ method }) => method === 'POST')?.body ?? '{}') as {
      values: unknown[][];
    };
    expect(body.values).to.deep.include.members([
      [30, 1.25, 'Köln'],
      [null, 2.5, 'Oslo'],
    ]);
  });

  it('checks an engine by its scoring URL, with or without a base URL', async () => {
    const scoringPath = '/spaces/s/deployments/d/predictions?version=1';
    const alone = await startZooEngine({ scoringPath, ...withoutDiscovery({}) });
    const file = join(folder, 'zoo.csv');
    await writeFile(file, 'city,age,income\nRome,30,1.5\nOslo,40,2\nBonn,55,7\n');
    const url = `${alone.url}${scoringPath}`;
    const args = [...LOGIN, '--rows', file, '--skip', 'load', '--failed-only'];
    const [byUrl, byBoth] = [
      await run('--scoring-url', url, ...args),
      await run(alone.url, '--scoring-url', url, ...args),
    ];
    await alone.stop();
    for (const { code, stdout } of [byUrl, byBoth]) {
      expect(stdout)
        .to.match(/\nCONFORMS to what was checked\.\n$/)
        .and.not.match(/^Passed/m);
      expect(code).to.equal(0);
    }
    expect(byUrl.stderr).to.match(/^At most \d+ requests to the scoring URL; none to any host but /);
    expect(byUrl.stdout).to.match(/^Conformance of http:\/\/[\d.:]+\/spaces\/s\/deployments\/d\/predictions\?…\n/);
  });

  it('prints failures only on request', async () => {
    const all = await run(open.url, '--only', 'discovery');
    const failed = await run(open.url, '--only', 'discovery', '--failed-only');
    expect([all.code, failed.code]).to.deep.equal([1, 1]);
    expect(all.stdout)
      .to.contain('✗ discovery-count')
      .and.match(/^Passed \(\d+\)$/m);
    expect(failed.stdout)
      .to.contain('✗ discovery-count')
      .and.not.match(/^Passed/m);
    const json = JSON.parse(
      (await run(open.url, '--only', 'discovery', '--failed-only', '--format', 'json')).stdout,
    ) as Report;
    expect(json.results.map(({ id }) => id)).to.deep.equal(['discovery-count']);
  });

  it('scores the requested deployments, and lists the existing ones for an unknown id', async () => {
    expect((await run(engine.url, ...LOGIN, '--deployment', 'loan', '--only', 'scoring-status')).code).to.equal(0);
    await expectWrongUse(run(engine.url, ...LOGIN, '--deployment', 'laon'), /the engine has no "laon"; it has loan\./);
  });

  it('lists every check without calling an engine', async () => {
    const { code, stdout } = await run('--list');
    expect(code).to.equal(0);
    for (const { id, level, statement } of ALL_CHECKS)
      expect(stdout)
        .to.match(new RegExp(`^  ${id} +${level} +`, 'm'))
        .and.contain(statement);
  });

  const WRONG: readonly (readonly [args: () => readonly string[], why: RegExp])[] = [
    [() => [], /Expected the base URL of an engine, or --scoring-url/],
    [() => [engine.url, '--scoring-url', 'http://127.0.0.1:1/x'], /--scoring-url: expected a URL on http/],
    [() => ['--scoring-url', 'http://127.0.0.1:1/predict'], /127\.0\.0\.1:1: could not connect \(ECONNREFUSED\)/],
    [
      () => ['--scoring-url', engine.url, '--deployment', 'a', '--deployment', 'b'],
      /--deployment: expected at most one with --scoring-url/,
    ],
    [() => [engine.url, '--only', 'lables-order'], /no check "lables-order"; did you mean labels-order\?/],
    [() => [engine.url, '--username', 'zoo'], /--username and --password-env together/],
    [() => [engine.url, '--username', 'zoo', '--password-env', 'EMPTY'], /environment variable EMPTY/],
    [() => [engine.url, '--header', 'A: b', ...LOGIN], /Expected one of a user name with a password, an API key/],
    [() => [engine.url, '--api-key-env', 'EMPTY'], /environment variable EMPTY/],
    [() => [engine.url, '--api-key-file', folder], /--api-key-file: expected a readable file/],
    [() => [engine.url, '--bearer-env', 'A', '--bearer-file', 'a'], /either --bearer-env or --bearer-file/],
    [() => [engine.url, '--ca-file', folder], /--ca-file: expected a readable file in PEM format/],
    [() => [engine.url, '--cert-file', folder], /--cert-file and --key-file together/],
    [() => [engine.url, '--rows', folder], /--rows: expected a file/],
    [() => [engine.url, '--decimal', ','], /^--decimal says how the file of --rows is read; expected --rows\./],
    [() => [engine.url, '--rows', join(folder, 'no.csv')], /there is no file "no\.csv" in \S+, which has /],
    [() => ['http://127.0.0.1:1'], /127\.0\.0\.1:1: could not connect \(ECONNREFUSED\)/],
    // Before the engine is called.
    [() => [engine.url, '--output', join(folder, 'no', 'x')], /^--output: cannot write .* \(ENOENT\)/],
    [() => [engine.url, ...LOGIN, '--only', 'dates', '--output', folder], /--output: cannot write .* \(EISDIR\)/],
  ];
  for (const [args, why] of WRONG) {
    it(`exits with 2 for invalid usage: ${why.source}`, () => expectWrongUse(run(...args()), why));
  }

  /** The message of commander for invalid usage, which `main.ts` turns into exit code 2. */
  const misuse = async (...args: string[]) => {
    const command = buildCheckCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    return (await catchError(CommanderError, () => command.parseAsync(args, { from: 'user' }))).message;
  };

  it('rejects an invalid base URL', async () => {
    for (const url of [
      '',
      'engine.example.com',
      'ftp://127.0.0.1',
      'http://user:secret@127.0.0.1',
      'http://127.0.0.1/?a',
      'http://127.0.0.1/#a',
    ])
      expect(await misuse(url), url).to.match(/Expected an http or https URL without credentials, query or fragment/);
    expect(await misuse('http://127.0.0.1/v1/deployments')).to.match(/Expected the URL before \/v1\/deployments/);
    expect(await misuse('http://127.0.0.1/v1/deployments/loan/online')).to.match(/belongs to --scoring-url/);
    for (const url of ['', 'ftp://127.0.0.1/x', 'http://user:secret@127.0.0.1/x', 'http://127.0.0.1/x#a'])
      expect(await misuse('--scoring-url', url), url).to.match(
        /Expected an http or https URL without credentials or fragment/,
      );
  });

  it('rejects invalid option values', async () => {
    for (const header of ['nonsense', 'A:', ': b', 'A: b\r\nC: d', 'A b: c', 'A: é'])
      expect(await misuse('http://127.0.0.1', '--header', header), header).to.match(/Expected "Name: value"/);
    for (const timeout of ['0', 'soon', '-1', '3601'])
      expect(await misuse('http://127.0.0.1', '--timeout', timeout)).to.match(
        /number from 0\.1 to 3600|unknown option/,
      );
    for (const rows of ['0', '1.5', '100001'])
      expect(await misuse('http://127.0.0.1', '--max-rows', rows)).to.match(/a whole number from 1 to 100000/);
    expect(await misuse('http://127.0.0.1', '--format', 'xml')).to.match(/Allowed choices are text, json, junit, html/);
    expect(await misuse('http://127.0.0.1', '--level', 'informative')).to.match(
      /Allowed choices are required, recommended/,
    );
    expect(await misuse('http://127.0.0.1', 'http://127.0.0.2')).to.match(/too many arguments/);
  });
});
