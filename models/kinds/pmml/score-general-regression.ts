/** Scores rows with a general regression model. */
import { countClasses, toWinners, type Evaluate, type ModelBuilder } from './evaluate.ts';
import type { Frame, Getter } from './frame.ts';
import { applySoftmax, invertLink, invertLinkWithParameter } from './links.ts';
import type { GeneralRegressionPlan } from './plan.ts';
import { toOrdinal } from './score-regression.ts';

export function buildGeneralRegression(plan: GeneralRegressionPlan, builder: ModelBuilder): Evaluate {
  const { getters } = builder;
  const { type, link, parameter, cells, reference } = plan;
  const used = new Set(cells.flatMap((list) => [...list.parameters]));
  // A missing value matters only where a coefficient takes it.
  const parameters = plan.parameters.map((factors, index) =>
    used.has(index)
      ? factors.map(({ slot, exponent, category }) => ({ get: getters[slot] as Getter, exponent, category }))
      : [],
  );
  const readVariable = ({ slot, value }: GeneralRegressionPlan['offset']) => {
    const get = getters[slot];
    return (frame: Frame): number => (get ? ((get(frame) ?? NaN) as number) : value);
  };
  const offset = readVariable(plan.offset);
  const trials = readVariable(plan.trials);

  /** The values of the parameters; undefined where a value is missing. */
  const toParameters = (frame: Frame): Float64Array | undefined => {
    const values = new Float64Array(parameters.length);
    for (let index = 0; index < parameters.length; index++) {
      let product = 1;
      for (const { get, exponent, category } of parameters[index] as (typeof parameters)[number]) {
        const value = get(frame);
        if (value === null) return undefined;
        product *= category === undefined ? (value as number) ** exponent : value === category ? 1 : 0;
      }
      values[index] = product;
    }
    return values;
  };
  const toSum = (list: GeneralRegressionPlan['cells'][number] | undefined, values: Float64Array): number => {
    let sum = 0;
    list?.parameters.forEach((index, at) => {
      sum += (values[index] as number) * (list.betas[at] as number);
    });
    return sum;
  };

  if (!plan.isClassifier) {
    return (frames) => ({
      values: Float64Array.from(frames, (frame) => {
        const values = toParameters(frame);
        if (!values) return NaN;
        const sum = toSum(cells[0], values) + offset(frame);
        return type === 'generalized' ? invertLinkWithParameter(link, sum, parameter) * trials(frame) : sum;
      }),
    });
  }
  const classCount = countClasses(plan, builder);
  const byClass = new Map(cells.map((list) => [list.classIndex, list]));
  const common = byClass.get(-1);
  const own = [...Array(classCount).keys()].map((index) => byClass.get(index));

  const toProbabilities = (values: Float64Array, shift: number): Float64Array => {
    if (type === 'generalized') {
      const list = cells[0];
      const first = invertLinkWithParameter(link, toSum(list, values) + shift, parameter);
      const index = list && list.classIndex >= 0 ? list.classIndex : 1 - reference;
      return index === 0 ? Float64Array.of(first, 1 - first) : Float64Array.of(1 - first, first);
    }
    const sums = Float64Array.from(own, (list, index) =>
      index === reference && type === 'multinomial' ? 0 : toSum(list, values) + toSum(common, values) + shift,
    );
    if (type === 'multinomial') {
      applySoftmax(sums, (x) => x);
      return sums;
    }
    return toOrdinal(sums.map((sum) => invertLink(link, sum)));
  };
  return (frames) => {
    const probabilities = new Float64Array(frames.length * classCount).fill(NaN);
    for (const [row, frame] of frames.entries()) {
      const values = toParameters(frame);
      if (values) probabilities.set(toProbabilities(values, offset(frame)), row * classCount);
    }
    return { values: toWinners(probabilities, classCount), probabilities };
  };
}
