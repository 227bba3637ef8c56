import { Argument, Command } from 'commander';
import { findDeploymentFolder } from '../catalogue/find-deployment-folder.ts';
import { loadDeployment } from '../catalogue/load-deployment.ts';
import { CommandError } from '../errors/command-error.ts';
import { DeploymentError } from '../errors/deployment-error.ts';
import { EngineError } from '../errors/engine-error.ts';
import { formatCount, toArgument } from '../errors/quote-text.ts';
import { writeArchive, type ArchiveResult } from '../openscale/archive/write-archive.ts';
import type { ComparedGroups } from '../openscale/fairness.ts';
import { addFairnessOptions } from './fairness-options.ts';
import { addFileOptions, toCellRules, toCsvFormat, type FileOptions } from './file-options.ts';
import { parseId } from './parse-id.ts';
import { Phases } from './phases.ts';
import { stopOnSignals } from './stop-on-signals.ts';

interface ArchiveOptions extends FileOptions {
  readonly data: string;
  readonly deployments: string;
  readonly label?: string;
  readonly out: string;
  readonly favourable?: string[];
  readonly unfavourable?: string[];
  readonly fairness: ComparedGroups[];
  readonly explainability: boolean;
  readonly drift: boolean;
  readonly allowModules?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The command that writes the archive from which OpenScale sets up monitors without the training data. */
export function buildArchiveCommand(): Command {
  const command = new Command('archive')
    .description(
      'write configuration_archive.tar.gz, from which OpenScale sets up fairness, explanations and drift without the training data',
    )
    .addArgument(new Argument('<id>', 'the deployment').argParser(parseId))
    .requiredOption('--data <file>', 'the training data: a CSV file with the columns of the model and the true labels')
    .option('--label <column>', "the column with the true labels (default: the name of the deployment's label)")
    .option('--deployments <folder>', 'folder of the deployments', './deployments');
  addFairnessOptions(addFileOptions(command));
  return command
    .option('--no-explainability', 'leave out what explanations need')
    .option('--no-drift', 'leave out the baseline of the drift monitor, for which all rows are scored')
    .option('--out <file>', 'the file that is written', './configuration_archive.tar.gz')
    .option('--force', 'replace an existing file')
    .option('--allow-modules', 'allow deployments of kind `module`, which run their own JavaScript')
    .option('--json', 'print the result as JSON')
    .action(run);
}

function run(id: string, options: ArchiveOptions): Promise<void> {
  return stopOnSignals(async (signal) => {
    try {
      const result = await archive(id, options, signal);
      console.log(options.json ? JSON.stringify(result) : toText(id, result));
    } catch (error) {
      if (signal.aborted) {
        console.error((signal.reason as CommandError).message);
        // A model that never answers would keep the process alive.
        process.exit(1);
      }
      if (error instanceof DeploymentError)
        throw new CommandError(`Deployment ${id} cannot be archived: ${error.message}`);
      if (error instanceof EngineError) throw new CommandError(`The rows cannot be scored: ${error.message}`);
      throw error;
    }
  });
}

async function archive(id: string, options: ArchiveOptions, signal: AbortSignal): Promise<ArchiveResult> {
  const { data, label, out, fairness: groups, favourable = [], unfavourable = [] } = options;
  const folder = await findDeploymentFolder(options.deployments, id);
  const deployment = await loadDeployment(folder, { allowModules: options.allowModules ?? false });
  const phases = new Phases();
  try {
    return await writeArchive({
      deployment,
      data: {
        path: data,
        format: toCsvFormat(options),
        rules: toCellRules(options),
        ...(label !== undefined && { label }),
      },
      fairness: { groups, favourable, unfavourable },
      explainability: options.explainability,
      drift: options.drift,
      out,
      force: options.force ?? false,
      onNotices: (notices) => notices.forEach((notice) => console.error(notice)),
      onProgress: (unit, done, total) => phases.show(unit, done, total),
      signal,
    });
  } finally {
    phases.stop();
    deployment.close?.();
  }
}

function toText(id: string, { path, rows, incomplete, members }: ArchiveResult): string {
  return [
    `The archive of ${id} is in ${path}: ${formatCount(rows, 'row')}${incomplete > 0 ? `, and ${incomplete} with missing cells left out` : ''}.`,
    '',
    ...members.map((name) => `  ${name}`),
    '',
    'OpenScale takes it when monitors are set up from a configuration package (docs/archive.md), or in Python:',
    '',
    `  client.monitor_instances.enable_monitors(…, configuration_archive=${JSON.stringify(path)})`,
    '',
    `Write it again when the model or its training data changes: npx custom-ml-engine archive ${toArgument(id)} --force …`,
  ].join('\n');
}
