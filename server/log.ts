import { pino, type DestinationStream, type Logger } from 'pino';
import { LogWriter } from './log-writer.ts';
import { openStandardError } from './standard-error.ts';

export type Log = Logger;

/**
 * The log: one JSON object per line, on standard error by default.
 * @param worker the number of this process if there are several; added to each line
 */
export function buildLog(
  level: string,
  worker?: number,
  destination: DestinationStream = openDestination(worker),
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

/**
 * Standard error. Lines are written synchronously, also when the process ends, so that the last line before a crash is not lost.
 */
function openDestination(worker: number | undefined): DestinationStream {
  return (destination ??= buildWriter(worker));
}

/** One for all engines of a program. */
let destination: LogWriter | undefined;

/** How many lines of the log of this process have been dropped. */
export function countDroppedLines(): number {
  return destination?.dropped ?? 0;
}

function buildWriter(worker: number | undefined): LogWriter {
  const toTime = buildTimestamp();
  const writer = new LogWriter({
    writeSome: openStandardError(),
    maxPiece: worker === undefined ? MAX_PIECE : MAX_ATOMIC_PIECE,
    toNotice: (dropped) =>
      `{"level":"warn"${toTime()}${worker === undefined ? '' : `,"worker":${worker}`},"lines":${dropped},"msg":"log lines dropped: standard error was not read"}\n`,
  });
  process.on('exit', () => writer.end());
  return writer;
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
