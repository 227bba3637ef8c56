import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

/**
 * The log: one JSON object a line, on standard error unless a test wants it elsewhere. Written synchronously, so that the
 * last line of a process that dies is there.
 */
export function buildLog(
  level: string,
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: toLevel } },
    destination,
  );
}

function toLevel(label: string): { level: string } {
  return { level: label };
}
