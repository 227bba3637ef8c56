import { readFile } from 'node:fs/promises';
import { DeploymentError } from '../deployment-error.ts';
import type { RemoteAdapter } from './adapter.ts';
import { listMissingVariables } from './credentials/authentication.ts';
import { Target } from './target.ts';
import type { TargetSettings } from './target-settings.ts';

/**
 * The target that checked settings name. It is asked nothing yet.
 * @throws {DeploymentError} where no URL is known, a variable is not set, or a file of certificates cannot be read
 */
export async function openTarget<Settings extends TargetSettings>(
  adapter: RemoteAdapter<Settings>,
  settings: Settings,
): Promise<Target> {
  const url = settings.url ?? adapter.toUrl?.(settings);
  if (url === undefined) throw new DeploymentError(['deployment.json.settings.url: expected the URL of the target']);
  const ca = settings.ca_file === undefined ? undefined : await readCertificates(settings.ca_file);
  const authentication = settings.authentication ?? adapter.toAuthentication?.(settings);
  const missing = authentication ? listMissingVariables(authentication, 'deployment.json.settings.authentication') : [];
  if (missing.length > 0) throw new DeploymentError(missing);
  return new Target({ ...settings, url, authentication, ca });
}

async function readCertificates(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new DeploymentError(['deployment.json.settings.ca_file: expected a file that can be read'], { cause });
  }
}
