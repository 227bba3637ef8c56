/** The inverse link functions of regressions. */
import { toSigmoid } from '../../margins.ts';
import { toNormalProbability } from '../../normal-distribution.ts';

/** The cumulative links and those of probabilities. */
export function invertLink(link: string, x: number): number {
  switch (link) {
    case 'logit':
      return toSigmoid(x);
    case 'probit':
      return toNormalProbability(x);
    case 'cloglog':
      return -Math.expm1(-Math.exp(x));
    case 'loglog':
      return Math.exp(-Math.exp(-x));
    case 'cauchit':
      return 0.5 + Math.atan(x) / Math.PI;
    case 'exp':
    case 'log':
      return Math.exp(x);
    case 'logc':
      return 1 - Math.exp(x);
    default:
      return x;
  }
}

/** The links that have a parameter: negbin, oddspower and power. */
export function invertLinkWithParameter(link: string, x: number, parameter: number): number {
  switch (link) {
    case 'negbin':
      return 1 / (parameter * Math.expm1(-x));
    case 'oddspower':
      if (parameter === 0) return toSigmoid(x);
      return 1 / (1 + (1 + parameter * x) ** (-1 / parameter));
    case 'power':
      return parameter === 0 ? Math.exp(x) : x ** (1 / parameter);
    default:
      return invertLink(link, x);
  }
}

/** exp(x) / Σ exp(x) in place. */
export function applySoftmax(values: Float64Array, round: (x: number) => number): void {
  const max = values.reduce((most, value) => Math.max(most, value), -Infinity);
  values.forEach((value, index) => (values[index] = round(Math.exp(value - max))));
  divideBySum(values, round);
}

/** x / Σ x in place. */
export function divideBySum(values: Float64Array, round: (x: number) => number): void {
  const sum = values.reduce((total, value) => round(total + value), 0);
  values.forEach((value, index) => (values[index] = round(value / sum)));
}
