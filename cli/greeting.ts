import type { Deployment } from '../models/deployment.ts';
import type { Configuration } from '../server/configuration.ts';
import type { Engine } from '../server/engine.ts';

/** Printed when the engine has started: its URL, its deployments, where the console is, and commands that list and score them. */
export function toGreeting({ url, catalogue }: Engine, configuration: Configuration): string {
  const { publicUrl, tls } = configuration;
  const curl = `curl -s${toOptions(configuration)}`;
  const deployments = catalogue.list();
  const invalid = catalogue.listInvalid();
  const lines = [`custom-ml-engine serves ${toCount(deployments.length, 'deployment')} on ${url}`, ''];
  const width = Math.max(0, ...deployments.map(({ file }) => file.id.length));
  for (const { file } of deployments)
    lines.push(`  ${file.id.padEnd(width)}  ${file.name} (${file.problem_type}, ${file.kind})`);
  for (const { id, problems } of invalid) lines.push(`  ${id}: not served: ${problems.join('; ')}`);
  if (publicUrl) lines.push('', `Public URL, as discovery publishes it: ${publicUrl.href}`);
  if (tls) lines.push('', 'It speaks HTTPS; with -k, curl does not check whether the certificate is for this address.');
  lines.push('', 'Open the console in a browser:', '', `  ${url}`);
  if (deployments[0]) lines.push('', 'Score a row:', '', `  ${toScoring(curl, url, deployments[0])}`);
  lines.push('', 'List the deployments, as OpenScale does:', '', `  ${curl} ${url}/v1/deployments`, '');
  return lines.join('\n');
}

function toScoring(curl: string, url: string, { file }: Deployment): string {
  const body = JSON.stringify({ fields: file.example.fields, values: file.example.values.slice(0, 1) });
  return `${curl} ${url}/v1/deployments/${file.id}/online -H 'Content-Type: application/json' -d ${quote(body)}`;
}

/** The options of curl for the engine; the name in its certificate is seldom that of the address it listens on. */
function toOptions({ credentials, apiKeys, tls }: Configuration): string {
  return [
    tls && ' -k',
    tls?.clientCa !== undefined && ' --cert "$CERT" --key "$CERT_KEY"',
    toUserOption(credentials) || (apiKeys && ' -H "X-API-Key: $API_KEY"'),
  ]
    .filter(Boolean)
    .join('');
}

/** Names the place of the password, wherever it came from, and never the password. */
function toUserOption(credentials: Configuration['credentials']): string {
  if (!credentials) return '';
  const { username, passwordFile } = credentials;
  const password = passwordFile === undefined ? '$ENGINE_PASSWORD' : `$(cat -- ${quoteIfNeeded(passwordFile)})`;
  return /^[\w.@+-]+$/.test(username) ? ` -u "${username}:${password}"` : ` -u ${quote(`${username}:`)}"${password}"`;
}

function quoteIfNeeded(text: string): string {
  return /^[\w./@+-]+$/.test(text) ? text : quote(text);
}

/** A word for a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function toCount(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
