import { cp, lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { APP_FOLDER } from './load-app.ts';

/**
 * Copies the web application of a deployment to the folder that is about to replace it: an application belongs to the deployment, not to
 * one of its versions. Links stay what they are; pipes and devices are left out. One that the new folder has is replaced.
 * @param folder the folder of the deployment, if there is one
 */
export async function keepApp(folder: string, draft: string): Promise<void> {
  const app = join(folder, APP_FOLDER);
  const stats = await lstat(app).catch(() => undefined);
  if (!stats || stats.isFile()) return;
  await rm(join(draft, APP_FOLDER), { recursive: true, force: true });
  await cp(app, join(draft, APP_FOLDER), {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    filter: async (path) => {
      const found = await lstat(path);
      return found.isFile() || found.isDirectory() || found.isSymbolicLink();
    },
  });
}
