/** Makes OpenScale know a custom monitor whose metrics the engine computes: its provider, its definition, and an instance. */
import type { OpenScaleClient, OpenScaleCollection, OpenScaleResource, Query } from '../client/openscale-client.ts';
import { listChanges } from './list-changes.ts';
import type { CustomMonitor } from './custom-monitors.ts';
import { Obstacle } from './step.ts';

/** What a registration does to add or keep something; each reports a step. */
export interface RegistrationSteps {
  readonly client: OpenScaleClient;
  readonly query: Query;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal | undefined;
  /** Creates a resource; gives its id, or nothing with a dry run. */
  readonly add: (what: string, collection: OpenScaleCollection, body: object) => Promise<string | undefined>;
  /** Accepts a resource that is there, with changes. */
  readonly keep: (
    what: string,
    collection: OpenScaleCollection,
    found: OpenScaleResource,
    changes?: Readonly<Record<string, unknown>>,
  ) => Promise<string>;
}

/** Where the monitor belongs. */
interface Surroundings {
  /** The data mart and the target of the instance. */
  readonly target: object;
  /** The instances of the subscription, by the ids of their definitions. */
  readonly present: ReadonlyMap<unknown, OpenScaleResource>;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
}

/** Applies a custom monitor. Throws as the steps do. */
export async function applyCustomMonitor(
  steps: RegistrationSteps,
  { system, definition, parameters }: CustomMonitor,
  { target, present, credentials }: Surroundings,
): Promise<void> {
  const { client, query, signal, isDryRun } = steps;
  const find = async (collection: OpenScaleCollection, name: string, more: Query = {}) =>
    (await client.list(collection, { ...more, ...query }, signal)).find(({ entity }) => entity['name'] === name);

  const foundSystem = await find('integrated_systems', system.name, { type: system.type });
  const body = credentials ? { ...system, credentials: { ...system.credentials, ...credentials } } : system;
  const systemId = foundSystem
    ? await steps.keep(
        `metrics provider ${system.name}`,
        'integrated_systems',
        foundSystem,
        listChanges(foundSystem.entity, { connection: system.connection }),
      )
    : await steps.add(`metrics provider ${system.name}`, 'integrated_systems', body);

  const what = `monitor definition ${definition.name}`;
  const foundDefinition = await find('monitor_definitions', definition.name);
  if (foundDefinition) checkMetrics(foundDefinition, definition);
  const definitionId = foundDefinition
    ? await steps.keep(what, 'monitor_definitions', foundDefinition)
    : await steps.add(what, 'monitor_definitions', definition);

  const known = (foundSystem?.entity['parameters'] as { monitor_definition_ids?: string[] } | undefined)
    ?.monitor_definition_ids;
  if (!isDryRun && systemId !== undefined && definitionId !== undefined && !known?.includes(definitionId)) {
    const value = { monitor_definition_ids: [...(known ?? []), definitionId] };
    const path = `/v2/integrated_systems/${encodeURIComponent(systemId)}`;
    // As IBM's client does it.
    const json = [{ op: 'add', path: '/parameters', value }];
    await client.send({ method: 'PATCH', path, query, json, isRepeatable: true }, signal);
  }

  const all = { custom_metrics_provider_id: systemId, ...parameters };
  const instance = present.get(definitionId);
  const name = `monitor ${definition.name}`;
  if (!instance) {
    const added = { ...target, monitor_definition_id: definitionId, parameters: all };
    await steps.add(name, 'monitor_instances', added);
    return;
  }
  const before = instance.entity['parameters'] as object;
  const changes = listChanges(instance.entity, { parameters: all });
  // What somebody has set besides is kept.
  const merged = 'parameters' in changes ? { parameters: { ...before, ...all } } : {};
  await steps.keep(name, 'monitor_instances', instance, merged);
}

/** A definition cannot be changed: one that lacks a metric would make OpenScale reject the measurements. */
function checkMetrics({ entity }: OpenScaleResource, { metrics, tags }: CustomMonitor['definition']): void {
  const [foundMetrics, foundTags] = ['metrics', 'tags'].map(
    (key) => new Set(((entity[key] ?? []) as { name?: unknown }[]).map(({ name }) => name)),
  );
  const missing = [
    ...metrics.filter(({ name }) => !foundMetrics?.has(name)),
    ...tags.filter(({ name }) => !foundTags?.has(name)),
  ];
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(', ');
  throw new Obstacle(
    `its definition in OpenScale lacks ${names}: delete it there with its instances, or give the provider another name`,
  );
}
