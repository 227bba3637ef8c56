/** The proof of `npm run test:helm`: what Helm and kustomize make of deploy/, as run.sh describes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump, loadAll } from 'js-yaml';
import manifest from '../../package.json' with { type: 'json' };
import { parseConfiguration } from '../../server/configuration.ts';
import { checkManifest } from '../support/kubernetes.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy', import.meta.url));
const CHART = join(DEPLOY, 'helm/custom-ml-engine');
const TOOLS = process.argv[2] as string;
/** The oldest and a newer version that the chart names, and supports. */
const VERSIONS = ['1.27.0', '1.34.0'];

interface Document {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly template?: { readonly spec: Pod };
    readonly rules?: unknown;
    readonly replicas?: number;
    readonly endpoints?: readonly object[];
  };
}
interface Pod {
  readonly containers: readonly [
    {
      readonly volumeMounts?: readonly { readonly name: string }[];
      readonly [key: string]: unknown;
    },
  ];
  readonly volumes?: readonly { readonly name: string }[];
  readonly [key: string]: unknown;
}

/** Values, and the kinds that they add to those of a release, or take away. */
const CASES: Readonly<Record<string, { values: object; more?: readonly string[]; fewer?: readonly string[] }>> = {
  'the default values': { values: {} },
  'everything that is off by default': {
    values: {
      publicUrl: 'https://models.example.com/engine',
      image: { repository: 'registry.example.com/engine', tag: 'next', pullSecrets: [{ name: 'registry' }] },
      settings: { ENGINE_MAX_ROWS: 5000, ENGINE_WORKERS: '2' },
      credentials: { apiKeysSecret: 'keys' },
      tls: { secret: 'engine-tls' },
      deployments: {
        claim: { create: true, storageClass: 'fast', accessModes: ['ReadWriteOnce'] },
        initContainers: [{ name: 'fill', image: 'busybox', volumeMounts: [{ name: 'deployments', mountPath: '/d' }] }],
      },
      service: { type: 'LoadBalancer', port: 443, annotations: { a: 'b' } },
      ingress: {
        enabled: true,
        className: 'nginx',
        annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '32m' },
        hosts: [{ host: 'models.example.com', path: '/engine' }, { host: 'models.example.org' }],
        tls: [{ secretName: 'models', hosts: ['models.example.com'] }],
      },
      networkPolicy: { egress: [{ ports: [{ protocol: 'TCP', port: 443 }] }] },
      serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
      serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/engine' } },
      podAnnotations: { c: 'd' },
      podLabels: { e: 'f' },
      nodeSelector: { 'kubernetes.io/arch': 'amd64' },
      tolerations: [{ key: 'models', operator: 'Exists' }],
      affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      extraVolumes: [{ name: 'spool', emptyDir: {} }],
      extraVolumeMounts: [{ name: 'spool', mountPath: '/spool' }],
    },
    more: ['Ingress', 'PersistentVolumeClaim', 'ServiceMonitor'],
  },
  'a claim that exists, no autoscaler, no policy': {
    values: {
      replicas: 1,
      autoscaling: { enabled: false },
      networkPolicy: { enabled: false },
      deployments: { volume: { persistentVolumeClaim: { claimName: 'models' } }, claim: { create: true } },
    },
    fewer: ['HorizontalPodAutoscaler', 'NetworkPolicy'],
  },
  'no credentials': {
    values: { credentials: { secret: '', targetsSecret: '' } },
  },
  'API keys alone': {
    values: {
      credentials: { secret: '', apiKeysSecret: 'keys' },
      serviceMonitor: { enabled: true, apiKey: { secret: 'prometheus' } },
    },
    more: ['ServiceMonitor'],
  },
};
const KINDS = [
  'ConfigMap',
  'Deployment',
  'HorizontalPodAutoscaler',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'Service',
  'ServiceAccount',
];

/** Values that are rejected, and what Helm says. */
const REJECTED: readonly (readonly [values: object, message: RegExp])[] = [
  [{ replica: 1 }, /replica is not allowed/],
  [{ settings: { ENGINE_PORT: '80' } }, /settings/],
  [{ settings: { PORT: '80' } }, /settings/],
  [{ publicUrl: 'models.example.com' }, /publicUrl/],
  [{ ingress: { enabled: true } }, /expected at least one host/],
  [{ deployments: { claim: { create: true, accessModes: ['All'] } } }, /accessModes/],
];

const failures: string[] = [];
function expectThat(condition: boolean, what: string): void {
  if (!condition) failures.push(what);
}

function runHelm(values: object, release: string, version: string) {
  const args = ['template', release, CHART, '--kube-version', version, '--namespace', 'models', '--values', '-'];
  return spawnSync(join(TOOLS, 'helm'), args, { input: dump(values), encoding: 'utf8' });
}

function render(values: object, release = 'engine', version = '1.34.0'): Document[] {
  const { status, stdout, stderr } = runHelm(values, release, version);
  if (status !== 0) throw new Error(stderr);
  return loadAll(stdout).filter((document) => document !== null) as Document[];
}

function checkAll(documents: readonly Document[], what: string): void {
  for (const document of documents) {
    try {
      checkManifest(document);
    } catch (error) {
      failures.push(`${what}: ${document.kind}: ${(error as Error).message}`);
    }
  }
}

