import { basename, extname } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { DEPLOYMENT_ID } from '../models/deployment-file.ts';
import { MAX_BINS } from '../training/forest/bin-feature.ts';
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

/** The command that trains a model on a CSV file. */
export function buildTrainCommand(): Command {
  return new Command('train')
    .description('trains a model on a CSV file, evaluates it, and writes a deployment for `serve`')
    .addArgument(new Argument('<file>', 'the CSV file; its first line contains the column names'))
    .requiredOption('--label <column>', 'the column to predict')
    .addOption(new Option('--kind <kind>', 'model kind').choices(LEARNED_KINDS).default('random-forest'))
    .addOption(
      new Option('--problem-type <type>', 'problem type; inferred from the label by default').choices([
        'binary',
        'multiclass',
        'regression',
      ]),
    )
    .option('--features <columns>', 'columns to learn from, separated by commas (default: all)', parseList)
    .option('--categorical <columns>', 'columns to treat as categories', parseList)
    .option('--drop <columns>', 'columns to leave out', parseList)
    .option('--safe-names', 'replace " and = in names, on which OpenScale fails, with _')
    .option('--delimiter <character>', 'cell delimiter, \\t for a tab (default: detected)', parseDelimiter)
    .option(
      '--test-fraction <share>',
      'share of the rows held out for evaluation',
      toNumberParser(0.01, 0.9, false),
      0.2,
    )
    .option('--seed <number>', 'random seed', toNumberParser(0, 2 ** 31 - 1), 1)
    .option('--trees <number>', 'number of trees', toNumberParser(1, 10_000), 100)
    .option('--max-depth <number>', 'maximum number of splits from the root to a leaf', toNumberParser(1, 64), 12)
    .option('--min-leaf <rows>', 'minimum number of rows in a leaf', toNumberParser(1, 1_000_000), 1)
    .option(
      '--max-features <number>',
      'features tried per split (default: the square root of their number, for a regression a third of it)',
      toNumberParser(1, 1012),
    )
    .option('--bins <number>', 'maximum number of bins per feature', toNumberParser(2, MAX_BINS), MAX_BINS - 1)
    .option('--threads <number>', 'number of threads (default: all cores)', toNumberParser(1, 256))
    .option('--id <id>', 'deployment id (default: from the file name)', parseId)
    .option('--name <name>', 'display name (default: the id)')
    .option('--description <text>', 'description of the deployment')
    .option('--no-echo', 'answer with the result columns only')
    .option('--out <folder>', 'deployments folder', './deployments')
    .option('--force', 'replace an existing deployment with this id')
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

/** Derives an id from the name of a file. */
function toId(file: string): string {
  const id = basename(file, extname(file))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '');
  if (!DEPLOYMENT_ID.test(id))
    throw new CommandError('The file name cannot be turned into a valid deployment id; set one with --id.');
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

function toNumberParser(min: number, max: number, whole = true): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
    throw new InvalidArgumentError(`Expected a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`);
  };
}
