/**
 * Group fairness as OpenScale computes it: the rate of favourable outcomes in the monitored group (the minority) divided by
 * that in the reference group (the majority).
 */

/** OpenScale warns when the disparate impact is less than this (the 80 % rule of the EEOC's Uniform Guidelines, 1978). */
export const IMPACT_THRESHOLD = 0.8;

/** Rows of a group, and how many of them have a favourable outcome. */
export interface GroupOutcome {
  readonly rows: number;
  readonly favourable: number;
}

/** The disparate impact; NaN if a group has no rows, or the reference group no favourable outcome. */
export function toDisparateImpact(monitored: GroupOutcome, reference: GroupOutcome): number {
  const rate = reference.favourable / reference.rows;
  return rate > 0 ? monitored.favourable / monitored.rows / rate : NaN;
}
