/** Proves a packed package; takes the folder with the tarball, and works in it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { toBoostedModel } from '../support/boosted-model.ts';
import manifest from '../../package.json' with { type: 'json' };
import { extractExamples } from '../support/examples.ts';

const SUPPORTED = ['20.19', '22', '24', '26'];
const UNSUPPORTED = ['16', '18', '20.18'];
/** Max milliseconds of a command. */
const TIMEOUT = 180_000;
const MEGABYTE = 2 ** 20;
const root = fileURLToPath(new URL('../..', import.meta.url));
const scratch = process.argv[2] as string;
const tarball = join(scratch, (await readdir(scratch)).find((name) => name.endsWith('.tgz')) as string);
const startTime = performance.now();

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command with a Node of which the folder is given; npm is the one of this machine, run by that Node. */
function run(bin: string, folder: string, command: string, args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    env: toEnvironment(bin),
    encoding: 'utf8',
    timeout: TIMEOUT,
  });
  return { code: status, stdout, stderr };
}

function toEnvironment(bin: string): NodeJS.ProcessEnv {
  // Not what npm run sets for its own scripts, nor settings of an engine.
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|ENGINE_|NODE_OPTIONS)/.test(name));
  return {
    ...Object.fromEntries(own),
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    npm_config_update_notifier: 'false',
  };
}

function expectSuccess({ code, stdout, stderr }: Ran, what: string): void {
  expect(code, `${what}\n${stdout}\n${stderr}`).to.equal(0);
}

/** Installs versions of Node; gives the folder of each one's program. */
function installNodes(versions: readonly string[]): Map<string, string> {
  const platform = `node-${process.platform}-${process.arch}`;
  // Not above the other folders: npx would find their node in its path.
  const folder = join(scratch, 'nodes');
  const toName = (version: string) => `node-${version.replace('.', '-')}`;
  const specs = versions.map((version) => `${toName(version)}@npm:${platform}@${version}`);
  const options = ['--no-audit', '--no-fund', '--prefer-offline', '--prefix', folder];
  const bin = dirname(process.execPath);
  expectSuccess(run(bin, scratch, 'npm', ['install', ...options, ...specs]), 'versions of Node');
  return new Map(versions.map((version) => [version, join(folder, 'node_modules', toName(version), 'bin')]));
}

async function makeFolder(name: string): Promise<string> {
  const folder = join(scratch, name);
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n');
  return folder;
}

