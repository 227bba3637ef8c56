/**
 * What the outputs of a graph are: probabilities, logits, labels, or numbers. A graph does not say: one number per row can be
 * the probability of the second class, its logit, or a regression's prediction. Where the nodes of the graph leave it open, the
 * setting `output` must say it.
 */
import { DeploymentError } from '../../../errors/deployment-error.ts';
import type { ProblemType } from '../../deployment-file.ts';
import type { OpenedModel } from './open-zip-maps.ts';
import { quote } from './plan-inputs.ts';
import { readConstants, type Node, type ValueInfo } from './read-model.ts';

/** Which output has what, by name: the setting `output` (output-setting.ts). */
export type OutputRoles = Readonly<
  Partial<Record<'probabilities' | 'logits' | 'labels' | 'prediction', string | undefined>>
>;

export interface OutputPlan {
  readonly roles: OutputRoles;
  readonly problemType: ProblemType;
  readonly classCount?: number;
  /** In the order of the probabilities, where the file has them. */
  readonly classes?: readonly (string | number)[];
  /** Whether the output of labels has texts. */
  readonly hasTextLabels: boolean;
}

/** Operators that give probabilities, and those through which values pass unchanged. */
const PASSING = ['Identity', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'];
const REGRESSORS = ['TreeEnsembleRegressor', 'LinearRegressor', 'SVMRegressor'];
const CLASSIFIERS = ['TreeEnsembleClassifier', 'LinearClassifier', 'SVMClassifier'];

/** How far a value is followed back. */
const MAX_STEPS = 64;

/**
 * Plans the outputs of a graph.
 * @param chosen the setting `output`
 * @throws {DeploymentError} when they cannot be served, or the setting must say which of them have what
 */
export function planOutputs(
  bytes: Uint8Array,
  model: OpenedModel,
  chosen: OutputRoles | undefined,
  place: string,
): OutputPlan {
  const producers = new Map(model.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const finder = { bytes, model, producers, place };
  const roles = chosen ?? findRoles(finder);
  checkRoles(finder, roles);
  if (roles.prediction !== undefined) return { roles, problemType: 'regression', hasTextLabels: false };
  const scores = findOutput(model, roles.probabilities ?? roles.logits);
  const labels = findOutput(model, roles.labels);
  const classes = (scores && model.zipped.get(scores.name)) ?? (labels && findClasses(finder, labels));
  const width = scores && findWidth(model, scores);
  const classCount = width === 1 ? 2 : (width ?? classes?.length);
  const output = quote((scores ?? labels)?.name ?? '');
  if (classCount === undefined) {
    refuse(
      scores
        ? `${place}.graph.output (${output}): expected a fixed number of classes; save the model with its shape, such as [None, 3]`
        : `${place}.graph.output (${output}): the file does not have the classes of these labels; export probabilities as well`,
    );
  }
  if (classCount < 2 || (classes && classes.length !== classCount))
    refuse(`${place}.graph.output (${output}): expected as many probabilities as classes, at least two`);
  return {
    roles,
    problemType: classCount === 2 ? 'binary' : 'multiclass',
    classCount,
    ...(classes && { classes }),
    hasTextLabels: labels?.type === 'string',
  };
}

interface Finder {
  readonly bytes: Uint8Array;
  readonly model: OpenedModel;
  /** The node that gives each value. */
  readonly producers: ReadonlyMap<string, Node>;
  readonly place: string;
}

function findRoles(finder: Finder): OutputRoles {
  const { model, place } = finder;
  const { outputs, zipped } = model;
  const scores = outputs.filter(({ type }) => type === 'float32' || type === 'float64');
  const labels = outputs.filter(({ type }) => type === 'int64' || type === 'int32' || type === 'string');
  const [score, label] = [scores[0], labels[0]];
  const other = outputs.length - scores.length - labels.length;
  if (scores.length > 1 || labels.length > 1 || other > 0) return ask(finder, 'several outputs');
  if (!score) return label ? findLabels(finder, label) : ask(finder, 'no output of numbers or labels');
  const width = findWidth(model, score);
  if (label) {
    const svm = model.nodes.find(
      ({ operator, attributes }) => operator === 'SVMClassifier' && attributes.includes('prob_a'),
    );
    if (svm) {
      refuse(
        `${place}.graph: the label of an SVMClassifier is not always its most probable class, which a prediction must be; ` +
          `say which to serve: settings.output = ${JSON.stringify({ labels: label.name })}, without probabilities, ` +
          `or ${JSON.stringify({ probabilities: score.name })}, whose most probable class may differ from the library's prediction`,
      );
    }
    if (zipped.has(score.name) || (width !== undefined && width > 1))
      return { probabilities: score.name, labels: label.name };
    return ask(finder, 'one number per row beside labels');
  }
  const { operator } = follow(finder, score.name) ?? {};
  if (zipped.has(score.name)) return { probabilities: score.name };
  if (width !== undefined && width > 1) {
    if (operator === 'Softmax') return { probabilities: score.name };
    if (operator === 'LogSoftmax') return { logits: score.name };
    return ask(finder, `${width} numbers per row, which no Softmax makes probabilities`);
  }
  if (width === 1 && operator !== undefined && REGRESSORS.includes(operator)) return { prediction: score.name };
  return ask(finder, 'one number per row: a prediction, a probability or a logit');
}

function findLabels(finder: Finder, label: ValueInfo): OutputRoles {
  return findClasses(finder, label) ? { labels: label.name } : ask(finder, 'labels or integers');
}

/** Refuses, and says what the setting can be. */
function ask({ model: { outputs }, place }: Finder, why: string): never {
  const names = outputs
    .slice(0, 10)
    .map(({ name, type }) => `${quote(name)} (${type ?? 'no tensor that can be served'})`);
  const first = outputs.find(({ type }) => type === 'float32' || type === 'float64') ?? outputs[0];
  const example = ['prediction', 'probabilities', 'logits']
    .map((role) => JSON.stringify({ [role]: first && first.name.length <= 60 ? first.name : 'name' }))
    .join(', ');
  refuse(
    `${place}.graph.output: the file has ${why}, and does not say which output is what: ${names.join(', ')}. ` +
      `Say it in settings.output, for example ${example}: of a regression the prediction, of a classifier the probabilities ` +
      '(one number per row is that of the second class), or the logits, of which softmax or sigmoid makes them, and labels if there are any',
  );
}

/** Checks that the outputs exist and have the type and shape that their roles need. */
function checkRoles({ model, place }: Finder, roles: OutputRoles): void {
  const problems: string[] = [];
  for (const [role, name] of Object.entries(roles) as [keyof OutputRoles, string][]) {
    const output = findOutput(model, name);
    const expect = (expected: string) => problems.push(`settings.output.${role}: expected ${expected}`);
    if (!output) {
      expect(
        `the name of an output of ${place}: ${model.outputs
          .slice(0, 10)
          .map((value) => quote(value.name))
          .join(', ')}`,
      );
      continue;
    }
    const isNumber = output.type === 'float32' || output.type === 'float64';
    const isInteger = output.type === 'int64' || output.type === 'int32';
    const fits =
      role === 'labels' ? isInteger || output.type === 'string' : isNumber || (role === 'prediction' && isInteger);
    if (!fits) expect(`an output of ${role === 'labels' ? 'integers or texts' : 'numbers'}`);
    const width = findWidth(model, output);
    if ((role === 'labels' || role === 'prediction') && width !== undefined && width !== 1)
      expect('an output with one value per row');
    if (output.shape && (output.shape.length === 0 || output.shape.length > 2))
      expect('an output of one or two dimensions, rows and values');
  }
  if (problems.length > 0) throw new DeploymentError(problems);
}

function findOutput({ outputs }: OpenedModel, name: string | undefined): ValueInfo | undefined {
  return name === undefined ? undefined : outputs.find((output) => output.name === name);
}

/** The number of values per row, if it is known. */
function findWidth({ zipped }: OpenedModel, { name, shape }: ValueInfo): number | undefined {
  return zipped.get(name)?.length ?? (shape?.length === 1 ? 1 : shape?.[1]);
}

/** The node that makes a value, before those that change only its shape or type. */
function follow({ producers }: Finder, name: string): Node | undefined {
  let node = producers.get(name);
  for (let step = 0; node?.domain === '' && PASSING.includes(node.operator); step++) {
    if (step === MAX_STEPS) return undefined;
    node = producers.get(node.inputs[0] ?? '');
  }
  return node;
}

/** The classes of an output of labels: those of the classifier that makes it, or the constant from which it is picked. */
function findClasses(finder: Finder, { name, type }: ValueInfo): readonly (string | number)[] | undefined {
  const node = follow(finder, name);
  if (node?.domain !== 'ai.onnx.ml') return undefined;
  const classes = CLASSIFIERS.includes(node.operator) ? node.classes : findPicked(finder, node);
  const expected = type === 'string' ? 'string' : 'number';
  return classes?.every((value) => typeof value === expected) ? classes : undefined;
}

function findPicked({ bytes, model }: Finder, { operator, inputs }: Node): readonly (string | number)[] | undefined {
  const constant =
    operator === 'ArrayFeatureExtractor' ? model.initializers.find(({ name }) => name === inputs[0]) : undefined;
  return constant && readConstants(bytes, constant);
}

function refuse(problem: string): never {
  throw new DeploymentError([problem]);
}
