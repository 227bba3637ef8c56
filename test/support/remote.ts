/** Remote deployments for tests, with two classes, whose upstream is an HTTP double; and the upstreams of such deployments. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Upstream } from '../../upstream/upstream.ts';
import { withDeadline } from '../../upstream/deadline.ts';
import { remoteSettingsSchema } from '../../remote/remote-settings.ts';
import { toClassifier, toJson } from './deployment.ts';
import { startTestEngine, type TestEngine } from './engine.ts';

/** The deployment.json of a model that predicts `yes` with the probability x. */
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

/** A table for this model, and the values of its answer. */
export const toXs = (...xs: readonly number[]) => ({ fields: ['x'], values: xs.map((x) => [x]) });
export const toAnswered = (...xs: readonly number[]) => xs.map((x) => [x, x > 0.5 ? 'yes' : 'no', [1 - x, x]]);

/** Writes the folder of such a deployment. */
export async function writeRemote(folder: string, id: string, settings: object, keys: object = {}): Promise<void> {
  await mkdir(join(folder, id), { recursive: true });
  await writeFile(join(folder, id, 'deployment.json'), JSON.stringify(toRemoteJson(settings, { id, ...keys })));
}

/** An upstream with the settings of a deployment. */
export function toUpstream(url: string, settings: object = {}, ca?: string): Upstream {
  const parsed = remoteSettingsSchema.parse({ url, ...settings });
  return new Upstream({ ...parsed, url, authentication: parsed.authentication, ca });
}

/** Posts to an upstream and returns the text of the reply. The first call of some loads what signs it, which may take long. */
export async function post(upstream: Upstream, path = '/score', timeout = 60_000): Promise<string> {
  const { text } = await withDeadline(timeout, undefined, (deadline) => upstream.post({ path, body: '[]' }, deadline));
  return text;
}

/** An engine with one deployment, `loan`. Its folder is removed when it stops. */
export async function startRemoteEngine(keys: object): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'remote-'));
  await mkdir(join(folder, 'loan'));
  await writeFile(join(folder, 'loan', 'deployment.json'), JSON.stringify(toJson({ id: 'loan', ...keys })));
  const engine = await startTestEngine({ ENGINE_DEPLOYMENTS: folder });
  return {
    ...engine,
    stop: async () => {
      await engine.stop();
      await rm(folder, { recursive: true });
    },
  };
}
