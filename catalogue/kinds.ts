/** All model kinds that a deployment.json can name: the local kinds, and one for each remote adapter. */
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
 * Finds the kind that a deployment names.
 * @throws {DeploymentError} when no kind has this name
 */
export function findKind({ kind }: DeploymentFile): ModelKind {
  const found = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!found) throw new DeploymentError([`deployment.json.kind: expected one of ${Object.keys(kinds).join(', ')}`]);
  return found;
}
