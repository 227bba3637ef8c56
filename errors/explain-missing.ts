/** What a user can choose from where a file or a folder is missing. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { quoteList, quoteText } from './quote-text.ts';

const MAX_NAMES = 10;

/**
 * Why a path does not exist, as the end of a sentence: the first part of it that is missing, where, and what is there.
 * @param kind what the path should be
 */
export async function explainMissing(path: string, kind: 'file' | 'folder'): Promise<string> {
  let missing = resolve(path);
  let wanted = kind;
  let parent = dirname(missing);
  while (parent !== missing && !(await exists(parent))) {
    [missing, parent] = [parent, dirname(parent)];
    wanted = 'folder';
  }
  const place = `there is no ${wanted} ${quoteText(basename(missing))} in ${parent}`;
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => undefined);
  if (!entries) return `${place}, which cannot be listed`;
  const names = entries
    .filter((entry) => !entry.name.startsWith('.') && (wanted === 'folder' ? !entry.isFile() : !entry.isDirectory()))
    .map(({ name }) => name);
  // A CSV file that is missing is probably another CSV file.
  const alike = names.filter((name) => wanted === 'file' && extname(name) === extname(path));
  const shown = (alike.length > 0 ? alike : names).sort();
  return `${place}, which has ${shown.length > 0 ? quoteList(shown, MAX_NAMES) : `no ${wanted}s`}`;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
