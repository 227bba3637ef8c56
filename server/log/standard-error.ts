import { constants, fstatSync, openSync, writeSync } from 'node:fs';

const STANDARD_ERROR = 2;

/**
 * Opens standard error for writing that does not wait: it throws EAGAIN while a pipe or a terminal takes nothing.
 * @returns the function that writes bytes, and returns how many were written
 */
export function openStandardError(): (bytes: Buffer) => number {
  const descriptor = openWithoutWaiting();
  return (bytes) => writeSync(descriptor, bytes);
}

function openWithoutWaiting(): number {
  const stats = fstatSync(STANDARD_ERROR);
  // Other processes may write to the file with the same offset, and a file is always ready.
  if (stats.isFile()) return STANDARD_ERROR;
  if (stats.isFIFO() || stats.isCharacterDevice()) {
    try {
      // On Linux this opens the pipe or the terminal once more: other processes that have it go on waiting for its reader.
      const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
      return openSync(`/proc/self/fd/${STANDARD_ERROR}`, flags);
    } catch {
      // Another system, or a terminal of another user.
    }
  }
  // Node sets a socket or a pipe to nonblocking when it makes a stream of it, and restores it when it ends.
  return process.stderr.fd;
}
