import { X509Certificate } from 'node:crypto';
import { DeploymentError } from '../errors/deployment-error.ts';
import type { RemoteAdapter } from '../remote/adapter.ts';
import { listMissingVariables } from './credentials/authentication.ts';
import { readRegularFile } from './read-regular-file.ts';
import { Upstream } from './upstream.ts';
import type { UpstreamSettings } from './upstream-settings.ts';

const PLACE = 'deployment.json.settings';
/** The largest file of certificates, in bytes: all that systems believe have about 250 thousand. */
const MOST_BYTES = 2 ** 22;

/**
 * The upstream that checked settings name. It is asked nothing yet.
 * @throws {DeploymentError} where no URL is known, a variable is not set, or a file of certificates is none
 */
export async function openUpstream<Settings extends UpstreamSettings>(
  adapter: RemoteAdapter<Settings>,
  settings: Settings,
): Promise<Upstream> {
  const problems: string[] = [];
  const url = settings.url ?? adapter.toUrl?.(settings) ?? '';
  if (url === '') problems.push(`${PLACE}.url: expected the URL of the upstream`);
  const authentication = settings.authentication ?? adapter.toAuthentication?.(settings);
  if (authentication) problems.push(...listMissingVariables(authentication, `${PLACE}.authentication`));
  const ca = settings.ca_file === undefined ? undefined : await readCertificates(settings.ca_file, problems);
  if (problems.length > 0) throw new DeploymentError(problems);
  return new Upstream({ ...settings, url, authentication, ca });
}

async function readCertificates(path: string, problems: string[]): Promise<string | undefined> {
  const text = await readRegularFile(path, MOST_BYTES).catch(() => undefined);
  if (text === undefined) problems.push(`${PLACE}.ca_file: expected a file that can be read`);
  // TLS itself takes any text, and then believes nobody.
  else if (!isCertificate(text)) problems.push(`${PLACE}.ca_file: expected certificates in PEM`);
  return text;
}

function isCertificate(text: string): boolean {
  try {
    new X509Certificate(text);
    return true;
  } catch {
    return false;
  }
}
