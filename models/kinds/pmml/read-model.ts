/** Reads what all models have, and each model with its reader. */
import { ClassList } from './class-list.ts';
import type { DataType, ModelCommon, ModelPlan, OutputPlan, TargetPlan } from './plan.ts';
import { castTo, findDataType, readExpression, requireExpression, EXPRESSIONS } from './read-expression.ts';
import { readMiningSchema, type MiningSchema } from './read-fields.ts';
import { Scope, type FileContext, type Optype } from './scope.ts';
import { fail, refuse, toName } from './place.ts';
import {
  expectOnly,
  findChild,
  findFlag,
  findNumber,
  findWord,
  listChildren,
  requireAttribute,
  requireChild,
  type XmlElement,
} from './xml-element.ts';

/** What a reader of a model knows besides the element. */
export interface ModelHead extends Omit<ModelCommon, 'outputs' | 'classes' | 'rounds'> {
  readonly element: XmlElement;
  readonly context: FileContext;
  /** What expressions and predicates of the model may use. */
  readonly scope: Scope;
  /** The classes of a classification; undefined for a regression. */
  readonly classList: ClassList | undefined;
  readonly schema: MiningSchema;
  /** The optype of the target, where the file has it. */
  readonly targetType: Optype | undefined;
}

/** A model without what all have. */
export type ModelBody = Omit<ModelPlan, keyof ModelCommon>;

/** Reads the body of a model. */
export type ModelReader = (head: ModelHead) => object;

const ATTRIBUTES = ['modelName', 'functionName', 'algorithmName', 'isScorable', 'x-mathContext'];
const CHILDREN = [
  'MiningSchema',
  'Output',
  'ModelStats',
  'ModelExplanation',
  'Targets',
  'LocalTransformations',
  'ModelVerification',
];

/** Rejects what a model's reader does not know, besides what all models have. */
export function expectInModel(element: XmlElement, attributes: readonly string[], children: readonly string[]): void {
  expectOnly(element, [...ATTRIBUTES, ...attributes], [...CHILDREN, ...children]);
}

/** Where a model stands. */
export interface Surroundings {
  readonly context: FileContext;
  /** What the model around it knows; undefined for the model of the file. */
  readonly outer: Scope | undefined;
  /** The classes of the model around it, where its result becomes that model's. */
  readonly classList?: ClassList | undefined;
  /** Where its outputs are added: the scope of the chain that it is part of. */
  readonly chain?: Scope | undefined;
  /** The derived fields of the file, which the outermost model's fields are given to. */
  readonly dictionary?: readonly XmlElement[];
  readonly readers: Readonly<Record<string, ModelReader>>;
}

export interface ReadModel {
  readonly plan: ModelPlan;
  readonly head: ModelHead;
}

/** Reads a model. */
export function readModel(element: XmlElement, surroundings: Surroundings): ReadModel {
  const { context, outer, chain, readers } = surroundings;
  context.addModel(element);
  const reader = Object.hasOwn(readers, element.name) ? readers[element.name] : undefined;
  if (!reader) refuse(element, `the model ${element.name}`);
  if (findFlag(element, 'isScorable') === false) fail(element, 'expected a model that is scorable');
  const functionName =
    findWord(element, 'functionName', [
      'classification',
      'regression',
      'clustering',
      'associationRules',
      'sequences',
      'timeSeries',
      'mixed',
    ]) ?? fail(element, `expected the attribute functionName in ${element.name}`);
  if (functionName !== 'classification' && functionName !== 'regression')
    refuse(element, `the function ${functionName}`, 'expected classification or regression');
  const math = findWord(element, 'x-mathContext', ['float', 'double']);
  const schema = readMiningSchema(requireChild(element, 'MiningSchema'), context, outer);
  const { scope, target } = schema;
  if (!outer) addDerivedFields(surroundings.dictionary ?? [], scope);
  addLocalTransformations(findChild(element, 'LocalTransformations'), scope);
  const isClassifier = functionName === 'classification';
  const classList = isClassifier ? toClassList(surroundings, target) : undefined;
  const head: ModelHead = {
    element,
    context,
    scope,
    classList,
    schema,
    isClassifier,
    float: math === 'float',
    targetType: target?.field?.optype,
    target: readTargets(findChild(element, 'Targets'), target?.name, classList),
  };
  const body = reader(head);
  const common: ModelCommon = {
    isClassifier,
    classes: classList ? toListIndex(context, classList) : -1,
    target: head.target,
    outputs: readOutputs(findChild(element, 'Output'), head, chain),
    float: head.float,
    rounds: !isClassifier && target?.field?.type === 'float',
  };
  return { plan: { ...body, ...common } as ModelPlan, head };
}

