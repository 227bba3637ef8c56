import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { SETTINGS, toVariable, type SettingName } from '../../server/settings.ts';
import { FIXTURES, makeDeploymentsFolder, SAMPLE_IDS, SAMPLES } from '../support/engine.ts';
import { makeKeyFile, toStoredKey } from '../support/key-file.ts';
import { RawConnection, toHead } from '../support/raw.ts';
import { ENVIRONMENT, Run } from '../support/run.ts';
import { makeTlsFolder } from '../support/tls-client.ts';
import { until } from '../support/until.ts';

describe('custom-ml-engine serve', () => {
  const runs: Run[] = [];
  const run = (args: readonly string[], environment: Record<string, string> = {}) => {
    const started = new Run(args, { environment });
    runs.push(started);
    return started;
  };
  const serve = (args: readonly string[], environment: Record<string, string> = {}) =>
    run(['serve', '--port', '0', ...args], { ENGINE_DEPLOYMENTS: SAMPLES, ...environment });
  let cleanup: () => Promise<void> = () => Promise.resolve();
  afterEach(async () => {
    await cleanup();
    for (const { process, code } of runs.splice(0)) {
      process.kill('SIGKILL');
      await code;
    }
  });

  /** Runs the command lines of a greeting, as a person would who pastes them. */
  const runCommands = async ({ stdout }: Run, environment: Record<string, string> = {}) => {
    const commands = stdout.split('\n').filter((line) => line.startsWith('  curl '));
    expect(commands).to.have.length(2);
    const replies = commands.map((command) =>
      promisify(execFile)('bash', ['-c', command], { env: { ...ENVIRONMENT, ...environment } }),
    );
    return (await Promise.all(replies)).map((reply) => JSON.parse(reply.stdout) as Record<string, unknown>);
  };

  it('greets with where it is, what it serves, and commands that work', async () => {
    const engine = serve([]);
    const url = await engine.listen();
    expect(engine.stdout).to.match(
      new RegExp(`^custom-ml-engine serves ${SAMPLE_IDS.length} deployments on http://127\\.0\\.0\\.1:\\d+$`, 'm'),
    );
    expect(engine.stdout).to.contain(`\n\nOpen the console in a browser:\n\n  ${url}\n\n`);
    const width = Math.max(...SAMPLE_IDS.map(({ length }) => length));
    expect(engine.stdout).to.contain(`\n  ${'iris'.padEnd(width)}  Iris species (multiclass, random-forest)\n`);
    for (const id of SAMPLE_IDS) expect(engine.stdout).to.match(new RegExp(`^  ${id} `, 'm'));
    expect(engine.complaints).to.deep.equal([]);

    const [scored, listed] = await runCommands(engine);
    expect(scored?.['fields']).to.include('prediction');
    expect(scored?.['values']).to.have.length(1);
    expect(listed?.['count']).to.equal(SAMPLE_IDS.length);
    expect((await fetch(`${url}/health/ready`)).status).to.equal(200);
  });

  it('serves on, and ends with 0, where nobody reads its log any more', async () => {
    const engine = serve([]);
    const url = await engine.listen();
    engine.process.stderr?.destroy();
    // More than a pipe holds.
    for (let count = 0; count < 1_000; count++) expect((await fetch(`${url}/nowhere`)).status).to.equal(404);
    engine.process.kill('SIGTERM');
    expect(await engine.code).to.equal(0);
  });

  // Elsewhere there is no disk that is always full.
  if (platform() === 'linux') {
    it('serves on, and ends with 0, where its log cannot be written', async () => {
      const full = await open('/dev/full', 'w');
      const engine = new Run(['serve', '--port', '0'], { log: full.fd });
      runs.push(engine);
      await full.close();
      const url = await engine.listen();
      for (let count = 0; count < 100; count++) expect((await fetch(`${url}/nowhere`)).status).to.equal(404);
      engine.process.kill('SIGTERM');
      expect(await engine.code).to.equal(0);
    });
  }

  it('greets with commands that work with a password, and does not tell it', async () => {
    const credentials = { ENGINE_USERNAME: 'open "scale"', ENGINE_PASSWORD: `$HOME 'canary' 8675309` };
    const engine = serve(['--public-url', 'https://example.com/prefix'], credentials);
    await engine.listen();
    expect(engine.stdout).to.contain('Public URL, as discovery publishes it: https://example.com/prefix\n');
    const [scored, listed] = await runCommands(engine, credentials);
    expect(scored?.['values']).to.have.length(1);
    expect(listed?.['count']).to.equal(SAMPLE_IDS.length);
    expect(engine.stdout + engine.stderr).to.not.contain('8675309');
  });

  it('greets with commands that work with a user name from an option and a password from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pass word-'));
    cleanup = () => rm(folder, { recursive: true, force: true });
    const file = join(folder, `it's $here`);
    await writeFile(file, 'canary: 8675309\n');
    const engine = serve(['--username', `o'pen $cale`, '--password-file', file]);
    await engine.listen();
    const [scored, listed] = await runCommands(engine);
    expect(scored?.['values']).to.have.length(1);
    expect(listed?.['count']).to.equal(SAMPLE_IDS.length);
    expect(engine.stdout + engine.stderr).to.not.contain('8675309');
  });

  it('logs to a file, with several processes whole lines, and begins another when that is moved away', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'log-'));
    cleanup = () => rm(folder, { recursive: true, force: true });
    const file = join(folder, 'engine.log');
    const engine = serve(['--workers', '2', '--log-file', file], { ENGINE_PASWORD: 'canary' });
    const url = await engine.listen();
    const read = async (path: string) => (await readFile(path, 'utf8').catch(() => '')).split('\n').slice(0, -1);
    const send = () =>
      Promise.all(Array.from({ length: 100 }, () => fetch(`${url}/nowhere`, { headers: { Connection: 'close' } })));
    const countRequests = (lines: readonly string[]) =>
      lines.map((line) => JSON.parse(line) as { msg: string }).filter(({ msg }) => msg === 'request').length;
    await send();
    await until('all are there', async () => countRequests(await read(file)) === 100);
    const lines = (await read(file)).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ msg }) => msg === 'unknown variable')).to.have.length(1);
    expect(lines.find(({ msg }) => msg === 'unknown variable')).to.include({
      level: 'warn',
      variable: 'ENGINE_PASWORD',
      nearest: 'ENGINE_PASSWORD',
    });
    expect(lines.find(({ msg }) => msg === 'request')).to.include({ client: '127.0.0.1' });
    await rename(file, `${file}.1`);
    await until('there is another', async () => {
      await send();
      return countRequests(await read(file)) > 0;
    });
    engine.process.kill('SIGTERM');
    expect(await engine.code).to.equal(0);
    expect(countRequests([...(await read(`${file}.1`)), ...(await read(file))]) % 100).to.equal(0);
    expect(engine.stderr).to.equal('');
  });

  it('logs text where that is asked for, and greets after what was logged before', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'log-'));
    cleanup = () => rm(folder, { recursive: true, force: true });
    // Standard error and standard output in one file, as on a terminal.
    const both = await open(join(folder, 'both'), 'a');
    const engine = new Run(['serve', '--port', '0', '--samples', '--log-format', 'text'], {
      log: both.fd,
      output: both.fd,
    });
    runs.push(engine);
    let text = '';
    await until('it has greeted', async () =>
      (text = await readFile(join(folder, 'both'), 'utf8')).endsWith('/v1/deployments\n\n'),
    );
    await both.close();
    const [before, greeting] = text.split(/^(?=custom-ml-engine serves)/m);
    expect(before)
      .to.match(/^(\d\d:\d\d:\d\d INFO {2}[^\n]+\n)+$/)
      .and.contain('listening  url=http://127.0.0.1:');
    expect(greeting).to.not.contain('INFO');
  });

  it('greets with commands that work with TLS and an API key, and does not tell it', async () => {
    const secret = 'cme_canary-8675309-abcdefghijklmnopqrstuvwxyz';
    const keys = makeKeyFile([toStoredKey('me', secret)]);
    const engine = serve([], { ...makeTlsFolder().environment, ENGINE_API_KEYS_FILE: keys });
    await engine.listen();
    expect(engine.stdout).to.match(/ on https:\/\/127\.0\.0\.1:\d+$/m);
    const [scored, listed] = await runCommands(engine, { API_KEY: secret });
    expect(scored?.['values']).to.have.length(1);
    expect(listed?.['count']).to.equal(SAMPLE_IDS.length);
    expect(engine.stdout + engine.stderr).to.not.contain('8675309');
  });

  it('greets with commands whose quotes the shell understands, and with what is not served', async () => {
    const { folder, remove } = await makeDeploymentsFolder(FIXTURES, ['sum', 'misbehaving']);
    cleanup = remove;
    const file = join(folder, 'sum', 'deployment.json');
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('"a"', `"it's $a \`b\`"`));
    await writeFile(join(folder, 'misbehaving', 'deployment.json'), '{}');
    const engine = serve(['--deployments', folder, '--allow-modules', 'true']);
    await engine.listen();
    expect(engine.stdout)
      .to.match(/serves 1 deployment on/)
      .and.match(/^ {2}misbehaving: not served: deployment\.json/m);
    const [scored] = await runCommands(engine);
    expect(scored).to.deep.equal({ fields: ['prediction'], values: [[3.5]] });
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends with 0 on ${signal} though a client keeps its connection, and has logged to standard error`, async () => {
      const engine = serve(['--log-level', 'debug']);
      const connection = await RawConnection.open(await engine.listen());
      await connection.send(toHead('GET', '/health/live')).receive('GET', '/health/live');
      engine.process.kill(signal);
      expect(await engine.code).to.equal(0);
      connection.close();
      expect(engine.complaints).to.deep.equal([]);
      const log = engine.stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(log.map(({ msg }) => msg)).to.include.members(['listening', 'request']);
      expect(log.at(-1)).to.include({ level: 'info', msg: 'stopped' });
    });
  }

  it('ends with 2 on an option that it does not have, on an argument, and without a command', async () => {
    const uses = [['serve', '--prot', '1'], ['serve', 'iris'], ['sevre'], []];
    for (const wrong of uses.map((args) => run(args))) {
      expect(await wrong.code).to.equal(2);
      expect(wrong.stdout).to.equal('');
      expect(wrong.stderr)
        .to.match(/--help lists the options|Usage: /)
        .and.not.match(/\n {4}at /);
    }
  });

  it('ends with 2 on settings that are bad, with all the problems and no value', async () => {
    const environment = { ENGINE_MAX_ROWS: 'canary', ENGINE_PASSWORD: 'canary', ENGINE_LOG_LEVEL: 'silent' };
    const wrong = run(['serve', '--port', 'canary', '--host', '0.0.0.0'], environment);
    expect(await wrong.code).to.equal(2);
    expect(wrong.stdout).to.equal('');
    expect(wrong.stderr.trimEnd().split('\n')).to.deep.equal([
      '--port: expected a whole number from 0 to 65535',
      'ENGINE_MAX_ROWS: expected a whole number from 1 to 100000000',
      'ENGINE_USERNAME: expected a user name for Basic authentication',
    ]);
  });

  it('ends with 1, and one line of why, when it cannot start', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const reasons = [
      [['--port', String(port)], `port ${port} is in use; choose another with --port.`],
      [
        ['--deployments', join(SAMPLES, 'nowhere')],
        `the folder of the deployments, ${join(SAMPLES, 'nowhere')}, cannot be read (ENOENT): there is no folder "nowhere" in ${SAMPLES}, which has "car-mileage", "iris", "penguin-mass", "penguin-sex", "penguins". --deployments names another.`,
      ],
      [
        ['--host', '192.0.2.1', '--port', '8080', '--auth', 'none'],
        'it cannot listen on port 8080 of 192.0.2.1 (EADDRNOTAVAIL); choose others with --port and --host.',
      ],
    ] as const;
    for (const { failed, why } of reasons.map(([args, why]) => ({ failed: serve(args), why }))) {
      expect(await failed.code, why).to.equal(1);
      expect(failed.complaints).to.deep.equal([`The engine could not start: ${why}`]);
      expect(failed.stdout).to.equal('');
    }
    other.close();
  });

  it('says in an empty folder what to do next', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'empty-'));
    cleanup = () => rm(folder, { recursive: true, force: true });
    const failed = new Run(['serve', '--port', '0'], { folder });
    runs.push(failed);
    expect(await failed.code).to.equal(1);
    expect(failed.complaints[0]).to.equal('The engine could not start: this folder has no folder ./deployments.');
    const steps = failed.complaints.filter((line) => line.startsWith('  npx custom-ml-engine '));
    expect(steps.map((line) => line.trim().split(/ +/)[2])).to.deep.equal(['serve', 'train', 'wrap', 'serve']);
  });

  it('serves the samples of the package in whatever folder it is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'empty-'));
    cleanup = () => rm(folder, { recursive: true, force: true });
    const engine = new Run(['serve', '--port', '0', '--samples'], { folder });
    runs.push(engine);
    await engine.listen();
    for (const id of SAMPLE_IDS) expect(engine.stdout).to.contain(`  ${id} `);
    const both = serve(['--samples', '--deployments', SAMPLES]);
    expect(await both.code).to.equal(2);
    expect(both.complaints).to.deep.equal(['Expected either --samples or --deployments.']);
  });

  it('lists every setting in its help, with its option, its variable and its default', async () => {
    const help = run(['serve', '--help']);
    expect(await help.code).to.equal(0);
    const text = help.stdout.replace(/\s+/g, ' ');
    for (const [name, setting] of Object.entries(SETTINGS)) {
      const variable = toVariable(name as SettingName);
      expect(text).to.contain(setting.description);
      if (!('placeholder' in setting)) expect(text).to.contain(`${variable} ${setting.description}`);
      else {
        const fallback = 'default' in setting ? `, ${setting.default}` : '';
        const value = 'isFlag' in setting ? `[${setting.placeholder}]` : `<${setting.placeholder}>`;
        expect(text).to.contain(`--${name} ${value} ${setting.description} (${variable}${fallback})`);
      }
    }
  });

  it('tells its version', async () => {
    const version = run(['--version']);
    expect(await version.code).to.equal(0);
    expect(version.stdout).to.equal(`${manifest.version}\n`);
  });
});
