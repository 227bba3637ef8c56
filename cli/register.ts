import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Argument, Command } from 'commander';
import { CommandError } from '../errors/command-error.ts';
import { DeploymentError } from '../errors/deployment-error.ts';
import { readTextFile } from '../files/read-text-file.ts';
import { parsePart } from '../models/kinds/kind.ts';
import { findDeploymentFolder } from '../catalogue/find-deployment-folder.ts';
import { loadDeployment } from '../catalogue/load-deployment.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { Deployment } from '../models/deployment.ts';
import { buildProvider } from '../openscale/metrics-providers/build-provider.ts';
import { toCustomMonitor, type CustomMonitor } from '../openscale/registration/custom-monitors.ts';
import { findKeyProblem } from '../server/access/key-file.ts';
import { parseMetricsProvidersSettings } from '../server/metrics-providers/metrics-providers-settings.ts';
import { toFairnessParameters } from '../openscale/fairness.ts';
import { applyRegistration, type Applied } from '../openscale/registration/apply-registration.ts';
import { toServiceProvider, toSubscription } from '../openscale/registration/bodies.ts';
import { toExampleRecord } from '../openscale/registration/example-record.ts';
import { planMonitors } from '../openscale/registration/monitors.ts';
import { readConfigurationArchive, type ConfigurationArchive } from '../openscale/registration/read-archive.ts';
import { toFiles, type Registration } from '../openscale/registration/registration.ts';
import { toOpenScaleStatistics, type OpenScaleStatistics } from '../openscale/training-statistics.ts';
import { writtenStatisticsSchema, type WrittenStatistics } from '../openscale/written-statistics.ts';
import { CONNECTION_HELP, openConnection } from './openscale-connection.ts';
import { parseId } from './parse-id.ts';
import { addRegisterOptions, type RegisterOptions } from './register-options.ts';
import { toAppliedText, toStepText, toWrittenText } from './register-text.ts';

const STATISTICS = 'training-statistics.json';

/** Max bytes of a configuration archive. */
const MAX_ARCHIVE = 2 ** 29;

/** The command that registers a deployment in OpenScale, or writes the files that do it. */
export function buildRegisterCommand(): Command {
  const command = new Command('register')
    .description(
      'register a deployment in OpenScale with its monitors: write request bodies and programs that send them, or send them now',
    )
    .addArgument(new Argument('<id>', 'the deployment').argParser(parseId));
  return addRegisterOptions(command).addHelpText('after', CONNECTION_HELP).action(run);
}

async function run(id: string, options: RegisterOptions): Promise<void> {
  try {
    await register(id, options);
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    throw new CommandError(`Deployment ${id} cannot be registered: ${error.message}`);
  }
}

async function register(id: string, options: RegisterOptions): Promise<void> {
  checkOptions(options);
  const folder = await findDeploymentFolder(options.deployments, id);
  const deployment = await loadDeployment(folder, { allowModules: options.allowModules ?? false });
  const { input_data_type } = deployment.file;
  if (input_data_type !== 'structured')
    throw new CommandError(
      `Deployment ${id} has ${input_data_type} data; OpenScale evaluates only structured data of custom engines.`,
    );
  const statistics = await toStatistics(folder, deployment, options);
  const registration = {
    ...toRegistration(deployment, options, statistics, await openArchive(options.archive)),
    customMonitors: await readCustomMonitors(options),
  };
  if (options.apply) return apply(deployment, registration, options);
  const { bodies, programs } = toFiles(registration);
  const all = { ...bodies, ...(statistics && { [STATISTICS]: statistics }) };
  if (options.json) {
    console.log(JSON.stringify({ ...all, ...programs }));
    return;
  }
  const out = options.out ?? join('registration', id);
  await writeAll(out, {
    ...Object.fromEntries(Object.entries(all).map(([name, body]) => [name, `${JSON.stringify(body, null, 2)}\n`])),
    ...programs,
    ...registration.archives,
  });
  console.log(
    toWrittenText(deployment.file, registration, out, { ...options, hasStatistics: statistics !== undefined }),
  );
}

function checkOptions({ apply, ...options }: RegisterOptions): void {
  for (const name of ['dryRun', 'dataMart', 'sendExample', 'replaceArchive'] as const) {
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (!apply && options[name] !== undefined) throw new CommandError(`${option} also needs --apply.`, { exitCode: 2 });
  }
  if (apply && options.out !== undefined)
    throw new CommandError('--apply writes no files: leave out --out, or --apply.', { exitCode: 2 });
}

async function toStatistics(
  folder: string,
  deployment: Deployment,
  { url, fairness: groups, favourable = [], unfavourable = [], ...options }: RegisterOptions,
): Promise<OpenScaleStatistics | undefined> {
  const parameters = toFairnessParameters(
    {
      groups,
      favourable,
      unfavourable,
      minRecords: options.minRecords,
      metrics: options.fairnessMetrics,
      ...(options.fairnessThreshold && { thresholds: options.fairnessThreshold }),
    },
    deployment.file,
  );
  const statistics = await readStatistics(folder);
  if (parameters && !statistics)
    throw new CommandError(
      `--fairness needs ${STATISTICS}, which only deployments made by \`train\` have; for others, --archive has the groups.`,
    );
  return statistics && toOpenScaleStatistics(statistics, deployment, url, parameters);
}