const find = (documents: readonly Document[], kind: string) =>
  documents.find((document) => document.kind === kind) as Document;
const toPod = (documents: readonly Document[]) => find(documents, 'Deployment').spec?.template?.spec as Pod;

/** What must hold of every rendering. */
function checkRelease(documents: readonly Document[], what: string): void {
  const pod = toPod(documents);
  const [engine] = pod.containers;
  const volumes = (pod.volumes ?? []).map(({ name }) => name);
  for (const { name } of engine.volumeMounts ?? []) expectThat(volumes.includes(name), `${what}: no volume ${name}`);
  const { data = {} } = find(documents, 'ConfigMap');
  const variables = Object.fromEntries(Object.entries(data).filter(([name]) => !/^ENGINE_(TLS_|API_KEYS)/.test(name)));
  const named = ((engine['env'] ?? []) as { name: string }[]).map(({ name }) => name);
  const credentials = named.includes('ENGINE_USERNAME') ? { ENGINE_USERNAME: 'a', ENGINE_PASSWORD: 'a password' } : {};
  const isGuarded = named.includes('ENGINE_USERNAME') || 'ENGINE_API_KEYS_FILE' in data;
  expectThat(isGuarded !== (data['ENGINE_AUTH'] === 'none'), `${what}: ENGINE_AUTH`);
  for (const endpoint of documents.find(({ kind }) => kind === 'ServiceMonitor')?.spec?.endpoints ?? [])
    expectThat('basicAuth' in endpoint !== 'authorization' in endpoint, `${what}: what Prometheus sends`);
  try {
    parseConfiguration({
      ...variables,
      ...(isGuarded ? { ENGINE_USERNAME: 'a', ENGINE_PASSWORD: 'a password' } : credentials),
    });
  } catch (error) {
    failures.push(`${what}: the engine does not take its settings: ${(error as Error).message}`);
  }
}

for (const [what, { values, more = [], fewer = [] }] of Object.entries(CASES)) {
  for (const version of VERSIONS) {
    const documents = render(values, 'engine', version);
    checkAll(documents, what);
    checkRelease(documents, what);
    const kinds = documents.map(({ kind }) => kind).sort();
    const expected = [...KINDS.filter((kind) => !fewer.includes(kind)), ...more].sort();
    expectThat(isDeepStrictEqual(kinds, expected), `${what}: has ${kinds.join(', ')}`);
  }
  console.log(`helm: ${what}: valid`);
}

for (const [values, message] of REJECTED) {
  const { status, stderr } = runHelm(values, 'engine', '1.34.0');
  expectThat(status !== 0 && message.test(stderr), `not rejected as it must be: ${JSON.stringify(values)}: ${stderr}`);
}
console.log(`helm: ${REJECTED.length} wrong values are rejected`);

// What differs from the plain manifests is what must.
const kustomized = loadAll(
  execFileSync(join(TOOLS, 'kustomize'), ['build', join(DEPLOY, 'kubernetes')], { encoding: 'utf8' }),
) as Document[];
checkAll(kustomized, 'kustomize');
const rendered = render({}, 'custom-ml-engine');
const toCommon = ({ containers: [engine], volumes, ...pod }: Pod) => ({
  ...pod,
  topologySpreadConstraints: undefined,
  engine: {
    ...engine,
    imagePullPolicy: undefined,
    envFrom: undefined,
    ...Object.fromEntries(
      ['startupProbe', 'livenessProbe', 'readinessProbe'].map((name) => {
        const { httpGet, ...probe } = engine[name] as { httpGet: { path: string; port: string } };
        return [name, { ...probe, path: httpGet.path, port: httpGet.port }];
      }),
    ),
    volumeMounts: engine.volumeMounts?.filter(({ name }) => name !== 'deployments'),
  },
  volumes: volumes?.filter(({ name }) => name !== 'deployments'),
});
expectThat(
  isDeepStrictEqual(toCommon(toPod(rendered)), toCommon(toPod(kustomized))),
  'the pods of the chart and of the kustomization differ',
);
for (const kind of ['HorizontalPodAutoscaler', 'NetworkPolicy', 'PodDisruptionBudget']) {
  const toSpec = (documents: readonly Document[]) =>
    JSON.stringify(find(documents, kind).spec).replaceAll(',"app.kubernetes.io/instance":"custom-ml-engine"', '');
  const [a, b] = [toSpec(rendered), toSpec(kustomized)].map((text) => JSON.parse(text) as unknown);
  expectThat(isDeepStrictEqual(a, b), `${kind} of the chart and of the kustomization differ`);
}
console.log('helm: the chart and the kustomization run the same pod');

const { version, appVersion } = loadAll(
  execFileSync(join(TOOLS, 'helm'), ['show', 'chart', CHART], { encoding: 'utf8' }),
)[0] as { version: string; appVersion: string };
expectThat(version === manifest.version && appVersion === manifest.version, 'the chart has another version');
execFileSync(join(TOOLS, 'helm'), ['lint', '--strict', CHART]);

for (const failure of failures) console.error(failure);
console.log(failures.length === 0 ? 'helm: every manifest is valid' : 'helm: FAILED');
process.exitCode = failures.length === 0 ? 0 : 1;
