import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadGenerator } from '../load-generator.ts';

/** What the wrapping benchmarks share. */
export interface WrappingBench {
  /** A temporary folder. */
  readonly folder: string;
  /** A deployments folder that holds only `forest`. */
  readonly deployments: string;
  /** The training rows of the forest and of the other servers' pipelines. */
  readonly csv: string;
  readonly generator: LoadGenerator;
}

/** The kind of a wrapped deployment, and its settings. */
export interface Wrapping {
  readonly kind: string;
  readonly settings: object;
}

/**
 * Writes deployments like `forest` with remote models.
 * @param wrappings by deployment id
 * @returns their folder
 */
export async function writeWrapped(
  { folder, deployments }: WrappingBench,
  name: string,
  wrappings: Readonly<Record<string, Wrapping & { readonly hasProbabilities: boolean }>>,
): Promise<string> {
  const out = join(folder, name);
  const forest = JSON.parse(await readFile(join(deployments, 'forest', 'deployment.json'), 'utf8')) as ForestFile;
  for (const [id, { kind, settings, hasProbabilities }] of Object.entries(wrappings)) {
    const { predictions, probabilities } = forest.example.answer;
    const answer = { predictions, ...(hasProbabilities && { probabilities }) };
    const file = { ...forest, id, kind, settings, example: { ...forest.example, answer } };
    await mkdir(join(out, id), { recursive: true });
    await writeFile(join(out, id, 'deployment.json'), JSON.stringify(file));
  }
  return out;
}

interface ForestFile {
  readonly example: { readonly answer: { readonly predictions: unknown[]; readonly probabilities: unknown[] } };
}
