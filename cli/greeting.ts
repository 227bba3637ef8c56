import type { Deployment } from '../models/deployment.ts';
import type { Configuration, Credentials } from '../server/configuration.ts';
import type { Engine } from '../server/engine.ts';

/** Printed when the engine has started: its URL, its deployments, and commands that list and score them. */
export function toGreeting({ url, catalogue }: Engine, { credentials, publicUrl }: Configuration): string {
  const deployments = catalogue.list();
  const invalid = catalogue.listInvalid();
  const lines = [`custom-ml-engine serves ${toCount(deployments.length, 'deployment')} on ${url}`, ''];
  const width = Math.max(0, ...deployments.map(({ file }) => file.id.length));
  for (const { file } of deployments)
    lines.push(`  ${file.id.padEnd(width)}  ${file.name} (${file.problem_type}, ${file.kind})`);
  for (const { id, problems } of invalid) lines.push(`  ${id}: not served: ${problems.join('; ')}`);
  if (publicUrl) lines.push('', `Public URL, as discovery publishes it: ${publicUrl.href}`);
  if (deployments[0]) lines.push('', 'Score a row:', '', `  ${toCurl(url, deployments[0], credentials)}`);
  lines.push(
    '',
    'List the deployments, as OpenScale does:',
    '',
    `  curl -s${toUserOption(credentials)} ${url}/v1/deployments`,
    '',
  );
  return lines.join('\n');
}

function toCurl(url: string, { file }: Deployment, credentials: Credentials | undefined): string {
  const body = JSON.stringify({ fields: file.example.fields, values: file.example.values.slice(0, 1) });
  const target = `${url}/v1/deployments/${file.id}/online`;
  return `curl -s${toUserOption(credentials)} ${target} -H 'Content-Type: application/json' -d ${quote(body)}`;
}

/** Names the place of the password, wherever it came from, and never the password. */
function toUserOption(credentials: Credentials | undefined): string {
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
