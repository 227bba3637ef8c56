import { Catalogue } from '../catalogue/catalogue.ts';
import { Contract } from '../server/contract/contract.ts';
import { CatalogueDeployments } from './catalogue-deployments.ts';
import type { Deployments } from './deployments.ts';

export interface OpenDeploymentsOptions {
  /** Whether deployments may run their own JavaScript (kind module); false by default. */
  readonly allowModules?: boolean | undefined;
  /** Whether changes to the folder are picked up; false by default. */
  readonly watch?: boolean | undefined;
}

/**
 * Loads the deployments of a folder, to score them without HTTP and without an engine. Invalid deployments are listed by
 * `listInvalid()`, and do not affect the others.
 * @returns the deployments; `close()` stops watching them and closes their connections to other servers
 * @throws when the folder cannot be read
 */
export async function openDeployments(
  folder = './deployments',
  { allowModules = false, watch = false }: OpenDeploymentsOptions = {},
): Promise<Deployments & { close(): Promise<void> }> {
  const contract = await new Contract().init();
  const catalogue = await Catalogue.open(folder, { allowModules, watch });
  const deployments = new CatalogueDeployments(catalogue, contract, Infinity);
  return Object.assign(deployments, { close: () => catalogue.close() });
}
