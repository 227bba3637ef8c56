import type { HandlerOf } from './contract.ts';
import { toResource } from './deployment-resource.ts';

/** Discovery: every deployment with its details. */
export const listDeployments: HandlerOf<'listDeployments'> = ({ baseUrl }, { deployments }) => {
  const resources = deployments.list().map((deployment) => toResource(deployment, baseUrl));
  return { status: 200, body: { count: resources.length, resources } };
};
