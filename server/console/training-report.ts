/**
 * The record of a training as the console shows it. Deployments may be written by hand, so nothing is believed: what does not have the
 * expected form is left out.
 */
import { z } from 'zod';
import { listOf } from '../../models/list-of.ts';
import type { Figure, TrainingReport } from '../../console/data.ts';

/** The metrics that are a single number, with their display names, the ones that say most first. */
const FIGURES: readonly (readonly [key: string, name: string])[] = [
  ['accuracy', 'Accuracy'],
  ['roc_auc', 'ROC AUC'],
  ['balanced_accuracy', 'Balanced accuracy'],
  ['log_loss', 'Log loss'],
  ['brier_score', 'Brier score'],
  ['calibration_error', 'Calibration error'],
  ['r2', 'R²'],
  ['rmse', 'RMSE'],
  ['mae', 'MAE'],
];
/** The metrics with one value per class. */
const CLASS_FIGURES: readonly (readonly [key: string, name: string])[] = [
  ['precision', 'Precision'],
  ['recall', 'Recall'],
  ['f1', 'F1'],
  ['support', 'Rows'],
];
/** How many figures the list of deployments shows. */
const HEADLINES = 2;

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const record = z.record(z.string(), z.unknown());
const optional = <Type extends z.ZodType>(type: Type) => type.optional().catch(undefined);

const trainingSchema = z.object({
  command: optional(z.string()),
  kind: optional(z.string()),
  seed: optional(z.number()),
  rows: optional(z.object({ training: z.number(), test: z.number() })),
  refitted: optional(z.boolean()),
  hyperparameters: optional(record),
  metrics: optional(record),
  baseline: optional(record),
  out_of_bag: optional(record),
  importances: optional(listOf(z.object({ feature: z.string(), mean: z.number(), std: z.number() }))),
});
const matrix = listOf(listOf(z.number()));
const confusions = listOf(z.object({ actual: scalar, predicted: scalar, rows: z.number() }));

/** The figures that say most about the quality of a model; none without a report. */
export function toQuality(training: Readonly<Record<string, unknown>> | undefined): Figure[] {
  const metrics = trainingSchema.safeParse(training ?? {}).data?.metrics;
  return listFigures(metrics).slice(0, HEADLINES);
}

/** What a training has recorded; null if there is no record. */
export function toTrainingReport(
  training: Readonly<Record<string, unknown>> | undefined,
  classCount: number,
): TrainingReport | null {
  const parsed = trainingSchema.safeParse(training).data;
  if (!parsed) return null;
  const { command, kind, seed, rows, refitted, hyperparameters = {}, metrics = {}, importances = [] } = parsed;
  const { baseline = {}, out_of_bag = {} } = parsed;
  const toOptional = (name: string, value: unknown) => (isNumber(value) ? { [name]: value } : {});
  const confusion = matrix.safeParse(metrics['confusion']).data;
  const isSquare =
    classCount > 0 && confusion?.length === classCount && confusion.every(({ length }) => length === classCount);
  const largestConfusions = confusions.safeParse(metrics['largest_confusions']).data;
  return {
    ...(command !== undefined && { command }),
    ...(kind !== undefined && { kind }),
    ...(seed !== undefined && { seed }),
    ...(rows && { rows }),
    ...(refitted !== undefined && { isRefitted: refitted }),
    hyperparameters: Object.entries(hyperparameters).flatMap(([name, value]) =>
      scalar.safeParse(value).success ? [{ name, value: String(value) }] : [],
    ),
    figures: listFigures(metrics).map((figure) => ({
      ...figure,
      ...toOptional('baseline', baseline[figure.key]),
      ...toOptional('outOfBag', out_of_bag[figure.key]),
    })),
    classes: CLASS_FIGURES.flatMap(([key, name]) => {
      const values = listOf(z.number(), classCount, classCount).safeParse(metrics[key]).data;
      return values && classCount > 0 ? [{ name, values }] : [];
    }),
    ...(confusion && isSquare && { confusion }),
    ...(largestConfusions && { largestConfusions }),
    importances,
  };
}

function listFigures(metrics: Readonly<Record<string, unknown>> = {}): Figure[] {
  return FIGURES.flatMap(([key, name]) => {
    const value = metrics[key];
    return isNumber(value) ? [{ key, name, value }] : [];
  });
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
