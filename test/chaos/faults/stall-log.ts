/** A reader of standard error that stops reading, and may go on later. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface StalledLog {
  /** The file descriptor for the standard error of a process. */
  readonly descriptor: number;
  /** Reads what the pipe holds by now. */
  readNow(): Promise<string>;
  close(): Promise<void>;
}

/** Opens a pipe that nobody reads until `readNow`. */
export async function stallLog(): Promise<StalledLog> {
  const folder = await mkdtemp(join(tmpdir(), 'log-'));
  const path = join(folder, 'pipe');
  await promisify(execFile)('mkfifo', [path]);
  // Opened for both, so that neither end waits for the other.
  const reader = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
  const writer = await open(path, 'r+');
  return {
    descriptor: writer.fd,
    readNow: () => readNow(reader),
    close: async () => {
      await Promise.all([reader.close(), writer.close()]);
      await rm(folder, { recursive: true });
    },
  };
}

async function readNow(reader: FileHandle): Promise<string> {
  const buffer = Buffer.alloc(2 ** 16);
  let text = '';
  for (;;) {
    try {
      const { bytesRead } = await reader.read(buffer);
      text += buffer.toString('utf8', 0, bytesRead);
    } catch {
      // The pipe is empty (EAGAIN).
      return text;
    }
  }
}
