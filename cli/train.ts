import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { KIND_CHOICES, type Hyperparameters, type KindChoice } from '../training/hyperparameters.ts';
import type { ProblemType } from '../models/deployment-file.ts';
import { DATE_ORDERS, type DateOrder } from '../models/calendar-date.ts';
import { trainInThread, type ThreadOptions } from '../training/train-in-thread.ts';
import { toDeploymentId, TRAINING_DEFAULTS, TRAINING_LIMITS } from '../training/training-defaults.ts';
import type { TrainingChoices } from '../training/training-choices.ts';
import { CommandError } from '../errors/command-error.ts';
import { formatCount } from '../errors/quote-text.ts';
import { placeArchive } from '../openscale/archive/place-archive.ts';
import type { ArchiveResult } from '../openscale/archive/write-archive.ts';
import type { ComparedGroups } from '../openscale/fairness.ts';
import { addFairnessOptions } from './fairness-options.ts';
import { addFileOptions, collect, toCellRules, toCsvFormat, type FileOptions } from './file-options.ts';
import { addReplacementOptions } from './deployment-options.ts';
import { addHyperparameterOptions, toHyperparameters } from './hyperparameter-options.ts';
import { toNumberParser } from './to-number-parser.ts';
import { parseId } from './parse-id.ts';
import { Phases } from './phases.ts';
import { toRecordedCommand } from './recorded-command.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import type { TrainedArchive } from './trained-archive.ts';
import type { TrainingNews, TrainingReply } from './training-thread.ts';

/** From this number of features on, measuring their importances takes long enough to show it. */
const MANY_FEATURES = 50;

interface TrainOptions extends FileOptions, Hyperparameters {
  readonly label: string;
  readonly kind: KindChoice;
  readonly problemType?: ProblemType;
  readonly positive?: string;
  readonly features?: string[];
  readonly drop?: string[];
  readonly dates?: boolean;
  readonly dateOrder?: DateOrder;
  readonly safeNames?: boolean;
  readonly group?: string;
  readonly time?: string;
  readonly testFraction: number;
  readonly refit: boolean;
  readonly blend: boolean;
  readonly folds?: number;
  readonly budget?: number;
  readonly seed: number;
  readonly threads?: number;
  readonly id?: string;
  readonly name?: string;
  readonly description?: string;
  readonly echo: boolean;
  readonly out: string;
  readonly archive?: string;
  readonly favourable?: string[];
  readonly unfavourable?: string[];
  readonly fairness: ComparedGroups[];
  readonly force?: boolean;
  readonly keep: number;
  readonly json?: boolean;
}

/** The command that trains a model on a CSV file. */
export function buildTrainCommand(): Command {
  const command = new Command('train')
    .description('train a model on a CSV file, evaluate it, and write a deployment for `serve`')
    .addArgument(new Argument('<file>', 'the CSV file; its first line contains the column names'))
    .requiredOption('--label <column>', 'the column to predict')
    .addOption(
      new Option('--kind <kind>', 'model kind; auto compares those that suit the label, and takes the best')
        .choices(KIND_CHOICES)
        .default(TRAINING_DEFAULTS.kind),
    )
    .option(
      '--budget <time>',
      `how long comparing kinds may take, such as 90s or 5m (default: ${TRAINING_DEFAULTS.budget}s)`,
      parseBudget,
    )
    .option('--no-blend', 'serve a single kind, even if a weighted mean of several does better')
    .option(
      '--folds <number>',
      `cross-validate with this number of folds (default: ${TRAINING_DEFAULTS.folds} to compare kinds, ${TRAINING_DEFAULTS.foldsOfFew} with few rows, otherwise none)`,
      toNumberParser(...TRAINING_LIMITS.folds),
    )
    .addOption(
      new Option('--problem-type <type>', 'problem type; inferred from the label by default').choices([
        'binary',
        'multiclass',
        'regression',
      ]),
    )
    .option('--positive <class>', 'the positive class of a binary label (default: the rarer one)')
    .option('--features <columns>', 'columns to learn from, separated by commas (default: all)', collect)
    .option('--drop <columns>', 'columns to leave out', collect);
  addFileOptions(command)
    .option('--dates', 'learn from dates: their year, month, weekday and the days since the first')
    .addOption(new Option('--date-order <order>', 'what comes first in dates such as 1/2/2026').choices(DATE_ORDERS))
    .option('--safe-names', 'replace " and = in names, on which OpenScale fails, with _')
    .option(
      '--test-fraction <share>',
      'share of the rows held out for evaluation',
      toNumberParser(...TRAINING_LIMITS.testFraction, false),
      TRAINING_DEFAULTS.testFraction,
    )
    .option('--group <column>', 'hold out whole groups of rows, such as all of a patient')
    .option('--time <column>', 'hold out the latest rows')
    .option('--no-refit', 'serve the model that was evaluated, which has not learned from the held-out rows')
    .option('--seed <number>', 'random seed', toNumberParser(...TRAINING_LIMITS.seed), TRAINING_DEFAULTS.seed);
  addHyperparameterOptions(command)
    .option('--threads <number>', 'number of threads (default: all cores)', toNumberParser(...TRAINING_LIMITS.threads))
    .option('--id <id>', 'deployment id (default: from the file name)', parseId)
    .option('--name <name>', 'display name (default: the id)')
    .option('--description <text>', 'description of the deployment')
    .option('--no-echo', 'answer with the result columns only')
    .option('--out <folder>', 'deployments folder', TRAINING_DEFAULTS.out)
    .option(
      '--archive <file>',
      'also write the configuration archive, as `archive` would, such as configuration_archive.tar.gz; --force replaces it, too',
    );
  return addReplacementOptions(addFairnessOptions(command)).option('--json', 'print the result as JSON').action(run);
}

