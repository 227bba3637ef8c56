/** Scores rows with support vector machines. */
import { countClasses, toWinners, type Evaluate, type ModelBuilder } from './evaluate.ts';
import type { Frame } from './frame.ts';
import type { SupportVectorsPlan } from './plan.ts';

export function buildSupportVectors(plan: SupportVectorsPlan, builder: ModelBuilder): Evaluate {
  const inputs = plan.inputs.map((input) => builder.build(input, 'VectorFields'));
  const { vectors, machines, isLinear } = plan;
  const width = inputs.length;
  const row = new Float64Array(width);
  const kernels = new Float64Array(width > 0 ? vectors.length / width : 0);
  const toKernel = buildKernel(plan, row);

  /** The decisions of all machines; undefined where an input is missing. */
  const decide = (frame: Frame): Float64Array | undefined => {
    for (let index = 0; index < width; index++) {
      const value = inputs[index]?.(frame) ?? null;
      if (value === null) return undefined;
      row[index] = value as number;
    }
    // Machines share vectors.
    if (!isLinear) for (let vector = 0; vector < kernels.length; vector++) kernels[vector] = toKernel(vector * width);
    return Float64Array.from(machines, ({ vectors: used, coefficients, intercept }) => {
      let sum = 0;
      for (let index = 0; index < coefficients.length; index++) {
        const factor = isLinear ? row[index] : kernels[used[index] as number];
        sum += (coefficients[index] as number) * (factor as number);
      }
      return sum + intercept;
    });
  };

  if (!plan.isClassifier)
    return (frames) => ({ values: Float64Array.from(frames, (frame) => decide(frame)?.[0] ?? NaN) });
  const classCount = countClasses(plan, builder);
  return (frames) => ({
    values: Float64Array.from(frames, (frame) => {
      const decisions = decide(frame);
      return decisions ? toClass(plan, decisions, classCount) : NaN;
    }),
  });
}

function toClass(
  { machines, method, maxWins }: SupportVectorsPlan,
  decisions: Float64Array,
  classCount: number,
): number {
  if (method === 'OneAgainstAll' && machines.length > 1) {
    let best = 0;
    for (let index = 1; index < decisions.length; index++) {
      const [one, other] = [decisions[index] as number, decisions[best] as number];
      if (maxWins ? one > other : one < other) best = index;
    }
    return machines[best]?.classIndex ?? NaN;
  }
  const votes = new Float64Array(classCount);
  machines.forEach(({ classIndex, alternate, threshold }, index) => {
    const decision = decisions[index] as number;
    const isTarget = maxWins ? decision > threshold : decision < threshold;
    const winner = isTarget ? classIndex : alternate;
    votes[winner] = (votes[winner] as number) + 1;
  });
  return toWinners(votes, classCount)[0] as number;
}

/** Builds the kernel of the row and a vector, which starts at an index of the vectors. */
function buildKernel(
  { kernel, gamma, coef0, degree, vectors }: SupportVectorsPlan,
  row: Float64Array,
): (start: number) => number {
  const multiply = (start: number) => {
    let sum = 0;
    for (let index = 0; index < row.length; index++) sum += (row[index] as number) * (vectors[start + index] as number);
    return sum;
  };
  switch (kernel) {
    case 'linear':
      return multiply;
    case 'polynomial':
      return (start) => (gamma * multiply(start) + coef0) ** degree;
    case 'sigmoid':
      return (start) => Math.tanh(gamma * multiply(start) + coef0);
    case 'radialBasis':
      return (start) => {
        let distance = 0;
        for (let index = 0; index < row.length; index++) {
          const difference = (row[index] as number) - (vectors[start + index] as number);
          distance += difference * difference;
        }
        return Math.exp(-gamma * distance);
      };
  }
}
