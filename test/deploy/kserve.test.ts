/** KServe's manifests fit the engine and its image; `npm run test:peers` holds them against KServe's own models. */
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { expect } from 'chai';
import manifest from '../../package.json' with { type: 'json' };
import { parseConfiguration } from '../../server/configuration.ts';
import { SETTINGS } from '../../server/settings.ts';
import { readDocument } from '../support/kubernetes.ts';

const FOLDER = fileURLToPath(new URL('../../deploy/kserve', import.meta.url));

interface Runtime {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly supportedModelFormats: readonly { readonly name: string; readonly version: string }[];
    readonly protocolVersions: readonly string[];
    readonly containers: readonly {
      readonly image: string;
      readonly env: readonly { readonly name: string; readonly value: string }[];
      readonly ports: readonly { readonly containerPort: number }[];
      readonly resources: { readonly limits: Readonly<Record<string, string>> };
      readonly [probe: string]: unknown;
    }[];
  };
}
interface Service {
  readonly spec: {
    readonly predictor: {
      readonly model: {
        readonly modelFormat: { readonly name: string; readonly version: string };
        readonly protocolVersion: string;
        readonly runtime: string;
      };
    };
  };
}

describe('the manifests for KServe', () => {
  let runtime: Runtime;
  let service: Service;
  before(async () => {
    runtime = (await readDocument(join(FOLDER, 'serving-runtime.yaml'))) as Runtime;
    service = (await readDocument(join(FOLDER, 'inference-service.yaml'))) as Service;
  });
  const toContainer = () => runtime.spec.containers[0] as Runtime['spec']['containers'][0];

  it('run this version of the image, with settings that the engine takes', () => {
    const { image, env, ports, resources } = toContainer();
    expect(image).to.equal(`custom-ml-engine:${manifest.version}`);
    const settings = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    expect(parseConfiguration(settings)).to.deep.include({ host: '0.0.0.0', deployments: '/mnt/models' });
    expect(settings['ENGINE_THREADS']).to.equal(resources.limits['cpu']);
    expect(ports.map(({ containerPort }) => String(containerPort))).to.deep.equal([SETTINGS.port.default]);
  });

  it('probe paths that need no credentials', () => {
    const { readinessProbe, livenessProbe } = toContainer();
    expect(readinessProbe).to.have.nested.property('httpGet.path', '/health/ready');
    expect(livenessProbe).to.have.nested.property('httpGet.path', '/health/live');
  });

  it('ask for the format and the protocol that the runtime has', () => {
    const { modelFormat, protocolVersion, runtime: name } = service.spec.predictor.model;
    expect(name).to.equal(runtime.metadata.name);
    expect(runtime.spec.protocolVersions).to.include(protocolVersion);
    expect(
      runtime.spec.supportedModelFormats.map((format) => ({ name: format.name, version: format.version })),
    ).to.deep.include(modelFormat);
  });
});
