import type { components } from '../generated/api.ts';
import { JsonText } from '../models/json/json-text.ts';
import type { Deployment } from '../models/deployment.ts';
import type { HandlerOf } from './contract.ts';
import { toResource } from './deployment-resource.ts';

type DeploymentListText = JsonText<components['schemas']['DeploymentList']>;

/** The last reply for each list of deployments; valid until a deployment or the base URL changes. */
const lastAnswers = new WeakMap<readonly Deployment[], { baseUrl: string; text: DeploymentListText }>();

/** Discovery: lists every deployment with its details. */
export const listDeployments: HandlerOf<'listDeployments'> = ({ baseUrl }, { deployments }) => {
  const list = deployments.list();
  let last = lastAnswers.get(list);
  if (last?.baseUrl !== baseUrl) {
    const resources = list.map((deployment) => toResource(deployment, baseUrl));
    last = { baseUrl, text: JsonText.of({ count: resources.length, resources }) };
    lastAnswers.set(list, last);
  }
  return { status: 200, body: last.text };
};
