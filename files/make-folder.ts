import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a folder and its missing parents. Node's own `mkdir` with `recursive` loops forever, and cannot be interrupted, where
 * the system answers ENOENT in a folder that exists, as /proc does (Node 20).
 * @param mode of those that are made
 * @throws like mkdir
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const above = dirname(path);
  if (above !== path) await access(above).catch(() => makeFolder(above, mode));
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}
