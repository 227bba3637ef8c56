import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it, where they are not there. Node's own way to do so (`recursive`) goes on without end, and
 * cannot be interrupted, where the system says that there is nothing in a folder that is there, as /proc does.
 * @throws as mkdir does
 */
export async function makeFolder(path: string): Promise<void> {
  const above = dirname(path);
  if (above !== path) await access(above).catch(() => makeFolder(above));
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}
