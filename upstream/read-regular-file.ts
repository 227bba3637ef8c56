import { readFile, stat } from 'node:fs/promises';

/**
 * The text of a file named in settings.
 * @throws if it cannot be read, is larger than `maxBytes`, or is a pipe or a device, which may never end
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<string> {
  const found = await stat(path);
  if (!found.isFile() || found.size > maxBytes) throw new Error(`not a regular file of at most ${maxBytes} bytes`);
  return readFile(path, 'utf8');
}