function toRegistration(
  deployment: Deployment,
  options: RegisterOptions,
  statistics: OpenScaleStatistics | undefined,
  archive: ConfigurationArchive | undefined,
): Registration {
  const isHeadless = options.headless ?? false;
  const isPreProduction = options.preProduction ?? false;
  const { monitors, skipped } = planMonitors({
    file: deployment.file,
    names: options.monitors,
    statistics,
    archive,
    minRecords: options.minRecords,
    qualityThresholds: options.qualityThreshold ?? new Map(),
    explanations: options.explanations ?? [],
    controllable: options.controllable,
    isPreProduction,
    isHeadless,
  });
  return {
    id: deployment.file.id,
    provider: toServiceProvider(options.url, options.auth, { name: options.providerName, isHeadless, isPreProduction }),
    subscription: toSubscription(deployment, options.url, options.auth, {
      isHeadless,
      transactionId: options.transactionId,
      probabilityColumns: options.probabilityColumns,
      tokenCounts: options.tokenCounts,
    }),
    monitors,
    skipped,
    container: options.container,
    archives: archive?.members ?? {},
  };
}

async function apply(deployment: Deployment, registration: Registration, options: RegisterOptions): Promise<void> {
  const credentials = await toCredentials(registration);
  const apiKey = options.auth === 'api-key' && !options.headless ? await readApiKey() : undefined;
  const { client, settings } = await openConnection(process.env);
  let applied: Applied;
  try {
    applied = await applyRegistration(client, registration, {
      isDryRun: options.dryRun ?? false,
      dataMart: options.dataMart,
      credentials,
      apiKey,
      replaceArchives: options.replaceArchive,
      example: options.sendExample ? toExampleRecord(deployment) : undefined,
      onStep: (step) => console.error(toStepText(step)),
    });
  } finally {
    client.close();
  }
  if (options.json) console.log(JSON.stringify(applied));
  else
    console.log(toAppliedText(deployment.file, registration, applied, { ...options, openscale: client.url, settings }));
  const failed = applied.steps.filter(({ outcome }) => outcome === 'failed').length;
  if (failed > 0)
    throw new CommandError(`${failed} of ${applied.steps.length} steps failed; run the same command again to go on.`);
}

/** The engine's user name and password, which OpenScale calls it with. */
async function toCredentials({ provider }: Registration) {
  if (provider.credentials.username === undefined) return undefined;
  const username = process.env['ENGINE_USERNAME'];
  const file = process.env['ENGINE_PASSWORD_FILE'];
  const password =
    process.env['ENGINE_PASSWORD'] ??
    (file &&
      (await readTextFile(file)
        .then((text) => text.replace(/\r?\n$/, ''))
        .catch(() => undefined)));
  if (username && password) return { username, password };
  throw new CommandError(
    'Set ENGINE_USERNAME, and ENGINE_PASSWORD or ENGINE_PASSWORD_FILE: OpenScale calls the engine with them. An engine without authentication is registered with --auth none.',
  );
}

/** The API key of the engine that OpenScale calls it with. */
async function readApiKey(): Promise<string> {
  const file = process.env['ENGINE_API_KEY_FILE'];
  const text = process.env['ENGINE_API_KEY'] ?? (file && (await readTextFile(file).catch(() => undefined)));
  const key = text?.trim();
  if (key && findKeyProblem(key) === undefined) return key;
  throw new CommandError(
    'Set ENGINE_API_KEY or ENGINE_API_KEY_FILE to the key that OpenScale calls the engine with; `custom-ml-engine key add openscale` makes one.',
  );
}

/** A custom monitor per metrics provider of the engine. */
async function readCustomMonitors({
  metricsProviders: path,
  url,
  auth,
  headless,
}: RegisterOptions): Promise<CustomMonitor[]> {
  if (path === undefined || path === '') return [];
  if (headless)
    throw new CommandError('--metrics-providers: OpenScale calls the engine for metrics, which --headless excludes.');
  if (auth === 'api-key')
    throw new CommandError(
      '--metrics-providers: OpenScale calls metrics providers with a user name and a password; expected --auth basic.',
    );
  try {
    const { providers, folder, memory } = parseMetricsProvidersSettings(await readTextFile(path), path);
    return Object.entries(providers).map(([name, one]) =>
      toCustomMonitor(buildProvider(name, one, { folder, memory }), url, auth),
    );
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new CommandError(`--metrics-providers: expected a file as docs/custom-metrics.md describes it (${why}).`, {
      cause,
    });
  }
}

async function openArchive(path: string | undefined): Promise<ConfigurationArchive | undefined> {
  if (path === undefined) return undefined;
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new CommandError(`--archive: ${path} cannot be read (${String((cause as NodeJS.ErrnoException).code)}).`, {
      cause,
    });
  }
  if (bytes.length > MAX_ARCHIVE) throw new CommandError(`--archive: expected at most ${MAX_ARCHIVE} bytes.`);
  return readConfigurationArchive(bytes, basename(path));
}

async function writeAll(folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  try {
    await makeFolder(folder);
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
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
