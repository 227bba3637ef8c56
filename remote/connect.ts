import { DeploymentError } from '../errors/deployment-error.ts';
import { openUpstream } from '../upstream/open-upstream.ts';
import type { Upstream, UpstreamOptions } from '../upstream/upstream.ts';
import type { RemoteAdapter } from './adapter.ts';
import type { RemoteSettings } from './remote-settings.ts';

/**
 * Opens the upstream of a deployment, with the adapter's defaults for the URL and authentication. No request is sent yet.
 * @throws {DeploymentError} with every problem of the settings
 */
export async function connect(
  adapter: Pick<RemoteAdapter, 'toUrl' | 'toAuthentication'>,
  settings: RemoteSettings,
  onRequest?: UpstreamOptions['onRequest'],
): Promise<Upstream> {
  const url = settings.url ?? adapter.toUrl?.(settings) ?? '';
  const authentication = settings.authentication ?? adapter.toAuthentication?.(settings);
  const opened = await openUpstream({ ...settings, url, authentication }, 'deployment.json.settings', onRequest);
  if ('problems' in opened) throw new DeploymentError(opened.problems);
  return opened.upstream;
}
