/** Writes the folder `app` of a deployment: prepared in a draft folder, then moved into place in one step. */
import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandError } from '../errors/command-error.ts';
import { makeDraftFolder, removeAbandonedDrafts } from './draft-folder.ts';
import { APP_FOLDER } from './load-app.ts';
import { withPlacementLock } from './placement-lock.ts';

/**
 * Writes a web application.
 * @param folder the folder of the deployment
 * @param files the texts by name
 * @param force whether an existing one is replaced
 * @returns the folder of the application
 * @throws {CommandError} if there is one already, or the folder cannot be written
 */
export async function writeApp(
  folder: string,
  id: string,
  files: Readonly<Record<string, string>>,
  force: boolean,
): Promise<string> {
  const app = join(folder, APP_FOLDER);
  const out = dirname(folder);
  let scratch: string | undefined;
  try {
    await removeAbandonedDrafts(out);
    // The name of an archive's: nothing in it is ever moved back.
    const draft = (scratch = await makeDraftFolder(out, 'archive'));
    await mkdir(join(draft, APP_FOLDER));
    for (const [name, text] of Object.entries(files)) await writeFile(join(draft, APP_FOLDER, name), text);
    await withPlacementLock(out, id, draft, async () => {
      if (!force) await checkFree(app);
      const before = join(draft, 'before');
      const isReplaced = await rename(app, before).then(
        () => true,
        (error: unknown) => {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
          return false;
        },
      );
      await rename(join(draft, APP_FOLDER), app).catch(async (error: unknown) => {
        if (isReplaced) await rename(before, app);
        throw error;
      });
    });
    return app;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`The application cannot be written to ${app} (${String(code)}).`, { cause: error });
  } finally {
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
  }
}

async function checkFree(app: string): Promise<void> {
  if (await lstat(app).catch(() => undefined))
    throw new CommandError(`There is an application in ${app}; --force replaces it.`);
}
