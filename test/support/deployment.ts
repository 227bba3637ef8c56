/** Deployments small enough to vary in a line, and what comes of them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deploymentFileSchema, type DeploymentFile } from '../../models/deployment-file.ts';
import type { DeploymentSource } from '../../models/kinds/kind.ts';

/** A `deployment.json` as it is written: a linear regression of one column, some of its keys replaced. */
export function toJson(keys: object = {}) {
  return {
    id: 'line',
    name: 'Line',
    kind: 'linear-regression',
    problem_type: 'regression',
    columns: [{ name: 'x', type: 'double' }],
    label: { name: 'target', type: 'double' },
    example: { fields: ['x'], values: [[1]], answer: { predictions: [1] } },
    created_at: '2026-11-23T00:00:00.000Z',
    modified_at: '2026-11-23T00:00:00.000Z',
    ...keys,
  };
}

/** The keys that make a classifier of it. */
export function toClassifier(...classes: readonly (string | number)[]) {
  const problem_type = classes.length === 2 ? 'binary' : 'multiclass';
  return {
    problem_type,
    label: { name: 'target', type: typeof classes[0] === 'string' ? 'string' : 'double', classes },
  };
}

/** The same, checked, with the defaults filled in. */
export function toFile(keys: object = {}): DeploymentFile {
  return deploymentFileSchema.parse(toJson(keys));
}

/** What a kind reads: a checked `deployment.json`, and for every other file the same JSON. */
export function toSource(keys: object, json: unknown): DeploymentSource {
  const toBytes = () => (Buffer.isBuffer(json) ? json : Buffer.from(JSON.stringify(json)));
  return {
    file: toFile(keys),
    folder: '/nowhere',
    readJson: () => Promise.resolve(json),
    readBytes: () => Promise.resolve(toBytes()),
    readPieces: () => [toBytes()],
    allowModules: false,
  };
}

/** Writes a deployment whose model is y = x + version, and whose example says so. */
export async function writeLine(folder: string, id: string, version: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const example = { fields: ['x'], values: [[1]], answer: { predictions: [1 + version] } };
  await writeFile(join(folder, 'model.json'), JSON.stringify({ coefficients: [[1]], intercepts: [version] }));
  await writeFile(join(folder, 'deployment.json'), JSON.stringify(toJson({ id, example })));
}

/** What is thrown, or rejected, which must be of the type. */
export async function catchError<Failure extends Error>(
  type: abstract new (...parameters: never[]) => Failure,
  run: () => unknown,
): Promise<Failure> {
  try {
    await run();
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  throw new Error(`nothing was thrown, where a ${type.name} should have been`);
}
