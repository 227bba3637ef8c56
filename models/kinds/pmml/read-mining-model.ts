/** Reads MiningModel: segments, each with a predicate and a model, and how their results become one. */
import { METHODS, type Method, type MiningModelPlan, type ModelPlan, type TreeModelPlan } from './plan.ts';
import { PREDICATES, RawPredicates } from './raw-tree.ts';
import { expectInModel, readModel, type ModelHead, type ModelReader } from './read-model.ts';
import { addPredicate, resolvePredicates } from './read-predicates.ts';
import { Scope } from './scope.ts';
import { toForestOfTrees } from './to-forest.ts';
import { fail, refuse } from './place.ts';
import { expectOnly, findNumber, findWord, listChildren, requireChild, type XmlElement } from './xml-element.ts';

type MiningBody = Pick<
  MiningModelPlan,
  'kind' | 'method' | 'predicates' | 'segments' | 'missing' | 'missingThreshold' | 'forest'
>;

const NUMBERS: readonly Method[] = [
  'average',
  'weightedAverage',
  'median',
  'weightedMedian',
  'max',
  'sum',
  'weightedSum',
  'selectFirst',
  'modelChain',
];
const CLASSES: readonly Method[] = [
  'majorityVote',
  'weightedMajorityVote',
  'average',
  'weightedAverage',
  'max',
  'selectFirst',
  'modelChain',
];

/** Makes the reader of MiningModel, which reads the models of its segments with the readers of all models. */
export function toMiningModelReader(readers: () => Readonly<Record<string, ModelReader>>): ModelReader {
  return (head): MiningBody => {
    const { element, isClassifier, classList, context } = head;
    expectInModel(element, [], ['Segmentation']);
    const segmentation = requireChild(element, 'Segmentation');
    expectOnly(
      segmentation,
      ['multipleModelMethod', 'missingPredictionTreatment', 'missingThreshold'],
      ['Segment', 'LocalTransformations'],
    );
    const name = segmentation.attributes['multipleModelMethod'];
    if (name === 'selectAll')
      refuse(segmentation, 'multipleModelMethod="selectAll"', 'a row would have several predictions');
    const method = findWord(segmentation, 'multipleModelMethod', METHODS);
    if (!method) fail(segmentation, 'expected the attribute multipleModelMethod in Segmentation');
    if (!(isClassifier ? CLASSES : NUMBERS).includes(method))
      refuse(segmentation, `multipleModelMethod="${method}" of a ${isClassifier ? 'classification' : 'regression'}`);
    if (segmentation.children.some((child) => child.name === 'LocalTransformations'))
      refuse(segmentation, 'LocalTransformations in Segmentation', 'move them into MiningModel');
    const missing =
      findWord(segmentation, 'missingPredictionTreatment', ['continue', 'returnMissing', 'skipSegment']) ?? 'continue';

    const isChain = method === 'modelChain';
    const scope = isChain ? new Scope(context, head.scope) : head.scope;
    const segments = listChildren(segmentation, 'Segment');
    if (segments.length === 0) fail(segmentation, 'expected a Segment in Segmentation');
    const last = isChain ? findLast(segments) : 0;
    const raw = new RawPredicates(element.place);
    const read = segments.map((segment, index) => {
      expectOnly(segment, ['id', 'weight'], [...Object.keys(readers()), ...PREDICATES, 'VariableWeight']);
      for (const child of segment.children) if (child.name === 'VariableWeight') refuse(child, 'VariableWeight');
      const models = segment.children.filter((child) => Object.hasOwn(readers(), child.name));
      if (models.length !== 1) fail(segment, 'expected one model in Segment');
      const predicate = addPredicate(segment, raw);
      const weight = findNumber(segment, 'weight') ?? 1;
      if (weight < 0) fail(segment, 'expected a weight that is not below 0');
      const model = models[0] as XmlElement;
      // A chain may choose its last model by what the first one says: that the first one is no result is seen per row.
      const isSame = (model.attributes['functionName'] === 'classification') === isClassifier;
      const gives = index >= last && (isSame || !isChain || index === segments.length - 1);
      const { plan } = readModel(model, {
        context,
        outer: scope,
        // What gives the result of this model has its classes.
        classList: gives ? classList : undefined,
        chain: isChain ? scope : undefined,
        readers: readers(),
      });
      if (gives && plan.isClassifier !== isClassifier)
        fail(model, `expected a ${isClassifier ? 'classification' : 'regression'}, as the MiningModel`);
      return { predicate, weight, model: plan, gives };
    });
    if (method === 'average' || method === 'weightedAverage' || method === 'max')
      for (const [index, { model }] of read.entries())
        if (model.isClassifier && !givesProbabilities(model))
          fail(
            segments[index] as XmlElement,
            `expected a model that has probabilities, for multipleModelMethod="${method}"`,
          );
    const body = {
      kind: 'mining',
      method,
      predicates: resolvePredicates(raw, scope),
      segments: read,
      missing,
      missingThreshold: findNumber(segmentation, 'missingThreshold') ?? 1,
    } as const;
    return { ...body, forest: toForest(body, head) };
  };
}

