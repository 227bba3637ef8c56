/** Scores rows with a regression model. */
import { countClasses, toWinners, type Evaluate, type ModelBuilder } from './evaluate.ts';
import type { Frame, Getter } from './frame.ts';
import { applySoftmax, divideBySum, invertLink } from './links.ts';
import type { RegressionPlan, TermsPlan, Value } from './plan.ts';

export function buildRegression(plan: RegressionPlan, builder: ModelBuilder): Evaluate {
  const round = plan.float ? Math.fround : (x: number) => x;
  const tables = plan.tables.map(({ terms, classIndex }) => ({
    classIndex,
    add: buildTerms(terms, builder.getters, round),
  }));
  const { link } = plan;
  if (!plan.isClassifier) {
    const [{ add }] = tables as [(typeof tables)[number]];
    // Of a regression, softmax is the logistic function.
    const own = link === 'softmax' ? 'logit' : link;
    return (frames) => ({ values: Float64Array.from(frames, (frame) => round(invertLink(own, add(frame)))) });
  }
  const classCount = countClasses(plan, builder);
  return (frames) => {
    const probabilities = new Float64Array(frames.length * classCount);
    for (const [row, frame] of frames.entries()) {
      const target = probabilities.subarray(row * classCount, (row + 1) * classCount);
      const sums = Float64Array.from(tables, ({ add }) => add(frame));
      toProbabilities(plan, sums, classCount, round).forEach((probability, index) => {
        target[tables[index]?.classIndex ?? otherClass(tables)] = probability;
      });
    }
    return { values: toWinners(probabilities, classCount), probabilities };
  };
}

/** Of two classes, that which has no table. */
function otherClass([table]: readonly { readonly classIndex: number }[]): number {
  return 1 - (table?.classIndex ?? 0);
}

/** The probabilities in the order of the tables. */
function toProbabilities(
  { link, isOrdinal }: RegressionPlan,
  sums: Float64Array,
  classCount: number,
  round: (x: number) => number,
): Float64Array {
  if (isOrdinal) return toOrdinal(sums.map((sum) => invertLink(link, sum)));
  if (link === 'softmax') applySoftmax(sums, round);
  else if (link === 'simplemax') divideBySum(sums, round);
  else if (classCount === 2) {
    const first = round(invertLink(link, sums[0] as number));
    return Float64Array.of(first, round(1 - first));
  } else {
    const last = sums.length - 1;
    sums[last] = 0;
    sums[last] = 1 - sums.reduce((total, sum) => total + sum, 0);
  }
  return sums;
}

/** Probabilities from cumulative ones, of which the last is 1. */
export function toOrdinal(cumulative: Float64Array): Float64Array {
  const last = cumulative.length - 1;
  return cumulative.map((value, index) => {
    const before = index === 0 ? 0 : (cumulative[index - 1] as number);
    return (index === last ? 1 : value) - before;
  });
}

/** Builds the sum of a table's terms; NaN where a number is missing. */
function buildTerms(
  terms: TermsPlan,
  getters: readonly Getter[],
  round: (x: number) => number,
): (frame: Frame) => number {
  const { intercept, slots, coefficients, exponents } = terms;
  const categories = terms.categories.map(({ slot, values }) => ({
    get: getters[slot] as Getter,
    coefficients: new Map<Value, number>(values),
  }));
  const products = terms.products.map(({ coefficient, slots }) => ({
    coefficient,
    factors: slots.map((slot) => getters[slot] as Getter),
  }));
  return (frame) => {
    let sum = round(intercept);
    for (let index = 0; index < slots.length; index++) {
      const value = (getters[slots[index] as number] as Getter)(frame);
      if (value === null) return NaN;
      const exponent = exponents[index] as number;
      const power = exponent === 1 ? (value as number) : round((value as number) ** exponent);
      sum = round(sum + round(round(coefficients[index] as number) * round(power)));
    }
    // A missing category, or another one, adds nothing.
    for (const { get, coefficients: known } of categories) sum = round(sum + round(known.get(get(frame)) ?? 0));
    for (const { coefficient, factors } of products) {
      let product = round(coefficient);
      for (const get of factors) {
        const value = get(frame);
        if (value === null) return NaN;
        product = round(product * (value as number));
      }
      sum = round(sum + product);
    }
    return sum;
  };
}
