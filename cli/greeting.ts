import type { Deployment } from '../models/deployment.ts';
import type { Configuration } from '../server/configuration.ts';
import type { Engine } from '../server/engine.ts';

/** What a person wants to know when the engine is up: where it is, what it serves, and a command that scores. */
export function toGreeting({ url, catalogue }: Engine, { credentials, publicUrl }: Configuration): string {
  const deployments = catalogue.list();
  const invalid = catalogue.listInvalid();
  const lines = [`custom-ml-engine serves ${toCount(deployments.length, 'deployment')} on ${url}`, ''];
  const width = Math.max(0, ...deployments.map(({ file }) => file.id.length));
  for (const { file } of deployments)
    lines.push(`  ${file.id.padEnd(width)}  ${file.name} (${file.problem_type}, ${file.kind})`);
  for (const { id, problems } of invalid) lines.push(`  ${id}: NOT SERVED: ${problems.join('; ')}`);
  if (publicUrl) lines.push('', `Discovery publishes it as ${publicUrl.href}`);
  if (deployments[0]) lines.push('', 'Score a row:', '', `  ${toCurl(url, deployments[0], credentials !== undefined)}`);
  const user = credentials ? ' -u "$ENGINE_USERNAME:$ENGINE_PASSWORD"' : '';
  lines.push('', 'List the deployments, as OpenScale does:', '', `  curl -s${user} ${url}/v1/deployments`, '');
  return lines.join('\n');
}

function toCurl(url: string, { file }: Deployment, authenticated: boolean): string {
  const body = JSON.stringify({ fields: file.example.fields, values: file.example.values.slice(0, 1) });
  const user = authenticated ? ' -u "$ENGINE_USERNAME:$ENGINE_PASSWORD"' : '';
  const quoted = `'${body.replaceAll("'", `'\\''`)}'`;
  return `curl -s${user} ${url}/v1/deployments/${file.id}/online -H 'Content-Type: application/json' -d ${quoted}`;
}

function toCount(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