function toListIndex({ classLists }: FileContext, list: ClassList): number {
  list.index ??= classLists.push(list) - 1;
  return list.index;
}

function toClassList({ context, classList }: Surroundings, target: MiningSchema['target']): ClassList {
  if (classList) return classList;
  const field = target?.field;
  if (!field) return new ClassList('string');
  // One list for all models of a target, so that their classes have one order.
  return context.findClassList(target.name, () => new ClassList(field.type, field.valid));
}

/** Adds derived fields, which are read when they are first used. */
export function addDerivedFields(elements: readonly XmlElement[], scope: Scope): void {
  for (const element of elements) {
    expectOnly(element, ['name', 'displayName', 'optype', 'dataType'], ['Value', ...EXPRESSIONS]);
    const name = requireAttribute(element, 'name');
    scope.addDerived(name, element, () => {
      const { result, levels } = scope.context.measure(element, () => {
        const typed = readExpression(requireExpression(element), { scope });
        const type = findDataType(element) ?? fail(element, 'expected the attribute dataType in DerivedField');
        return { type, expression: castTo(typed, type, element) };
      });
      const { type, expression } = result;
      const optype = findWord(element, 'optype', ['categorical', 'ordinal', 'continuous']);
      if (!optype) fail(element, 'expected the attribute optype in DerivedField');
      const slot = scope.context.addSlot({ kind: 'derived', name, expression }, levels);
      return { slot, type, optype };
    });
  }
}

function addLocalTransformations(element: XmlElement | undefined, scope: Scope): void {
  if (!element) return;
  expectOnly(element, [], ['DerivedField']);
  addDerivedFields(element.children, scope);
}

function readTargets(
  element: XmlElement | undefined,
  name: string | undefined,
  classList: ClassList | undefined,
): TargetPlan | undefined {
  if (!element) return undefined;
  expectOnly(element, [], ['Target']);
  const targets = listChildren(element, 'Target');
  const [target] = targets;
  if (targets.length !== 1 || !target) refuse(element, 'Targets with more or less than one Target');
  expectOnly(
    target,
    ['field', 'optype', 'castInteger', 'min', 'max', 'rescaleConstant', 'rescaleFactor'],
    ['TargetValue'],
  );
  const field = target.attributes['field'];
  if (field !== undefined && name !== undefined && field !== name)
    fail(target, `expected the target of the model, not ${toName(field)}`);
  const values = listChildren(target, 'TargetValue');
  // PMML 3.1 has rawDataValue for displayValue.
  for (const value of values)
    expectOnly(value, ['value', 'displayValue', 'rawDataValue', 'priorProbability', 'defaultValue'], []);
  const plan: TargetPlan = {
    factor: findNumber(target, 'rescaleFactor') ?? 1,
    constant: findNumber(target, 'rescaleConstant') ?? 0,
    min: findNumber(target, 'min') ?? -Infinity,
    max: findNumber(target, 'max') ?? Infinity,
    cast: findWord(target, 'castInteger', ['round', 'ceiling', 'floor']) ?? 'none',
    defaultValue: NaN,
    priors: new Float64Array(0),
  };
  if (!classList) {
    if (values.length > 1) fail(target, 'expected one TargetValue of a regression');
    const [value] = values;
    return { ...plan, defaultValue: (value && findNumber(value, 'defaultValue')) ?? NaN };
  }
  if (['castInteger', 'min', 'max', 'rescaleConstant', 'rescaleFactor'].some((key) => key in target.attributes))
    refuse(target, 'rescaling of a classification');
  const priors = values.map((value) => ({
    index: classList.toIndex(requireAttribute(value, 'value'), value),
    prior: findNumber(value, 'priorProbability'),
  }));
  if (priors.every(({ prior }) => prior === undefined)) return plan;
  const list = new Float64Array(priors.reduce((most, { index }) => Math.max(most, index + 1), 0));
  for (const { index, prior } of priors)
    list[index] = prior ?? fail(target, 'expected a priorProbability in each TargetValue');
  return { ...plan, priors: list };
}

