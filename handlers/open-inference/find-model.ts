import { EngineError } from '../../errors/engine-error.ts';
import type { Deployments } from '../../catalogue/catalogue.ts';
import type { Deployment } from '../../models/deployment.ts';
import { findDeployment } from '../find-deployment.ts';

/**
 * Finds the deployment that a path names, with its version if the path has one.
 * @throws {EngineError} deployment_not_found
 */
export function findModel(
  deployments: Deployments,
  { deployment_id, version }: { readonly deployment_id: string; readonly version?: string },
): Deployment {
  const deployment = findDeployment(deployments, deployment_id);
  if (version === undefined || version === deployment.version) return deployment;
  throw new EngineError(
    'deployment_not_found',
    'This version of the model is not served. Its metadata name the one that is.',
    {
      target: { type: 'parameter', name: 'version' },
    },
  );
}