/** Run from source, there is only training-thread.ts. */
const THREAD = new URL(`training-thread${import.meta.url.slice(-3)}`, import.meta.url);
async function run(file: string, options: TrainOptions): Promise<void> {
  checkOptions(options);
  await stopOnSignals(async (signal) => {
    if (options.archive === undefined) show(await train(file, options, signal), options);
    else await trainAndArchive(file, options, options.archive, signal);
  });
}

function checkOptions({ archive, fairness, favourable, unfavourable }: TrainOptions): void {
  const isChosen = fairness.length > 0 || favourable !== undefined || unfavourable !== undefined;
  if (isChosen && archive === undefined)
    throw new CommandError(
      '--fairness, --favourable and --unfavourable also need --archive, which compares the groups.',
      {
        exitCode: 2,
      },
    );
}

/** Trains, and shows how it goes. */
async function train(
  file: string,
  options: TrainOptions,
  signal: AbortSignal,
  archive?: TrainedArchive,
): Promise<TrainingReply> {
  const progress = new Phases();
  const onNews = (news: TrainingNews) => {
    if ('plan' in news) console.error(news.plan);
    else if ('notice' in news) console.error(news.notice);
    else if (news.unit !== 'features' || news.total >= MANY_FEATURES) progress.show(news.unit, news.done, news.total);
  };
  try {
    return await trainInThread<TrainingNews, TrainingReply>(THREAD, toTrainingOptions(file, options), {
      signal,
      onNews,
      also: archive,
    });
  } finally {
    progress.stop();
  }
}

/** Trains and writes the archive. If only the archive fails, the deployment is there. */
async function trainAndArchive(file: string, options: TrainOptions, out: string, signal: AbortSignal): Promise<void> {
  const { fairness: groups, favourable = [], unfavourable = [], force = false } = options;
  let trained: TrainingReply | undefined;
  let archived: ArchiveResult | undefined;
  try {
    archived = await placeArchive({ out, force, signal, option: '--archive' }, async (draft) => {
      const fairness = { groups, favourable, unfavourable };
      trained = await train(file, options, signal, { draft, fairness, rules: toCellRules(options) });
      const { archive = { problem: 'it was not written' } } = trained;
      if ('problem' in archive) throw new CommandError(archive.problem);
      return archive;
    });
  } catch (error) {
    if (!trained || !(error instanceof CommandError)) throw error;
    show(trained, options);
    throw new CommandError(`The deployment was written, but no archive: ${error.message}`);
  }
  show(trained as TrainingReply, options, archived);
}

function show({ summary, text }: TrainingReply, { json }: TrainOptions, archive?: ArchiveResult): void {
  if (json) console.log(JSON.stringify({ ...summary, ...(archive && { archive }) }));
  else console.log(archive ? `${text}\n\n${toArchiveText(archive)}` : text);
}

function toArchiveText({ path, rows, incomplete }: ArchiveResult): string {
  const left = incomplete > 0 ? `, and ${incomplete} with missing cells left out` : '';
  return `The configuration archive is in ${path}: ${formatCount(rows, 'row')}${left}. Give it to \`register\` with --archive.`;
}

/** The seconds of a time such as 90s, 5m or 1h. */
function parseBudget(text: string): number {
  const [min, max] = TRAINING_LIMITS.budget;
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?) ?([smh]?)$/.exec(text) ?? [];
  const seconds = Number(number ?? NaN) * { s: 1, m: 60, h: 3600 }[unit === '' ? 's' : (unit as 's' | 'm' | 'h')];
  if (seconds >= min && seconds <= max) return seconds;
  throw new InvalidArgumentError(`Expected a time from ${min}s to ${max / 3600}h, such as 90s or 5m.`);
}

function toTrainingOptions(file: string, options: TrainOptions): ThreadOptions {
  const { label, threads } = options;
  const id = options.id ?? toDeploymentId(file);
  return {
    file,
    format: toCsvFormat(options),
    choices: toChoices(options),
    kind: options.kind,
    hyperparameters: toHyperparameters(options),
    testFraction: options.testFraction,
    refit: options.refit,
    blend: options.blend,
    ...(options.folds !== undefined && { folds: options.folds }),
    ...(options.budget !== undefined && { budget: options.budget }),
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
    keep: options.keep,
    command: toRecordedCommand(process.argv.slice(2), file),
  };
}

const CHOICES = [
  'problemType',
  'positive',
  'features',
  'drop',
  'group',
  'time',
  'dates',
  'dateOrder',
  'safeNames',
] as const satisfies readonly (keyof TrainOptions & keyof TrainingChoices)[];

function toChoices(options: TrainOptions): TrainingChoices {
  const given = CHOICES.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]);
  return { label: options.label, ...toCellRules(options), ...(Object.fromEntries(given) as Partial<TrainingChoices>) };
}
