/**
 * A deployment that can be posted to another thread. The parameters of the model, as its kind laid them out, and the
 * serialized file are in shared memory, so that posting copies a few dozen bytes whatever the size of the model.
 */
import { deserialize, serialize } from 'node:v8';
import { countWork } from './count-work.ts';
import type { DeploymentFile } from './deployment-file.ts';
import type { ModelKind, Shareable } from './kinds/kind.ts';
import { localKinds } from './kinds/kinds.ts';
import type { Deployment, RelayedDeployment, SharedDeployment } from './deployment.ts';
import type { Elsewhere } from './split-model.ts';
import { toSharedBytes } from './to-shared.ts';

/** Prepares a deployment for posting, with the data that its kind loaded. */
export function shareDeployment(
  { file, version, hasProbabilities }: Pick<Deployment, 'file' | 'version' | 'hasProbabilities'>,
  data: Shareable,
): SharedDeployment {
  return { id: file.id, file: toSharedFile(file), version, hasProbabilities, data, work: countWork(data) };
}

/** Prepares a deployment whose model runs elsewhere, so that another thread can prepare what it is sent. */
export function relayDeployment(
  { file, version, hasProbabilities }: Pick<Deployment, 'file' | 'version' | 'hasProbabilities'>,
  { data, ...elsewhere }: Elsewhere,
): RelayedDeployment {
  return { ...elsewhere, shared: { id: file.id, file: toSharedFile(file), version, hasProbabilities, data } };
}

/** Builds the deployment in the thread that it was posted to. Its scores are the same, to the last bit. */
export function attachDeployment(shared: SharedDeployment): Deployment {
  const { version, hasProbabilities, data } = shared;
  const file = readSharedFile(shared);
  const { build } = (localKinds as Readonly<Record<string, ModelKind>>)[file.kind] ?? {};
  if (!build) throw new Error(`models of kind ${file.kind} cannot be shared between threads`);
  return { file, version, model: build(file, data), hasProbabilities, shared };
}

/** The deployment file that was posted. */
export function readSharedFile({ file }: Pick<SharedDeployment, 'file'>): DeploymentFile {
  return deserialize(Buffer.from(file)) as DeploymentFile;
}

function toSharedFile(file: DeploymentFile): Uint8Array {
  return toSharedBytes(serialize(file));
}
