/** Remote deployments for tests: of two classes, whose target is a double (behaviours.ts). */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Upstream } from '../../upstream/upstream.ts';
import { remoteSettingsSchema } from '../../remote/remote-settings.ts';
import { toClassifier, toJson } from './deployment.ts';

/** The deployment.json of a model that says `yes` with the probability x. */
export function toRemoteJson(settings: object, keys: object = {}) {
  return toJson({
    id: 'remote',
    kind: 'json',
    settings,
    ...toClassifier('no', 'yes'),
    example: { fields: ['x'], values: [[0.25]], answer: { predictions: ['no'], probabilities: [[0.75, 0.25]] } },
    ...keys,
  });
}

/** A table of its rows, and the values of the answer to it. */
export const toXs = (...xs: readonly number[]) => ({ fields: ['x'], values: xs.map((x) => [x]) });
export const toAnswered = (...xs: readonly number[]) => xs.map((x) => [x, x > 0.5 ? 'yes' : 'no', [1 - x, x]]);

/** Writes its folder. */
export async function writeRemote(folder: string, id: string, settings: object, keys: object = {}): Promise<void> {
  await mkdir(join(folder, id), { recursive: true });
  await writeFile(join(folder, id, 'deployment.json'), JSON.stringify(toRemoteJson(settings, { id, ...keys })));
}

/** A target with the settings of a deployment. */
export function toTarget(url: string, settings: object = {}, ca?: string): Upstream {
  const parsed = remoteSettingsSchema.parse({ url, ...settings });
  return new Upstream({ ...parsed, url, authentication: parsed.authentication, ca });
}
