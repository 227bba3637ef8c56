import { Argument, Command, Option } from 'commander';
import { DeploymentError } from '../errors/deployment-error.ts';
import { adapters } from '../remote/adapters.ts';
import { isPlainUrl } from '../upstream/plain-url.ts';
import type { ProblemType } from '../models/deployment-file.ts';
import { CommandError } from '../errors/command-error.ts';
import { wrap, type WrapOptions } from '../wrapping/wrap.ts';
import { parseId } from './parse-id.ts';
import { parseSettings } from './parse-settings.ts';
import { toColumnsText, toFailureText, toWrapJson, toWrapText } from './wrap-text.ts';

interface CliOptions {
  readonly id: string;
  readonly rows: string;
  readonly set: string[];
  readonly label: string;
  readonly labels?: string;
  readonly problemType?: ProblemType;
  readonly features?: string[];
  readonly drop?: string[];
  readonly name?: string;
  readonly description?: string;
  readonly echo: boolean;
  readonly out: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The command that makes a deployment of a model that another server serves. */
export function buildWrapCommand(): Command {
  return new Command('wrap')
    .description('makes a deployment of a model that lives elsewhere: asks its server, and writes what `serve` serves')
    .addArgument(new Argument('<kind>', 'what its server speaks').choices(Object.keys(adapters)))
    .addArgument(new Argument('<url>', 'where it is'))
    .requiredOption('--id <id>', 'the id of the deployment', parseId)
    .requiredOption('--rows <file>', 'rows to show it: JSON {"fields": […], "values": [[…]]}, or CSV with a header')
    .option('--set <key=value>', 'a setting of the kind; can be repeated (docs/wrapping.md)', collect, [])
    .option('--label <name>', 'what is predicted; a column of the rows that has this name is no feature', 'label')
    .option('--labels <classes>', 'the classes in the order of the probabilities: a,b or a JSON array')
    .addOption(
      new Option('--problem-type <type>', 'where the answers do not tell').choices([
        'binary',
        'multiclass',
        'regression',
      ]),
    )
    .option('--features <columns>', 'the columns that it takes, in its order, separated by commas', parseList)
    .option('--drop <columns>', 'columns to leave out', parseList)
    .option('--name <name>', 'its name for people')
    .option('--description <text>', 'what it does, for people')
    .option('--no-echo', 'answer with the result columns only')
    .option('--out <folder>', 'the folder of the deployments', './deployments')
    .option('--force', 'replace a deployment that has this id')
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
  const { id, rows, label, labels, problemType, features, drop, out, echo } = options;
  return {
    kind,
    url: parseUrl(url),
    settings: parseSettings(options.set),
    rows,
    label,
    ...(labels !== undefined && { labels: parseLabels(labels) }),
    ...(problemType && { problemType }),
    ...(features && { features }),
    ...(drop && { drop }),
    deployment: {
      id,
      name: options.name ?? id,
      description: options.description ?? `Predicts ${label}; a model of the kind ${kind}, served elsewhere.`,
      echo,
    },
    out,
    force: options.force ?? false,
  };
}

/** JSON in which what a terminal obeys is escaped, as JSON itself does for a part of it. */
function toSafeJson(value: object): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\p{Cf}]/gu, (letter) =>
    letter.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/** Checked here and not by commander, whose complaint would repeat a password. */
function parseUrl(text: string): URL {
  if (isPlainUrl(text)) return new URL(text);
  const hint = '--set authentication says how to get in, with the name of a variable or file';
  throw wrongUse(`<url>: expected an http or https URL without credentials and fragment; ${hint}.`);
}

/** Texts separated by commas, taken for numbers where all of them are; a JSON array says itself which they are. */
function parseLabels(text: string): (string | number)[] {
  if (!text.trimStart().startsWith('[')) {
    const names = parseList(text);
    if (names.includes('')) throw wrongUse('--labels: expected names between the commas.');
    return names.every((name) => /^[+-]?\d+(\.\d+)?$/.test(name)) ? names.map(Number) : names;
  }
  const labels = parseJson(text);
  if (!Array.isArray(labels) || !labels.every((name) => typeof name === 'string' || typeof name === 'number'))
    throw wrongUse('--labels: expected a,b or a JSON array of texts or numbers.');
  return labels;
}

function wrongUse(message: string): CommandError {
  return new CommandError(message, { exitCode: 2 });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseList(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function collect(text: string, before: readonly string[]): string[] {
  return [...before, text];
}
