import { collectDefaultMetrics, Registry } from 'prom-client';
import { takeFamilies, type Family } from './figures.ts';

/** Gauges whose names end like those of counters. They are the sums of others. */
const SUMS = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

let registry: Registry | undefined;

/** What prom-client measures of the process itself. It measures from the first call on, whatever the number of engines. */
export async function takeProcessFamilies(): Promise<Family[]> {
  if (!registry) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry });
    for (const name of SUMS) registry.removeSingleMetric(name);
  }
  return takeFamilies(registry);
}
