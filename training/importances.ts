/** Permutation importance: how much a model depends on each of its features. */
import { setImmediate } from 'node:timers/promises';
import type { Deployment } from '../models/deployment.ts';
import type { Scores } from '../models/model.ts';
import { parseTable } from '../models/table.ts';
import { Random, shuffle } from './forest/random.ts';
import { toRequest, type TypedTable } from './load-table.ts';
import { MIN_PROBABILITY } from './metrics.ts';

/** Importances are means over this many shuffles, as many as scikit-learn's permutation_importance has by default. */
const SHUFFLES = 5;
/** The number of rows that are shuffled: as many as the work allows, but between these. */
const [MIN_ROWS, MAX_ROWS] = [200, 2000];
/** The work that is allowed, in cells: a few seconds. A row takes as long as its cells and these. */
const MAX_WORK = 3e8;
const CELLS_PER_ROW = 300;

/** By how much the log loss, or the squared error of a regression, rises when a feature is shuffled. */
export interface Importance {
  readonly feature: string;
  /** Nats, or the square of the label's unit. */
  readonly mean: number;
  /** The standard deviation over the shuffles. */
  readonly std: number;
}

/** What an importance is measured by, for people. */
export function describeImportance(isClassifier: boolean): string {
  return `the rise of the ${isClassifier ? 'log loss' : 'mean squared error'} when a feature is shuffled`;
}

export interface ImportanceOptions {
  /** The features that the model uses, if that is known: the importance of the others is 0. */
  readonly used?: ReadonlySet<string> | undefined;
  /** Called after each feature with the number of features so far, and of all. */
  readonly onProgress?: ((features: number, total: number) => void) | undefined;
  /** Aborts between two features: measureImportances then rejects. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures permutation importances (Breiman 2001) on held-out rows, the most important feature first. The measure is a
 * proper score: the accuracy does not notice what moves probabilities without changing the most probable class.
 * @param test the held-out rows
 * @param classCount 0 for a regression
 */
export async function measureImportances(
  { file, model }: Pick<Deployment, 'file' | 'model'>,
  table: TypedTable,
  test: Int32Array,
  classCount: number,
  seed: number,
  { used, onProgress, signal }: ImportanceOptions = {},
): Promise<Importance[]> {
  const names = table.columns.map(({ plan }) => plan.name);
  const shuffled = names.filter((name) => used?.has(name) ?? true);
  const random = new Random(seed, 1);
  const rows = shuffle(test.slice(), random).subarray(0, countRows(shuffled.length, names.length));
  const { fields, values } = toRequest(table, rows);
  // The rows are checked once; whatever is shuffled among them stays valid.
  const parsed = parseTable({ fields, values }, file.columns, {
    unknownCategories: file.unknown_categories,
    place: '',
  });
  const truth = Float64Array.from(rows, (row) => table.target[row] as number);
  const measure = async () => toLoss(truth, await model.score(parsed), classCount);
  const whole = await measure();
  const importances: Importance[] = names.filter((name) => !shuffled.includes(name)).map(toUnused);
  for (const [index, feature] of shuffled.entries()) {
    const column = fields.indexOf(feature);
    const cells = values.map((row) => row[column] ?? null);
    const rises: number[] = [];
    for (let round = 0; round < SHUFFLES; round++) {
      const order = shuffle(Int32Array.from(rows.keys()), random);
      values.forEach((row, at) => (row[column] = cells[order[at] as number] ?? null));
      rises.push((await measure()) - whole);
    }
    values.forEach((row, at) => (row[column] = cells[at] ?? null));
    const mean = rises.reduce((sum, rise) => sum + rise, 0) / SHUFFLES;
    const std = Math.sqrt(rises.reduce((sum, rise) => sum + (rise - mean) ** 2, 0) / SHUFFLES);
    importances.push({ feature, mean, std });
    onProgress?.(index + 1, shuffled.length);
    // Signals and timers have their turn.
    await setImmediate();
    signal?.throwIfAborted();
  }
  return importances.sort((a, b) => b.mean - a.mean);
}

function toUnused(feature: string): Importance {
  return { feature, mean: 0, std: 0 };
}

function countRows(shuffled: number, columns: number): number {
  const perRow = SHUFFLES * Math.max(1, shuffled) * (columns + CELLS_PER_ROW);
  return Math.min(MAX_ROWS, Math.max(MIN_ROWS, Math.floor(MAX_WORK / perRow)));
}

/** The log loss, or the mean squared error of a regression. */
function toLoss(truth: Float64Array, { predictions, probabilities = [] }: Scores, classCount: number): number {
  let sum = 0;
  truth.forEach((label, row) => {
    sum +=
      classCount > 0
        ? -Math.log(Math.max(MIN_PROBABILITY, probabilities[row * classCount + label] as number))
        : (label - (predictions[row] as number)) ** 2;
  });
  return sum / truth.length;
}
