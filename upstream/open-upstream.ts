import { X509Certificate } from 'node:crypto';
import { listMissingVariables, type AuthenticationSettings } from './credentials/authentication.ts';
import { readRegularFile } from './read-regular-file.ts';
import { Upstream } from './upstream.ts';
import type { UpstreamSettings } from './upstream-settings.ts';

/** The largest file of certificates, in bytes: all that systems believe have about 250 thousand. */
const MOST_BYTES = 2 ** 22;

/** What an upstream is made of: checked settings, and what their owner fills in where they are silent. */
export interface UpstreamDescription extends Omit<UpstreamSettings, 'url' | 'authentication'> {
  /** Empty where it is not known. */
  readonly url: string;
  readonly authentication: AuthenticationSettings | undefined;
}

/**
 * Opens an upstream. It is asked nothing yet.
 * @param place where the settings stand, for the problems: `deployment.json.settings`
 * @returns the upstream, or all problems: no URL, a variable that is not set, a file that holds no certificates
 */
export async function openUpstream(
  description: UpstreamDescription,
  place: string,
): Promise<{ readonly upstream: Upstream } | { readonly problems: readonly string[] }> {
  const { url, authentication, ca_file } = description;
  const problems: string[] = [];
  if (url === '') problems.push(`${place}.url: expected the URL of the upstream`);
  if (authentication) problems.push(...listMissingVariables(authentication, `${place}.authentication`));
  const ca = ca_file === undefined ? undefined : await readCertificates(ca_file, `${place}.ca_file`, problems);
  return problems.length > 0 ? { problems } : { upstream: new Upstream({ ...description, ca }) };
}

async function readCertificates(path: string, place: string, problems: string[]): Promise<string | undefined> {
  const text = await readRegularFile(path, MOST_BYTES).catch(() => undefined);
  if (text === undefined) problems.push(`${place}: expected a file that can be read`);
  // TLS itself takes any text, and then believes nobody.
  else if (!isCertificate(text)) problems.push(`${place}: expected certificates in PEM`);
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
