import { Command } from 'commander';
import { CommandError } from '../errors/command-error.ts';
import { explainMissing } from '../errors/explain-missing.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { parseConfiguration, type Configuration } from '../server/configuration.ts';
import { startEngine, type Engine } from '../server/engine.ts';
import { buildLog, flushLog, openDestination, type Log } from '../server/log/log.ts';
import { startMetricsProviders } from '../server/metrics-providers/metrics-providers.ts';
import { askFirstProcess } from '../server/metrics/ask-first-process.ts';
import { FirstProcessMetrics } from '../server/metrics/first-process-metrics.ts';
import { addSenderMetrics } from '../server/metrics/sender-metrics.ts';
import { startSenders } from '../server/payload-log/sender.ts';
import { SETTINGS, toVariable, type SettingName } from '../server/settings.ts';
import { SAMPLES } from '../catalogue/samples.ts';
import { findUnknownVariables } from '../server/unknown-variables.ts';
import { relayMetricsProviders, serveAsWorker, takeConnections, toWorkerNumber } from '../server/workers/worker.ts';
import { startWorkers } from '../server/workers/workers.ts';
import { toGreeting } from './greeting.ts';

/** The command that runs the engine until it is stopped (SIGTERM, SIGINT). */
export function buildServeCommand(): Command {
  const command = new Command('serve').description('serve the deployments of a folder');
  for (const [name, setting] of Object.entries(SETTINGS)) {
    if (!('placeholder' in setting)) continue;
    const fallback = 'default' in setting ? `, ${setting.default}` : '';
    command.option(
      `--${name} ${'isFlag' in setting ? `[${setting.placeholder}]` : `<${setting.placeholder}>`}`,
      `${setting.description} (${toVariable(name as SettingName)}${fallback})`,
    );
  }
  command.option('--samples', 'serve the sample deployments of this package');
  command.addHelpText('after', () => `\nEnvironment only (options are visible to other users):\n${toSecretsHelp()}`);
  return command.action(async ({ samples, ...options }: Record<string, string | true> & { samples?: true }) => {
    if (samples) {
      if (options['deployments'] !== undefined)
        throw new CommandError('Expected either --samples or --deployments.', { exitCode: 2 });
      options['deployments'] = SAMPLES;
    }
    const named = Object.entries(options).map(([key, value]) => [toKebab(key), String(value)]);
    await serve(Object.fromEntries(named) as Partial<Record<SettingName, string>>);
  });
}

function toSecretsHelp(): string {
  return Object.entries(SETTINGS)
    .filter(([, setting]) => !('placeholder' in setting))
    .map(([name, setting]) => `  ${toVariable(name as SettingName)}  ${setting.description}`)
    .join('\n');
}

async function serve(options: Partial<Record<SettingName, string>>): Promise<void> {
  let configuration: Configuration;
  try {
    configuration = parseConfiguration(process.env, options);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    console.error(error.problems.join('\n'));
    process.exitCode = 2;
    return;
  }
  const worker = toWorkerNumber();
  const log = buildLog(configuration.logLevel, worker, openDestination(worker, configuration));
  if (worker === undefined)
    for (const unknown of findUnknownVariables(process.env)) log.warn(unknown, 'unknown variable');
  if (configuration.workers > 1 && worker === undefined) await serveByWorkers(configuration, log);
  else await serveHere(configuration, log, worker !== undefined);
}

async function serveByWorkers(configuration: Configuration, log: Log): Promise<void> {
  const metrics = new FirstProcessMetrics();
  const { payloadLog, metricsProviders: settings, deployments, allowModules } = configuration;
  const providers = settings && startMetricsProviders({ settings, deployments, allowModules }, log);
  const workers = startWorkers(configuration, log, greet, metrics, providers);
  const stopSenders = payloadLog && startSenders(payloadLog, log, addSenderMetrics([metrics.registry], payloadLog));
  stopOnSignals(() => {
    workers.stop();
    void providers?.stop();
  });
  process.on('SIGHUP', () => workers.restart());
  try {
    process.exitCode = await workers.ended;
    await providers?.stop();
    await stopSenders?.();
  } catch (error) {
    return exitUnstarted(await toReason(error as NodeJS.ErrnoException, configuration));
  }
}

async function serveHere(configuration: Configuration, log: Log, isWorker: boolean): Promise<void> {
  let engine: Engine;
  try {
    const metricsProviders = isWorker && configuration.metricsProviders ? relayMetricsProviders() : undefined;
    engine = await startEngine(
      configuration,
      log,
      isWorker ? { open: takeConnections, sends: false, buildScrape: askFirstProcess, metricsProviders } : {},
    );
  } catch (error) {
    return exitUnstarted(await toReason(error as NodeJS.ErrnoException, configuration));
  }
  const greeting = toGreeting(engine, configuration);
  if (isWorker) {
    flushLog();
    serveAsWorker(engine, greeting);
    // A terminal sends Ctrl-C to the workers too; the first process decides when they stop.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => undefined);
    process.on('SIGHUP', () => undefined);
    return;
  }
  stopOnSignals(() => void engine.stop());
  // Its terminal was closed. There is nothing that a single process could restart.
  process.on('SIGHUP', () => void engine.stop());
  greet(greeting);
}

/** Prints the greeting after what has been logged, so that it is the last on a terminal. */
function greet(greeting: string): void {
  flushLog();
  console.log(greeting);
}

function exitUnstarted(reason: string): never {
  console.error(`The engine could not start: ${reason}`);
  process.exit(1);
}

async function toReason(
  { code, message, syscall }: NodeJS.ErrnoException,
  { port, host, deployments }: Configuration,
): Promise<string> {
  if (code === 'EADDRINUSE') return `port ${port} is in use; choose another with --port.`;
  if (syscall === 'listen' || syscall === 'getaddrinfo')
    return `it cannot listen on port ${port} of ${host} (${code}); choose others with --port and --host.`;
  if (syscall !== 'scandir') return message;
  if (code === 'ENOENT' && deployments === SETTINGS.deployments.default)
    return `this folder has no folder ${deployments}.\n\n${NEXT_STEPS}`;
  const why = code === 'ENOENT' ? `: ${await explainMissing(deployments, 'folder')}` : '';
  return `the folder of the deployments, ${deployments}, cannot be read (${code})${why}. --deployments names another.`;
}

/** For someone who starts in an empty folder. */
const NEXT_STEPS = `Next steps:

  npx custom-ml-engine serve --samples                     serve the sample deployments
  npx custom-ml-engine train data.csv --label column       train a model from a CSV file
  npx custom-ml-engine wrap --help                         make a deployment from a model on another server
  npx custom-ml-engine serve --deployments folder          serve the deployments of another folder`;

/** The first signal stops the engine; a second one ends the process. */
function stopOnSignals(stop: () => void): void {
  let isStopping = false;
  const onSignal = () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    stop();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

function toKebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
