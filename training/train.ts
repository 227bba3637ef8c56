/**
 * From a CSV file to a deployment: survey, plan, load, split, learn, evaluate the model as it will be served, write.
 */
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { deploymentFileSchema, type DeploymentDescription, type DeploymentFile } from '../models/deployment-file.ts';
import { recordExample } from '../catalogue/load-deployment.ts';
import { evaluate } from './evaluate.ts';
import type { LearningOptions } from './forest/learn-forest.ts';
import { surveyColumns, type Survey } from '../csv/survey-columns.ts';
import { checkHyperparameters, type Hyperparameters, type LearnedKind } from './hyperparameters.ts';
import { learnModel } from './learn-model.ts';
import type { LearnedModel, Lesson } from './learned-model.ts';
import { loadTable, toRequest, type TrainingTable } from './load-table.ts';
import { findSuspects } from './find-suspects.ts';
import { toKeptMetrics } from './metrics.ts';
import { planTraining, type TrainingPlan } from './plan-training.ts';
import { resolveChoices, type TrainingChoices } from './training-choices.ts';
import { openCsv, type CsvFormat } from '../csv/read-csv.ts';
import { toReport } from './report/report.ts';
import { splitRows, type Split } from './split-rows.ts';
import { CommandError } from '../errors/command-error.ts';
import type { TrainingResult } from './training-result.ts';
import { toTrainingStatistics } from './training-statistics.ts';
import { checkFree, proveDeployment, placeDeployment, writeJson } from '../catalogue/write-deployment.ts';

export interface TrainingOptions extends LearningOptions {
  /** The CSV file. */
  readonly file: string;
  readonly format?: CsvFormat;
  readonly choices: TrainingChoices;
  readonly kind: LearnedKind;
  readonly hyperparameters: Hyperparameters;
  /** Another learner of the same kind; `hyperparameters` do not apply to it. */
  readonly learn?: (lesson: Lesson) => LearnedModel;
  readonly testFraction: number;
  readonly seed: number;
  readonly deployment: DeploymentDescription;
  /** The folder of the deployments. */
  readonly out: string;
  /** Whether an existing deployment with this id is replaced. */
  readonly force: boolean;
  /** The command line, which the deployment records. */
  readonly command: string;
  /** The time of creation; now by default. */
  readonly date?: Date;
  /** Called with what was inferred, before anything is learned. */
  readonly onPlan?: (plan: TrainingPlan, survey: Survey) => void;
  /** Called after each feature whose importance has been measured, with the number so far, and of all. */
  readonly onImportance?: (features: number, total: number) => void;
}

/**
 * Trains in this thread, which it blocks, and writes a deployment; train-in-thread.ts is the other way.
 * @throws {CommandError} if the file or the options are wrong; the signal's reason if it is aborted
 */
export async function train(options: TrainingOptions): Promise<TrainingResult> {
  checkHyperparameters(options.kind, options.hyperparameters);
  const destination = { ...options, id: options.deployment.id };
  await checkFree(destination);
  return placeDeployment(destination, (draft) => trainDraft(options, draft));
}

/**
 * Trains and writes the files of a deployment into a folder, and proves that they can be loaded.
 * @throws {CommandError} if the file or the options are wrong; the signal's reason if it is aborted
 */
export async function trainDraft(options: TrainingOptions, draft: string): Promise<TrainingResult> {
  const { deployment, signal } = options;
  const csv = await openCsv(options.file, options.format);
  const choices = resolveChoices(options.choices, csv.header);
  const survey = await surveyColumns(csv, choices);
  const planned = planTraining(survey, choices);
  checkKind(options.kind, planned);
  const table = await loadTable(csv, planned, survey.rows);
  const plan = { ...planned, warnings: [...planned.warnings, ...findSuspects(table, planned)] };
  options.onPlan?.(plan, survey);
  const classCount = plan.label.classes?.length ?? 0;
  const split = splitRows(table.target, classCount, options.testFraction, options.seed);
  if (split.test.length === 0) throw new CommandError('There are too few rows to hold any out for evaluation.');
  signal?.throwIfAborted();

  const start = performance.now();
  const lesson = { table, rows: split.training, classCount, seed: options.seed };
  const learned = options.learn?.(lesson) ?? (await learnModel(options.kind, lesson, options.hyperparameters, options));
  const seconds = (performance.now() - start) / 1000;
  signal?.throwIfAborted();

  await writeModel(draft, learned);
  const file = describe(options, plan, learned, toRequest(table, chooseExample(split, table, classCount)));
  const recorded = await recordExample(draft, file);
  const evaluation = await evaluate(recorded, table, split, plan, options.seed, {
    used: learned.used,
    onProgress: options.onImportance,
    signal,
  });
  signal?.throwIfAborted();
  const folder = join(resolve(options.out), deployment.id);
  const { hyperparameters } = learned;
  const result = { folder, plan, kind: options.kind, hyperparameters, split, evaluation, seconds };
  await writeJson(join(draft, 'deployment.json'), { ...recorded.file, training: toRecord(options, learned, result) });
  await writeFile(join(draft, 'training-statistics.json'), `${JSON.stringify(toTrainingStatistics(table, plan))}\n`);
  await writeFile(join(draft, 'report.html'), toReport(recorded.file, result, options.command));
  await proveDeployment(draft);
  return result;
}

function checkKind(kind: LearnedKind, { problemType }: TrainingPlan): void {
  if (
    (kind === 'logistic-regression' && problemType === 'regression') ||
    (kind === 'linear-regression' && problemType !== 'regression')
  ) {
    throw new CommandError(`--kind ${kind} cannot learn a ${problemType} problem.`);
  }
}

/** Writes the file of a model, which can be larger than a text may be. */
async function writeModel(draft: string, { file: { name, pieces } }: LearnedModel): Promise<void> {
  await pipeline(Readable.from(pieces), createWriteStream(join(draft, name)));
}

/** The content of deployment.json, without the answer of its example. */
function describe(
  { deployment, date = new Date() }: TrainingOptions,
  { problemType, label }: TrainingPlan,
  { kind, columns, settings }: LearnedModel,
  example: DeploymentFile['example'],
): DeploymentFile {
  const now = date.toISOString();
  const { name, type, classes } = label;
  return deploymentFileSchema.parse({
    ...deployment,
    kind,
    settings,
    problem_type: problemType,
    columns,
    label: { name, type: classes ? type : 'double', ...(classes && { classes }) },
    example,
    created_at: now,
    modified_at: now,
  });
}

/** The first held-out row of each class, at most three; for a regression the first two rows. */
function chooseExample({ test }: Split, { target }: TrainingTable, classCount: number): number[] {
  if (classCount === 0) return Array.from(test.subarray(0, 2));
  const rows = Array.from({ length: classCount }, (_, index) => test.find((row) => target[row] === index));
  return rows.filter((row) => row !== undefined).slice(0, 3);
}

/** What the deployment records of its training, so that it can be understood and repeated. */
function toRecord(
  { command, seed, kind }: TrainingOptions,
  { hyperparameters }: LearnedModel,
  { plan, split, evaluation }: TrainingResult,
): object {
  const { classes } = plan.label;
  return {
    command,
    seed,
    kind,
    hyperparameters,
    rows: { training: split.training.length, test: split.test.length },
    metrics: toKeptMetrics(evaluation.metrics, classes),
    baseline: toKeptMetrics(evaluation.baseline, classes),
    ...(evaluation.uncalibrated && { uncalibrated: evaluation.uncalibrated }),
    importances: evaluation.importances,
  };
}
