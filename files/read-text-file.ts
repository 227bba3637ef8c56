import { readFile, stat } from 'node:fs/promises';
import { decodeText } from './decode-text.ts';

/**
 * The text of a file that somebody wrote or named in settings.
 * @throws if it cannot be read, is larger than `maxBytes`, is not text, or is a pipe or a device, which may never end
 */
export async function readTextFile(path: string, maxBytes?: number): Promise<string> {
  const found = await stat(path);
  if (!found.isFile()) throw new Error('not a regular file');
  if (maxBytes !== undefined && found.size > maxBytes) throw new Error(`larger than ${maxBytes} bytes`);
  return decodeText(await readFile(path));
}
