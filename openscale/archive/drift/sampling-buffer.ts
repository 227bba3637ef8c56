/** The share of samples whose change is within the buffer (DISCRETE_BUFFER_ALPHA of ibm-metrics-plugin is 0.05). */
const COVERAGE = 0.95;

/**
 * By how much, relative to itself, the count of a category changes by chance: 95 % of all samples of this size are within it.
 * IBM's plugin estimates this quantile from 10,000 draws of a multinomial distribution; this is the exact quantile of the binomial
 * distribution that each count then has. Both are whole numbers of rows, and differ by one at most times.
 * @param count the rows of the category, 1 to total
 */
export function toSamplingBuffer(count: number, total: number): number {
  const odds = count / (total - count);
  if (count === total) return 0;
  // The probabilities next to the mode, which the count is, follow from each other; they are summed outwards.
  const mode = toProbabilityAtMean(count, total);
  let [below, above] = [mode, mode];
  let covered = mode;
  let distance = 0;
  while (covered < COVERAGE && distance < total) {
    const [low, high] = [count - distance, count + distance];
    below = low > 0 ? (below * low) / ((total - low + 1) * odds) : 0;
    above = high < total ? (above * (total - high) * odds) / (high + 1) : 0;
    covered += below + above;
    distance += 1;
  }
  return distance / count;
}

/** The probability of `count` successes in `total` trials, each with the probability count / total. */
function toProbabilityAtMean(count: number, total: number): number {
  const share = count / total;
  const log =
    toLogFactorial(total) -
    toLogFactorial(count) -
    toLogFactorial(total - count) +
    count * Math.log(share) +
    (total - count) * Math.log1p(-share);
  return Math.exp(log);
}

/** The logarithm of n!: Stirling's series (Abramowitz and Stegun 6.1.41), exact to twelve digits from ten on. */
function toLogFactorial(n: number): number {
  if (n < 10) {
    let product = 1;
    for (let factor = 2; factor <= n; factor++) product *= factor;
    return Math.log(product);
  }
  const inverse = 1 / n;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + series;
}
