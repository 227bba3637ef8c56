import { Argument, Command, Option } from 'commander';
import { DeploymentError } from '../errors/deployment-error.ts';
import type { RemoteAdapter } from '../remote/adapter.ts';
import { adapters } from '../remote/adapters.ts';
import { isPlainUrl } from '../upstream/plain-url.ts';
import type { ProblemType } from '../models/deployment-file.ts';
import { CommandError } from '../errors/command-error.ts';
import { wrap, type WrapOptions } from '../wrapping/wrap.ts';
import { addDeploymentOptions } from './deployment-options.ts';
import { addFileOptions, collect, toCellRules, toCsvFormat, type FileOptions } from './file-options.ts';
import { parseCategories, parseLabels } from './parse-choices.ts';
import { parseId } from './parse-id.ts';
import { toSafeJson } from './safe-json.ts';
import { parseSettings } from './parse-settings.ts';
import { toColumnsText, toFailureText, toWrapJson, toWrapText } from './wrap-text.ts';

interface CliOptions extends FileOptions {
  readonly id: string;
  readonly rows: string;
  readonly set: string[];
  readonly label: string;
  readonly labels?: string;
  readonly problemType?: ProblemType;
  readonly features?: string[];
  readonly drop?: string[];
  readonly categories: string[];
  readonly name?: string;
  readonly description?: string;
  readonly echo: boolean;
  readonly out: string;
  readonly force?: boolean;
  readonly keep: number;
  readonly json?: boolean;
}

/** The command that makes a deployment from a model that another server serves. */
export function buildWrapCommand(): Command {
  const command = new Command('wrap')
    .description('make a deployment from a model on another server')
    .addArgument(new Argument('<kind>', 'server protocol').choices(Object.keys(adapters)))
    .addArgument(new Argument('<url>', 'server URL'))
    .requiredOption('--id <id>', 'id of the deployment', parseId)
    .requiredOption('--rows <file>', 'rows to score: JSON {"fields": […], "values": [[…]]}, or CSV with a header');
  addFileOptions(command)
    .addOption(
      new Option('--set <key=value>', 'setting of the kind; can be repeated (see docs/wrapping.md)')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--label <name>', 'name of the prediction; a column with this name has the true labels', 'label')
    .option('--labels <classes>', 'classes in the order of the probabilities: a,b or a JSON array')
    .addOption(
      new Option('--problem-type <type>', 'problem type, if the replies do not show it').choices([
        'binary',
        'multiclass',
        'regression',
      ]),
    )
    .option('--features <columns>', "the model's columns in its order, separated by commas; can be repeated", collect)
    .option('--drop <columns>', 'columns to leave out, separated by commas; can be repeated', collect)
    .addOption(
      new Option(
        '--categories <column=values>',
        'a column\'s categories in the model\'s order: purpose=car,rent or purpose=["car"]; can be repeated',
      )
        .argParser(collect)
        .default([], 'none'),
    );
  return addDeploymentOptions(command).action(run);
}

async function run(kind: string, url: string, options: CliOptions): Promise<void> {
  try {
    const result = await wrap({
      ...toWrapOptions(kind, url, options),
      onPlan: (...plan) => console.error(toColumnsText(...plan)),
    });
    console.log(
      options.json ? toSafeJson(toWrapJson(result)) : toWrapText(result, options.out, process.stdout.columns),
    );
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof DeploymentError)) throw error;
    const exitCode = error instanceof CommandError ? error.exitCode : 1;
    throw new CommandError(toFailureText(error), { exitCode });
  }
}

function toWrapOptions(kind: string, url: string, options: CliOptions): WrapOptions {
  const { id, rows, label, labels, problemType, features, drop, categories, out, echo } = options;
  return {
    kind,
    url: parseUrl(url),
    settings: parseSettings(options.set, (adapters[kind] as RemoteAdapter).settings),
    rows,
    format: { ...toCsvFormat(options), rules: toCellRules(options) },
    label,
    ...(labels !== undefined && { labels: parseLabels(labels) }),
    ...(problemType && { problemType }),
    ...(features && { features }),
    ...(drop && { drop }),
    categories: parseCategories(categories),
    deployment: {
      id,
      name: options.name ?? id,
      description: options.description ?? `Predicts ${label} with a remote model (${kind}).`,
      echo,
    },
    out,
    force: options.force ?? false,
    keep: options.keep,
  };
}

/** Checked here and not by commander, whose error message would repeat a password. */
function parseUrl(text: string): URL {
  if (isPlainUrl(text)) return new URL(text);
  const hint = 'use --set authentication.… for credentials';
  throw toUsageError(`<url>: expected an http or https URL without credentials and fragment; ${hint}.`);
}

function toUsageError(message: string): CommandError {
  return new CommandError(message, { exitCode: 2 });
}
