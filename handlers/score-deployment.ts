import type { HandlerOf } from './contract.ts';
import { findDeployment } from './find-deployment.ts';
import { scoreTables } from './score-tables.ts';

/** Scores a table, or the tables of an envelope, and replies in the same shape. */
export const scoreDeployment: HandlerOf<'scoreDeployment'> = async ({ params, body }, context) => {
  const deployment = findDeployment(context.deployments, params.deployment_id);
  const scored = await scoreTables(body, deployment, context);
  return { status: 200, body: scored.body, headers: { 'X-Deployment-Version': deployment.version } };
};
