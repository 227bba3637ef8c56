import type { HandlerOf } from './contract.ts';
import { toResource } from './deployment-resource.ts';
import { findDeployment } from './find-deployment.ts';

/** Returns one deployment with its details. */
export const getDeployment: HandlerOf<'getDeployment'> = ({ params, baseUrl }, { deployments, note }) => {
  const deployment = findDeployment(deployments, params.deployment_id);
  note({ deployment: deployment.file.id });
  return { status: 200, body: toResource(deployment, baseUrl) };
};
