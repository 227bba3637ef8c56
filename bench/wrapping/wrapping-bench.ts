import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadGenerator } from '../load-generator.ts';

/** What the benchmarks of wrapping share. */
export interface WrappingBench {
  /** A temporary folder. */
  readonly folder: string;
  /** A folder of deployments in which `forest` is the only one. */
  readonly deployments: string;
  /** The rows that the forest, and the pipelines of the other servers, learned from. */
  readonly csv: string;
  readonly generator: LoadGenerator;
}

/** What a deployment says of the kind that wraps its target. */
export interface Wrapping {
  readonly kind: string;
  readonly settings: object;
}

/**
 * Writes deployments like `forest` whose models are elsewhere.
 * @param wrappings by the id of the deployment
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
