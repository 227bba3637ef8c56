/** Finds the folder of a deployment for commands that name it by its id. */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CommandError } from '../errors/command-error.ts';
import { explainMissing } from '../errors/explain-missing.ts';
import { formatList } from '../errors/quote-text.ts';
import { DEPLOYMENT_ID } from '../models/deployment-file.ts';

/**
 * The absolute path of a deployment's folder.
 * @param deployments the folder of all deployments
 * @throws {CommandError} if either folder does not exist, with those that do
 */
export async function findDeploymentFolder(deployments: string, id: string): Promise<string> {
  const root = resolve(deployments);
  const names = await listNames(root);
  if (names.includes(id)) return join(root, id);
  const known: string[] = [];
  for (const name of names.sort()) {
    if (DEPLOYMENT_ID.test(name) && (await isFile(join(root, name, 'deployment.json')))) known.push(name);
  }
  const near = known.find((name) => name.toLowerCase() === id.toLowerCase());
  const hint = near
    ? `did you mean ${near}?`
    : known.length > 0
      ? `it has ${formatList(known)}.`
      : 'it has no deployments.';
  throw new CommandError(
    `There is no deployment ${id} in ${root}; ${hint}${known.length > 0 ? '' : ' --deployments names another folder.'}`,
  );
}

async function listNames(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? `: ${await explainMissing(root, 'folder')}` : '';
    throw new CommandError(`--deployments: ${root} cannot be read (${String(code)})${why}.`, { cause });
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
}
