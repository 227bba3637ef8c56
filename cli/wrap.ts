import { Argument, Command, Option } from 'commander';
import { DeploymentError } from '../errors/deployment-error.ts';
import type { RemoteAdapter } from '../remote/adapter.ts';
import { parseList } from '../csv/resolve-names.ts';
import { adapters } from '../remote/adapters.ts';
import { isPlainUrl } from '../upstream/plain-url.ts';
import type { ProblemType } from '../models/deployment-file.ts';
import { CommandError } from '../errors/command-error.ts';
import { wrap, type WrapOptions } from '../wrapping/wrap.ts';
import { addFileOptions, collect, toCellRules, toCsvFormat, type FileOptions } from './file-options.ts';
import { parseId } from './parse-id.ts';
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
  return addFileOptions(command)
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
    )
    .option('--name <name>', 'display name')
    .option('--description <text>', 'description')
    .option('--no-echo', 'answer with result columns only, without the features')
    .option('--out <folder>', 'folder of deployments', './deployments')
    .option('--force', 'replace an existing deployment')
    .option('--json', 'print the result as JSON')
    .action(run);
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
  };
}

/** JSON in which all control and format characters are escaped; JSON itself escapes only some of them. */
function toSafeJson(value: object): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\p{Cf}]/gu, (letter) =>
    letter.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/** Checked here and not by commander, whose error message would repeat a password. */
function parseUrl(text: string): URL {
  if (isPlainUrl(text)) return new URL(text);
  const hint = 'use --set authentication.… for credentials';
  throw toUsageError(`<url>: expected an http or https URL without credentials and fragment; ${hint}.`);
}

/** Text separated by commas, read as numbers if all of it is numeric; a JSON array is explicit about types. */
function parseLabels(text: string): (string | number)[] {
  if (!text.trimStart().startsWith('[')) {
    const names = parseList('--labels', text).map((name) => name.trim());
    if (names.includes('')) throw toUsageError('--labels: expected a name between any two commas.');
    return names.every((name) => /^[+-]?\d+(\.\d+)?$/.test(name)) ? names.map(Number) : names;
  }
  const labels = parseJson(text);
  if (!Array.isArray(labels) || !labels.every((name) => typeof name === 'string' || typeof name === 'number'))
    throw toUsageError('--labels: expected a,b or a JSON array of strings or numbers.');
  return labels;
}

/** Parses `--categories column=values` options. */
function parseCategories(texts: readonly string[]): Map<string, string[]> {
  return new Map(
    texts.map((text) => {
      const [, column, values] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      const categories = values?.trimStart().startsWith('[')
        ? parseJson(values)
        : values && parseList('--categories', values);
      const isList = Array.isArray(categories) && categories.length > 0 && categories.every(isCategory);
      if (column === undefined || !isList || new Set(categories.map(String)).size < categories.length)
        throw toUsageError('--categories: expected column=a,b or column= and a JSON array, with each category once.');
      return [column, categories.map(String)];
    }),
  );
}

function isCategory(value: unknown): value is string | number | boolean {
  return value !== '' && ['string', 'number', 'boolean'].includes(typeof value);
}

function toUsageError(message: string): CommandError {
  return new CommandError(message, { exitCode: 2 });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
