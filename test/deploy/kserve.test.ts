/** KServe's manifest fits the engine and its image; `npm run test:peers` holds it against KServe's own models. */
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import manifest from '../../package.json' with { type: 'json' };
import { parseConfiguration } from '../../server/configuration.ts';
import { SETTINGS } from '../../server/settings.ts';
import { readDocument } from '../support/kubernetes.ts';

const FILE = fileURLToPath(new URL('../../deploy/kserve/inference-service.yaml', import.meta.url));

interface Container {
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly containerPort: number }[];
  readonly resources: { readonly limits: Readonly<Record<string, string>> };
  readonly [probe: string]: unknown;
}

describe('the manifest for KServe', () => {
  let container: Container;
  before(async () => {
    const { spec } = (await readDocument(FILE)) as { spec: { predictor: { containers: [Container] } } };
    [container] = spec.predictor.containers;
  });

  it('runs this version of the image, with settings that the engine takes', () => {
    const { image, env, ports, resources } = container;
    expect(image).to.equal(`custom-ml-engine:${manifest.version}`);
    const settings = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    expect(Object.keys(settings).filter((name) => !name.startsWith('ENGINE_'))).to.deep.equal(['STORAGE_URI']);
    expect(parseConfiguration(settings)).to.deep.include({ host: '0.0.0.0', deployments: '/mnt/models' });
    expect(settings['ENGINE_THREADS']).to.equal(resources.limits['cpu']);
    expect(ports.map(({ containerPort }) => String(containerPort))).to.deep.equal([SETTINGS.port.default]);
  });

  it('probes paths that need no credentials', () => {
    expect(container['readinessProbe']).to.have.nested.property('httpGet.path', '/health/ready');
    expect(container['livenessProbe']).to.have.nested.property('httpGet.path', '/health/live');
  });
});
