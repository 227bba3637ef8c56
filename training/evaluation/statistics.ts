/** Mean, spread and quantiles of some numbers. */

export interface Summary {
  readonly rows: number;
  readonly mean: number;
  /** The standard deviation, of a population. */
  readonly std: number;
  readonly min: number;
  readonly quartiles: readonly [number, number, number];
  readonly max: number;
}

/** Summarises numbers; NaN if there are none. */
export function summarize(values: ArrayLike<number>): Summary {
  const sorted = Float64Array.from(values).sort();
  const { mean, std } = measureSpread(sorted);
  const [min, low, median, high, max] = [0, 0.25, 0.5, 0.75, 1].map((share) => toQuantile(sorted, share)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { rows: sorted.length, mean, std, min, quartiles: [low, median, high], max };
}

/** The mean and the standard deviation, of a population. */
export function measureSpread(values: Float64Array): { readonly mean: number; readonly std: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, std: Math.sqrt(squares / values.length) };
}

/** A quantile of ascending numbers, interpolated linearly as numpy does by default; NaN if there are none. */
export function toQuantile(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const [low, high] = [sorted[below] ?? NaN, sorted[Math.ceil(position)] ?? NaN];
  return low + (high - low) * (position - below);
}
