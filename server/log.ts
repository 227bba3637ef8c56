import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

/**
 * The log: one JSON object a line, on standard error unless a test wants it elsewhere.
 * @param worker the number of the process among several, which each line then has
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

/** How much text is written with one system call, in bytes: about what a pipe of Linux holds. */
const MAX_PIECE = 65_536;
/** What a pipe takes in one piece (POSIX, PIPE_BUF; 4096 bytes on Linux), so that the lines of several processes do not mix. */
const MAX_ATOMIC_PIECE = 4096;
/** The most text that is kept for a file that cannot be written, in bytes; what comes on top is lost. */
const MOST_KEPT = 2 ** 20;

/** How long a line may wait for others, in milliseconds. */
const PATIENCE = 10;

/**
 * Standard error. Lines that come within a moment are written together: a system call per line is a tenth of the time of a call of
 * one row. They are written synchronously, and when the process ends, so that the last line of one that throws is there. A log
 * that cannot be written, on a full disk for example, stops nothing else; a full pipe, whose reader lags behind, is waited for.
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

/** The `time` of a line, as pino's own isoTime has it; the same text for all lines of a millisecond. */
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
