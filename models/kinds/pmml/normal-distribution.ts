/** The normal distribution to the precision of doubles. */

/**
 * The error function: its Taylor series near 0, and the continued fraction of its complement (Abramowitz and Stegun, 7.1.5 and
 * 7.1.14) elsewhere.
 */
export function toErf(x: number): number {
  return Math.abs(x) < 2 ? toErfSeries(x) : Math.sign(x) * (1 - toErfc(Math.abs(x)));
}

function toErfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** 1 - erf(x) for x >= 2, without the loss of digits. */
function toErfc(x: number): number {
  let fraction = 0;
  for (let n = 120; n >= 1; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction));
}

/** The standard normal distribution function, precise in both tails. */
export function toNormalProbability(x: number): number {
  const scaled = x / Math.SQRT2;
  if (scaled < -2) return 0.5 * toErfc(-scaled);
  return scaled > 2 ? 1 - 0.5 * toErfc(scaled) : 0.5 * (1 + toErfSeries(scaled));
}

/** The inverse of the standard normal distribution function, by bisection and Newton's method; NaN outside 0..1. */
export function toNormalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity;
  // The upper half from the lower one, where probabilities have more digits.
  if (p > 0.5) return -toNormalQuantile(1 - p);
  let low = -40;
  let high = 0;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (toNormalProbability(middle) < p) low = middle;
    else high = middle;
  }
  let x = (low + high) / 2;
  for (let step = 0; step < 3; step++) {
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    if (density > 0) x -= (toNormalProbability(x) - p) / density;
  }
  return x;
}
