/** Small CSV files, and deployments trained on them, in temporary folders. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { surveyColumns } from '../../csv/survey-columns.ts';
import { loadTable, type TrainingTable } from '../../training/load-table.ts';
import { planTraining, type TrainingPlan } from '../../training/plan-training.ts';
import { resolveChoices, type TrainingChoices } from '../../training/training-choices.ts';
import { openCsv, type CsvFormat } from '../../csv/read-csv.ts';
import { Random } from '../../training/forest/random.ts';
import type { Hyperparameters, LearnedKind } from '../../training/hyperparameters.ts';
import type { TrainingOptions } from '../../training/training-options.ts';

/** Runs with a temporary folder. */
export async function withFolder<Result>(run: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'training-test-'));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Plans and loads the text of a CSV file. */
export function readText(
  content: string | Uint8Array,
  choices: TrainingChoices,
  format?: CsvFormat,
): Promise<{ plan: TrainingPlan; table: TrainingTable }> {
  return withFolder(async (folder) => {
    const path = join(folder, 'table.csv');
    await writeFile(path, content);
    const csv = await openCsv(path, format);
    const resolved = resolveChoices(choices, csv.header);
    const survey = await surveyColumns(csv, resolved);
    const plan = planTraining(survey, resolved);
    return { plan, table: await loadTable(csv, plan, survey.rows) };
  });
}

/** The text of a CSV file. */
export function toCsv(header: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [header, ...rows].map((cells) => `${cells.map(String).join(',')}\n`).join('');
}

/** Seeded random numbers from 0 to below 1. */
export function buildUniform(seed: number): () => number {
  const random = new Random(seed, 99);
  return () => random.next() / 2 ** 32;
}

/**
 * Customers whose risk depends on their age and plan, with some missing ages; the label is the last column.
 * @param toLabel the label for a risk
 */
export function toCustomers(count: number, toLabel: (risk: number) => unknown, seed = 1): string {
  const next = buildUniform(seed);
  const rows = Array.from({ length: count }, () => {
    const age = Math.floor(20 + 50 * next());
    const income = Math.round(1000 * next()) / 10;
    const plan = ['basic', 'plus', 'family'][Math.floor(3 * next())] as string;
    const risk = (age - 20) / 50 + (plan === 'plus' ? 1 : 0);
    return [next() < 0.1 ? '' : age, income, plan, next() < 0.5, toLabel(risk)];
  });
  return toCsv(['age', 'income', 'plan', 'member', 'risk'], rows);
}

/** Hyperparameters with which a kind learns quickly. */
const QUICK: Partial<Record<LearnedKind, Hyperparameters>> = {
  'random-forest': { trees: 10, maxDepth: 8, minLeaf: 1, bins: 255 },
  'gradient-boosting': { trees: 30, leaves: 8 },
};

/** Options that quickly train a deployment `customers` with the label `risk`. */
export function toOptions(folder: string, keys: Partial<TrainingOptions> = {}): TrainingOptions {
  return {
    file: join(folder, 'customers.csv'),
    choices: { label: 'risk' },
    kind: 'random-forest',
    hyperparameters: keys.kind === 'auto' ? {} : (QUICK[keys.kind ?? 'random-forest'] ?? {}),
    testFraction: 0.2,
    refit: false,
    seed: 1,
    threads: 1,
    deployment: { id: 'customers', name: 'Customers', description: 'Their risk.', echo: true },
    out: join(folder, 'deployments'),
    force: false,
    command: 'custom-ml-engine train customers.csv',
    ...keys,
  };
}
