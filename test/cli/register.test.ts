import { expect } from 'chai';
import { CommanderError } from 'commander';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildRegisterCommand } from '../../cli/register.ts';
import { toServiceProvider } from '../../openscale/registration/bodies.ts';
import { toPythonProgram } from '../../openscale/registration/python-program.ts';
import { catchError } from '../support/deployment.ts';
import { makeDeploymentsFolder, SAMPLES } from '../support/engine.ts';
import { Run, type Ended } from '../support/run.ts';

const BODIES = ['monitors.json', 'service-provider.json', 'subscription.json'];
const PROGRAMS = ['register.py', 'register.sh'];
const STATISTICS = {
  common_configuration: { problem_type: 'multiclass' },
  explainability_configuration: { feature_columns: ['island', 'sex'] },
  outcomes: {
    rows: 3,
    labels: ['Adelie', 'Chinstrap', 'Gentoo'],
    features: [
      { attribute: 'sex', values: ['FEMALE', 'MALE'], counts: [[[0, 1]], [[1, 1]]] },
      { attribute: 'body_mass', values: [3000, 5000], counts: [[[0, 1]], [[2, 1]]] },
    ],
  },
};

describe('custom-ml-engine register', () => {
  let temporary: Awaited<ReturnType<typeof makeDeploymentsFolder>>;
  let out: string;
  before(async () => {
    temporary = await makeDeploymentsFolder(SAMPLES, ['iris', 'penguins', 'car-mileage']);
    out = join(temporary.folder, 'out');
    await writeFile(join(temporary.folder, 'penguins', 'training-statistics.json'), JSON.stringify(STATISTICS));
  });
  after(() => temporary.remove());
  afterEach(() => rm(out, { recursive: true, force: true }));

  /** Runs the command in the temporary folder. */
  const run = (...args: string[]) => new Run(['register', ...args], { folder: temporary.folder }).end();
  const register = (...args: string[]) => run(...args, '--deployments', '.', '--out', out);
  const readJson = async (name: string) =>
    JSON.parse(await readFile(join(out, name), 'utf8')) as Record<string, unknown>;
  const exists = async (folder: string) => (await readdir(temporary.folder)).includes(folder);

  /** Expects exit code 1 with one line on stderr and no output. */
  const expectFailure = async (ended: Ended, why: string) => {
    expect(ended.stderr).to.match(/^[^\n]+\n$/);
    expect(ended.stderr).to.contain(why);
    expect([ended.code, ended.stdout]).to.deep.equal([1, '']);
    expect(await exists('out')).to.equal(false);
  };
  /** Expects exit code 2 with the problem and a pointer to --help. */
  const expectWrongUse = async ({ code, stdout, stderr }: Ended, why: RegExp) => {
    expect(stderr)
      .to.match(why)
      .and.match(/--help lists the options/);
    expect(stderr).to.not.match(/\n {4}at /);
    expect([code, stdout]).to.deep.equal([2, '']);
    expect(await exists('out')).to.equal(false);
  };

  it('writes the bodies and the program, and lists them', async () => {
    await rm(join(temporary.folder, 'iris', 'training-statistics.json'));
    const { code, stdout, stderr } = await register('iris', '--url', 'https://models.example.com/engine/');
    expect([code, stderr]).to.deep.equal([0, '']);
    expect((await readdir(out)).sort()).to.deep.equal([...BODIES, ...PROGRAMS].sort());
    for (const name of [...BODIES, ...PROGRAMS]) expect(stdout).to.match(new RegExp(`^  ${name} `, 'm'));
    expect(stdout).to.contain(`are in ${out}:`).and.contain('(no training-statistics.json');
    expect(await readJson('service-provider.json')).to.deep.equal(
      toServiceProvider('https://models.example.com/engine', 'basic'),
    );
    expect((await readJson('subscription.json'))['deployment']).to.deep.include({
      url: 'https://models.example.com/engine/v1/deployments/iris',
    });
    expect(await readFile(join(out, 'register.py'), 'utf8')).to.equal(toPythonProgram({ id: 'iris' }));
  });

  it('ends with commands that work, and says that OpenScale cannot reach a loopback address', async () => {
    const { stdout } = await register('iris');
    expect(stdout)
      .to.include('\n  pip install "ibm-watson-openscale>=3,<4"\n')
      .and.include(`\n  IBM_CLOUD_API_KEY=… ENGINE_USERNAME=… ENGINE_PASSWORD=… python ${join(out, 'register.py')}\n`)
      .and.include('OpenScale cannot reach http://127.0.0.1:8080: register again with --url');
    expect(await exists('out')).to.equal(true);
    const open = await register('iris', '--auth', 'none', '--url', 'https://models.example.com');
    expect(open.stdout)
      .to.match(/\n {2}IBM_CLOUD_API_KEY=… python \S+register\.py$/m)
      .and.not.include('cannot reach');
  });

  it('takes classes and groups with commas in quotes', async () => {
    const wrong = await register(
      'penguins',
      '--favourable',
      '"Adelie, big",Gentoo',
      '--fairness',
      'sex="MALE":"FEMALE"',
    );
    await expectFailure(wrong, '--favourable: expected classes of the label: Adelie, Chinstrap, Gentoo');
    expect((await register('penguins', '--favourable', '"Adelie"', '--fairness', 'sex="MALE":"FEMALE"')).code).to.equal(
      0,
    );
  });

  it('writes into registration/<id> by default, for an engine on loopback', async () => {
    const { code } = await run('iris', '--deployments', '.');
    out = join(temporary.folder, 'registration');
    expect(code).to.equal(0);
    expect((await readJson('iris/service-provider.json'))['credentials']).to.include({ url: 'http://127.0.0.1:8080' });
    out = join(temporary.folder, 'out');
    await rm(join(temporary.folder, 'registration'), { recursive: true });
  });

  it('writes no credentials for an engine without authentication', async () => {
    const credentials = async (...args: string[]) => {
      await register('iris', '--url', 'https://models.example.com', ...args);
      return (await readJson('service-provider.json'))['credentials'];
    };
    expect(await credentials('--auth', 'none')).to.deep.equal({ url: 'https://models.example.com' });
    expect(await credentials()).to.include({ auth_type: 'basic' });
    expect(await misuse('iris', '--auth', 'bearer')).to.match(/Allowed choices are basic, api-key, none/);
  });

  it('overwrites its own files with the same content', async () => {
    await register('iris');
    const first = await readJson('subscription.json');
    expect((await register('iris')).code).to.equal(0);
    expect(await readJson('subscription.json')).to.deep.equal(first);
  });

  it('adds the fairness groups to the statistics written by train', async () => {
    const choices = ['--favourable', 'Adelie, Gentoo', '--fairness', 'sex=MALE:FEMALE'];
    const { code, stdout } = await register('penguins', ...choices);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^ {2}training-statistics\.json /m);
    const { parameters } = (await readJson('training-statistics.json'))['fairness_configuration'] as {
      parameters: object;
    };
    expect(parameters).to.deep.include({
      features: [{ feature: 'sex', majority: ['MALE'], minority: ['FEMALE'], threshold: 0.8 }],
      favourable_class: ['Adelie', 'Gentoo'],
      unfavourable_class: ['Chinstrap'],
      min_records: 100,
    });
  });

  it('accepts groups of several attributes', async () => {
    const groups = ['--fairness', 'sex=MALE:FEMALE', '--fairness', 'body_mass=4000..6300:2700..3999'];
    const { stdout } = await run('penguins', '--deployments', '.', '--json', '--favourable', 'Adelie', ...groups);
    const written = JSON.parse(stdout) as Record<string, { fairness_configuration: { parameters: object } }>;
    const { parameters } = written['training-statistics.json']?.fairness_configuration ?? {};
    expect(parameters).to.have.nested.property('features[0].feature', 'sex');
    expect(parameters).to.have.deep.nested.property('features[1].minority', [[2700, 3999]]);
  });

  it('prints everything as one JSON object with --json, and writes nothing', async () => {
    const { code, stdout, stderr } = await register('penguins', '--json');
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout.trimEnd()).to.not.contain('\n');
    const printed = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(printed).sort()).to.deep.equal([...BODIES, ...PROGRAMS, 'training-statistics.json'].sort());
    expect([await exists('out'), await exists('registration')]).to.deep.equal([false, false]);
    await register('penguins');
    for (const name of [...BODIES, 'training-statistics.json'])
      expect(printed[name]).to.deep.equal(await readJson(name));
    expect(printed['register.py']).to.equal(await readFile(join(out, 'register.py'), 'utf8'));
  });

  it('exits with 1 for an unknown id or folder, and lists those that exist', async () => {
    await mkdir(join(temporary.folder, 'lost+found'), { recursive: true });
    await mkdir(join(temporary.folder, 'empty'), { recursive: true });
    await expectFailure(
      await register('tulip'),
      `There is no deployment tulip in ${temporary.folder}; it has car-mileage, iris, penguins.`,
    );
    await expectFailure(
      await register('Iris'),
      `There is no deployment Iris in ${temporary.folder}; did you mean iris?`,
    );
    await expectFailure(
      await run('iris', '--deployments', 'empty', '--out', out),
      'There is no deployment iris in ' + join(temporary.folder, 'empty') + '; it has no deployments.',
    );
    await expectFailure(
      await run('iris', '--deployments', 'nowhere/below', '--out', out),
      `nowhere/below cannot be read (ENOENT): there is no folder "nowhere" in ${temporary.folder}, which has "`,
    );
    for (const folder of ['lost+found', 'empty']) await rm(join(temporary.folder, folder), { recursive: true });
  });

  it('exits with 1 for a deployment of a type that OpenScale does not evaluate', async () => {
    const folder = join(temporary.folder, 'photos');
    await cp(join(temporary.folder, 'iris'), folder, { recursive: true });
    const file = JSON.parse(await readFile(join(folder, 'deployment.json'), 'utf8')) as object;
    const other = { ...file, id: 'photos', input_data_type: 'unstructured_image' };
    await writeFile(join(folder, 'deployment.json'), JSON.stringify(other));
    await expectFailure(
      await register('photos'),
      'Deployment photos has unstructured_image data; OpenScale evaluates only structured data of custom engines.',
    );
  });

  it('exits with 1 for an invalid deployment', async () => {
    await mkdir(join(temporary.folder, 'broken'), { recursive: true });
    await writeFile(join(temporary.folder, 'broken', 'deployment.json'), '{"canary": ');
    await expectFailure(
      await register('broken'),
      'Deployment broken cannot be registered: deployment.json: expected JSON',
    );
  });

  it('exits with 1 for attributes that the deployment does not have', async () => {
    await expectFailure(
      await register('iris', '--favourable', 'setosa', '--fairness', 'sex=male:female'),
      '--fairness: the deployment has no feature "sex"; it has sepal_length, sepal_width, petal_length, petal_width',
    );
  });

  it('reads statistics behind a byte order mark', async () => {
    const file = join(temporary.folder, 'penguins', 'training-statistics.json');
    await writeFile(file, `\uFEFF${JSON.stringify(STATISTICS)}`);
    const { code } = await register('penguins', '--favourable', 'Adelie', '--fairness', 'sex=MALE:FEMALE');
    await writeFile(file, JSON.stringify(STATISTICS));
    expect(code).to.equal(0);
  });

  it('exits with 1 for groups of a deployment without statistics', async () => {
    const file = join(temporary.folder, 'penguins', 'training-statistics.json');
    await rm(file);
    const ended = await register('penguins', '--favourable', 'Adelie', '--fairness', 'sex=MALE:FEMALE');
    await writeFile(file, JSON.stringify(STATISTICS));
    await expectFailure(ended, '--fairness needs training-statistics.json');
  });

  it('takes unfavourable outcomes, which a regression needs', async () => {
    const groups = ['car-mileage', '--fairness', 'origin=USA:Japan', '--favourable', '25..50'];
    await expectFailure(await register(...groups), '--favourable also needs --unfavourable for a regression');
    expect((await register(...groups, '--unfavourable', '0..24.9')).code).to.equal(0);
    const { fairness_configuration } = await readJson('training-statistics.json');
    expect(fairness_configuration).to.have.deep.nested.property('parameters.unfavourable_class', [[0, 24.9]]);
  });

  const INVALID_STATISTICS = [
    ['no JSON', '{"canary": ', 'training-statistics.json: expected JSON'],
    ['a list', '["canary"]', 'training-statistics.json: expected object'],
    [
      'no distributions',
      JSON.stringify({ ...STATISTICS, outcomes: { ...STATISTICS.outcomes, features: { canary: 1 } } }),
      'training-statistics.json.outcomes.features: expected array',
    ],
  ] as const;
  for (const [what, text, why] of INVALID_STATISTICS) {
    it(`exits with 1 for a training-statistics.json with ${what}, without printing its content`, async () => {
      const file = join(temporary.folder, 'iris', 'training-statistics.json');
      await writeFile(file, text);
      const ended = await register('iris');
      await rm(file);
      await expectFailure(ended, `Deployment iris cannot be registered: ${why}`);
    });
  }

  it('exits with 1 for an unreadable training-statistics.json', async () => {
    const file = join(temporary.folder, 'iris', 'training-statistics.json');
    await mkdir(file);
    const ended = await register('iris');
    await rm(file, { recursive: true });
    await expectFailure(ended, 'training-statistics.json: expected a readable file');
  });

  it('exits with 1 when it cannot write', async () => {
    const file = join(temporary.folder, 'file');
    await writeFile(file, '');
    for (const [folder, code] of [
      [file, 'EEXIST'],
      [join(file, 'below'), 'ENOTDIR'],
    ] as const) {
      const ended = await run('iris', '--deployments', '.', '--out', folder);
      await expectFailure(ended, `Cannot write to ${folder} (${code}); choose another folder with --out.`);
    }
    await rm(file);
  });

  it('exits with 2 for an id that is a path, and for a URL with credentials', async () => {
    await expectWrongUse(await register('../iris'), /Expected letters, digits/);
    await expectWrongUse(await register('iris', '--url', 'https://user:secret@example.com'), /without credentials/);
  });

  /** Commander's message for wrong usage, which `main.ts` turns into exit code 2. */
  const misuse = async (...args: string[]) => {
    const command = buildRegisterCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    return (await catchError(CommanderError, () => command.parseAsync(args, { from: 'user' }))).message;
  };

  for (const id of ['..', '.', './iris', 'inner/../iris', '/iris', 'iris/', '', 'a\\b', '"""']) {
    it(`rejects ${JSON.stringify(id)} as an id`, async () => {
      expect(await misuse(id)).to.match(/Expected letters, digits/);
    });
  }

  for (const url of [
    '',
    'models.example.com',
    'ftp://example.com',
    'https://user@example.com',
    'https://:secret@example.com',
    'https://example.com/?a=1',
    'https://example.com/#a',
  ]) {
    it(`rejects ${JSON.stringify(url)} as a URL`, async () => {
      expect(await misuse('iris', '--url', url)).to.match(/Expected an http or https URL without credentials/);
    });
  }

  it('requires one id, two groups per attribute, and known options', async () => {
    expect(await misuse()).to.match(/missing required argument 'id'/);
    expect(await misuse('iris', 'penguins')).to.match(/too many arguments/);
    expect(await misuse('iris', '--fairness', 'sex')).to.match(/expected <attribute>=<majority>:<minority>/);
    expect(await misuse('iris', '--fairnes', 'sex=a:b')).to.match(/unknown option '--fairnes'/);
  });

  it('lists its options in its help', async () => {
    const { code, stdout } = await run('--help');
    expect(code).to.equal(0);
    for (const option of [
      'deployments',
      'url',
      'out',
      'favourable',
      'unfavourable',
      'fairness',
      'allow-modules',
      'json',
    ])
      expect(stdout).to.match(new RegExp(`^ +--${option}\\b`, 'm'));
  });
});
