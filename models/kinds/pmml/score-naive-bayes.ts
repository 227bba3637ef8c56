/** Scores rows with a naive Bayes model. */
import { countClasses, toWinners, type Evaluate, type ModelBuilder } from './evaluate.ts';
import type { NaiveBayesPlan, Value } from './plan.ts';

export function buildNaiveBayes(plan: NaiveBayesPlan, builder: ModelBuilder): Evaluate {
  const { counts, threshold } = plan;
  const width = counts.length;
  const classCount = countClasses(plan, builder);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const inputs = plan.inputs.map((input) => ({
    get: builder.build(input.of, 'BayesInput'),
    write: buildInput(input, counts, threshold),
  }));
  return (frames) => {
    const probabilities = new Float64Array(frames.length * classCount);
    const logs = new Float64Array(width);
    for (const [row, frame] of frames.entries()) {
      // Sums of logarithms, because products of many small numbers vanish.
      counts.forEach((count, index) => (logs[index] = Math.log(count / total)));
      for (const { get, write } of inputs) {
        const value = get(frame);
        // A missing value says nothing.
        if (value !== null) write(value, logs);
      }
      const max = logs.reduce((most, log) => Math.max(most, log), -Infinity);
      let sum = 0;
      logs.forEach((log) => (sum += Math.exp(log - max)));
      logs.forEach((log, index) => (probabilities[row * classCount + index] = Math.exp(log - max) / sum));
    }
    return { values: toWinners(probabilities, classCount), probabilities };
  };
}

/** Builds what adds the logarithms of an input's likelihoods; a value that the model does not know adds nothing. */
function buildInput(
  input: NaiveBayesPlan['inputs'][number],
  classCounts: Float64Array,
  threshold: number,
): (value: Exclude<Value, null>, logs: Float64Array) => void {
  const add = (logs: Float64Array, toLikelihood: (index: number) => number) => {
    for (let index = 0; index < logs.length; index++) {
      const likelihood = toLikelihood(index);
      logs[index] = (logs[index] as number) + Math.log(likelihood > threshold ? likelihood : threshold);
    }
  };
  if ('values' in input) {
    const width = classCounts.length;
    const rows = new Map(input.values.map((value, row) => [value, row]));
    // The counts of a class over all values of the input.
    const totals = classCounts.map((_, index) => {
      let sum = 0;
      for (let at = index; at < input.counts.length; at += width) sum += input.counts[at] as number;
      return sum;
    });
    return (value, logs) => {
      const row = rows.get(value);
      if (row === undefined) return;
      add(logs, (index) => (input.counts[row * width + index] as number) / (totals[index] as number));
    };
  }
  const { mean, variance, distribution } = input;
  if (distribution === 'poisson')
    return (value, logs) =>
      add(logs, (index) => {
        const x = value as number;
        const rate = mean[index] as number;
        return Number.isInteger(x) && x >= 0 ? Math.exp(x * Math.log(rate) - rate - toLogFactorial(x)) : 0;
      });
  return (value, logs) =>
    add(logs, (index) => {
      const difference = (value as number) - (mean[index] as number);
      const spread = variance[index] as number;
      return Math.exp((-difference * difference) / (2 * spread)) / Math.sqrt(2 * Math.PI * spread);
    });
}

/** log(n!): exact products for small numbers, Stirling's series for others. */
function toLogFactorial(n: number): number {
  if (n < 20) {
    let product = 1;
    for (let factor = 2; factor <= n; factor++) product *= factor;
    return Math.log(product);
  }
  const x = n + 1;
  return (
    (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5)
  );
}
