/** What is watched of a folder: its signature changes whenever that does. */
import type { BigIntStats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { APP_FOLDER, MAX_APP_DEPTH, MAX_APP_FILES } from './load-app.ts';

/** What is watched of a subfolder. */
export interface Signature {
  /** A text that changes whenever it changes. */
  readonly text: string;
  readonly isGone: boolean;
}

/** Signs a subfolder. */
export type SignFolder = (folder: string) => Promise<Signature>;

/** Signs the files of a folder: whether one changes, or its permissions do, or it becomes readable or unreadable. */
export async function signFolder(folder: string): Promise<Signature> {
  try {
    const names = await readdir(folder);
    const parts = await Promise.all(names.map((name) => signEntry(join(folder, name), name)));
    return { text: `files ${parts.sort().join(' ')}`, isGone: false };
  } catch (error) {
    return isMissing(error) ? signMissing(folder) : { text: signFailure(error), isGone: false };
  }
}

/** One entry's part of the signature. A dangling link, as editors leave them, must not hide changes of other files. */
async function signEntry(path: string, name: string): Promise<string> {
  try {
    const stats = await stat(path, { bigint: true });
    // The application is watched for itself: the model need not be loaded again when it changes.
    return name === APP_FOLDER && stats.isDirectory() ? '' : `${name}:${signStats(stats)}`;
  } catch (error) {
    return `${name}:${signFailure(error)}`;
  }
}

/**
 * Signs the web application in the folder of a deployment: all of its folders, and not the deployment's own files. Of one that has too
 * many files to be served, some do.
 */
export async function signApp(folder: string): Promise<Signature> {
  const app = join(folder, APP_FOLDER);
  try {
    // A file of that name belongs to the model.
    if ((await stat(app)).isFile()) return await signMissing(app);
  } catch (error) {
    if (isMissing(error)) return signLink(app);
  }
  const parts: string[] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    try {
      const stats = await stat(path, { bigint: true });
      parts.push(`${path}:${signStats(stats)}`);
      if (!stats.isDirectory() || depth > MAX_APP_DEPTH) return;
      for (const name of (await readdir(path)).sort()) {
        if (parts.length > 2 * MAX_APP_FILES) return;
        await visit(join(path, name), depth + 1);
      }
    } catch (error) {
      parts.push(`${path}:${signFailure(error)}`);
    }
  };
  await visit(app, 0);
  return { text: parts.join(' '), isGone: false };
}

/** Signs a link that leads nowhere, which is a broken application; without one there is none. */
async function signLink(app: string): Promise<Signature> {
  try {
    return { text: `link ${signStats(await lstat(app, { bigint: true }))}`, isGone: false };
  } catch {
    return signMissing(app);
  }
}

/**
 * Signs what is not there, by the folder around it. Whoever replaces a folder by renaming moves the old one away first: two scans may both
 * come at such a moment, and only if nothing has been moved between them, the folder is gone.
 */
async function signMissing(path: string): Promise<Signature> {
  const around = dirname(path);
  const stats = await stat(around, { bigint: true })
    .catch(() => stat(dirname(around), { bigint: true }))
    .catch(() => undefined);
  return { text: `missing ${stats ? signStats(stats) : ''}`, isGone: true };
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code));
}

function signStats({ ino, size, mtimeNs, ctimeNs, mode }: BigIntStats): string {
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}:${mode}`;
}

function signFailure(error: unknown): string {
  return `unreadable:${String((error as NodeJS.ErrnoException).code)}`;
}
