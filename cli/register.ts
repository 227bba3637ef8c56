import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { CommandError } from '../errors/command-error.ts';
import { toArgument } from '../errors/quote-text.ts';
import { DeploymentError } from '../errors/deployment-error.ts';
import { readTextFile } from '../files/read-text-file.ts';
import { parsePart } from '../models/kinds/kind.ts';
import { findDeploymentFolder } from '../catalogue/find-deployment-folder.ts';
import { loadDeployment } from '../catalogue/load-deployment.ts';
import type { Deployment } from '../models/deployment.ts';
import { parseComparedGroups, parseItems, toFairnessParameters, type ComparedGroups } from '../openscale/fairness.ts';
import { toPythonProgram, toServiceProvider, toSubscription, type AuthScheme } from '../openscale/registration.ts';
import { toOpenScaleStatistics } from '../openscale/training-statistics.ts';
import { writtenStatisticsSchema, type WrittenStatistics } from '../openscale/written-statistics.ts';
import { makeFolder } from '../catalogue/make-folder.ts';
import { parseId } from './parse-id.ts';

interface RegisterOptions {
  readonly deployments: string;
  readonly url: string;
  readonly auth: AuthScheme;
  readonly out?: string;
  readonly favourable?: string[];
  readonly unfavourable?: string[];
  readonly fairness: ComparedGroups[];
  readonly allowModules?: boolean;
  readonly json?: boolean;
}

const STATISTICS = 'training-statistics.json';
const LOCAL_URL = 'http://127.0.0.1:8080';

/** The command that writes the files OpenScale needs to subscribe to a deployment. */
export function buildRegisterCommand(): Command {
  return new Command('register')
    .description(
      'write the files that OpenScale needs to monitor a deployment: request bodies, a Python program, statistics',
    )
    .addArgument(new Argument('<id>', 'the deployment').argParser(parseId))
    .option('--deployments <folder>', 'folder of the deployments', './deployments')
    .option('--url <url>', 'URL at which OpenScale reaches the engine', parseUrl, LOCAL_URL)
    .addOption(
      new Option('--auth <scheme>', 'authentication of the engine')
        .choices(['basic', 'none'])
        .env('ENGINE_AUTH')
        .default('basic'),
    )
    .option('--out <folder>', 'output folder (default: "./registration/<id>")')
    .option('--favourable <outcomes>', 'favourable classes, or ranges of a regression, separated by commas', parseItems)
    .option('--unfavourable <outcomes>', 'unfavourable outcomes (default: all other classes)', parseItems)
    .addOption(
      new Option('--fairness <groups>', 'groups to compare, <attribute>=<majority>:<minority>; can be repeated')
        .argParser(collectGroups)
        .default([], 'none'),
    )
    .option('--allow-modules', 'allow deployments of kind `module`, which run their own JavaScript')
    .option('--json', 'print everything as one JSON object and write nothing')
    .action(run);
}

async function run(id: string, options: RegisterOptions): Promise<void> {
  try {
    await register(id, options);
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    throw new CommandError(`Deployment ${id} cannot be registered: ${error.message}`);
  }
}

async function register(
  id: string,
  { deployments, url, fairness: groups, favourable = [], unfavourable = [], ...options }: RegisterOptions,
): Promise<void> {
  const folder = await findDeploymentFolder(deployments, id);
  const deployment = await loadDeployment(folder, { allowModules: options.allowModules ?? false });
  const { input_data_type } = deployment.file;
  if (input_data_type !== 'structured')
    throw new CommandError(
      `Deployment ${id} has ${input_data_type} data; OpenScale evaluates only structured data of custom engines.`,
    );
  const parameters = toFairnessParameters({ groups, favourable, unfavourable }, deployment.file);
  const statistics = await readStatistics(folder);
  if (parameters && !statistics)
    throw new CommandError(`--fairness needs ${STATISTICS}, which only deployments made by \`train\` have.`);
  const bodies = {
    'service-provider.json': toServiceProvider(url, options.auth),
    'subscription.json': toSubscription(deployment, url),
    ...(statistics && { [STATISTICS]: toOpenScaleStatistics(statistics, deployment, url, parameters) }),
  };
  if (options.json) {
    console.log(JSON.stringify({ ...bodies, 'register.py': toPythonProgram(id) }));
    return;
  }
  const out = options.out ?? join('registration', id);
  await writeAll(out, {
    ...Object.fromEntries(Object.entries(bodies).map(([name, body]) => [name, `${JSON.stringify(body, null, 2)}\n`])),
    'register.py': toPythonProgram(id),
  });
  console.log(toText(deployment, out, statistics !== undefined, { url, auth: options.auth }));
}

async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  try {
    await makeFolder(folder);
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CommandError(`Cannot write to ${folder} (${String(code)}); choose another folder with --out.`, { cause });
  }
}

/** The statistics written by `train`; undefined for a deployment made in another way. */
async function readStatistics(folder: string): Promise<WrittenStatistics | undefined> {
  let text: string;
  try {
    text = await readTextFile(join(folder, STATISTICS));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DeploymentError([`${STATISTICS}: expected a readable file`], { cause });
  }
  return parsePart(writtenStatisticsSchema, parseJson(text), STATISTICS);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DeploymentError([`${STATISTICS}: expected JSON`], { cause });
  }
}

function toText(
  { file }: Deployment,
  out: string,
  hasStatistics: boolean,
  { url, auth }: Pick<RegisterOptions, 'url' | 'auth'>,
): string {
  const secrets = ['IBM_CLOUD_API_KEY', ...(auth === 'basic' ? ['ENGINE_USERNAME', 'ENGINE_PASSWORD'] : [])];
  return [
    `The files that OpenScale needs to monitor ${file.name} are in ${out}:`,
    '',
    '  service-provider.json     body of POST /v2/service_providers: the engine (fill in user name and password)',
    '  subscription.json         body of POST /v2/subscriptions: the deployment (fill in the ids)',
    '  register.py               sends both with the Python SDK',
    hasStatistics
      ? '  training-statistics.json  for fairness and explanations without access to the training data'
      : '  (no training-statistics.json: only deployments made by `train` have one)',
    '',
    'Next steps:',
    '',
    '  pip install "ibm-watson-openscale>=3,<4"',
    `  ${secrets.map((name) => `${name}=…`).join(' ')} python ${toArgument(join(out, 'register.py'))}`,
    ...(isLoopback(url)
      ? ['', `OpenScale cannot reach ${url}: register again with --url, the address of the engine in its network.`]
      : []),
  ].join('\n');
}

function isLoopback(url: string): boolean {
  return /^(localhost|127\..*|\[::1\])$/.test(new URL(url).hostname);
}

function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && !url.search && !url.hash && !url.username && !url.password;
  if (!plain || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('Expected an http or https URL without credentials, query or fragment.');
  return url.href.replace(/\/+$/, '');
}

function collectGroups(text: string, groups: ComparedGroups[]): ComparedGroups[] {
  try {
    return [...groups, parseComparedGroups(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
