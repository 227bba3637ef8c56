import { open } from 'node:fs/promises';
import { orMissing } from './spool-folder.ts';

/**
 * The last lines of a file, and the byte behind the last line break. What follows that is no whole line.
 * @param length how much of the file is read, in bytes, or more if that has no line break; a line that begins before is left out
 */
export async function readLastLines(
  path: string,
  length: number,
): Promise<{ readonly lines: string[]; readonly end: number }> {
  const file = await orMissing(open(path, 'r'), undefined);
  if (!file) return { lines: [], end: 0 };
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - length);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    const bytes = buffer.subarray(0, bytesRead);
    const end = bytes.lastIndexOf('\n') + 1;
    if (end === 0 && from > 0) return await readLastLines(path, 2 * length);
    const lines = bytes
      .toString('utf8', 0, end)
      .split('\n')
      .slice(from === 0 ? 0 : 1, -1);
    return { lines, end: from + end };
  } finally {
    await file.close();
  }
}
