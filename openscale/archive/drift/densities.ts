/** The density of a number, as IBM's drift monitor compares it: a kernel density estimate of a histogram. */
import { selectBandwidth } from './select-bandwidth.ts';

/** The number of steps between the points at which a density is given (CONTINUOUS_STATISTICS_PLOT_SAMPLES). */
const STEPS = 100;

/** A density at equidistant points. */
export interface Density {
  readonly points: Float64Array;
  readonly values: Float64Array;
}

/**
 * Estimates the density from min to max. Every point represents its share of the histogram's last bin that begins at or before it; an
 * Epanechnikov kernel smooths them (TreeKDE of KDEpy, which IBM's plugin uses, with kernel="epa" and bw="ISJ").
 * @param starts where the bins with rows begin, in ascending order
 * @param counts the rows of each
 * @param binWidth the bandwidth where there is no better one
 */
export function estimateDensity(
  starts: Float64Array,
  counts: Float64Array,
  [min, max]: readonly [number, number],
  binWidth: number,
): Density {
  const points = Float64Array.from({ length: STEPS + 1 }, (_, index) =>
    // The last one is exact, as in numpy.linspace.
    index === STEPS ? max : min + index * ((max - min) / STEPS),
  );
  const bins = Int32Array.from(points, (point) => findLastStart(starts, point));
  const pointsOfBin = new Int32Array(starts.length);
  for (const bin of bins) pointsOfBin[bin] = (pointsOfBin[bin] as number) + 1;
  const shares = Float64Array.from(bins, (bin) => (counts[bin] as number) / (pointsOfBin[bin] as number));
  const sum = shares.reduce((total, share) => total + share, 0);
  const weights = shares.map((share) => share / sum);
  const bandwidth = selectBandwidth(points, weights) ?? binWidth;
  // A bandwidth is a standard deviation; that of the kernel is 1 / √5 of its reach.
  const reach = bandwidth * Math.sqrt(5);
  const values = points.map((point) => {
    let total = 0;
    for (let index = 0; index <= STEPS; index++) {
      const distance = ((points[index] as number) - point) / reach;
      if (distance > -1 && distance < 1) total += (1 - distance * distance) * (weights[index] as number);
    }
    return (0.75 * total) / reach;
  });
  return { points, values };
}

function findLastStart(starts: Float64Array, point: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= point) low = middle;
    else high = middle - 1;
  }
  return low;
}
