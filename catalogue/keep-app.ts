import { cp, lstat, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { APP_FOLDER, isWithin } from './load-app.ts';

/**
 * Copies the web application of a deployment to the folder that is about to replace it: an application belongs to the deployment, not to
 * one of its versions. Links in it stay what they are; pipes and devices are left out. One that the new folder has is replaced.
 * @param folder the folder of the deployment, if there is one
 */
export async function keepApp(folder: string, draft: string): Promise<void> {
  if (!(await mayHaveApp(folder))) return;
  await rm(join(draft, APP_FOLDER), { recursive: true, force: true });
  await cp(await findSource(folder), join(draft, APP_FOLDER), {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    filter: async (path) => {
      const found = await lstat(path);
      return found.isFile() || found.isDirectory() || found.isSymbolicLink();
    },
  });
}

/** Whether a deployment has a web application, valid or not: a folder or a link of that name, and no file of the model's. */
export async function mayHaveApp(folder: string): Promise<boolean> {
  const app = join(folder, APP_FOLDER);
  const [own, target] = await Promise.all([tryTo(() => lstat(app)), tryTo(() => stat(app))]);
  return own !== undefined && target?.isFile() !== true;
}

/** Where the files are: behind a link to another folder of the deployment, which the new one does not have. */
async function findSource(folder: string): Promise<string> {
  const app = join(folder, APP_FOLDER);
  const [around, target] = await Promise.all([realpath(folder), tryTo(() => realpath(app))]);
  return target !== undefined && isWithin(target, around) ? target : app;
}

function tryTo<Result>(look: () => Promise<Result>): Promise<Result | undefined> {
  return look().catch(() => undefined);
}
