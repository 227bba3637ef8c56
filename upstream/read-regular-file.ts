import { readFile, stat } from 'node:fs/promises';

/**
 * The text of a file that settings name.
 * @throws where it cannot be read, is larger than `mostBytes`, or is a pipe or a device: those may never end
 */
export async function readRegularFile(path: string, mostBytes: number): Promise<string> {
  const found = await stat(path);
  if (!found.isFile() || found.size > mostBytes) throw new Error(`not a regular file of at most ${mostBytes} bytes`);
  return readFile(path, 'utf8');
}
