/** The manifests are what Kubernetes takes, fit each other, and fit the engine. What is built of them is not tried here. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { load } from 'js-yaml';
import manifest from '../../package.json' with { type: 'json' };
import { STOP_TIME } from '../../server/connections/connections.ts';
import { SETTINGS, toVariable, type SettingName } from '../../server/settings.ts';
import { makeDeploymentsFolder, SAMPLES, startTestEngine } from '../support/engine.ts';
import {
  checkManifest,
  readDocument,
  readManifests,
  type Kustomization,
  type Manifests,
} from '../support/kubernetes.ts';
import { writeVolume } from '../support/volume.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'deploy/kubernetes');
const read = (path: string) => readFile(join(FOLDER, path), 'utf8');

const documents = await readManifests(FOLDER);
const manifests = Object.fromEntries(
  Object.values(documents).map((document) => [(document as { kind: string }).kind, document]),
) as unknown as Manifests;
const kustomization = (await readDocument(join(FOLDER, 'kustomization.yaml'))) as Kustomization;
const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8');

/** What a test reads of a manifest, it asks for. */
type Defined<Value> = { readonly [Key in keyof Value]-?: NonNullable<Value[Key]> };

const template = (manifests.Deployment as Defined<Manifests['Deployment']>).spec.template;
const pod = template.spec as Defined<NonNullable<typeof template.spec>>;
const container = pod.containers[0] as Defined<(typeof pod.containers)[0]>;
const settings = Object.fromEntries(
  (kustomization.configMapGenerator.find(({ literals }) => literals)?.literals ?? []).map(
    (literal) => /^(.*?)=(.*)$/.exec(literal)?.slice(1) as [string, string],
  ),
);
const settingOf = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, setting]) => [toVariable(name as SettingName), setting]),
);

