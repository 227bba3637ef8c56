/** What the text of a cell can be. Every command that reads a file uses these rules. */
import { readDate, type DateReading } from '../models/calendar-date.ts';
import { toBoolean } from './cell-type.ts';
import type { MissingMarkers } from './missing-markers.ts';
import { readNumber, type NumberReading } from './read-number.ts';

/** What the text of a cell can be, seen for itself. `marker` stands for a missing value among numbers and dates only. */
export type SeenCell =
  | { readonly kind: 'missing' | 'boolean' | 'marker' | 'text' }
  | { readonly kind: 'number'; readonly number: NumberReading }
  | { readonly kind: 'date'; readonly date: DateReading };

const MISSING: SeenCell = { kind: 'missing' };
const BOOLEAN: SeenCell = { kind: 'boolean' };
const MARKER: SeenCell = { kind: 'marker' };
const TEXT: SeenCell = { kind: 'text' };

/** Classifies a trimmed text. */
export function classifyCell(text: string, markers: MissingMarkers): SeenCell {
  if (markers.isMissing(text)) return MISSING;
  const number = readNumber(text);
  if (number) {
    const { '.': point, ',': comma } = number;
    return markers.isSentinel((point ?? comma)?.value ?? NaN) ? MISSING : { kind: 'number', number };
  }
  if (toBoolean(text) !== undefined) return BOOLEAN;
  const date = readDate(text);
  if (date) return { kind: 'date', date };
  return markers.isMissingNumber(text) ? MARKER : TEXT;
}
