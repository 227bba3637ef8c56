/** Permutation importance: how much a model depends on each of its features. */
import type { Deployment } from '../models/deployment.ts';
import type { Scores } from '../models/model.ts';
import { score } from '../models/score-table.ts';
import { Random, shuffle } from './forest/random.ts';
import { toRequest, type TrainingTable } from './load-table.ts';
import { measureRegression } from './metrics.ts';

/** Importances are means over this many shuffles, of at most MAX_SHUFFLED_ROWS rows. */
const SHUFFLES = 5;
const MAX_SHUFFLED_ROWS = 1000;

/** The loss of accuracy, or of R² for a regression, when a feature is shuffled. */
export interface Importance {
  readonly feature: string;
  readonly mean: number;
  /** The standard deviation over the shuffles. */
  readonly std: number;
}

/** Measures permutation importances (Breiman 2001) on held-out rows, the most important feature first. */
export async function measureImportances(
  deployment: Pick<Deployment, 'file' | 'model'>,
  table: TrainingTable,
  test: Int32Array,
  classCount: number,
  seed: number,
): Promise<Importance[]> {
  const random = new Random(seed, 1);
  const rows = shuffle(test.slice(), random).subarray(0, MAX_SHUFFLED_ROWS);
  const request = toRequest(table, rows);
  const truth = Float64Array.from(rows, (row) => table.target[row] as number);
  const measure = async () => toQuality(truth, await score(deployment, request), classCount);
  const whole = await measure();
  const importances: Importance[] = [];
  for (const [column, feature] of request.fields.entries()) {
    const cells = request.values.map((row) => row[column]);
    const losses: number[] = [];
    for (let round = 0; round < SHUFFLES; round++) {
      const order = shuffle(Int32Array.from(rows.keys()), random);
      request.values.forEach((row, at) => (row[column] = cells[order[at] as number] ?? null));
      losses.push(whole - (await measure()));
    }
    request.values.forEach((row, at) => (row[column] = cells[at] ?? null));
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / SHUFFLES;
    const std = Math.sqrt(losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / SHUFFLES);
    importances.push({ feature, mean, std });
  }
  return importances.sort((a, b) => b.mean - a.mean);
}

function toQuality(truth: Float64Array, { predictions }: Scores, classCount: number): number {
  if (classCount === 0) return measureRegression(truth, predictions).r2;
  return truth.filter((label, row) => predictions[row] === label).length / truth.length;
}
