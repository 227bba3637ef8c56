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

/**
 * The inverse of the standard normal distribution function, by the rational functions of Wichura's algorithm AS 241 (PPND16);
 * NaN outside 0..1.
 */
export function toNormalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * evaluate(CENTRAL[0], r)) / evaluate(CENTRAL[1], r);
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const [[above, below], shift] = r <= 5 ? [NEAR_TAIL, 1.6] : [FAR_TAIL, 5];
  return (Math.sign(q) * evaluate(above, r - shift)) / evaluate(below, r - shift);
}

/** Numerator and denominator, from the highest power to the lowest. */
const CENTRAL = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
    133.14166789178438, 3.3871328727963665,
  ],
  [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
    42.31333070160091, 1,
  ],
] as const;
const NEAR_TAIL = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1,
  ],
] as const;
const FAR_TAIL = [
  [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1,
  ],
] as const;

function evaluate(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
