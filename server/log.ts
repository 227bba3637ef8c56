import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

/**
 * The log: one JSON object per line, on standard error by default.
 * @param worker the number of this process if there are several; added to each line
 */
export function buildLog(
  level: string,
  worker?: number,
  destination: DestinationStream = openStandardError(worker === undefined ? MAX_PIECE : MAX_ATOMIC_PIECE),
): Log {
  return pino(
    {
      level,
      base: worker === undefined ? null : { worker },
      timestamp: buildTimestamp(),
      formatters: { level: toLevel },
    },
    destination,
  );
}

/** Max bytes written with one system call: the capacity of a pipe on Linux. */
const MAX_PIECE = 65_536;
/** Max bytes that a pipe accepts in one piece (POSIX, PIPE_BUF; 4096 on Linux), so that lines of several processes do not mix. */
const MAX_ATOMIC_PIECE = 4096;
/** Max bytes kept while the file cannot be written; anything beyond is lost. */
const MOST_KEPT = 2 ** 20;

/** Max milliseconds that a line waits for others. */
const PATIENCE = 10;

/**
 * Standard error. Lines logged within a few milliseconds are written together, because a system call per line would take a tenth of
 * the time of a one-row request. They are written synchronously, also when the process ends, so that the last line before a crash
 * is not lost. A log that cannot be written, on a full disk for example, stops nothing else; a full pipe is waited for.
 */
function openStandardError(maxPiece: number): DestinationStream {
  const file = pino.destination({ dest: 2, sync: true, maxLength: MOST_KEPT });
  file.on('error', () => undefined);
  let lines = '';
  const flush = () => {
    if (lines !== '') file.write(lines);
    lines = '';
  };
  process.on('exit', flush);
  return {
    write: (line) => {
      if (lines.length + line.length > maxPiece) flush();
      if (lines === '') setTimeout(flush, PATIENCE);
      lines += line;
    },
  };
}

/** The `time` of a line, in the format of pino's isoTime; computed once per millisecond. */
function buildTimestamp(): () => string {
  let last = NaN;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== last) {
      last = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
}

function toLevel(label: string): { level: string } {
  return { level: label };
}
