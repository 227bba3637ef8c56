/** The lines of the log for people. */
import { escapeControls } from '../../errors/quote-text.ts';

/** Fields that have a place of their own in a line. */
const OWN = new Set(['level', 'time', 'worker', 'msg', 'cause']);

interface LineFields {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly worker?: number;
  readonly cause?: string;
  readonly [name: string]: unknown;
}

/**
 * A line of the log, a JSON object, as a line for a terminal: `12:00:00 INFO  request  status=200 ms=0.4`. The cause of a failure follows
 * on lines of its own. Nothing in it is acted on by a terminal.
 */
export function toTextLine(line: string): string {
  const fields = JSON.parse(line) as LineFields;
  const { level, time, worker, msg, cause } = fields;
  const others = Object.entries(fields)
    .filter(([name]) => !OWN.has(name))
    .map(([name, value]) => `${name}=${toText(value)}`);
  const head = [
    toClock(time),
    level.toUpperCase().padEnd(5),
    ...(worker === undefined ? [] : [`#${worker}`]),
    escapeControls(msg),
  ].join(' ');
  const body = others.length > 0 ? `  ${others.join(' ')}` : '';
  return `${head}${body}\n${cause === undefined ? '' : toCauseLines(cause)}`;
}

/** The time of day here. */
function toClock(time: string): string {
  return new Date(time).toTimeString().slice(0, 8);
}

function toText(value: unknown): string {
  const isPlain = typeof value === 'string' && /^[\w./:@%+,-]+$/.test(value);
  return isPlain ? value : escapeControls(JSON.stringify(value));
}

function toCauseLines(cause: string): string {
  const lines = cause.split('\n').map((line) => `         ${escapeControls(line)}\n`);
  return lines.join('');
}
