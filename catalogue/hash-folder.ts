/** The version of a deployment: a hash of the files in its folder. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { APP_FOLDER } from './load-app.ts';

/** A version: the first twelve hexadecimal digits of a SHA-256. */
export const VERSION = /^[0-9a-f]{12}$/;
const PIECE_BYTES = 2 ** 20;

/**
 * The version of the deployment in a folder. The same files have the same version wherever they are and whenever they were written. What
 * begins with a dot is left out, and so are the folder of the web application, which says nothing of how the model scores, `node_modules`,
 * folders behind links, and everything that is not a regular file. A folder that cannot be read counts as an empty one.
 * @returns twelve hexadecimal digits
 */
export async function hashFolder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const path of (await listFiles(folder, APP_FOLDER)).sort())
    hash.update(`${path}\0${await hashFile(join(folder, path))}\0`);
  return hash.digest('hex').slice(0, 12);
}

/** The paths of the files in a folder and its subfolders, with `/` on every system; but not of those in a folder `omitted` there. */
async function listFiles(folder: string, omitted?: string): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const { name } = entry;
    if (name.startsWith('.') || name === 'node_modules') continue;
    if (entry.isDirectory() && name === omitted) continue;
    if (entry.isDirectory()) for (const path of await listFiles(join(folder, name))) paths.push(`${name}/${path}`);
    else if (await isFile(join(folder, name))) paths.push(name);
  }
  return paths;
}

/** Whether a path, or what a link leads to, is a regular file: reading a pipe would wait for its writer. */
function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

/** The hash of a file's content; of one that cannot be read, why. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const stream: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: PIECE_BYTES });
    for await (const piece of stream) hash.update(piece);
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
  return hash.digest('hex');
}