describe('the manifests for Kubernetes', () => {
  for (const [name, document] of Object.entries(documents)) {
    it(`have in ${name} what its schema knows and asks for`, () => checkManifest(document));
  }

  it('have in README.md rules that the schema of a NetworkPolicy takes', async () => {
    const [, rules] = /```yaml\n(egress:.*?)```/s.exec(await read('README.md')) as RegExpExecArray;
    const { NetworkPolicy } = manifests;
    checkManifest({ ...NetworkPolicy, spec: { ...NetworkPolicy.spec, ...(load(rules as string) as object) } });
  });

  it('let the engine ask for the account of its machine or pod, in the rules of README.md', async () => {
    const [, text] = /```yaml\n(egress:.*?)```/s.exec(await read('README.md')) as RegExpExecArray;
    const { egress } = load(text as string) as {
      egress: readonly { to: readonly { ipBlock?: { cidr: string } }[]; ports: readonly { port: number }[] }[];
    };
    const open = egress.flatMap(({ to, ports }) =>
      to.flatMap(({ ipBlock }) => ports.map(({ port }) => `${ipBlock?.cidr}:${port}`)),
    );
    expect(open).to.include.members(['169.254.169.254/32:80', '169.254.170.23/32:80']);
  });

  it('are all in the kustomization, which names nothing else', () => {
    expect([...kustomization.resources].sort()).to.deep.equal(Object.keys(documents).sort());
    expect(Object.keys(manifests)).to.have.length(kustomization.resources.length);
  });

  it('run this version of the image', () => {
    expect(kustomization.images).to.deep.equal([{ name: container.image, newTag: manifest.version }]);
  });

  it('select the pods by labels that they have', () => {
    const labels = template.metadata?.labels as object;
    const { Deployment, Service, PodDisruptionBudget, NetworkPolicy } = manifests;
    for (const selected of [
      Deployment.spec?.selector.matchLabels,
      Service.spec?.selector,
      PodDisruptionBudget.spec?.selector?.matchLabels,
      NetworkPolicy.spec?.podSelector.matchLabels,
      ...pod.topologySpreadConstraints.map(({ labelSelector }) => labelSelector?.matchLabels),
    ])
      expect(selected).to.deep.equal(labels);
    expect(labels).to.not.be.empty;
  });

  it('name each other as they are called', () => {
    const { apiVersion, kind, metadata } = manifests.Deployment;
    expect(manifests.HorizontalPodAutoscaler.spec?.scaleTargetRef).to.deep.equal({
      apiVersion,
      kind,
      name: metadata?.name,
    });
    expect(pod.serviceAccountName).to.equal(manifests.ServiceAccount.metadata?.name);
  });

  it('leave the number of replicas to the autoscaler, which has two at the least', () => {
    expect(manifests.Deployment.spec).to.not.have.property('replicas');
    expect(manifests.HorizontalPodAutoscaler.spec?.minReplicas).to.equal(2);
  });

  it('lead to the port that the engine listens on', () => {
    const port = Number(SETTINGS.port.default);
    expect(container.ports).to.deep.equal([{ name: 'http', containerPort: port }]);
    expect(settings).to.not.have.property('ENGINE_PORT');
    expect(manifests.Service.spec?.ports?.map(({ targetPort }) => targetPort)).to.deep.equal(['http']);
    expect(manifests.NetworkPolicy.spec?.ingress).to.deep.equal([{ ports: [{ port: 'http' }] }]);
    expect(/^EXPOSE (.*)$/m.exec(dockerfile)?.[1]).to.equal(String(port));
  });

  it('set settings that there are, to values that the engine takes', () => {
    const given = Object.entries(settings);
    expect(given).to.not.be.empty;
    for (const [name, value] of given) {
      expect(settingOf).to.have.property(name);
      expect(() => settingOf[name]?.parse(value), name).to.not.throw();
    }
    for (const { name } of container.env) expect(settingOf).to.have.property(name);
    expect(settings['ENGINE_THREADS']).to.equal(container.resources.limits?.['cpu']);
    expect(container.envFrom).to.deep.equal([{ configMapRef: { name: kustomization.configMapGenerator[0]?.name } }]);
  });

  it('hold no secret, and name those that README.md creates', async () => {
    expect(kustomization).to.have.all.keys('apiVersion', 'kind', 'resources', 'images', 'configMapGenerator');
    expect(Object.keys(settings).filter((name) => /USER|PASS|TOKEN|KEY|SECRET/.test(name))).to.deep.equal([]);
    const [credentials, targets] = ['credentials', 'targets'].map(
      (volume) => pod.volumes.find(({ name }) => name === volume)?.secret,
    );
    expect(container.env).to.deep.equal([
      {
        name: 'ENGINE_USERNAME',
        valueFrom: { secretKeyRef: { name: credentials?.secretName, key: 'username' } },
      },
      { name: 'ENGINE_PASSWORD_FILE', value: `${toMountPath('credentials')}/password` },
    ]);
    expect(credentials?.items).to.deep.equal([{ key: 'password', path: 'password' }]);
    expect(targets?.optional).to.equal(true);
    for (const secret of [credentials, targets])
      expect(await read('README.md')).to.include(`kubectl create secret generic ${secret?.secretName} `);
  });

  it('mount every volume, read-only, and the deployments where the engine looks for them', () => {
    const mounts = container.volumeMounts;
    expect(mounts.map(({ name }) => name).sort()).to.deep.equal(pod.volumes.map(({ name }) => name).sort());
    for (const { name, readOnly } of mounts) expect(readOnly, name).to.equal(true);
    const workdir = /^WORKDIR (.*)$/m.exec(dockerfile)?.[1] as string;
    expect(toMountPath('deployments')).to.equal(join(workdir, SETTINGS.deployments.default as string));
  });

  it('project every file of every deployment into the folder of its id', async () => {
    const projected = pod.volumes
      .flatMap(({ projected: volume }) => volume?.sources ?? [])
      .flatMap(({ configMap }) =>
        (configMap?.items ?? []).map(({ key, path }) => ({ name: configMap?.name, key, path })),
      );
    const generated = kustomization.configMapGenerator.flatMap(({ name, files }) =>
      (files ?? []).map((file) => {
        const [, id, key] = file.split('/') as [string, string, string];
        expect(name).to.equal(`deployment-${id}`);
        return { name, key, path: `${id}/${key}` };
      }),
    );
    expect(projected).to.deep.equal(generated);
    const files = await readdir(join(FOLDER, 'deployments'), { recursive: true });
    expect(generated.map(({ path }) => path).sort()).to.deep.equal(files.filter((path) => path.includes('.')).sort());
  });

  it('give the container no right that it does not need', () => {
    expect(pod.securityContext).to.deep.equal({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container.securityContext).to.deep.equal({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    // runAsNonRoot needs a user whose number can be seen.
    expect([...dockerfile.matchAll(/^USER (.*)$/gm)].at(-1)?.[1]).to.match(/^[1-9]\d*:[1-9]\d*$/);
    for (const { automountServiceAccountToken } of [pod, manifests.ServiceAccount])
      expect(automountServiceAccountToken).to.equal(false);
    expect(pod.enableServiceLinks).to.equal(false);
    expect(manifests.NetworkPolicy.spec).to.deep.include({ policyTypes: ['Ingress', 'Egress'], egress: [] });
    expect([pod.containers.length, pod.initContainers]).to.deep.equal([1, undefined]);
    for (const amounts of [container.resources.requests, container.resources.limits])
      expect(amounts).to.have.all.keys('cpu', 'memory');
  });

  it('leave the engine the time to let requests under way end', () => {
    const [sleep, seconds] = container.lifecycle.preStop?.exec?.command ?? [];
    expect(sleep).to.equal('sleep');
    expect(Number(seconds)).to.be.at.least(5);
    expect(pod.terminationGracePeriodSeconds).to.be.greaterThan(Number(seconds) + STOP_TIME / 1000);
    expect(manifests.Deployment.spec?.strategy?.rollingUpdate?.maxUnavailable).to.equal(0);
  });

  it('make an engine that answers the probes and serves the deployments', async () => {
    const { folder, remove } = await makeDeploymentsFolder(SAMPLES, []);
    const files = kustomization.configMapGenerator.flatMap((generator) => generator.files ?? []);
    const texts = files.map(async (file) => [file.replace('deployments/', ''), await read(file)] as const);
    const ids = new Set(files.map((file) => file.split('/')[1]));
    const secret = join(folder, 'secret');
    const deployments = join(folder, 'deployments');
    try {
      await writeVolume(deployments, Object.fromEntries(await Promise.all(texts)));
      await writeVolume(secret, { password: 'a password\n' });
      const engine = await startTestEngine({
        ...settings,
        ENGINE_HOST: '127.0.0.1',
        ENGINE_DEPLOYMENTS: deployments,
        ENGINE_USERNAME: 'openscale',
        ENGINE_PASSWORD_FILE: join(secret, 'password'),
      });
      try {
        for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
          expect(probe.httpGet?.port).to.equal('http');
          expect((await engine.request(probe.httpGet?.path as string)).status).to.equal(200);
        }
        const headers = { Authorization: `Basic ${Buffer.from('openscale:a password').toString('base64')}` };
        const { body } = await engine.request(container.readinessProbe.httpGet?.path as string, { headers });
        expect(body).to.deep.include({ status: 'ready', deployments: ids.size, broken: [] });
        expect((await engine.request('/v1/deployments', { headers })).status).to.equal(200);
        expect((await engine.request('/v1/deployments')).status).to.equal(401);
      } finally {
        await engine.stop();
      }
    } finally {
      await remove();
    }
  });

  it('look at whether it lives and whether it is ready, each by its own probe', () => {
    const paths = [container.startupProbe, container.livenessProbe, container.readinessProbe].map(
      ({ httpGet }) => httpGet?.path,
    );
    expect(paths).to.deep.equal(['/health/live', '/health/live', '/health/ready']);
  });
});

function toMountPath(volume: string): string | undefined {
  return container.volumeMounts.find(({ name }) => name === volume)?.mountPath;
}
