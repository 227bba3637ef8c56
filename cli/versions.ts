import { Argument, Command } from 'commander';
import { listVersions, type DeploymentVersion } from '../catalogue/versions.ts';
import { toArgument } from '../errors/quote-text.ts';
import { parseId } from './parse-id.ts';
import { toSafeJson } from './safe-json.ts';

/** The command that lists the versions of a deployment. */
export function buildVersionsCommand(): Command {
  return new Command('versions')
    .description('list the versions of a deployment: the current one and those that were replaced')
    .addArgument(new Argument('<id>', 'the deployment').argParser(parseId))
    .option('--deployments <folder>', 'folder of the deployments', './deployments')
    .option('--json', 'print the result as JSON')
    .action(async (id: string, { deployments, json }: { readonly deployments: string; readonly json?: boolean }) => {
      const versions = await listVersions(deployments, id);
      console.log(json ? toSafeJson(versions.map(toJson)) : toText(id, versions));
    });
}

function toJson({ version, kind, modifiedAt, replacedAt }: DeploymentVersion): object {
  return { version, current: replacedAt === undefined, kind, modified_at: modifiedAt, replaced_at: replacedAt };
}

function toText(id: string, versions: readonly DeploymentVersion[]): string {
  const rows = versions.map(({ version, kind = 'unknown', modifiedAt = 'unknown', replacedAt = '(current)' }) => [
    version,
    kind,
    modifiedAt,
    replacedAt,
  ]);
  const table = [['version', 'kind', 'modified', 'replaced'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  const isLast = !versions.some(({ replacedAt }) => replacedAt !== undefined);
  return [
    ...lines,
    '',
    isLast
      ? 'No version has been replaced yet, or none is kept.'
      : `Bring back the one that was replaced last: npx custom-ml-engine rollback ${toArgument(id)}`,
  ].join('\n');
}
