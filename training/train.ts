/**
 * From a CSV file to a deployment: survey, plan, load, split, compare kinds, learn, evaluate, learn from all rows, write.
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { surveyColumns } from '../csv/survey-columns.ts';
import { checkHyperparameters, listKinds } from './hyperparameters.ts';
import type { Lesson } from './learned-model.ts';
import { loadTable } from './load-table.ts';
import { findSuspects } from './find-suspects.ts';
import { toKeptMetrics } from './metrics.ts';
import { planTraining, type TrainingPlan } from './plan-training.ts';
import { resolveChoices } from './training-choices.ts';
import type { TrainingOptions } from './training-options.ts';
import { openCsv } from '../csv/read-csv.ts';
import { toReport } from './report/report.ts';
import { holdOut, listUnlearned, type Split } from './split-rows.ts';
import { CommandError } from '../errors/command-error.ts';
import { formatCount, quoteList } from '../errors/quote-text.ts';
import { Trainer } from './trainer.ts';
import type { TrainingResult } from './training-result.ts';
import { toTrainingStatistics } from './training-statistics.ts';
import { checkFree, proveDeployment, placeDeployment, writeJson } from '../catalogue/write-deployment.ts';

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
  const kinds = listKinds(options.kind, planned.problemType, options.hyperparameters);
  const table = await loadTable(csv, planned, survey.rows);
  const plan = { ...planned, warnings: [...planned.warnings, ...findSuspects(table, planned)] };
  options.onPlan?.(plan, survey);
  const classCount = plan.label.classes?.length ?? 0;
  const lesson = { table, rows: Int32Array.from(table.target.keys()), classCount, seed: options.seed };
  const split = holdOut(lesson, options.testFraction);
  checkSplit(lesson, split, plan);
  signal?.throwIfAborted();

  const trainer = new Trainer(options, plan, lesson, split, draft);
  const crossValidation = await trainer.compare(kinds);
  const kind = crossValidation?.chosen ?? kinds[0];
  const weights = crossValidation?.candidates.find((candidate) => candidate.kind === kind)?.weights ?? { [kind]: 1 };
  const { file, hyperparameters, outOfBag, evaluation, seconds } = await trainer.train(weights);
  const result: TrainingResult = {
    folder: join(resolve(options.out), deployment.id),
    plan,
    kind,
    hyperparameters,
    split,
    evaluation,
    seconds,
    isRefitted: options.refit,
    ...(crossValidation && { crossValidation }),
    ...(outOfBag && { outOfBag }),
  };
  await writeJson(join(draft, 'deployment.json'), { ...file, training: toRecord(options, result) });
  await writeFile(join(draft, 'training-statistics.json'), `${JSON.stringify(toTrainingStatistics(table, plan))}\n`);
  await writeFile(join(draft, 'report.html'), toReport(file, result, options.command));
  await proveDeployment(draft);
  return result;
}

/** @throws {CommandError} if no rows can be held out, or the others do not have all classes */
function checkSplit(lesson: Lesson, split: Split, { label }: TrainingPlan): void {
  if (split.test.length === 0 || split.training.length === 0)
    throw new CommandError('There are too few rows to hold any out for evaluation.');
  const unlearned = listUnlearned(lesson, split).map((index) => String(label.classes?.[index]));
  if (unlearned.length > 0)
    throw new CommandError(
      `--time: the latest ${formatCount(split.test.length, 'row')} are held out, and only they have ${unlearned.length === 1 ? 'the class' : 'the classes'} ${quoteList(unlearned, 5)}. Choose a smaller --test-fraction, leave these rows out of the file, or leave --time out.`,
    );
}

/** What the deployment records of its training, so that it can be understood and repeated. */
function toRecord({ command, seed }: TrainingOptions, result: TrainingResult): object {
  const { plan, kind, hyperparameters, split, evaluation, isRefitted, crossValidation, outOfBag } = result;
  const { classes } = plan.label;
  return {
    command,
    seed,
    kind,
    hyperparameters,
    rows: { training: split.training.length, test: split.test.length },
    refitted: isRefitted,
    metrics: toKeptMetrics(evaluation.metrics, classes),
    baseline: toKeptMetrics(evaluation.baseline, classes),
    ...(evaluation.uncalibrated && { uncalibrated: evaluation.uncalibrated }),
    ...(outOfBag && { out_of_bag: outOfBag }),
    ...(crossValidation && { cross_validation: crossValidation }),
    importances: evaluation.importances,
  };
}
