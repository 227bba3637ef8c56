import { X509Certificate } from 'node:crypto';
import { listMissingVariables, type AuthenticationSettings } from './credentials/authentication.ts';
import { readTextFile } from '../files/read-text-file.ts';
import { Upstream, type UpstreamOptions } from './upstream.ts';
import type { UpstreamSettings } from './upstream-settings.ts';

/** The largest file of certificates, in bytes; a system's whole trust store has about 250 thousand. */
const MAX_BYTES = 2 ** 22;

/** Checked settings of an upstream, with the URL and the authentication filled in by the caller. */
export interface UpstreamDescription extends Omit<UpstreamSettings, 'url' | 'authentication'> {
  /** Empty if unknown. */
  readonly url: string;
  readonly authentication: AuthenticationSettings | undefined;
}

/**
 * Opens an upstream. No request is sent yet.
 * @param place where the settings are, for the problems: `deployment.json.settings`
 * @param onRequest see UpstreamOptions
 * @returns the upstream, or all problems: a missing URL, a variable that is not set, a file without certificates
 */
export async function openUpstream(
  description: UpstreamDescription,
  place: string,
  onRequest?: UpstreamOptions['onRequest'],
): Promise<{ readonly upstream: Upstream } | { readonly problems: readonly string[] }> {
  const { url, authentication, ca_file } = description;
  const problems: string[] = [];
  if (url === '') problems.push(`${place}.url: expected the URL of the upstream`);
  if (authentication) problems.push(...listMissingVariables(authentication, `${place}.authentication`));
  const ca = ca_file === undefined ? undefined : await readCertificates(ca_file, `${place}.ca_file`, problems);
  return problems.length > 0 ? { problems } : { upstream: new Upstream({ ...description, ca, onRequest }) };
}

async function readCertificates(path: string, place: string, problems: string[]): Promise<string | undefined> {
  const text = await readTextFile(path, MAX_BYTES).catch(() => undefined);
  if (text === undefined) problems.push(`${place}: expected a readable file`);
  // Node's TLS accepts any text here, and then trusts nothing.
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
