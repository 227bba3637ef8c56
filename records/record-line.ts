/**
 * A record as a line of a spool: its checksum (CRC-32, eight hexadecimal digits), a blank, JSON, a line break. JSON has no line breaks of
 * its own here, so that a damaged line spoils no other one.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { LoggedRecord } from './sink.ts';

const LINE_BREAK = 0x0a;
const DIGITS = 8;

/** What a line says. */
export interface SpooledRecord {
  readonly record: LoggedRecord;
  /** The only sink that it is for: a dead letter that is sent again, or a record that was put behind the others. */
  readonly sink?: string;
  readonly postponed?: Postponed;
}

/** That a record could not be delivered when others could. */
export interface Postponed {
  /** How often it was put behind them. */
  readonly times: number;
  /** How many records its sink had been delivered then. */
  readonly delivered: number;
}

/** A record as a line. */
export function toLine(spooled: SpooledRecord): Buffer {
  const json = Buffer.from(`${JSON.stringify(spooled)}\n`);
  const checksum = crc32(json.subarray(0, -1)).toString(16).padStart(DIGITS, '0');
  return Buffer.concat([Buffer.from(`${checksum} `), json]);
}

/** Reads a line, without its line break; undefined if it is damaged. */
export function readLine(line: Buffer): SpooledRecord | undefined {
  const json = line.subarray(DIGITS + 1);
  const checksum = line.toString('latin1', 0, DIGITS);
  if (!/^[0-9a-f]{8}$/.test(checksum) || Number.parseInt(checksum, 16) !== crc32(json)) return undefined;
  try {
    const spooled: unknown = JSON.parse(json.toString());
    return isSpooled(spooled) ? spooled : undefined;
  } catch {
    return undefined;
  }
}

function isSpooled(value: unknown): value is SpooledRecord {
  return typeof value === 'object' && value !== null && 'record' in value && isRecord(value.record);
}

/** Whether a value has what senders and sinks rely on: someone else may have written it. */
export function isRecord(value: unknown): value is LoggedRecord {
  const { kind, deployment, scoringId, timestamp, request } = (value ?? {}) as Partial<LoggedRecord>;
  return (
    (kind === 'payload' || kind === 'feedback') &&
    [deployment, scoringId, timestamp].every((text) => typeof text === 'string') &&
    Array.isArray(request?.fields) &&
    Array.isArray(request.values)
  );
}

/** Splits bytes into lines, and gives what is behind the last line break as the rest. */
export function splitLines(bytes: Buffer): { readonly lines: Buffer[]; readonly rest: Buffer } {
  const lines: Buffer[] = [];
  let from = 0;
  for (let end = bytes.indexOf(LINE_BREAK); end >= 0; end = bytes.indexOf(LINE_BREAK, from)) {
    lines.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return { lines, rest: bytes.subarray(from) };
}

/** What a record is known by, 16 characters: a hash of its kind, deployment and scoring id. */
export function toRecordKey({ kind, deployment, scoringId }: LoggedRecord): string {
  return createHash('sha256').update(`${kind}\n${deployment}\n${scoringId}`).digest('base64url').slice(0, 16);
}
