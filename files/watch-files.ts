/**
 * Reports when some files have changed and settled again. It polls: file system events get lost when a file is replaced by renaming, when
 * the folder of a link is swapped, as Kubernetes does with Secrets, and on network file systems.
 */
import { stat } from 'node:fs/promises';

/** The pause between two looks, in milliseconds. */
const PAUSE = 250;

/**
 * Starts to watch files, which need not exist.
 * @param onChange called once two looks in a row have seen the same change, and once at the beginning, because the files may have changed
 * since they were read; a promise is awaited before the next look
 * @returns what ends it
 */
export function watchFiles(paths: readonly string[], onChange: () => void | Promise<void>): () => void {
  let reported: string | undefined;
  let last: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const look = async () => {
    const seen = (await Promise.all(paths.map(sign))).join('\n');
    const isChange = seen !== reported && seen === last;
    last = seen;
    if (isChange) {
      reported = seen;
      await onChange();
    }
  };
  const schedule = () => {
    if (!isClosed) timer = setTimeout(() => void look().finally(schedule), PAUSE).unref();
  };
  void look().finally(schedule);
  return () => {
    isClosed = true;
    clearTimeout(timer);
  };
}

/** The identity, size and times of a file, through links. */
async function sign(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}
