import { mkdir } from 'node:fs/promises';

/** Makes a folder that only its owner can read, unless it exists. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}
