/** The thread of deployment-loader.ts. */
import { DeploymentError } from '../errors/deployment-error.ts';
import { describeCause } from '../errors/describe-cause.ts';
import type { LoadReply, LoadTask } from './deployment-loader.ts';
import { loadShared } from './load-deployment.ts';

/** Loads a deployment. What another thread cannot share is left alone: it runs code or calls servers. */
export default async function load({ folder }: LoadTask): Promise<LoadReply> {
  try {
    const shared = await loadShared(folder);
    return shared ? { shared } : { local: true };
  } catch (error) {
    const { problems, cause, answer } =
      error instanceof DeploymentError
        ? error
        : new DeploymentError(['could not be loaded; see the log'], { cause: error });
    return { problems, cause: cause === undefined ? undefined : describeCause(cause), answer };
  }
}
