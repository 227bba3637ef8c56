import { EngineError } from '../errors/engine-error.ts';
import type { Deployments } from '../catalogue/catalogue.ts';
import type { Deployment } from '../models/deployment.ts';

/**
 * Finds a deployment by its id.
 * @throws {EngineError} deployment_not_found
 */
export function findDeployment(deployments: Deployments, id: string): Deployment {
  const deployment = deployments.get(id);
  if (deployment) return deployment;
  throw new EngineError(
    'deployment_not_found',
    'No deployment has this id. GET /v1/deployments lists the deployments.',
    {
      target: { type: 'parameter', name: 'deployment_id' },
    },
  );
}
