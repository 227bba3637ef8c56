import { basename, extname } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { DEPLOYMENT_ID } from '../models/deployment-file.ts';
import { MOST_BINS } from '../training/forest/bin-feature.ts';
import { LEARNED_KINDS, type LearnedKind } from '../training/learn-model.ts';
import type { ProblemType } from '../models/deployment-file.ts';
import { train, type TrainingOptions } from '../training/train.ts';
import { CommandError } from '../errors/command-error.ts';
import { parseId } from './parse-id.ts';
import { buildProgress } from './progress.ts';
import { toJsonResult, toPlanText, toResultText } from './training-text.ts';

interface TrainOptions {
  readonly label: string;
  readonly kind: LearnedKind;
  readonly problemType?: ProblemType;
  readonly features?: string[];
  readonly categorical?: string[];
  readonly drop?: string[];
  readonly safeNames?: boolean;
  readonly delimiter?: string;
  readonly testFraction: number;
  readonly seed: number;
  readonly trees: number;
  readonly maxDepth: number;
  readonly minLeaf: number;
  readonly maxFeatures?: number;
  readonly bins: number;
  readonly threads?: number;
  readonly id?: string;
  readonly name?: string;
  readonly description?: string;
  readonly echo: boolean;
  readonly out: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The command that makes a deployment of a CSV file. */
export function buildTrainCommand(): Command {
  return new Command('train')
    .description('makes a deployment of a CSV file: learns, evaluates, and writes what `serve` serves')
    .addArgument(new Argument('<file>', 'the CSV file; its first line names the columns'))
    .requiredOption('--label <column>', 'the column to predict')
    .addOption(new Option('--kind <kind>', 'what to learn').choices(LEARNED_KINDS).default('random-forest'))
    .addOption(
      new Option('--problem-type <type>', 'where the label does not tell').choices([
        'binary',
        'multiclass',
        'regression',
      ]),
    )
    .option('--features <columns>', 'the columns to learn from, separated by commas; all of them otherwise', parseList)
    .option('--categorical <columns>', 'columns to take as categories', parseList)
    .option('--drop <columns>', 'columns to leave out', parseList)
    .option('--safe-names', 'replace " and = in names, on which OpenScale fails, by _')
    .option('--delimiter <character>', 'what separates the cells; detected otherwise (\\t for a tab)', parseDelimiter)
    .option(
      '--test-fraction <share>',
      'the share of the rows held out for the evaluation',
      toNumberParser(0.01, 0.9, false),
      0.2,
    )
    .option('--seed <number>', 'what all chance comes from', toNumberParser(0, 2 ** 31 - 1), 1)
    .option('--trees <number>', 'trees of the forest', toNumberParser(1, 10_000), 100)
    .option('--max-depth <number>', 'the most splits from the root to a leaf', toNumberParser(1, 64), 12)
    .option('--min-leaf <rows>', 'the fewest rows of a leaf', toNumberParser(1, 1_000_000), 1)
    .option(
      '--max-features <number>',
      'features drawn at a node; √ of all (classes) or a third (regression)',
      toNumberParser(1, 1012),
    )
    .option('--bins <number>', 'the most bins of a feature', toNumberParser(2, MOST_BINS), MOST_BINS - 1)
    .option('--threads <number>', 'threads that learn; all cores otherwise', toNumberParser(1, 256))
    .option('--id <id>', 'the id of the deployment; the name of the file otherwise', parseId)
    .option('--name <name>', 'its name for people')
    .option('--description <text>', 'what it does, for people')
    .option('--no-echo', 'answer with the result columns only')
    .option('--out <folder>', 'the folder of the deployments', './deployments')
    .option('--force', 'replace a deployment that has this id')
    .option('--json', 'print the result as JSON')
    .action(run);
}

async function run(file: string, options: TrainOptions): Promise<void> {
  const abort = new AbortController();
  const stop = () => abort.abort(new CommandError('Stopped; nothing was written.'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const progress = buildProgress('trees', options.trees);
  try {
    const result = await train({
      ...toTrainingOptions(file, options),
      signal: abort.signal,
      onPlan: (plan, survey) => console.error(toPlanText(plan, survey)),
      onProgress: (trees) => progress.update(trees),
    });
    progress.stop();
    console.log(options.json ? JSON.stringify(toJsonResult(result)) : toResultText(result));
  } finally {
    progress.stop();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

function toTrainingOptions(file: string, options: TrainOptions): TrainingOptions {
  const { label, problemType, features, categorical, drop, safeNames, delimiter, threads, maxFeatures } = options;
  const id = options.id ?? toId(file);
  return {
    file,
    ...(delimiter !== undefined && { delimiter }),
    choices: {
      label,
      ...(problemType && { problemType }),
      ...(features && { features }),
      ...(categorical && { categorical }),
      ...(drop && { drop }),
      ...(safeNames && { safeNames }),
    },
    kind: options.kind,
    hyperparameters: {
      trees: options.trees,
      maxDepth: options.maxDepth,
      minLeaf: options.minLeaf,
      ...(maxFeatures !== undefined && { maxFeatures }),
      bins: options.bins,
    },
    testFraction: options.testFraction,
    seed: options.seed,
    ...(threads !== undefined && { threads }),
    deployment: {
      id,
      name: options.name ?? id,
      description: options.description ?? `Predicts ${label}.`,
      echo: options.echo,
    },
    out: options.out,
    force: options.force ?? false,
    command: `custom-ml-engine ${process.argv.slice(2).map(quote).join(' ')}`,
  };
}

/** An id from the name of a file. */
function toId(file: string): string {
  const id = basename(file, extname(file))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '');
  if (!DEPLOYMENT_ID.test(id)) throw new CommandError('The name of the file makes no id; --id gives one.');
  return id;
}

function quote(argument: string): string {
  return /^[\w./:@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

function parseList(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function parseDelimiter(text: string): string {
  const delimiter = text === '\\t' ? '\t' : text;
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter)) throw new InvalidArgumentError('Expected one character.');
  return delimiter;
}

function toNumberParser(least: number, greatest: number, whole = true): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= greatest && (!whole || Number.isInteger(value))) return value;
    throw new InvalidArgumentError(`Expected a ${whole ? 'whole ' : ''}number from ${least} to ${greatest}.`);
  };
}
