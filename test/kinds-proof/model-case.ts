/**
 * A case of the proof of kinds: a folder with a model file of another library, and a case.json with what is needed to serve
 * it, rows, and the scores that the library computed for them. The scripts beside this file write cases (model_case.py).
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { findKind } from '../../catalogue/kinds.ts';
import { DeploymentError } from '../../errors/deployment-error.ts';
import { deploymentFileSchema, type DeploymentFile } from '../../models/deployment-file.ts';
import type { LoadedModel } from '../../models/kinds/kind.ts';
import type { Model } from '../../models/model.ts';
import { score } from '../../models/score-table.ts';

const schema = z.strictObject({
  deployment: z.record(z.string(), z.unknown()),
  rows: z.array(z.array(z.unknown())).min(1),
  predictions: z.array(z.union([z.string(), z.number()])).optional(),
  probabilities: z.array(z.array(z.number())).optional(),
  tolerance: z.number().positive().optional(),
  refused: z.string().min(1).optional(),
});

/** How our scores differ from the library's. */
export interface Comparison {
  readonly rowCount: number;
  /** The greatest |ours - theirs| / max(1, |theirs|) of all predictions and probabilities. */
  readonly difference: number;
  /** Undefined if the scores are equal. */
  readonly problem?: string;
}

/** Loads the model of a case and scores its rows. Never throws for what a model does. */
export async function compareCase(folder: string): Promise<Comparison> {
  const parsed = schema.parse(JSON.parse(await readFile(join(folder, 'case.json'), 'utf8')));
  const { rows, refused } = parsed;
  const file = toDeployment(parsed.deployment, rows);
  let loaded: LoadedModel;
  try {
    loaded = await loadModel(folder, file);
  } catch (error) {
    const message = error instanceof DeploymentError ? error.message : `a ${String(error)}`;
    const isExpected = refused !== undefined && error instanceof DeploymentError && message.includes(refused);
    const result = { rowCount: rows.length, difference: 0 };
    return isExpected ? result : { ...result, problem: `was refused: ${message}` };
  }
  if (refused !== undefined) return { rowCount: 0, difference: 0, problem: `expected to be refused: ${refused}` };
  try {
    return await compareScores(file, loaded.model, parsed);
  } catch (error) {
    return { rowCount: rows.length, difference: 0, problem: `was not scored: ${String(error)}` };
  } finally {
    loaded.close?.();
  }
}

/** The deployment.json of a case. */
export function toDeployment(keys: object, rows: readonly (readonly unknown[])[]): DeploymentFile {
  const now = '2026-11-26T00:00:00Z';
  const { columns } = keys as { columns: readonly { name: string }[] };
  const example = { fields: columns.map(({ name }) => name), values: [rows[0]] };
  return deploymentFileSchema.parse({ id: 'case', name: 'case', example, created_at: now, modified_at: now, ...keys });
}

async function loadModel(folder: string, file: DeploymentFile): Promise<LoadedModel> {
  const readBytes = async (name: string) => {
    if (!(await readdir(folder)).includes(name)) throw new DeploymentError([`${name}: expected a readable file`]);
    return readFile(join(folder, name));
  };
  const readPieces = async function* (name: string) {
    yield await readBytes(name);
  };
  const readJson = async (name: string) => JSON.parse((await readBytes(name)).toString()) as unknown;
  return findKind(file).load({ file, folder, readJson, readBytes, readPieces, allowModules: false });
}

async function compareScores(
  file: DeploymentFile,
  model: Model,
  { rows, predictions = [], probabilities, tolerance = 0 }: z.infer<typeof schema>,
): Promise<Comparison> {
  const fields = file.columns.map(({ name }) => name);
  const { classes } = file.label;
  const ours = await score({ file, model }, { fields, values: rows });
  const result = { rowCount: rows.length, difference: 0 };
  const problem = (text: string): Comparison => ({ ...result, problem: text });
  if (predictions.length !== rows.length) return problem(`has ${predictions.length} predictions of the library`);
  if (probabilities && !ours.probabilities) return problem('has no probabilities');
  const measure = (our: number, their: number) => {
    const difference = Math.abs(our - their) / Math.max(1, Math.abs(their));
    result.difference = Math.max(result.difference, difference);
    return difference <= tolerance;
  };
  const wrong: string[] = [];
  for (const [row, their] of predictions.entries()) {
    const our = ours.predictions[row] as number;
    const isSame = classes ? classes[our] === their : measure(our, Number(their));
    if (!isSame) wrong.push(`row ${row}: ${String(classes?.[our] ?? our)}, the library ${their}`);
    if (!probabilities) continue;
    const width = classes?.length ?? 0;
    const theirs = probabilities[row] ?? [];
    if (theirs.length !== width) return problem(`row ${row}: ${theirs.length} probabilities of the library`);
    for (const [index, value] of theirs.entries()) {
      const probability = ours.probabilities?.[row * width + index] as number;
      if (!measure(probability, value)) wrong.push(`row ${row}, class ${index}: ${probability}, the library ${value}`);
    }
  }
  return wrong.length === 0 ? result : problem(`${wrong.length} scores differ; ${wrong.slice(0, 3).join('; ')}`);
}
