/** KServe's manifests fit the engine and its image; `npm run test:peers` holds them against KServe's own models. */
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import manifest from '../../package.json' with { type: 'json' };
import { parseConfiguration } from '../../server/configuration.ts';
import { SETTINGS } from '../../server/settings.ts';
import { SAMPLES, startTestEngine } from '../support/engine.ts';
import { readDocument } from '../support/kubernetes.ts';

interface Manifest {
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}

const read = (name: string) =>
  readDocument(fileURLToPath(new URL(`../../deploy/kserve/${name}`, import.meta.url))) as Promise<Manifest>;

interface Container {
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly containerPort: number }[];
  readonly resources: { readonly limits: Readonly<Record<string, string>> };
  readonly readinessProbe: { readonly httpGet: { readonly path: string } };
  readonly livenessProbe: { readonly httpGet: { readonly path: string } };
  readonly [more: string]: unknown;
}

interface Runtime {
  readonly supportedModelFormats: readonly { readonly name: string; readonly version: string }[];
  readonly protocolVersions: readonly string[];
  readonly containers: readonly [Container];
}

interface Service {
  readonly predictor: { readonly containers: readonly [Container] };
}

interface ModelService {
  readonly predictor: {
    readonly model: {
      readonly modelFormat: object;
      readonly protocolVersion: string;
      readonly storageUri: string;
    };
  };
}

describe('the manifests for KServe', () => {
  let container: Container;
  let runtime: Runtime;
  before(async () => {
    [container] = ((await read('inference-service.yaml')).spec as Service).predictor.containers;
    runtime = (await read('serving-runtime.yaml')).spec as Runtime;
  });

  it('run this version of the image, with settings that the engine takes', () => {
    for (const { image, env, ports, resources } of [container, runtime.containers[0]]) {
      expect(image).to.equal(`custom-ml-engine:${manifest.version}`);
      const settings = Object.fromEntries(env.map(({ name, value }) => [name, value]));
      const others = Object.keys(settings).filter((name) => !name.startsWith('ENGINE_') && name !== 'STORAGE_URI');
      expect(others).to.deep.equal([]);
      expect(parseConfiguration(settings)).to.deep.include({ host: '0.0.0.0', deployments: '/mnt/models' });
      expect(settings['ENGINE_THREADS']).to.equal(resources.limits['cpu']);
      expect(ports.map(({ containerPort }) => String(containerPort))).to.deep.equal([SETTINGS.port.default]);
    }
  });

  it('probe paths that answer 200 without credentials', async () => {
    const engine = await startTestEngine({ ENGINE_DEPLOYMENTS: SAMPLES, ENGINE_USERNAME: 'u', ENGINE_PASSWORD: 'p' });
    try {
      for (const { readinessProbe, livenessProbe } of [container, runtime.containers[0]]) {
        for (const { httpGet } of [readinessProbe, livenessProbe])
          expect((await engine.request(httpGet.path)).status, httpGet.path).to.equal(200);
      }
    } finally {
      await engine.stop();
    }
  });

  it('run the engine in the same way, as a runtime and in a service', () => {
    const differing = { env: [], readinessProbe: {}, livenessProbe: {} };
    expect({ ...runtime.containers[0], ...differing }).to.deep.equal({ ...container, ...differing });
  });

  it('have a service that the runtime supports, with the name of its deployment at the end of the storage', async () => {
    const { metadata, spec } = await read('model-service.yaml');
    const { modelFormat, protocolVersion, storageUri } = (spec as ModelService).predictor.model;
    const [{ name, version } = { name: '', version: '' }] = runtime.supportedModelFormats;
    expect(modelFormat).to.deep.equal({ name, version });
    expect(runtime.protocolVersions).to.include(protocolVersion);
    expect(storageUri.split('/').at(-1)).to.equal(metadata.name);
  });
});
