import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { CommanderError } from 'commander';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openConnection } from '../../cli/openscale-connection.ts';
import { buildRegisterCommand } from '../../cli/register.ts';
import { CommandError } from '../../errors/command-error.ts';
import { parsePayloadLogSettings } from '../../server/payload-log/payload-log-settings.ts';
import { CREDENTIALS, INSTANCE, OpenScaleDouble } from '../openscale-double/openscale-double.ts';
import { catchError } from '../support/deployment.ts';
import { makeDeploymentsFolder, SAMPLES } from '../support/engine.ts';
import { ENVIRONMENT, Run } from '../support/run.ts';
import { toConfigurationArchive } from '../support/tar.ts';

const KEY = 'a-key-of-the-engine-with-32-or-more-characters';
const ENGINE = { ENGINE_USERNAME: 'engine', ENGINE_PASSWORD: 'canary of the engine' };

describe('custom-ml-engine register --apply', () => {
  let temporary: Awaited<ReturnType<typeof makeDeploymentsFolder>>;
  let double: OpenScaleDouble;
  before(async () => {
    temporary = await makeDeploymentsFolder(SAMPLES, ['penguins', 'car-mileage']);
    await writeFile(join(temporary.folder, 'password'), `${CREDENTIALS.password}\n`);
    await writeFile(join(temporary.folder, 'archive.tar.gz'), toConfigurationArchive());
  });
  after(() => temporary.remove());
  beforeEach(async () => (double = await OpenScaleDouble.start()));
  afterEach(() => double.close());

  const toCloud = () => ({
    IBM_CLOUD_API_KEY: CREDENTIALS.apiKey,
    OPENSCALE_TOKEN_URL: `${double.url}/identity/token`,
    OPENSCALE_URL: double.url,
    ...ENGINE,
  });
  const run = (args: readonly string[], environment: Record<string, string>) =>
    new Run(['register', 'penguins', '--deployments', '.', '--url', 'https://models.example.com', ...args], {
      folder: temporary.folder,
      environment,
    }).end();

  /** What OpenScale was told has the header of the key. */
  const expectHeaders = () => {
    const headers = { 'Content-Type': 'application/json', 'X-API-Key': KEY };
    const [provider] = double.store.providers.values();
    const [subscription] = double.store.subscriptions.values();
    expect(provider?.entity).to.deep.include({
      request_headers: headers,
      credentials: { url: 'https://models.example.com' },
    });
    expect(subscription?.entity).to.have.deep.nested.property('deployment.scoring_endpoint.request_headers', headers);
  };

  it('registers with progress, says what comes next, and finds everything the second time', async () => {
    const args = ['--apply', '--fairness', 'sex=MALE:FEMALE', '--favourable', 'Gentoo'];
    const first = await run([...args, '--archive', 'archive.tar.gz'], toCloud());
    expect(first.stderr)
      .to.match(/^found {6}data mart \(\S+\)$/m)
      .and.match(/^added {6}monitor fairness \(\S+\)$/m);
    expect(first.stdout)
      .to.match(/ in OpenScale at http:\/\/127\.0\.0\.1:\d+: 1 found, 10 added, 1 skipped\.$/m)
      .and.include('ENGINE_PAYLOAD_LOG=payload-log.json npx custom-ml-engine serve')
      .and.include('curl https://models.example.com/v1/deployments/penguins/predictions ')
      .and.include('curl https://models.example.com/v1/deployments/penguins/feedback ')
      .and.include('npx custom-ml-engine check https://models.example.com');
    expect(first.code).to.equal(0);
    // The settings of the payload log are complete, and the secret is where it was.
    const printed = /^ {2}(\{.*\})$/m.exec(first.stdout)?.[1] ?? '';
    const [sink] = parsePayloadLogSettings(printed, join(temporary.folder, 'payload-log.json')).sinks;
    expect(sink?.own).to.deep.include({
      url: double.url,
      authentication: {
        type: 'iam',
        api_key: { variable: 'IBM_CLOUD_API_KEY' },
        url: `${double.url}/identity/token`,
      },
      subscriptions: { penguins: [...double.store.subscriptions.keys()][0] },
    });
    const second = await run([...args, '--archive', 'archive.tar.gz', '--json'], toCloud());
    const { steps, subscription } = JSON.parse(second.stdout) as {
      steps: { outcome: string }[];
      subscription: string;
    };
    expect(new Set(steps.map(({ outcome }) => outcome))).to.deep.equal(new Set(['found', 'skipped']));
    expect([...double.store.subscriptions.keys()]).to.deep.equal([subscription]);
    for (const { stdout, stderr } of [first, second])
      for (const secret of [CREDENTIALS.apiKey, ENGINE.ENGINE_PASSWORD]) expect(stdout + stderr).to.not.contain(secret);
  });

  it('takes secrets from files, on Cloud Pak for Data', async () => {
    const { code, stdout } = await run(['--apply', '--dry-run', '--monitors', 'quality'], {
      OPENSCALE_URL: double.url,
      OPENSCALE_USERNAME: CREDENTIALS.username,
      OPENSCALE_PASSWORD_FILE: join(temporary.folder, 'password'),
      ENGINE_USERNAME: 'engine',
      ENGINE_PASSWORD_FILE: join(temporary.folder, 'password'),
    });
    expect(stdout).to.include('Nothing was changed. To do it, leave out --dry-run.');
    expect([code, double.store.providers.size]).to.deep.equal([0, 0]);
  });

  it('exits with 1 and an account of what failed', async () => {
    double.fail({ kind: 'status', status: 400 }, { method: 'POST', path: '/monitor_instances' });
    const { code, stdout, stderr } = await run(['--apply', '--auth', 'none', '--pre-production'], toCloud());
    expect(stdout).to.match(/^ {2}failed {5}monitor performance: POST \S+: status 400, AIQ9999E; The double was told/m);
    expect(stdout).to.not.include('Next steps');
    expect(stderr).to.match(/\n1 of \d+ steps failed; run the same command again to go on\.\n$/);
    expect(code).to.equal(1);
    const again = await run(['--apply', '--auth', 'none', '--pre-production'], toCloud());
    expect(again.code).to.equal(0);
    expect(again.stdout).to.include('Upload test data in OpenScale').and.not.include('/feedback');
  });

  it('exits with 1 when credentials are missing, before it sends anything', async () => {
    for (const [environment, message] of [
      [ENGINE, /^Set the credentials of OpenScale: IBM_CLOUD_API_KEY for IBM Cloud;/],
      [{ ...toCloud(), ENGINE_PASSWORD: '' }, /^Set ENGINE_USERNAME, and ENGINE_PASSWORD or ENGINE_PASSWORD_FILE/],
      [{ ...toCloud(), ENGINE_PASSWORD: '', ENGINE_PASSWORD_FILE: '/nowhere' }, /^Set ENGINE_USERNAME, and/],
    ] as const) {
      const { code, stdout, stderr } = await run(['--apply'], environment);
      expect(stderr).to.match(message);
      expect([code, stdout]).to.deep.equal([1, '']);
    }
    expect(double.requests).to.deep.equal([]);
  });

  it('has OpenScale send an API key of the engine', async () => {
    const file = join(temporary.folder, 'key');
    await writeFile(file, `${KEY}\n`);
    const args = ['--auth', 'api-key', '--monitors', 'quality'];
    const cloud = { ...toCloud(), ENGINE_USERNAME: '', ENGINE_PASSWORD: '' };
    const { code, stdout, stderr } = await run([...args, '--apply'], { ...cloud, ENGINE_API_KEY_FILE: file });
    expect(code, stderr).to.equal(0);
    expect(stdout + stderr).to.not.contain(KEY);
    expectHeaders();
    for (const ENGINE_API_KEY of ['', 'short']) {
      const without = await run([...args, '--apply'], { ...cloud, ENGINE_API_KEY });
      expect(without.stderr).to.match(/^Set ENGINE_API_KEY or ENGINE_API_KEY_FILE/);
      expect(without.code).to.equal(1);
    }
    const providers = await run([...args, '--metrics-providers', file], {});
    expect(providers.stderr).to.match(/expected --auth basic/);
  });

  // The script needs jq, which not every machine has.
  const itWithJq = spawnSync('jq', ['--version']).status === 0 ? it : () => undefined;
  itWithJq('writes a script that has OpenScale send the API key', async () => {
    const written = await run(['--auth', 'api-key', '--monitors', 'quality'], {});
    expect(written.stdout).to.contain('ENGINE_API_KEY=…').and.not.contain('ENGINE_PASSWORD');
    const call = async (environment: Record<string, string>) => {
      const script = spawn('bash', [join(temporary.folder, 'registration', 'penguins', 'register.sh')], {
        env: { ...ENVIRONMENT, ...toCloud(), OPENSCALE_INSTANCE: INSTANCE, ...environment },
      });
      let stderr = '';
      script.stderr.on('data', (chunk) => (stderr += String(chunk)));
      const [code] = (await once(script, 'close')) as [number];
      return { code, stderr };
    };
    expect((await call({})).stderr).to.contain('ENGINE_API_KEY: must be an API key of the engine');
    expect(double.requests).to.deep.equal([]);
    const { code, stderr } = await call({ ENGINE_API_KEY: KEY });
    expect(code, stderr).to.equal(0);
    expectHeaders();
  });

  it('registers a custom monitor per metrics provider of the engine', async () => {
    const file = join(temporary.folder, 'metrics.json');
    await writeFile(file, JSON.stringify({ providers: { quality: { type: 'data-quality' } } }));
    const args = ['--monitors', 'quality', '--metrics-providers', file];
    const { code, stderr, stdout } = await run(['--apply', ...args], toCloud());
    expect(stdout).to.include('ENGINE_METRICS_PROVIDERS=… npx custom-ml-engine serve');
    expect((await run(args, {})).stdout).to.include('custom-monitors.json      bodies of the custom monitors');
    expect(stderr).to.match(/^added {6}monitor custom-ml-engine quality \(\S+\)$/m);
    expect([code, double.store.systems.size]).to.deep.equal([0, 1]);
    for (const [args, message] of [
      [['--metrics-providers', '/nowhere'], /^--metrics-providers: expected a file .* \(ENOENT\)\.$/m],
      [['--metrics-providers', join(temporary.folder, 'password')], /\(expected JSON\)\.$/m],
      [['--headless', '--metrics-providers', file], /^--metrics-providers: OpenScale calls the engine/],
    ] as const) {
      const failed = await run(args, toCloud());
      expect(failed.stderr).to.match(message);
      expect(failed.code).to.equal(1);
    }
  });

  it('exits with 1 for an archive that cannot be read', async () => {
    for (const [file, message] of [
      ['nowhere.tar.gz', '--archive: nowhere.tar.gz cannot be read (ENOENT).\n'],
      ['password', 'password: expected a tar archive in gzip, of at most 1073741824 bytes.\n'],
    ] as const)
      expect(await run(['--archive', file], {})).to.deep.equal({ code: 1, stdout: '', stderr: message });
  });

  it('writes the archives beside the programs that upload them', async () => {
    const out = join(temporary.folder, 'out');
    const args = ['--archive', 'archive.tar.gz', '--out', out, '--container', 'space:s-1'];
    const { stdout } = await run(args, {});
    expect(stdout)
      .to.include('drift_v2_archive.tar.gz ')
      .and.include('Monitors: performance, model_health, quality, explainability, drift_v2.')
      .and.include('Not mrm: it is only for --pre-production.');
    expect(await readFile(join(out, 'drift_v2_archive.tar.gz'))).to.have.length.above(20);
    expect(await readFile(join(out, 'register.py'), 'utf8'))
      .to.include('CONTAINER = {"container_type":"space","container_id":"s-1"}')
      .and.include('ARCHIVES = ["drift_v2_archive.tar.gz","explainability.tar.gz"]');
    expect(await readFile(join(out, 'register.sh'), 'utf8'))
      .to.include("scope='container_type=space&container_id=s-1'")
      .and.include("archives='explainability.tar.gz drift_v2_archive.tar.gz'");
  });

  it('exits with 2 for options that do not go together', async () => {
    for (const [args, message] of [
      [['--dry-run'], '--dry-run also needs --apply.\n'],
      [['--data-mart', 'x'], '--data-mart also needs --apply.\n'],
      [['--apply', '--out', 'x'], '--apply writes no files: leave out --out, or --apply.\n'],
    ] as const)
      expect(await run(args, toCloud())).to.deep.equal({ code: 2, stdout: '', stderr: message });
  });

  const misuse = async (...args: string[]) => {
    const command = buildRegisterCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    return (await catchError(CommanderError, () => command.parseAsync(['iris', ...args], { from: 'user' }))).message;
  };
  for (const [option, value, message] of [
    ['--container', 'wxo:1', /Expected space:<id> or project:<id>/],
    ['--data-mart', 'a b', /Expected an id/],
    ['--token-counts', 'in', /Expected two columns/],
    ['--token-counts', 'in,in', /Expected two columns/],
    ['--monitors', 'quality,drift', /Expected some of performance, model_health/],
    ['--fairness-metrics', 'accuracy', /Expected some of fairness_value/],
    ['--explanations', 'LIME', /Expected some of lime, shap/],
    ['--min-records', '0', /Expected a positive whole number/],
    ['--quality-threshold', 'accuracy', /Expected <metric>=<value>/],
    ['--quality-threshold', 'accuracy=high', /Expected <metric>=<value>/],
    ['--fairness-threshold', '1.2', /Expected a share such as 0\.8/],
    ['--fairness-threshold', 'sex=0', /Expected a share such as 0\.8/],
  ] as const) {
    it(`rejects ${option} ${value}`, async () => {
      expect(await misuse(option, value)).to.match(message);
    });
  }

  for (const [environment, message] of [
    [
      { OPENSCALE_USERNAME: 'me', OPENSCALE_URL: 'https://a.example' },
      /^OPENSCALE_PASSWORD, OPENSCALE_API_KEY: expected either password or api_key$/,
    ],
    [{ OPENSCALE_API_KEY: 'k', OPENSCALE_URL: 'https://a.example' }, /^OPENSCALE_TOKEN_URL: expected /],
    [{ OPENSCALE_USERNAME: 'me', OPENSCALE_PASSWORD: 'p' }, /^OPENSCALE_URL: expected url, which only IBM Cloud/],
    [{ IBM_CLOUD_API_KEY: 'k', OPENSCALE_REGION: 'mars' }, /^OPENSCALE_REGION: expected /],
    [
      { IBM_CLOUD_API_KEY: 'k', OPENSCALE_REGION: 'eu-de', OPENSCALE_URL: 'https://a.example' },
      /^OPENSCALE_URL, OPENSCALE_REGION: expected either url or region$/,
    ],
    [{ IBM_CLOUD_API_KEY_FILE: 'relative' }, /^\S+, or its file: expected /],
    [{ IBM_CLOUD_API_KEY: 'k' }, /^expected a variable that is set; IBM_CLOUD_API_KEY is not$/],
    [
      { IBM_CLOUD_API_KEY_FILE: '/key', OPENSCALE_CA_FILE: '/nowhere' },
      /^OPENSCALE_CA_FILE: expected a readable file$/,
    ],
  ] as const) {
    it(`says what is wrong with ${Object.keys(environment).join(' and ')}`, async () => {
      expect((await catchError(CommandError, () => openConnection(environment))).message).to.match(message);
    });
  }
});
