/** Finds what the engine knows of a deployment that OpenScale names. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDeployment, readDeploymentFile } from '../../catalogue/load-deployment.ts';

import { DEPLOYMENT_ID } from '../../models/deployment-file.ts';
import { writtenStatisticsSchema, type WrittenStatistics } from '../written-statistics.ts';
import type { KnownDeployment } from './run-request.ts';

/**
 * Looks for a deployment by its id.
 * @param deployments the folder of all deployments
 * @returns undefined if there is none, or an invalid one
 */
export async function findDeployment(
  deployments: string,
  id: string,
  allowModules: boolean,
): Promise<KnownDeployment | undefined> {
  // The id comes from OpenScale: nothing but the name of a folder.
  if (!DEPLOYMENT_ID.test(id)) return undefined;
  const folder = join(deployments, id);
  const file = await readDeploymentFile(folder).catch(() => undefined);
  if (!file) return undefined;
  return {
    deployment: file,
    classes: file.label.classes,
    statistics: await readStatistics(folder),
    load: () => loadDeployment(folder, { allowModules }),
  };
}

async function readStatistics(folder: string): Promise<WrittenStatistics | undefined> {
  try {
    return writtenStatisticsSchema.parse(JSON.parse(await readFile(join(folder, 'training-statistics.json'), 'utf8')));
  } catch {
    return undefined;
  }
}
