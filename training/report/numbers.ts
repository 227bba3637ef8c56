/** Numbers of a report: those of a column have the same number of digits after the point, so that they can be compared. */
import type { MetricKey } from '../metrics.ts';

/** What stands for a number that is not defined. */
const NONE = '–';
/** The decimals of shares, probabilities and metrics. */
const DECIMALS = 4;

/** Formats a share, a probability or another number about as large: four decimals. */
export function formatShare(value: number): string {
  return toFixed(value, DECIMALS);
}

/** Formats a share as a percentage with one decimal. */
export function formatPercent(value: number): string {
  return Number.isFinite(value) ? `${toFixed(100 * value, 1)} %` : NONE;
}

/** Formats a ratio, such as a lift or a disparate impact: two decimals. */
export function formatRatio(value: number): string {
  return toFixed(value, 2);
}

/**
 * A formatter for numbers in one unit, which all have the same number of decimals.
 * @param magnitude a number of about their size: it has four significant digits
 * @param minDecimals the least number of decimals
 */
export function toFormatter(magnitude: number, minDecimals = 0): (value: number) => string {
  const size = Math.abs(magnitude);
  const decimals = size > 0 && Number.isFinite(size) ? 3 - Math.floor(Math.log10(size)) : DECIMALS;
  // Very large and very small numbers have an exponent each.
  if (decimals < -9 || decimals > 9) return (value) => (Number.isFinite(value) ? value.toExponential(3) : NONE);
  return (value) => toFixed(value, Math.max(minDecimals, decimals));
}

/** A formatter for all of some numbers, by the largest of them. */
export function toCommonFormatter(values: readonly number[], minDecimals = 0): (value: number) => string {
  const sizes = values.filter(Number.isFinite).map(Math.abs);
  const largest = sizes.reduce((one, other) => Math.max(one, other), 0);
  return toFormatter(largest, minDecimals);
}

/**
 * A formatter for metrics, which have four decimals; errors of very small or very large labels have others.
 * @param metrics by the keys of METRIC_NAMES; the errors among them say how large labels are
 */
export function toMetricFormatter(
  ...metrics: readonly Readonly<Record<string, unknown>>[]
): (key: MetricKey, value: number) => string {
  const errors = metrics.flatMap(({ rmse, mae }) => [rmse, mae]).filter((error) => typeof error === 'number');
  const formatError = toCommonFormatter(errors, DECIMALS);
  return (key, value) => (key === 'rmse' || key === 'mae' ? formatError(value) : formatShare(value));
}

function toFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return NONE;
  return value.toFixed(decimals).replace(/^-(0(\.0*)?)$/, '$1');
}