const OUTPUT_ATTRIBUTES = [
  'name',
  'displayName',
  'optype',
  'dataType',
  'targetField',
  'feature',
  'value',
  'ruleFeature',
  'algorithm',
  'rank',
  'rankBasis',
  'rankOrder',
  'isMultiValued',
  'segmentId',
  'isFinalResult',
];

/**
 * Reads the outputs of a model in a chain, which later models of the chain can use. Outputs of other models are not computed:
 * the engine's answer has the prediction and the probabilities.
 */
function readOutputs(element: XmlElement | undefined, head: ModelHead, chain: Scope | undefined): OutputPlan[] {
  if (!element) return [];
  const { context } = head;
  expectOnly(element, [], ['OutputField']);
  if (!chain) {
    for (const field of listChildren(element, 'OutputField')) noteOutput(field, context);
    return [];
  }
  const own = new Scope(context, head.scope);
  const plans: OutputPlan[] = [];
  for (const field of listChildren(element, 'OutputField')) {
    expectOnly(field, OUTPUT_ATTRIBUTES, [...EXPRESSIONS, 'Decisions', 'Value']);
    const name = requireAttribute(field, 'name');
    const plan = readOutput(field, name, head, own);
    if (typeof plan === 'string') {
      chain.addRefused(name, `${plan} is not supported as an input of another model (line ${field.line})`);
      own.addRefused(name, `${plan} is not supported`);
      continue;
    }
    const optype = findWord(field, 'optype', ['categorical', 'ordinal', 'continuous']) ?? 'continuous';
    const known = { slot: plan.slot, type: plan.type, optype };
    own.add(name, known);
    chain.add(name, known);
    plans.push(plan);
  }
  return plans;
}

function readOutput(field: XmlElement, name: string, head: ModelHead, own: Scope): OutputPlan | string {
  const { context, classList, schema } = head;
  const feature = field.attributes['feature'] ?? 'predictedValue';
  const { targetField, segmentId, value, rank } = field.attributes;
  if (segmentId !== undefined) return 'an output of a segment';
  if (targetField !== undefined && schema.target && targetField !== schema.target.name) return 'another target';
  if (rank !== undefined && rank !== '1') return 'a rank';
  const from: DataType = classList ? classList.type : 'double';
  const base = { name, classIndex: -1, expression: undefined, from };
  const slot = () => context.addSlot({ kind: 'written' });
  switch (feature) {
    case 'predictedValue':
      return { ...base, slot: slot(), feature, type: findDataType(field) ?? from };
    case 'probability':
      if (!classList) return 'the probability of a regression';
      return {
        ...base,
        slot: slot(),
        feature,
        type: findDataType(field) ?? 'double',
        from: 'double',
        classIndex: value === undefined ? -1 : classList.toIndex(value, field),
      };
    case 'transformedValue':
    case 'decision': {
      const { result, levels } = context.measure(field, () => readExpression(requireExpression(field), { scope: own }));
      const type = findDataType(field) ?? result.type;
      const expression = castTo(result, type, field);
      return {
        ...base,
        slot: context.addSlot({ kind: 'written' }, levels),
        feature: 'expression',
        expression,
        type,
        from: type,
      };
    }
    case 'entityId':
      if (head.element.name !== 'TreeModel') return `the feature ${feature}`;
      return { ...base, slot: slot(), feature, type: 'string', from: 'string' };
    default:
      return `the feature ${toName(feature)}`;
  }
}

function noteOutput(field: XmlElement, context: FileContext): void {
  const name = requireAttribute(field, 'name');
  const feature = field.attributes['feature'] ?? 'predictedValue';
  if (feature === 'predictedValue' || feature === 'probability') return;
  context.notices.add(`The output ${toName(name)} (${feature.slice(0, 40)}) is not part of the engine's answer.`);
}
