import { Argument, Command, InvalidArgumentError } from 'commander';
import { rollBack } from '../catalogue/versions.ts';
import { toArgument } from '../errors/quote-text.ts';
import { addKeepOption } from './deployment-options.ts';
import { parseId } from './parse-id.ts';
import { toSafeJson } from './safe-json.ts';

interface RollbackCommandOptions {
  readonly deployments: string;
  readonly check: boolean;
  readonly keep: number;
  readonly json?: boolean;
}

/** The command that brings back an earlier version of a deployment. */
export function buildRollbackCommand(): Command {
  const command = new Command('rollback')
    .description('bring back an earlier version of a deployment; a running engine serves it without losing a request')
    .addArgument(new Argument('<id>', 'the deployment').argParser(parseId))
    .addArgument(
      new Argument('[version]', 'the version, or its first digits (default: the one that was replaced last)').argParser(
        parseVersion,
      ),
    )
    .option('--deployments <folder>', 'folder of the deployments', './deployments')
    .option('--no-check', 'bring it back without loading it first');
  return addKeepOption(command).option('--json', 'print the result as JSON').action(run);
}

async function run(id: string, version: string | undefined, options: RollbackCommandOptions): Promise<void> {
  const { deployments, check, keep, json } = options;
  const result = await rollBack({ deployments, id, check, keep, ...(version !== undefined && { version }) });
  console.log(json ? toSafeJson(result) : toText(id, result));
}

function parseVersion(text: string): string {
  if (/^[0-9a-f]{1,12}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a version as `custom-ml-engine versions` lists it, or its first digits.');
}

function toText(id: string, { version, replaced }: Awaited<ReturnType<typeof rollBack>>): string {
  if (replaced === undefined) return `${id} is version ${version} again.`;
  return [
    `${id} is version ${version} again; it was ${replaced}.`,
    `Undo: npx custom-ml-engine rollback ${toArgument(id)} ${replaced}`,
  ].join('\n');
}
