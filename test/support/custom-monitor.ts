/** A double of OpenScale with a custom monitor, as `register --apply` leaves it, and what its runs come to. */
import { writeFile } from 'node:fs/promises';
import { loadDeployment } from '../../catalogue/load-deployment.ts';
import type { Deployment } from '../../models/deployment.ts';
import type { OpenScaleClient } from '../../openscale/client/openscale-client.ts';
import { buildProvider, parseProviderSettings } from '../../openscale/metrics-providers/build-provider.ts';
import type { MetricsProvider } from '../../openscale/metrics-providers/metrics-provider.ts';
import { applyRegistration } from '../../openscale/registration/apply-registration.ts';
import { toServiceProvider, toSubscription } from '../../openscale/registration/bodies.ts';
import { toCustomMonitor } from '../../openscale/registration/custom-monitors.ts';
import type { Step } from '../../openscale/registration/step.ts';
import type { OpenScaleDouble } from '../openscale-double/openscale-double.ts';
import { toPlatforms } from './openscale.ts';

/** A provider of settings. */
export function toProvider(name: string, settings: object, folder = '/nowhere'): MetricsProvider {
  const parsed = parseProviderSettings(settings, name);
  if ('problems' in parsed) throw new Error(parsed.problems.join('; '));
  return buildProvider(name, parsed.settings, { folder, memory: 256 });
}

/** Registers a deployment with a quality monitor, and the custom monitors of providers. */
export async function registerMonitors(
  client: OpenScaleClient,
  deployment: Deployment,
  providers: readonly MetricsProvider[],
  url: string,
): Promise<readonly Step[]> {
  const customMonitors = providers.map((provider) => toCustomMonitor(provider, url, 'none'));
  const { steps } = await applyRegistration(
    client,
    {
      id: deployment.file.id,
      provider: toServiceProvider(url, 'none'),
      subscription: toSubscription(deployment, url, 'basic'),
      monitors: [{ monitor_definition_id: 'quality', parameters: { min_feedback_data_size: 10 } }],
      skipped: [],
      container: undefined,
      archives: {},
      customMonitors,
    },
    { isDryRun: false, onStep: () => undefined },
  );
  const failed = steps.filter(({ outcome }) => outcome === 'failed');
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  return steps;
}

/** The instance of the custom monitor of a provider. */
export function findInstance({ store }: OpenScaleDouble, provider: string): string {
  const id = `custom_ml_engine_${provider.replaceAll('-', '_')}`;
  const found = [...store.monitors.values()].find(({ entity }) => entity.monitor_definition_id === id);
  if (!found) throw new Error(`there is no instance of ${id}`);
  return found.metadata.id;
}

/** The data set of a type. */
export function findDataSet({ store }: OpenScaleDouble, type: 'payload_logging' | 'feedback'): string {
  const [found] = store.listDataSets(undefined, type);
  if (!found) throw new Error(`there is no data set ${type}`);
  return found.metadata.id;
}

/** Logs rows as feedback, or as payload with their scores. */
export async function logRows(
  double: OpenScaleDouble,
  { file }: Deployment,
  type: 'payload_logging' | 'feedback',
  fields: readonly string[],
  values: readonly (readonly unknown[])[],
): Promise<void> {
  const isResult = (name: string) => name === file.result.prediction || name === file.result.probability;
  const take = (isTaken: (name: string) => boolean) => ({
    fields: fields.filter(isTaken),
    values: values.map((row) => row.filter((_, index) => isTaken(fields[index] as string))),
  });
  if (type === 'feedback') double.store.addRecords(findDataSet(double, type), [{ fields, values }]);
  else
    double.store.addRecords(findDataSet(double, type), [
      { request: take((name) => !isResult(name)), response: take(isResult), multiple_records: true },
    ]);
  await Promise.resolve();
}

/** Loads a deployment from a folder. */
export function load(folder: string): Promise<Deployment> {
  return loadDeployment(folder, { allowModules: false });
}

/** The metrics of the measurements, each group as a flat object. */
export function listMetrics({ store }: OpenScaleDouble): Record<string, number | string>[] {
  interface Item {
    id: string;
    value: number | string;
  }
  return [...store.measurements.values()].flatMap(({ entity }) =>
    (entity['values'] as { metrics: Item[]; tags: Item[] }[]).map(({ metrics, tags }) =>
      Object.fromEntries([...metrics, ...tags].map(({ id, value }) => [id, value])),
    ),
  );
}

/** Writes the file of ENGINE_METRICS_PROVIDERS; gives its path. */
export async function writeProviders(
  path: string,
  { url }: OpenScaleDouble,
  providers: object,
  others: object = {},
): Promise<string> {
  const openscale = { url, authentication: toPlatforms(url)['IBM Cloud'], poll_interval: 1 };
  await writeFile(path, JSON.stringify({ openscale, providers, ...others }));
  return path;
}
