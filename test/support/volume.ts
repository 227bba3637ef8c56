/** Folders as Kubernetes lays them out for a container. */
import { mkdir, mkdtemp, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Writes a version of a volume whose files come from ConfigMaps or Secrets, as the kubelet does (its AtomicWriter): the files lie
 * in a folder of this version, `..data` is a link to it, and beside that is a link to each file or folder in `..data`. The next
 * version is another folder, `..data` is swapped in one step, and the folder before it goes.
 * @param files their texts by their paths; the same paths in each version
 */
export async function writeVolume(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const before = await readlink(join(folder, '..data')).catch(() => undefined);
  const version = await mkdtemp(join(folder, '..2026_11_23_'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(version, path)), { recursive: true });
    await writeFile(join(version, path), text);
  }
  await symlink(version.slice(folder.length + 1), join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  if (before !== undefined) {
    await rm(join(folder, before), { recursive: true });
    return;
  }
  const names = new Set(Object.keys(files).map((path) => path.split('/')[0] as string));
  for (const name of names) await symlink(join('..data', name), join(folder, name));
}