/** The first segment whose model may be the last one of the chain that is evaluated. */
function findLast(segments: readonly XmlElement[]): number {
  for (let index = segments.length - 1; index > 0; index--)
    if (segments[index]?.children.some(({ name }) => name === 'True')) return index;
  return 0;
}

/** Whether a classifier's result always has probabilities. */
export function givesProbabilities(model: ModelPlan): boolean {
  switch (model.kind) {
    case 'tree':
      return model.tree.shares.every((share, node) => share >= 0 || Number.isNaN(model.tree.score[node]));
    case 'mining':
      return model.method === 'selectFirst' || model.method === 'modelChain'
        ? model.segments.filter(({ gives }) => gives).every((segment) => givesProbabilities(segment.model))
        : true;
    case 'rule-set':
    case 'support-vectors':
      return false;
    default:
      return true;
  }
}

/** All trees at once, for the kernel; undefined where it cannot express them. */
function toForest(
  { method, segments, predicates }: Pick<MiningModelPlan, 'method' | 'segments' | 'predicates'>,
  { float, classList, element }: ModelHead,
): MiningModelPlan['forest'] {
  const isTrue = segments.every(({ predicate }) => predicates.operator[predicate] === 1);
  const trees = segments.map(({ model }) => model).filter((model): model is TreeModelPlan => model.kind === 'tree');
  if (!isTrue || trees.length < segments.length) return undefined;
  // Targets of trees change their predictions.
  const isChanged = ({ target, outputs, rounds, float: own }: TreeModelPlan) =>
    target !== undefined || outputs.length > 0 || rounds || own !== float;
  if (trees.some(isChanged)) return undefined;
  const total = segments.reduce((sum, { weight }) => sum + weight, 0);
  const isWeighted = method.startsWith('weighted');
  if (isWeighted && !(total > 0)) return undefined;
  // Weights are multiplied into leaves, which is not exact in 32 bits.
  if (isWeighted && float) return undefined;
  const weigh = (tree: number) => (isWeighted ? (segments[tree]?.weight as number) : 1);
  const bits = float ? 32 : 64;
  const place = `${element.place}:${element.line}`;
  const score = (tree: number, node: number) => trees[tree]?.tree.score[node] as number;
  if (!classList) {
    if (!['sum', 'weightedSum', 'average', 'weightedAverage'].includes(method)) return undefined;
    const toLeaf = (tree: number, node: number, values: Float64Array, at: number) =>
      void (values[at] = score(tree, node) * weigh(tree));
    return toForestOfTrees(trees, 1, toLeaf, bits, place);
  }
  const isVote = method === 'majorityVote' || method === 'weightedMajorityVote';
  if (!isVote && method !== 'average' && method !== 'weightedAverage') return undefined;
  const width = classList.values.length;
  return toForestOfTrees(
    trees,
    width,
    (tree, node, values, at) => {
      if (isVote) values[at + score(tree, node)] = weigh(tree);
      else {
        const { shares, width: own, probabilities } = (trees[tree] as TreeModelPlan).tree;
        const from = (shares[node] as number) * own;
        for (let index = 0; index < own; index++)
          values[at + index] = (probabilities[from + index] as number) * weigh(tree);
      }
    },
    bits,
    place,
  );
}
