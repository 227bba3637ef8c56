import { isatty } from 'node:tty';
import { pino, type DestinationStream, type Logger } from 'pino';
import { LogFile } from './log-file.ts';
import { toTextLine } from './log-text.ts';
import { LogWriter } from './log-writer.ts';
import { openStandardError } from './standard-error.ts';

export type Log = Logger;

/** How the lines of the log look: JSON objects, or text for people. */
export const LOG_FORMATS = ['json', 'text'] as const;

export type LogFormat = (typeof LOG_FORMATS)[number];

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

const STANDARD_ERROR = 2;

/** Where the lines go, and how they look. */
export interface LogTarget {
  /** The file that they are appended to; standard error if undefined. */
  readonly logFile?: string | undefined;
  /** By default, `text` on a terminal and `json` elsewhere. */
  readonly logFormat?: LogFormat | undefined;
}

/** What writes the lines of this process: one for all engines of a program. */
let shared: LogWriter | undefined;

/**
 * Opens the log of a process, which ends with it. Lines are written synchronously when the process ends, so that the last one before a
 * crash is not lost.
 * @throws when the file cannot be opened
 */
export function openDestination(worker: number | undefined, { logFile, logFormat }: LogTarget = {}): DestinationStream {
  // Not process.stderr.isTTY, which would make a stream of it.
  const isText = (logFormat ?? (logFile === undefined && isatty(STANDARD_ERROR) ? 'text' : 'json')) === 'text';
  const toLine = isText ? toTextLine : (line: string) => line;
  const writer = (shared ??= buildWriter(worker, logFile, toLine));
  return { write: (line) => writer.write(toLine(line)) };
}

/** Writes what has been logged, as far as it can be written at once: what is printed afterwards comes after it. */
export function flushLog(): void {
  shared?.flush();
}

/** How many lines of the log of this process have been dropped. */
export function countDroppedLines(): number {
  return shared?.dropped ?? 0;
}

function buildWriter(
  worker: number | undefined,
  file: string | undefined,
  toLine: (line: string) => string,
): LogWriter {
  const toTime = buildTimestamp();
  const why = file === undefined ? 'standard error was not read' : 'the file could not be written';
  const writer = new LogWriter({
    writeSome: file === undefined ? openStandardError() : new LogFile(file).write,
    // Appending to a file is atomic, whatever the size.
    maxPiece: worker === undefined || file !== undefined ? MAX_PIECE : MAX_ATOMIC_PIECE,
    toNotice: (dropped) =>
      toLine(
        `{"level":"warn"${toTime()}${worker === undefined ? '' : `,"worker":${worker}`},"lines":${dropped},"msg":"log lines dropped: ${why}"}\n`,
      ),
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
