/** What the objective of a LightGBM model says: how margins become scores (src/objective/*.hpp, ConvertOutput). */
import type { Transform } from '../../margins.ts';

/** How a model's margins become scores. */
export interface Objective {
  readonly transform: Transform;
  /** Margins are multiplied by it. */
  readonly scale: number;
  /** Undefined for a regression. */
  readonly classCount: number | undefined;
  /** What the user should know. */
  readonly notices: readonly string[];
}

/** The transforms of regressions without parameters. */
const REGRESSIONS: Readonly<Record<string, Transform>> = {
  huber: 'identity',
  poisson: 'exp',
  gamma: 'exp',
  tweedie: 'exp',
  cross_entropy: 'sigmoid',
  xentropy: 'sigmoid',
  cross_entropy_lambda: 'log1p-exp',
  xentlambda: 'log1p-exp',
  lambdarank: 'identity',
  rank_xendcg: 'identity',
};
/** Those that may be trained on the square root of the target. */
const WITH_ROOT = ['regression', 'regression_l1', 'fair', 'quantile', 'mape'];

const OWN_OBJECTIVE =
  'The file has no objective, because the model was trained with one of its own or with none: the scores are raw margins, ' +
  'as predict returns them.';
const RANKING = 'The scores are those of a ranking: only their order means something.';
const OVA =
  'The objective multiclassova gives each class a probability of its own, and they do not sum to 1. The engine divides them ' +
  'by their sum, because a reply must have probabilities that sum to 1: they are those of predict_proba divided by the sum of ' +
  'the row. The predicted class is the same.';

/**
 * Reads an objective.
 * @param text such as "binary sigmoid:1"; undefined if the file has none
 * @param outputCount the number of trees per iteration
 * @returns undefined if it is unknown, or does not fit the number of outputs
 */
export function readObjective(text: string | undefined, outputCount: number): Objective | undefined {
  const [name = '', ...parameters] = text?.split(' ').filter((part) => part !== '') ?? [];
  const toRegression = (transform: Transform, notices: string[] = []) =>
    outputCount === 1 ? { transform, scale: 1, classCount: undefined, notices } : undefined;
  if (text === undefined) return toRegression('identity', [OWN_OBJECTIVE]);
  if (WITH_ROOT.includes(name)) {
    if (parameters.length > 1 || (parameters.length === 1 && parameters[0] !== 'sqrt')) return undefined;
    return toRegression(parameters.length === 1 ? 'signed-square' : 'identity');
  }
  if (Object.hasOwn(REGRESSIONS, name)) {
    const transform = REGRESSIONS[name] as Transform;
    return parameters.length > 0 ? undefined : toRegression(transform, name.includes('rank') ? [RANKING] : []);
  }
  const values = readParameters(parameters);
  if (!values) return undefined;
  const { num_class: classCount, sigmoid: scale, ...others } = values;
  if (Object.keys(others).length > 0) return undefined;
  if (name === 'binary' && classCount === undefined && scale !== undefined && outputCount === 1)
    return { transform: 'sigmoid', scale, classCount: 2, notices: [] };
  if (classCount !== outputCount || outputCount < 2) return undefined;
  if (name === 'multiclass' && scale === undefined) return { transform: 'softmax', scale: 1, classCount, notices: [] };
  if (name === 'multiclassova' && scale !== undefined)
    return { transform: 'sigmoids', scale, classCount, notices: [OVA] };
  return undefined;
}

/** Parses parameters such as `sigmoid:0.7`; undefined unless all are positive numbers. */
function readParameters(parameters: readonly string[]): Record<string, number> | undefined {
  const entries = parameters.map((parameter) => {
    const [, name, number] = /^(num_class|sigmoid):([0-9.e+-]+)$/.exec(parameter) ?? [];
    return [name ?? '', Number(number)] as const;
  });
  if (entries.some(([name, number]) => name === '' || !(number > 0 && Number.isFinite(number)))) return undefined;
  return Object.fromEntries(entries);
}