/** Compiles the examples of docs/library.md with the strictest settings, and without skipLibCheck; gives the folder. */
async function compileExamples(bin: string): Promise<string> {
  const folder = await makeFolder('compile');
  const { typescript, ...versions } = manifest.devDependencies;
  const packages = [
    `typescript@${typescript}`,
    `@types/node@${versions['@types/node']}`,
    `@types/express@${versions['@types/express']}`,
    `express@${manifest.dependencies.express}`,
  ];
  const options = ['--no-audit', '--no-fund', '--prefer-offline'];
  expectSuccess(run(bin, folder, 'npm', ['install', ...options, tarball, ...packages]), 'the compiler');
  const compilerOptions = {
    target: 'ES2022',
    module: 'NodeNext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    types: ['node'],
    outDir: 'out',
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  for (const [index, example] of extractExamples(await readFile(join(root, 'docs/library.md'), 'utf8')).entries())
    await writeFile(join(folder, `example-${index + 1}.ts`), example);
  expectSuccess(run(bin, folder, 'npx', ['tsc']), 'examples of docs/library.md');
  await writeFile(join(folder, 'deep.ts'), `export * from 'custom-ml-engine/dist/server/engine.js';\n`);
  expect(run(bin, folder, 'npx', ['tsc']).stdout).to.match(/^deep\.ts\(1,15\): error TS2307/);
  return join(folder, 'out');
}

async function prove(version: string, bin: string, examples: string): Promise<string> {
  const folder = await makeFolder(`app-${version}`);
  const installed = run(bin, folder, 'npm', ['install', '--prefer-offline', tarball]);
  expectSuccess(installed, 'install');
  expect(installed.stderr + installed.stdout).to.not.match(/warn|deprecated|EBADENGINE|prepare/i);
  // A second install looks at what is there, too.
  const again = run(bin, folder, 'npm', ['install', '--prefer-offline']);
  expect(again.stderr + again.stdout).to.not.match(/warn|deprecated|EBADENGINE|script/i);

  const empty = run(bin, folder, 'npx', ['--no-install', 'custom-ml-engine', 'serve', '--port', '0']);
  expect(empty.code).to.equal(1);
  for (const step of ['serve --samples', 'train data.csv', 'wrap --help']) expect(empty.stderr).to.contain(step);
  expect(empty.stderr).to.not.contain('    at ');
  await proveSamples(bin, folder);
  await proveImport(bin, folder);

  await cp(examples, join(folder, 'out'), { recursive: true });
  const names = (await readdir(join(folder, 'out'))).filter((name) => name.startsWith('example-')).sort();
  const printed = names.map((name) => {
    const ran = run(bin, folder, 'node', [join('out', name)]);
    expectSuccess(ran, name);
    expect(ran.stderr, name).to.equal('');
    return ran.stdout;
  });
  expect(printed[0]).to.contain(`'setosa'`).and.to.contain('conforms true');
  expect(printed[1]).to.contain(`status: 'ready'`);
  expect(printed[2]).to.contain('missing_fields');
  expect(printed[3]).to.contain(`'low'`);

  const deep = ['dist/server/engine.js', 'dist/library/index.js', 'server', 'library'].map(
    (path) => `await import('custom-ml-engine/${path}').then(() => 'imported', ({ code }) => code)`,
  );
  const { stdout } = run(bin, folder, 'node', ['--input-type=module', '-e', `console.log(${deep.join()})`]);
  expect(stdout.trim().split(' ')).to.deep.equal(deep.map(() => 'ERR_PACKAGE_PATH_NOT_EXPORTED'));
  proveMissingAws(bin, folder);
  return folder;
}

/** `import` makes a deployment of a model file, and `export-script` prints the script as it is in the sources. */
async function proveImport(bin: string, folder: string): Promise<void> {
  await writeFile(join(folder, 'model.json'), toBoostedModel({ categories: ['car', 'rent'] }));
  await writeFile(join(folder, 'rows.csv'), 'amount,purpose,risk\n500,car,good\n2000,rent,bad\n');
  await writeFile(join(folder, 'scored.csv'), 'prediction\n0\n1\n');
  const options = [
    '--id',
    'credit',
    '--rows',
    'rows.csv',
    '--label',
    'risk',
    '--labels',
    'good,bad',
    '--scores',
    'scored.csv',
  ];
  const imported = run(bin, folder, 'npx', ['--no-install', 'custom-ml-engine', 'import', 'model.json', ...options]);
  expectSuccess(imported, 'import');
  expect(imported.stdout).to.contain('2 of 2 rows equal --scores exactly.');
  const script = run(bin, folder, 'npx', ['--no-install', 'custom-ml-engine', 'export-script']);
  expect(script.stdout).to.equal(await readFile(join(root, 'models/kinds/scikit-learn/export.py'), 'utf8'));
}

/** `serve --samples` greets, serves and stops. */
async function proveSamples(bin: string, folder: string): Promise<void> {
  const command = join(folder, 'node_modules', '.bin', 'custom-ml-engine');
  const engine = spawn(command, ['serve', '--samples', '--port', '0'], { cwd: folder, env: toEnvironment(bin) });
  const ended = once(engine, 'exit');
  const limit = setTimeout(() => engine.kill('SIGKILL'), TIMEOUT);
  let [greeting, log] = ['', ''];
  engine.stderr.on('data', (chunk) => (log += String(chunk)));
  for await (const chunk of engine.stdout) {
    greeting += String(chunk);
    if (greeting.endsWith('/v1/deployments\n\n')) break;
  }
  const url = / on (http:\S+)$/m.exec(greeting)?.[1];
  expect(url, log).to.be.a('string');
  const body = (await (await fetch(`${url}/v1/deployments`)).json()) as { count: number };
  expect(body.count).to.equal(5);
  engine.kill('SIGTERM');
  expect(await ended).to.deep.equal([0, null]);
  clearTimeout(limit);
  expect(log.split('\n').filter((line) => line !== '' && !line.startsWith('{'))).to.deep.equal([]);
}

/** Without the optional packages, a deployment on AWS says which they are. */
function proveMissingAws(bin: string, folder: string): void {
  const path = join(folder, 'node_modules/custom-ml-engine/dist/upstream/credentials/aws.js');
  const script = `
    const { buildAwsAuthenticator } = await import(${JSON.stringify(path)});
    const { authorize } = buildAwsAuthenticator({ type: 'aws', region: 'eu-west-1', service: 'sagemaker' }, { timeout: 5000 });
    await authorize({}).catch(({ message }) => console.log(message));`;
  const { stdout } = run(bin, folder, 'node', ['--input-type=module', '-e', script]);
  expect(stdout).to.contain('npm install @aws-sdk/credential-provider-node @smithy/signature-v4');
}

/** The installed size, and every package above one megabyte, each of which docs/library.md must explain. */
async function proveSizes(folder: string): Promise<void> {
  const sizes = new Map<string, number>();
  for (const entry of await readdir(join(folder, 'node_modules'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    // Blocks, as they are on the disk.
    if (name !== undefined)
      sizes.set(name, (sizes.get(name) ?? 0) + Math.ceil((await readFile(path)).length / 4096) * 4096);
  }
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const large = [...sizes].filter(([, size]) => size > MEGABYTE).sort(([, one], [, other]) => other - one);
  console.log(`Installed: ${toMegabytes(total)}, ${sizes.size} packages; above 1 MB:`);
  for (const [name, size] of large) console.log(`  ${name.padEnd(40)} ${toMegabytes(size)}`);
  const page = await readFile(join(root, 'docs/library.md'), 'utf8');
  for (const [name] of large) expect(page, `docs/library.md explains ${name}`).to.contain(`| \`${name}\``);
  const stated = Number(/about (\d+) MB/.exec(page)?.[1]);
  expect(total / MEGABYTE, 'the size that docs/library.md states').to.be.within(stated - 3, stated + 3);
}

function toMegabytes(bytes: number): string {
  return `${(bytes / MEGABYTE).toFixed(1)} MB`;
}

const nodes = installNodes([...SUPPORTED, ...UNSUPPORTED]);
const examples = await compileExamples(nodes.get('20.19') as string);
console.log('docs/library.md compiles');
let folder = '';
for (const version of SUPPORTED) {
  folder = await prove(version, nodes.get(version) as string, examples);
  console.log(`Node ${version}: installs without a warning, serves, and runs docs/library.md`);
}
const entry = join(folder, 'node_modules/custom-ml-engine', manifest.bin['custom-ml-engine']);
for (const version of UNSUPPORTED) {
  const { code, stdout, stderr } = run(nodes.get(version) as string, folder, 'node', [entry, 'serve', '--samples']);
  expect([code, stdout]).to.deep.equal([1, '']);
  expect(stderr).to.match(/^custom-ml-engine needs Node\.js 20\.19 or newer; this is v[\d.]+\.\n$/);
  console.log(`Node ${version}: ${stderr.trim()}`);
}
await proveSizes(folder);
const files = spawnSync('tar', ['tzf', tarball], { encoding: 'utf8' }).stdout;
expect(files)
  .to.contain('package/docs/library.md')
  .and.to.not.match(/^package\/(dist\/bench|bench|test|scripts)\//m);
console.log(`Done in ${Math.round((performance.now() - startTime) / 1000)} s.`);
