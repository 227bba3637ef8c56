/** The manifests of a folder, and what Kubernetes' own schemas say of them. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { loadAll } from 'js-yaml';
import { Deployment, type IDeployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler, type IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Ingress, NetworkPolicy, type INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget, type IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import {
  ConfigMap,
  PersistentVolumeClaim,
  Service,
  ServiceAccount,
  type IService,
  type IServiceAccount,
} from 'kubernetes-models/v1';

/** The manifests by their kinds. */
export interface Manifests {
  readonly Deployment: IDeployment;
  readonly HorizontalPodAutoscaler: IHorizontalPodAutoscaler;
  readonly NetworkPolicy: INetworkPolicy;
  readonly PodDisruptionBudget: IPodDisruptionBudget;
  readonly Service: IService;
  readonly ServiceAccount: IServiceAccount;
}

const MODELS = [
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  NetworkPolicy,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  Service,
  ServiceAccount,
  ServiceMonitor,
];

/** What the tests read of a kustomization. */
export interface Kustomization {
  readonly resources: readonly string[];
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
  readonly configMapGenerator: readonly {
    readonly name: string;
    readonly literals?: readonly string[];
    readonly files?: readonly string[];
  }[];
}

/** Reads the one document of a file. */
export async function readDocument(path: string): Promise<unknown> {
  const documents = loadAll(await readFile(path, 'utf8'));
  if (documents.length !== 1) throw new Error(`${path}: expected one document`);
  return documents[0];
}

/** Reads all YAML files of a folder but its kustomization: the document of each, by the name of the file. */
export async function readManifests(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readDocument(join(folder, name))] as const)),
  );
}

/**
 * Checks a document against the schema of its version and kind.
 * @throws Error with every problem; a field that the schema does not know is one
 */
export function checkManifest(document: unknown): void {
  const model = MODELS.find(({ is }) => is(document));
  if (!model) throw new Error('expected a version and kind that this project uses');
  const unread = new Set<string>();
  // The validators take what they do not know for no problem, but they never look at it either.
  model.prototype.validate.call(toWatched(document, '', unread) as InstanceType<typeof model>);
  if (unread.size > 0) throw new Error(`unknown: ${[...unread].join(', ')}`);
}

/** A copy that strikes out the place of each of its fields that is read. */
function toWatched(value: unknown, place: string, unread: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const watched = Array.isArray(value) ? [] : {};
  for (const [key, child] of Object.entries(value)) {
    const inner = toWatched(child, `${place}/${key}`, unread);
    unread.add(`${place}/${key}`);
    Object.defineProperty(watched, key, {
      enumerable: true,
      get: () => {
        unread.delete(`${place}/${key}`);
        return inner;
      },
    });
  }
  return watched;
}
