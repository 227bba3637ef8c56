/** The model kinds that a deployment.json can name: those that compute here, and one for each adapter of models elsewhere. */
import { DeploymentError } from '../errors/deployment-error.ts';
import type { DeploymentFile } from '../models/deployment-file.ts';
import type { ModelKind } from '../models/kinds/kind.ts';
import { localKinds } from '../models/kinds/kinds.ts';
import { adapters } from '../remote/adapters.ts';
import { toRemoteKind } from '../remote/remote-kind.ts';

export const kinds: Readonly<Record<string, ModelKind>> = {
  ...localKinds,
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
