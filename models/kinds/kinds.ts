/** The model kinds that a deployment.json can name: one file and one line each, and one of each adapter of models elsewhere. */
import { DeploymentError } from '../../errors/deployment-error.ts';
import type { DeploymentFile } from '../deployment-file.ts';
import { adapters } from '../../remote/adapters.ts';
import { toRemoteKind } from '../../remote/remote-kind.ts';
import type { ModelKind } from './kind.ts';
import { linearRegression } from './linear-regression.ts';
import { logisticRegression } from './logistic-regression.ts';
import { module } from './module.ts';
import { randomForest } from './random-forest.ts';

export const kinds: Readonly<Record<string, ModelKind>> = {
  'linear-regression': linearRegression,
  'logistic-regression': logisticRegression,
  module,
  'random-forest': randomForest,
  ...Object.fromEntries(Object.entries(adapters).map(([name, adapter]) => [name, toRemoteKind(adapter)])),
};

/**
 * The kind that a deployment names.
 * @throws {DeploymentError} when there is none of this name
 */
export function findKind({ kind }: DeploymentFile): ModelKind {
  const found = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!found) throw new DeploymentError([`deployment.json.kind: expected one of ${Object.keys(kinds).join(', ')}`]);
  return found;
}
