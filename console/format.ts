/** Numbers as texts for people. */

/** A share as a percentage: one decimal, and never 0% or 100% for what is not. */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return '–';
  if (share > 0 && share < 0.0005) return '< 0.1%';
  const rounded = (100 * share).toFixed(1);
  return `${share < 1 && rounded === '100.0' ? '99.9' : rounded.replace(/\.0$/, '')}%`;
}

/** A number with at most so many significant digits, and without an exponent where that can be read. */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e12 || size < 1e-6)) return value.toExponential(digits - 1);
  if (size >= 10 ** digits) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(digits)));
}

/** A text in a sentence, whose direction of writing is its own and does not spread. */
export function isolate(text: unknown): string {
  return `\u2068${String(text)}\u2069`;
}

/** A number of things: with separators. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** A time in milliseconds. */
export function formatTime(ms: number): string {
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  return ms < 1000 ? `${formatNumber(ms, 3)} ms` : `${formatNumber(ms / 1000, 3)} s`;
}

/** A place on an axis, and what is written there. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** Round numbers for the ticks of an axis, at most about as many as asked for. */
export function toTicks(min: number, max: number, count: number): number[] {
  if (!(max > min)) return [min];
  const rough = (max - min) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((digit) => digit * power >= rough) ?? 10) * power;
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}
